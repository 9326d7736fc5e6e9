"""A user's own profile: what is read, and what is wrong with it in one line."""

import gzip
from pathlib import Path

import pytest

from simulator.build import build
from simulator.mistakes import Mistake
from simulator.step_times import StepTime
from simulator.step_times.parts.columns import TABLES
from tests import part
from tests.simulator.test_profile import KNOWN, KNOWN_OF


def mistake(folder: Path | str) -> str:
    config = part("edge/step_time", "profile") | {"path": str(folder), "skew": None}
    with pytest.raises(Mistake) as caught:
        build(config, "edge.step_time")
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A copy of an embedded profile, unpacked, under the other names."""
    for file in (TABLES / "rtx4090_llama_8b").iterdir():
        name = file.name.removesuffix(".gz")
        data = file.read_bytes()
        (tmp_path / f"profile_{name}").write_bytes(gzip.decompress(data) if file.suffix == ".gz" else data)
    return tmp_path


def test_a_folder_of_ones_own(own: Path) -> None:
    config = part("edge/step_time", "rtx4090_llama_8b")
    time: StepTime = build(config | {"path": str(own)}, "edge.step_time")
    assert time.step_s(KNOWN_OF[-1]) == pytest.approx(KNOWN["rtx4090_llama_8b"][-1], rel=1e-9)


def test_points_off_the_grid_are_left_out(own: Path) -> None:
    with (own / "profile_attention.csv").open("a") as file:
        file.write("24,100,0,0,999.0\n0,0,2,100,999.0\n")
    config = part("edge/step_time", "rtx4090_llama_8b")
    time: StepTime = build(config | {"path": str(own)}, "edge.step_time")
    assert time.step_s(KNOWN_OF[5]) == pytest.approx(KNOWN["rtx4090_llama_8b"][5], rel=1e-9)


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("attention", "n_decode", "sequences", "no column 'n_decode'; it has prefill_chunk,"),
        ("attention", "0,0,1,16,", "0,0,1,48,", "no row with n_decode=1, kv_decode=16; rows must form"),
        ("attention", "0,0,1,16,9.31067", "0,0,1,16,zero", "must be a number above 0, but row 1 is 'zero'"),
        ("attention", "0,0,1,16,9.31067", "0,0,1,16,-3", "must be a number above 0, but row 1 is '-3'"),
        ("attention", "0,0,1,16,", "0,0,1.5,16,", "n_decode must be a whole number from 0 on, not '1.5'"),
        ("dense", "layernorm,", "norm,", "no layer 'layernorm'; a dense model has layernorm, qkv_proj"),
        ("dense", "act_fn,1,", "gate,1,", "a layer 'gate' that is not known here"),
        ("dense", "act_fn,1,", "act_fn,3000,", "act_fn must have the same tokens as layernorm"),
        ("per_sequence", "lm_head,1,", "lm_head,1,7,", "row 1 has 4 cells, the header 3"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_profile(own: Path, file: str, old: str, new: str, told: str) -> None:
    path = own / f"profile_{file}.csv"
    text = path.read_text()
    assert old in text
    path.write_text(
        text.replace(old, new, 1) if old != "layernorm," else text.replace("\nlayernorm,", "\nnorm,")
    )
    assert told in mistake(own)


def test_what_is_missing_of_a_profile(own: Path, tmp_path: Path) -> None:
    assert "no profile 'rtx4090_lama_8b': did you mean rtx4090_llama_8b?" in mistake("rtx4090_lama_8b")
    header, *lines = (own / "profile_attention.csv").read_text().splitlines()
    (own / "profile_attention.csv").write_text(header + "\n")
    assert "no rows" in mistake(own)
    (own / "profile_attention.csv").write_text(
        "\n".join([header, *(row for row in lines if row[:2] == "0,")])
    )
    assert "has no rows of reading alone (n_decode=0)" in mistake(own)
    (own / "profile_attention.csv").unlink()
    assert "no attention.csv; a profile has attention.csv, dense.csv and per_sequence.csv" in mistake(own)
    (own / "attention.csv.gz").write_bytes(b"not packed")
    assert "not a readable csv" in mistake(own)
