"""Eq. 10's head: its file, its fit, and the figures that say what its scores are worth."""

import json
from dataclasses import replace
from importlib.util import find_spec
from math import exp, log, nan
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simulator.heads import Head, embedded, marks, read_head, sigmoid, write_head
from simulator.heads import fit as fitting
from simulator.heads.fit import Weights, check, features, fit, labels, out_of_fold
from simulator.heads.metrics import Estimate, Judged, calibration_error, estimates, measure, roc_auc, verdict
from simulator.mistakes import Mistake

needs_sklearn = pytest.mark.skipif(find_spec("sklearn") is None, reason="fits with scikit-learn")
HEAD = Head(
    checkpoint="some/encoder",
    revision="abc",
    weights="0" * 64,
    history_turns=0,
    truncation_side="right",
    max_tokens=256,
    dtype="float32",
    length="log1p_words",
    label="edge_better",
    trained_on="mine: 10 turns of 10 dialogues",
    intercept=-1.0,
    length_coefficient=0.5,
    coefficients=(1.0, -2.0),
    texts=marks(["one", "two", "two"]),
)


def rng() -> np.random.Generator:
    return np.random.default_rng(11)


def judged(score: Any, gain: Any, wanted: Any = None, dialogue: Any = None) -> Judged:
    gain = np.asarray(gain, dtype=float)
    wanted = gain > 0 if wanted is None else np.asarray(wanted, dtype=bool)
    dialogue = np.arange(len(gain)) if dialogue is None else np.asarray(dialogue)
    return Judged(np.asarray(score, dtype=float), gain, wanted, dialogue)


def test_a_head_is_the_formula() -> None:
    logit = 1.0 * 0.25 - 2.0 * 0.5 + 0.5 * log(1 + 6) - 1.0
    vector = np.array([0.25, 0.5], dtype=np.float32)
    assert HEAD.score(vector, 6) == pytest.approx(1 / (1 + exp(-logit)), abs=1e-15)
    logit = 1.0 * 0.25 - 2.0 * 0.5 + 0.5 * 6 - 1.0
    assert replace(HEAD, length="words").score(vector, 6) == pytest.approx(1 / (1 + exp(-logit)), abs=1e-15)


def test_the_sum_is_exact() -> None:
    """Rounding of the parts does not show: what cancels is gone, whatever its place."""
    head = replace(HEAD, coefficients=(1e16, 1.0, -1e16), length_coefficient=0.0, intercept=0.0)
    assert head.logit(np.ones(3, dtype=np.float32), 0) == 1.0


@pytest.mark.parametrize("logit", [-800.0, -1.0, 0.0, 1.0, 800.0])
def test_the_sigmoid_never_overflows(logit: float) -> None:
    assert 0.0 <= sigmoid(logit) <= 1.0
    assert sigmoid(logit) + sigmoid(-logit) == pytest.approx(1.0)


def test_a_head_comes_back_from_its_file_to_the_bit(tmp_path: Path) -> None:
    numbers = tuple((rng().standard_normal(33) * 10.0 ** rng().integers(-300, 300, 33)).tolist())
    head = replace(HEAD, coefficients=numbers, intercept=0.1 + 0.2, max_tokens=None)
    write_head(tmp_path / "head.json", head)
    assert read_head(str(tmp_path / "head.json")) == head
    assert max(map(len, (tmp_path / "head.json").read_text().splitlines())) < 120


def test_a_vector_of_another_width_is_told() -> None:
    with pytest.raises(ValueError, match=r"has 2 coefficients, but the encoder's vector has 3 entries"):
        HEAD.score(np.zeros(3, dtype=np.float32), 1)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"coefficients": []}, "no coefficients"),
        ({"coefficients": [1, "x"]}, "coefficients.1: .* not 'x'"),
        ({"coefficients": [1.0, nan]}, "coefficients.1: .* finite"),
        ({"length": "letters"}, "length: .* not 'letters'"),
        ({"intercpt": 1.0}, "unknown key 'intercpt'; did you mean intercept"),
        ({"intercept": None}, "intercept: "),
        ({"label": ...}, "no key 'label'; a head has checkpoint, "),
        (None, "no head, but a JSON list"),
        ("{", "not a readable head"),
    ],
)
def test_files_that_hold_no_head(change: Any, told: str, tmp_path: Path) -> None:
    file = tmp_path / "head.json"
    write_head(file, HEAD)
    if isinstance(change, str):
        file.write_text(change)
    else:
        entries = json.loads(file.read_text()) | (change or {})
        kept = {key: value for key, value in entries.items() if value is not ...}
        file.write_text(json.dumps([1] if change is None else kept))
    with pytest.raises(ValueError, match=told) as error:
        read_head(str(file))
    assert "\n" not in str(error.value)


def test_an_absent_head_names_the_nearest() -> None:
    assert "minilm_mmlu" in embedded()
    with pytest.raises(ValueError, match=r"no head 'minilm_mlu': did you mean minilm_mmlu\? give the file"):
        read_head("minilm_mlu")


