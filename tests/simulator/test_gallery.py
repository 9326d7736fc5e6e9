"""The gallery: a page, its figures, and the table of the README."""

import math
import struct
from pathlib import Path

import numpy as np
import pytest

from simulator.gallery.__main__ import main
from simulator.gallery.routing import RATES_BPS, table
from simulator.gallery.sample import sample, situation
from simulator.simulation import Simulation
from tests import CONF, ROOT, scenario


def test_the_page_is_drawn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["paper", "cell_edge", "--out", str(tmp_path / "a" / "b")]) == 0
    out = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in out[:3]] == ["air", "paper", "cell_edge"]
    assert out[1].split()[1:4] == ["900", "900", "0.0%"]
    picture = (tmp_path / "a" / "b" / "gallery.png").read_bytes()
    width, height = struct.unpack(">II", picture[16:24])
    assert picture.startswith(b"\x89PNG")
    assert width > 1000 < height * 3
    assert out[-1] == str(tmp_path / "a" / "b" / "gallery.png")


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["cell_egde"], "air=cell_egde: did you mean cell_edge? air is one of paper, good_5g"),
        (["--ot", "x"], "unrecognized arguments: --ot; see python -m simulator.gallery --help"),
        (["paper", "--out", "taken"], "taken: File exists"),
        (["--seed", "-1"], "--seed -1: must be from 0 to 2**63 - 1"),
    ],
)
def test_mistakes_are_one_line(
    arguments: list[str],
    line: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("taken").write_text("a file")
    assert main(arguments) == 1
    assert capsys.readouterr().err.startswith(f"error: {line}")


def test_a_situation_is_the_air_of_a_run(tmp_path: Path) -> None:
    """The same user under the same seed."""
    air = situation("cell_edge", 3, 7)
    parts = scenario("channel=cell_edge", "seed=7")
    link, _ = Simulation(parts, tmp_path).draw_air(2)
    assert link.up.rate_bps(12.5) == air.links[2].up.rate_bps(12.5)


def test_figures_of_the_papers_air() -> None:
    """Table I: 45 kbit in 50 us, and delta."""
    seen = sample(situation("paper", 2, 1), 3)
    assert (seen.up_bps == 9e8).all()
    assert np.allclose(seen.transfers_s[1_000], 0.02 + 1_000 * 45 / 9e8, rtol=1e-9)


@pytest.mark.parametrize("name", sorted(file.stem for file in (CONF / "air").glob("*.yaml")))
def test_situations_are_what_their_names_say(name: str) -> None:
    """Mean rates within a wide bracket of the situation, and every upload gets through."""
    brackets_bps = {
        "paper": (9e8, 9e8),
        "good_5g": (6e7, 1.2e8),
        "indoor_wifi": (3e8, 6e8),
        "vehicular": (1e6, 2e7),
        "cell_edge": (3e5, 7e5),
        "congested_cell": (1e5, 4e5),
        "nbiot": (2e4, 6e4),
    }
    low_bps, high_bps = brackets_bps[name]
    seen = sample(situation(name, 30, 1), 10)
    assert low_bps <= seen.up_bps.mean() <= high_bps
    assert all(math.isfinite(took_s) for took_s in seen.transfers_s[10_000])
    assert (seen.transfers_s[10_000] >= seen.transfers_s[100]).all()


def readme_table() -> list[str]:
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    begin = next(number for number, line in enumerate(lines) if line.startswith("| link | words: changed"))
    end = next(number for number in range(begin, len(lines)) if not lines[number].startswith("|"))
    return lines[begin:end]


def test_the_readmes_table_begins_as_measured() -> None:
    assert table(links=1).splitlines() == readme_table()[:3]


@pytest.mark.slow
def test_the_readmes_table_is_as_measured() -> None:
    assert table().splitlines() == readme_table()
    assert len(readme_table()) > len(RATES_BPS)
