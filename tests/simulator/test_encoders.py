"""Texts become the figures that a direct, unbatched call of transformers gives, whatever the batches."""

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from simulator.encoders import Encoder  # noqa: E402
from simulator.encoders.checkpoint import identity_of, weights_of  # noqa: E402
from simulator.encoders.model import Model  # noqa: E402
from simulator.encoders.outputs import outputs  # noqa: E402
from simulator.mistakes import Mistake  # noqa: E402
from tests.simulator.checkpoints import WORDS, tiny_classifier, tiny_encoder  # noqa: E402

RNG = np.random.default_rng(5)
TEXTS = ["", "?", *(" ".join(RNG.choice(WORDS, int(words))) for words in RNG.integers(1, 150, 45))]
"""Of very different lengths; many are longer than the models take."""
LIMITS = {"bert": 66, "xlmr": 64}
DEFAULTS: dict[str, Any] = {
    "revision": "",
    "history_turns": 0,
    "truncation_side": "right",
    "max_tokens": None,
    "dtype": "float32",
    "device": "cpu",
    "batch_size": 16,
    "dynamic_padding": True,
    "sort_by_length": True,
    "threads": None,
}
Read = Callable[..., np.ndarray[Any, Any]]


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Path]:
    """Four models: both kinds in both styles."""
    folder = tmp_path_factory.mktemp("models")
    return {
        **{
            ("logits", style): tiny_classifier(folder / f"c_{style}", style=style)
            for style in ("bert", "xlmr")
        },
        **{("cls", style): tiny_encoder(folder / f"e_{style}", style) for style in ("bert", "xlmr")},
    }


def encoder(checkpoint: Path, store: Path, **changes: Any) -> Encoder:
    return Encoder(**DEFAULTS | {"checkpoint": str(checkpoint), "cache": str(store)} | changes)


@cache
def alone(folder: Path, kind: str) -> Any:
    return direct(folder, kind, TEXTS)


def direct(folder: Path, kind: str, texts: Sequence[str], side: str = "right", most: int = 0) -> Any:
    """One call a text, as transformers' own examples and RouteLLM do."""
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder, truncation_side=side)
    auto = transformers.AutoModelForSequenceClassification if kind == "logits" else transformers.AutoModel
    model = auto.from_pretrained(folder).eval()
    rows = []
    for text in texts:
        cut = {"max_length": most} if most else {}
        tokens = tokenizer(text, return_tensors="pt", truncation=True, **cut)
        with torch.no_grad():
            found = model(**tokens)
        rows.append((found.logits if kind == "logits" else found.last_hidden_state[:, 0])[0].numpy())
    return np.array(rows)


@pytest.mark.parametrize("kind", ["logits", "cls"])
@pytest.mark.parametrize("style", ["bert", "xlmr"])
@pytest.mark.parametrize(
    "way",
    [
        {},
        {"batch_size": 1},
        {"batch_size": 7},
        {"batch_size": 64},
        {"sort_by_length": False},
        {"dynamic_padding": False},
        {"batch_size": 5, "dynamic_padding": False, "sort_by_length": False, "threads": 1},
    ],
)
def test_batches_change_nothing(
    checkpoints: dict[tuple[str, str], Path], tmp_path: Path, kind: Any, style: str, way: dict[str, Any]
) -> None:
    folder = checkpoints[kind, style]
    rows, _ = outputs(encoder(folder, tmp_path / "s.sqlite", **way), kind, TEXTS)
    expected = alone(folder, kind)
    assert np.ptp(expected, axis=0).min() > 0.05, "the texts must differ, or agreement means nothing"
    np.testing.assert_allclose([rows[text] for text in TEXTS], expected, rtol=0, atol=1e-5)


def test_the_order_of_texts_does_not_matter(checkpoints: dict[tuple[str, str], Path], tmp_path: Path) -> None:
    folder = checkpoints["logits", "xlmr"]
    rows, _ = outputs(encoder(folder, tmp_path / "a.sqlite"), "logits", TEXTS)
    turned, _ = outputs(encoder(folder, tmp_path / "b.sqlite"), "logits", TEXTS[::-1])
    for text in TEXTS:
        np.testing.assert_allclose(rows[text], turned[text], rtol=0, atol=1e-5)


@pytest.mark.parametrize("style", ["bert", "xlmr"])
@pytest.mark.parametrize("side", ["right", "left"])
@pytest.mark.parametrize("most", [None, 20])
def test_a_text_that_is_too_long_is_cut_on_the_side_asked_for(
    checkpoints: dict[tuple[str, str], Path], tmp_path: Path, style: str, side: str, most: int | None
) -> None:
    """What was cut off does not matter, what stays does; and transformers itself cuts the same."""
    folder, limit = checkpoints["logits", style], most or LIMITS[style]
    kept = " ".join(["apples", "?"] * limit)
    lost, other = " ".join(["poem"] * limit), " ".join(["mountain"] * limit)
    kept_end = [f"{lost} {kept}", f"{other} {kept}"]
    kept_begin = [f"{kept} {lost}", f"{kept} {other}"]
    reader = encoder(folder, tmp_path / "s.sqlite", truncation_side=side, max_tokens=most)
    texts = [*kept_end, *kept_begin]
    rows = outputs(reader, "logits", texts).rows
    same, apart = (kept_begin, kept_end) if side == "right" else (kept_end, kept_begin)
    np.testing.assert_allclose(rows[same[0]], rows[same[1]], rtol=0, atol=1e-6)
    assert np.abs(rows[apart[0]] - rows[apart[1]]).max() > 1e-2
    expected = direct(folder, "logits", texts, side, limit)
    np.testing.assert_allclose([rows[text] for text in texts], expected, rtol=0, atol=1e-5)