def test_the_embedded_heads_are_whole() -> None:
    for name in embedded():
        head = read_head(name)
        assert len(head.weights) == 64
        assert len(head.revision) == 40
    assert len(read_head("minilm_mmlu").coefficients) == 384


def blobs(turns: int = 600, width: int = 8) -> tuple[Any, Any, Any]:
    """Noise whose label follows one direction, and that direction."""
    direction = rng().standard_normal(width)
    inputs = np.random.default_rng(3).standard_normal((turns, width)) * np.linspace(0.5, 4, width) + 7
    along = (inputs - 7) @ direction
    return inputs, along + np.random.default_rng(4).standard_normal(turns) > 0.5, direction


@needs_sklearn
def test_the_fit_finds_the_direction() -> None:
    inputs, wanted, direction = blobs()
    weights = fit(inputs, wanted)
    found = np.array([*weights.coefficients, weights.length_coefficient]) * np.linspace(0.5, 4, 8)
    direction *= np.linspace(0.5, 4, 8)  # the penalty is fair in standardised features
    assert found @ direction > 0.97 * np.linalg.norm(found) * np.linalg.norm(direction)
    assert roc_auc(judged(out_of_fold(inputs, wanted, np.arange(600)), wanted), np.ones(600)) > 0.95


@needs_sklearn
def test_folding_the_standardisation_changes_nothing() -> None:
    inputs, wanted, _ = blobs()
    inputs[:, 2] = 5.0  # a constant feature has no spread to divide by
    *coefficients, length_coefficient, intercept = weights = fit(inputs, wanted)
    assert isinstance(weights, Weights)
    logits = inputs @ [*coefficients[0], length_coefficient] + intercept
    expected = fitting._pipeline().fit(inputs, wanted).predict_proba(inputs)[:, 1]
    assert np.abs(1 / (1 + np.exp(-logits)) - expected).max() < 1e-12


@needs_sklearn
def test_a_score_never_saw_its_own_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """Noise with as many columns as rows: fitted on itself it knows all, out of fold nothing."""
    monkeypatch.setattr(fitting, "INVERSE_L2", 1.0)
    inputs = rng().standard_normal((400, 400))
    wanted = np.random.default_rng(8).random(400) < 0.3
    honest = judged(out_of_fold(inputs, wanted, np.arange(400)), wanted)
    assert measure(honest, np.ones(400))["area"] == pytest.approx(0.5, abs=0.08)
    weights = fit(inputs, wanted)
    leaked = judged(inputs @ [*weights.coefficients, weights.length_coefficient], wanted)
    assert measure(leaked, np.ones(400))["area"] > 0.8


@needs_sklearn
def test_no_fold_splits_a_dialogue(monkeypatch: pytest.MonkeyPatch) -> None:
    """Turns of a dialogue look alike and share a label that nothing else tells: a split gives it away."""
    monkeypatch.setattr(fitting, "INVERSE_L2", 1.0)
    dialogue = np.repeat(np.arange(80), 4)
    inputs = rng().standard_normal((80, 60))[dialogue]
    wanted = (np.random.default_rng(2).random(80) < 0.4)[dialogue]
    whole = judged(out_of_fold(inputs, wanted, dialogue), wanted)
    split = judged(out_of_fold(inputs, wanted, np.arange(320)), wanted)
    assert roc_auc(whole, np.ones(320)) < 0.65
    assert roc_auc(split, np.ones(320)) > 0.85


def test_features_and_labels() -> None:
    vectors = np.array([[1.0, 2.0], [3.0, 4.0]], dtype=np.float32)
    words = np.array([0.0, 6.0])
    assert features(vectors, words, "words").tolist() == [[1, 2, 0], [3, 4, 6]]
    assert features(vectors, words, "log1p_words")[:, 2].tolist() == [0.0, np.log(7.0)]
    device, edge = np.array([0.0, 0.0, 1.0, 1.0]), np.array([0.0, 1.0, 0.0, 1.0])
    assert labels(device, edge, "edge_better", 1.0).tolist() == [False, True, False, False]
    assert labels(device, edge, "device_fails", 1.0).tolist() == [True, True, False, False]
    assert labels(device + 8, edge, "device_fails", 8.5).tolist() == [True, True, False, False]
    with pytest.raises(Mistake, match="did you mean edge_better"):
        labels(device, edge, "edge_beter", 1.0)


@pytest.mark.parametrize(
    ("wanted", "told"),
    [([True] * 12, "0 of 6 dialogues"), ([False] * 12, "0 of 6"), ([True] * 4 + [False] * 8, "2 of 6")],
)
def test_too_few_of_a_class(wanted: list[bool], told: str) -> None:
    with pytest.raises(Mistake, match=f"mine: {told}.* at least 5"):
        check("mine", np.array(wanted), np.repeat(np.arange(6), 2))