def test_a_text_takes_as_many_tokens_as_the_model_has_room_for(
    checkpoints: dict[tuple[str, str], Path], tmp_path: Path
) -> None:
    """An XLM-RoBERTa counts positions from 2, so two of its places are lost."""
    for (kind, style), folder in checkpoints.items():
        model = Model(folder, encoder(folder, tmp_path / "s.sqlite"), kind)  # type: ignore[arg-type]
        assert model.max_tokens == LIMITS[style]
        assert max(model.lengths(TEXTS)) == LIMITS[style]


def test_the_longest_come_first_and_every_text_once(
    checkpoints: dict[tuple[str, str], Path], tmp_path: Path
) -> None:
    folder = checkpoints["cls", "bert"]
    model = Model(folder, encoder(folder, tmp_path / "s.sqlite", batch_size=4), "cls")
    lengths = model.lengths(TEXTS)
    batches = list(model.batches(lengths))
    assert sorted(text for batch in batches for text in batch) == list(range(len(TEXTS)))
    assert {len(batch) for batch in batches[:-1]} == {4}
    in_order = [lengths[text] for batch in batches for text in batch]
    assert in_order == sorted(in_order, reverse=True)


def test_what_was_read_is_found_again_to_the_bit(
    checkpoints: dict[tuple[str, str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From other batches, and without the model: only what is missing is computed."""
    folder, store = checkpoints["logits", "bert"], tmp_path / "s.sqlite"
    first, source = outputs(encoder(folder, store, batch_size=3), "logits", TEXTS[:20])
    read: list[str] = []
    rows = Model.rows
    monkeypatch.setattr(Model, "rows", lambda self, texts: read.extend(texts) or rows(self, texts))
    again, _ = outputs(encoder(folder, store, batch_size=16), "logits", TEXTS)
    assert sorted(read) == sorted(set(TEXTS[20:]) - set(TEXTS[:20]))
    monkeypatch.setattr(Model, "__init__", None)
    third, last = outputs(encoder(folder, store, threads=1), "logits", TEXTS)
    for text in TEXTS[:20]:
        assert first[text].tobytes() == again[text].tobytes() == third[text].tobytes()
    assert last == source
    assert source["weights_sha256"] == weights_of(folder)


def test_an_interrupted_reading_goes_on(
    checkpoints: dict[tuple[str, str], Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    reader = encoder(checkpoints["cls", "xlmr"], tmp_path / "s.sqlite", batch_size=8)
    rows, calls = Model.rows, list[int]()

    def interrupted(self: Model, texts: Sequence[str]) -> Any:
        calls.append(len(texts))
        if len(calls) == 4:
            raise KeyboardInterrupt
        return rows(self, texts)

    monkeypatch.setattr(Model, "rows", interrupted)
    texts = sorted(set(TEXTS))
    with pytest.raises(KeyboardInterrupt):
        outputs(reader, "cls", texts)
    assert f"24 of {len(texts)} texts are read and kept; the same command goes on" in capsys.readouterr().err
    assert len(outputs(reader, "cls", texts).rows) == len(texts)
    assert sum(calls) - 8 == len(texts), "nothing was read twice but the batch that was cut off"


def test_a_copy_elsewhere_is_the_same_checkpoint(
    checkpoints: dict[tuple[str, str], Path], tmp_path: Path
) -> None:
    import shutil

    folder = checkpoints["logits", "xlmr"]
    copy = shutil.copytree(folder, tmp_path / "copy")
    (copy / "training_args.json").write_text("{}")
    assert identity_of(copy) == identity_of(folder)
    (copy / "config.json").write_text((copy / "config.json").read_text() + " ")
    assert identity_of(copy) != identity_of(folder)
    assert weights_of(copy) == weights_of(folder)


# What can be wrong, each one line.


def wrong(folder: Path, store: Path, kind: Any = "logits", labels: int | None = 3, **changes: Any) -> str:
    with pytest.raises(Mistake) as caught:
        outputs(encoder(folder, store, **changes), kind, TEXTS[:3], labels)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_wrong_checkpoints(checkpoints: dict[tuple[str, str], Path], tmp_path: Path) -> None:
    import shutil

    good, store = checkpoints["logits", "xlmr"], tmp_path / "s.sqlite"
    assert "no folder" in wrong(tmp_path / "absent", store)
    (tmp_path / "empty").mkdir()
    assert "no config.json" in wrong(tmp_path / "empty", store)
    pickled = shutil.copytree(good, tmp_path / "pickled")
    (pickled / "model.safetensors").rename(pickled / "pytorch_model.bin")
    assert "pytorch_model.bin could run code when opened" in wrong(pickled, store)
    cut = shutil.copytree(good, tmp_path / "cut")
    (cut / "model.safetensors").write_bytes((good / "model.safetensors").read_bytes()[:5000])
    assert "not a model that can be loaded" in wrong(cut, store)
    torn = shutil.copytree(good, tmp_path / "torn")
    (torn / "config.json").write_text("{")
    assert "not a model that can be loaded" in wrong(torn, store)
    speechless = shutil.copytree(good, tmp_path / "speechless")
    for file in speechless.glob("tokenizer*"):
        file.unlink()
    assert "no tokenizer in" in wrong(speechless, store)
    assert "no trained classifier: scorer=eq10" in wrong(checkpoints["cls", "bert"], store)


def test_wrong_settings(checkpoints: dict[tuple[str, str], Path], tmp_path: Path) -> None:
    good, store = checkpoints["logits", "xlmr"], tmp_path / "s.sqlite"
    assert "tells 3 labels apart" in wrong(good, store, labels=2)
    assert "scorer.max_tokens=65: " in wrong(good, store, max_tokens=65)
    for most in (1, 2):
        assert f"scorer.max_tokens={most}: " in wrong(good, store, max_tokens=most)
        assert "frames a text by 2 tokens" in wrong(good, store, max_tokens=most)
    with pytest.raises(Mistake, match=r"scorer\.checkpoint is empty"):
        outputs(encoder(Path(" "), store), "logits", TEXTS[:3])
    assert "~nobody" in wrong(Path("~nobody/model"), store)
    assert "scorer.device=cuda: torch finds none" in wrong(good, store, device="cuda")
    outputs(encoder(good, store), "logits", TEXTS[:3], 3)
    assert "tells 3 labels apart" in wrong(good, store, labels=2), "also where nothing is left to compute"


def test_a_name_on_the_hub_that_is_not_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Offline: what to fetch, and where to put it; nothing is tried for long."""
    hub = pytest.importorskip("huggingface_hub")
    monkeypatch.setattr(hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    told = wrong(Path("somebody/something"), tmp_path / "s.sqlite", revision="0" * 40)
    assert "hf download somebody/something --revision " + "0" * 40 in told
    assert "set scorer.checkpoint=FOLDER" in told
    assert "scorer.checkpoint" in wrong(Path("not a name"), tmp_path / "s.sqlite", revision="main")


def test_a_name_on_the_hub_that_is_here(
    checkpoints: dict[tuple[str, str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A snapshot in the hub's cache needs no network; a branch means the commit that it last meant here."""
    import shutil

    hub = pytest.importorskip("huggingface_hub")
    commit, store = "a1" * 20, tmp_path / "s.sqlite"
    model = tmp_path / "hub" / "models--some--bert"
    shutil.copytree(checkpoints["logits", "bert"], model / "snapshots" / commit)
    (model / "refs").mkdir()
    (model / "refs" / "main").write_text(commit)
    monkeypatch.setattr(hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(
        "huggingface_hub._snapshot_download.HF_HUB_CACHE", str(tmp_path / "hub"), raising=False
    )
    named, pinned = (encoder(Path("some/bert"), store, revision=name) for name in ("main", commit))
    rows, source = outputs(named, "logits", TEXTS[:5])
    assert source["commit"] == commit
    shutil.rmtree(model)
    for reader in (named, pinned):
        again, _ = outputs(reader, "logits", TEXTS[:5])
        assert all(again[text].tobytes() == rows[text].tobytes() for text in TEXTS[:5])


@pytest.mark.parametrize("kind", ["logits", "cls"])
def test_a_tokenizer_that_pads_on_the_left_changes_nothing(
    checkpoints: dict[tuple[str, str], Path], tmp_path: Path, kind: Any
) -> None:
    """The first position is always the text's own."""
    import json
    import shutil

    folder = shutil.copytree(checkpoints[kind, "bert"], tmp_path / "left")
    settings = json.loads((folder / "tokenizer_config.json").read_text()) | {"padding_side": "left"}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    rows = outputs(encoder(folder, tmp_path / "s.sqlite"), kind, TEXTS).rows
    expected = alone(checkpoints[kind, "bert"], kind)
    np.testing.assert_allclose([rows[text] for text in TEXTS], expected, rtol=0, atol=1e-5)


def test_a_tokenizer_that_knows_more_than_the_model(
    checkpoints: dict[tuple[str, str], Path], tmp_path: Path
) -> None:
    import json
    import shutil

    folder = shutil.copytree(checkpoints["logits", "xlmr"], tmp_path / "more")
    pieces = json.loads((folder / "tokenizer.json").read_text())
    pieces["model"]["vocab"]["apples"] = 5000
    (folder / "tokenizer.json").write_text(json.dumps(pieces))
    with pytest.raises(Mistake, match="cannot read these texts"):
        outputs(encoder(folder, tmp_path / "s.sqlite"), "logits", ["apples"], 3)