def test_figures_of_a_small_case() -> None:
    """Four turns in the order of their scores, gains 2, -1, 0, 1: PGR 0, 1, .5, .5, 1."""
    found = measure(judged([0.9, 0.7, 0.4, 0.1], [2, -1, 0, 1]), np.ones(4))
    assert found["area"] == pytest.approx((0.5 + 0.75 + 0.5 + 0.75) / 4)
    assert found["recovered_at_10%"] == pytest.approx(0.4)
    assert found["recovered_at_35%"] == pytest.approx(0.8)
    assert found["recovered_at_50%"] == 0.5
    assert found["recovered_at_80%"] == pytest.approx(0.6)
    assert found["share_for_80%"] == pytest.approx(0.2)
    assert found["lift_low"] == pytest.approx((0.5 + 0.75) / 2 - 0.25)
    assert found["lift_high"] == pytest.approx((0.5 + 0.75) / 2 - 0.75)
    tenths = [0, 0.4, 0.8, 0.9, 0.7, 0.5, 0.5, 0.5, 0.6, 0.8, 1]
    assert found["apgr"] == pytest.approx((sum(tenths) - 0.5) / 10)
    assert found["roc_auc"] == 0.5  # wins 0.9 > 0.7, 0.9 > 0.4; loses 0.1 < 0.7, 0.1 < 0.4
    assert found["brier"] == pytest.approx((0.01 + 0.49 + 0.16 + 0.81) / 4)


def test_a_score_that_knows_nothing_and_an_oracle() -> None:
    gains = np.array([1.0, 0.0, 0.0, 1.0])
    nothing, everything = (measure(judged(score, gains), np.ones(4)) for score in (np.full(4, 0.5), gains))
    coin = {"area": 0.5, "apgr": 0.5, "lift_low": 0.0, "lift_high": 0.0, "share_for_80%": 0.8, "roc_auc": 0.5}
    assert {name: nothing[name] for name in coin} == pytest.approx(coin)
    assert everything["share_for_80%"] == pytest.approx(0.4)
    assert (everything["roc_auc"], everything["brier"], everything["calibration_error"]) == (1.0, 0.0, 0.0)


def test_calibration_error_is_over_bins_of_equal_counts() -> None:
    """Twenty turns, two in a bin; where half need the edge .5 is calibrated, and .9 is off by .4."""
    score = np.arange(20) / 1000 + 0.5
    wanted = np.arange(20) % 2 == 0
    off = (score.reshape(10, 2).mean(axis=1) - 0.5).mean()
    assert calibration_error(judged(score, wanted), np.ones(20)) == pytest.approx(off)
    assert calibration_error(judged(score + 0.4, wanted), np.ones(20)) == pytest.approx(off + 0.4)
    assert calibration_error(judged(np.full(20, 0.5), wanted), np.ones(20)) == 0.0


def test_a_weight_is_a_repetition() -> None:
    score, gain = rng().integers(0, 9, 50) / 10, rng().integers(-1, 3, 50).astype(float)
    times = rng().integers(0, 4, 50)
    weighted = measure(judged(score, gain), times.astype(float))
    repeated = measure(judged(np.repeat(score, times), np.repeat(gain, times)), np.ones(times.sum()))
    del weighted["calibration_error"], repeated["calibration_error"]  # its bins are those of the whole table
    assert weighted == pytest.approx(repeated)


def test_roc_auc_counts_pairs() -> None:
    score, wanted = rng().integers(0, 9, 60) / 10, rng().random(60) < 0.4
    above = score[wanted][:, None] - score[~wanted][None, :]
    assert roc_auc(judged(score, wanted), np.ones(60)) == pytest.approx(np.mean((np.sign(above) + 1) / 2))
    assert np.isnan(roc_auc(judged(score, np.zeros(60)), np.ones(60)))


def test_the_bootstrap_draws_dialogues_not_turns() -> None:
    """Saying everything five times makes nothing more certain."""
    score, gain = rng().random(60), rng().integers(-1, 3, 60).astype(float)
    once = estimates(judged(score, gain), 80)
    five = judged(np.repeat(score, 5), np.repeat(gain, 5), dialogue=np.repeat(np.arange(60), 5))
    for name, estimate in estimates(five, 80).items():
        assert estimate == pytest.approx(once[name]), name
        assert estimate.low <= estimate.value <= estimate.high or name == "calibration_error"
    apart = estimates(replace(five, dialogue=np.arange(300)), 80)["area"]
    assert apart.high - apart.low < 0.7 * (once["area"].high - once["area"].low)


def test_without_a_gap_nothing_is_recovered() -> None:
    found = measure(judged([0.1, 0.2, 0.3], [1, -1, -1]), np.ones(3))
    assert {name for name, value in found.items() if np.isnan(value)} == {
        *("area", "apgr", "lift_low", "lift_high", "share_for_80%"),
        *(f"recovered_at_{share}%" for share in (10, 20, 35, 50, 80)),
    }


@pytest.mark.parametrize(
    ("low", "high", "told"),
    [
        (0.01, 0.1, "better than chance"),
        (-0.1, 0.1, "no better than chance"),
        (-0.2, -0.1, "worse than chance"),
    ],
)
def test_the_verdict_follows_the_interval(low: float, high: float, told: str) -> None:
    assert verdict({"lift_high": Estimate((low + high) / 2, low, high)}) == told
