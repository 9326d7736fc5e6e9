"""Thresholds by share, quality and latency: the curve is every walk at once, and targets are met exactly."""

import csv
import math
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic.dataclasses import dataclass

from simulator.build import scenario_of
from simulator.commands import Parser
from simulator.config import compose
from simulator.empty_network import EmptyNetwork
from simulator.mistakes import Mistake
from simulator.policies import Choice, Decision, Static
from simulator.policies.coin import Coin
from simulator.scorers.commands import threshold as command
from simulator.thresholds.calibrate import calibrated, references, swept
from simulator.thresholds.curve import Curve, Pieces, curve, pieces
from simulator.thresholds.figures import Sums, figures_of, sums_of
from simulator.thresholds.target import best_within, fewest_for, nearest_share, short_number
from simulator.walk import walk
from workloads import STRICT, Site


@cache
def network(*overrides: str) -> tuple[EmptyNetwork, Any]:
    """An empty network and its policy."""
    found = scenario_of(compose(overrides).settings)
    return EmptyNetwork(found), found.policy


@cache
def whole(*overrides: str) -> Curve:
    return curve(*network(*overrides))


LONG = ["workload=mtbench101"]
CASES = [
    ("workload=gsm8k",),
    ("workload=gsm8k", "policy=threshold_only"),
    ("workload=gsm8k", "policy=threshold_only", "scorer=oracle"),
    ("workload=mtbench", "kv_cache=none"),
    ("workload=mtbench101", "estimator=blind", "kv_cache=keep_all"),
    ("workload=mtbench101", "policy.latency_weight_per_s=0.004"),
    ("workload=mtbench", "hardware=h100_qwq_32b"),
]


@pytest.mark.parametrize("overrides", CASES, ids=" ".join)
def test_the_curve_is_every_walk(overrides: tuple[str, ...]) -> None:
    """Between two fused scores, at them (where a tie stays on the phone), and just below."""
    room, policy = network(*overrides)
    found = whole(*overrides)
    parts = pieces(found)
    edges = parts.low[1:]
    some = edges[:: max(1, len(edges) // 3)]
    for theta in [*some, *np.nextafter(some, -np.inf), *(some + 1e-4), edges[0] - 1, edges[-1] + 1]:
        walked = sums_of(walk(room, replace(policy, threshold=float(theta))))
        for mine, own in zip(found.at(theta), walked, strict=True):
            np.testing.assert_allclose(mine, own, rtol=1e-12)
        piece = int(np.searchsorted(parts.low, theta, side="right")) - 1
        figures = figures_of(walked)
        assert parts.edge_share[piece] == figures.edge_share.value
        assert parts.quality[piece] == pytest.approx(figures.quality.value, rel=1e-10)
        assert parts.latency_s[piece] == pytest.approx(figures.latency_s.value, rel=1e-10)


@pytest.mark.parametrize("overrides", CASES, ids=" ".join)
def test_the_courses_of_a_dialogue_share_out_all_thetas(overrides: tuple[str, ...]) -> None:
    room, _ = network(*overrides)
    found, first = whole(*overrides), 0
    for turns in room.dialogues:
        last = first
        while found.high[last] < math.inf and found.low[last + 1] > -math.inf:
            last += 1
        low, high = found.low[first : last + 1], found.high[first : last + 1]
        assert low[0] == -math.inf
        assert high[-1] == math.inf
        assert (low[1:] == high[:-1]).all()
        assert (low < high).all()
        assert set(found.turns[first : last + 1]) == {len(turns)}
        first = last + 1
    assert first == len(found.low)


def test_in_dialogues_of_one_turn_the_curve_is_the_sorted_scores() -> None:
    room, policy = network("workload=gsm8k")
    scores = np.sort(walk(room, policy).fused_score)
    parts = pieces(whole("workload=gsm8k"))
    np.testing.assert_array_equal(parts.low[1:], np.unique(scores))
    above = len(scores) - np.searchsorted(scores, parts.low, side="right")
    np.testing.assert_array_equal(parts.edge_share, above / len(scores))


def test_a_share_may_rise_with_the_threshold_and_the_nearest_is_still_found() -> None:
    """On a real GPU, whose decisions lengthen the contexts that follow."""
    overrides = ("workload=mtbench101", "hardware=h100_qwq_32b")
    parts = pieces(whole(*overrides))
    rises = np.flatnonzero(np.diff(parts.edge_share) > 0)
    assert len(rises)
    for share in (0.1, 0.5, float(parts.edge_share[rises[0] + 1])):
        off = abs(parts.edge_share[nearest_share(parts, share)] - share)
        assert off == np.abs(parts.edge_share - share).min()


PAPER = {
    "paper_mmlu": (0.35, -0.998),
    "paper_mmlu_random": (0.54, -0.7295),
    "paper_gsm8k": (0.35, 0.0967),
    "paper_gsm8k_random": (0.35, 0.49),
    "paper_mtbench101": (0.111, -0.0623),
    "paper_mtbench101_blind": (0.222, -0.0876),
    "paper_mtbench101_random": (0.444, 0.3985),
    "paper_mtbench101_random_blind": (0.444, 0.2986),
}


@pytest.mark.parametrize("name", [name for name in PAPER if "mmlu" not in name] + ["paper_mmlu"])
def test_the_papers_thresholds_are_found_again(name: str) -> None:
    """To what their rounding and a table's steps allow."""
    share, committed = PAPER[name]
    room, policy = network(f"experiment={name}")
    assert policy.threshold == committed
    row = calibrated(room, policy, partial(nearest_share, edge_share=share))
    assert float(row.threshold) == pytest.approx(committed, abs=1e-3)
    theirs = figures_of(whole(f"experiment={name}").at(committed)).edge_share.value
    assert abs(row.figures.edge_share.value - share) <= abs(theirs - share)
    assert theirs == pytest.approx(share, abs=0.0015)


@given(
    low=st.floats(-1e6, 1e6),
    gap=st.one_of(st.floats(1e-12, 10.0), st.just(0.0), st.just(math.inf)),
    down=st.booleans(),
)
def test_a_short_number_is_inside(low: float, gap: float, down: bool) -> None:
    high = low + gap if low + gap > low else math.nextafter(low, math.inf)
    if high == math.inf and down:
        low, high = -math.inf, low
    found = float(short_number(low, high))
    assert low <= found < high
    if high == math.nextafter(low, math.inf):
        assert found == low
    elif math.isfinite(gap) and gap > 1e-9:
        assert low < found


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (-0.99812, -0.99788, "-0.998"),
        (-0.2, 0.4, "0.1"),
        (-0.5, 0.5, "0"),
        (0.61, math.inf, "1"),
        (-math.inf, -1.3, "-2"),
        (0.5, math.nextafter(0.5, 1.0), "0.5"),
        (1e-5, 3e-5, "2e-05"),
    ],
)
def test_short_numbers(low: float, high: float, text: str) -> None:
    assert short_number(low, high) == text


def parts_of(shares: list[float], qualities: list[float], latencies: list[float]) -> Pieces:
    low = np.arange(len(shares), dtype=float)
    columns = (np.array(column, float) for column in (shares, qualities, latencies))
    return Pieces(low, low + 1.0, *columns)


STEPS = st.lists(
    st.tuples(st.integers(0, 10), st.integers(0, 10), st.integers(1, 10)), min_size=1, max_size=12
)


@given(steps=STEPS, target=st.integers(0, 10))
def test_targets_are_the_best_of_all_pieces(steps: list[tuple[int, int, int]], target: int) -> None:
    """Against looking at each: a curve need not be monotone in anything."""
    parts = parts_of([s / 10 for s, _, _ in steps], [q for _, q, _ in steps], [t for _, _, t in steps])
    share, quality, late = steps[nearest_share(parts, target / 10)]
    assert (abs(share - target), late) == min((abs(s - target), t) for s, _, t in steps)
    good = [(s, t) for s, q, t in steps if q >= target]
    quick = [(-q, t) for _, q, t in steps if t <= target]
    if good:
        share, quality, late = steps[fewest_for(parts, target)]
        assert quality >= target
        assert (share, late) == min(good)
    else:
        with pytest.raises(Mistake, match="out of reach"):
            fewest_for(parts, target)
    if quick:
        _, quality, late = steps[best_within(parts, target)]
        assert (-quality, late) == min(quick)
    else:
        with pytest.raises(Mistake, match="out of reach"):
            best_within(parts, target)


def test_out_of_reach_names_the_reach() -> None:
    parts = parts_of([1.0, 0.4, 0.0], [0.8, 0.85, 0.6], [90.0, 70.0, 50.5])
    with pytest.raises(Mistake, match=r"^--quality 0.9 is out of reach: the mean is from 0.6 to 0.85"):
        fewest_for(parts, 0.9)
    with pytest.raises(Mistake, match=r"^--latency-s 50 is out of reach: the mean is from 50.5 to 90 s"):
        best_within(parts, 50.0)


def test_without_quality_latency_buys_edge_turns() -> None:
    parts = parts_of([1.0, 0.4, 0.0], [math.nan] * 3, [90.0, 70.0, 50.0])
    assert best_within(parts, 80.0) == 1
    with pytest.raises(Mistake, match="--quality needs"):
        fewest_for(parts, 0.5)


def test_a_quality_that_rounding_touches_is_met() -> None:
    parts = parts_of([1.0, 0.5], [0.1 + 0.2, 0.3], [2.0, 1.0])
    assert parts.edge_share[fewest_for(parts, 0.1 + 0.2)] == 0.5


def test_the_error_of_independent_turns_is_the_textbooks() -> None:
    room, policy = network("workload=gsm8k")
    walked = walk(room, policy)
    figures = figures_of(sums_of(walked))
    for mean, values in ((figures.quality, walked.quality), (figures.latency_s, walked.latency_s)):
        assert mean.value == pytest.approx(values.mean(), rel=1e-12)
        assert mean.error == pytest.approx(values.std(ddof=1) / math.sqrt(len(values)), rel=1e-12)


def test_the_error_of_dialogues_is_the_jackknifes() -> None:
    """Leave one dialogue out at a time."""
    room, policy = network("workload=mtbench101", "policy.threshold=-0.09", "estimator=blind")
    sums = sums_of(walk(room, policy))
    figures = figures_of(sums)
    pairs = ((figures.quality, sums.quality), (figures.edge_share, sums.edge_turns))
    for mean, column in (*pairs, (figures.latency_s, sums.latency_s)):
        without = (column.sum() - column) / (sums.turns.sum() - sums.turns)
        n = len(without)
        jackknife = math.sqrt((n - 1) / n * np.square(without - without.mean()).sum())
        assert mean.error == pytest.approx(jackknife, rel=0.01)


def test_unknown_qualities_are_left_out_and_one_dialogue_has_no_error() -> None:
    two = Sums(*np.array([[2, 3], [1, 3], [1, 2], [5, 8], [20, 40]], float))
    assert figures_of(two).quality.value == pytest.approx(13 / 3)
    assert figures_of(two).edge_share.value == pytest.approx(4 / 5)
    one = Sums(*np.array([[2], [1], [0], [0], [20]], float))
    assert math.isnan(figures_of(one).quality.value)
    assert figures_of(one).latency_s.value == 10.0
    assert math.isnan(figures_of(one).latency_s.error)


def test_the_coin_is_the_mean_of_coins() -> None:
    room, _ = network("workload=gsm8k")
    rows = {row.router: row for row in references(room, 0.3)}
    coin, device, edge = (rows[name].figures for name in ("coin", "always_device", "always_edge"))
    assert coin.edge_share.value == pytest.approx(0.3)
    assert coin.edge_share.error == 0.0
    assert coin.quality.value == pytest.approx(0.7 * device.quality.value + 0.3 * edge.quality.value)
    one_toss = figures_of(sums_of(walk(room, Coin(edge_share=0.3))))
    assert abs(one_toss.quality.value - coin.quality.value) < 4 * one_toss.quality.error
    assert abs(one_toss.latency_s.value - coin.latency_s.value) < 4 * one_toss.latency_s.error


def test_in_long_dialogues_the_coin_is_tossed() -> None:
    room, _ = network("workload=mtbench")
    coin, device, edge = (row.figures for row in references(room, 0.5))
    assert coin == figures_of(sums_of(walk(room, Coin(edge_share=0.5))))
    assert coin.latency_s.value > 0.5 * (device.latency_s.value + edge.latency_s.value)  # it reads again


def test_a_sweep_goes_from_all_to_none() -> None:
    room, policy = network("workload=gsm8k")
    rows = list(swept(room, policy, 11))
    shares = [row.figures.edge_share.value for row in rows]
    assert shares == pytest.approx(np.linspace(0, 1, 11), abs=0.01)
    assert shares[0] == 0.0
    assert shares[-1] == 1.0
    for row in (rows[0], rows[4]):
        walked = walk(room, replace(policy, threshold=float(row.threshold)))
        assert walked.edge.mean() == row.figures.edge_share.value


def test_equal_scores_go_together() -> None:
    """An oracle's scores are 0 and 1: three shares are all there is, and none is told twice."""
    room, policy = network("workload=gsm8k", "policy=threshold_only", "scorer=oracle")
    rows = list(swept(room, policy, 21))
    assert len(rows) == 3
    gain = np.mean([turn.edge.quality > turn.device.quality for turns in room.dialogues for turn in turns])
    assert [row.figures.edge_share.value for row in rows] == [0.0, gain, 1.0]
    assert rows[1].threshold == "0.5"


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Crooked(Static):
    """Sends to the edge what is below its threshold; or moves its score along with it."""

    threshold: float
    moves: bool = False
    reads_score: ClassVar[bool] = True

    def choose(self, decision: Decision) -> Choice:
        """Not as Eq. 12."""
        fused = decision.score - self.moves * self.threshold
        above = fused > self.threshold if self.moves else fused <= self.threshold
        return Choice(Site.EDGE if above else Site.DEVICE, fused)


@pytest.mark.parametrize("moves", [False, True])
def test_a_policy_that_does_not_keep_to_its_threshold_is_told(moves: bool) -> None:
    room, _ = network("workload=gsm8k")
    with pytest.raises(Mistake, match="fused score and threshold"):
        calibrated(room, Crooked(threshold=0.3, moves=moves), partial(nearest_share, edge_share=0.35))


def act(*words: str) -> None:
    parser = Parser(prog="threshold")
    command.configure(parser)
    command.act(
        parser.parse_args([word for word in words if word.startswith("-") or "=" not in word]),
        [word for word in words if "=" in word and not word.startswith("-")],
    )


def test_the_line_to_paste_repeats_the_figures(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "figures.csv"
    act("--edge-share=0.35", f"--out={file}", "experiment=paper_gsm8k")
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1].startswith("policy.threshold=")
    pasted = scenario_of(compose(["experiment=paper_gsm8k", lines[-1]]).settings)
    walked = walk(EmptyNetwork(pasted), pasted.policy)
    with file.open(newline="") as rows:
        table = list(csv.DictReader(rows))
    assert [row["router"] for row in table] == ["paper_gsm8k", "coin", "always_device", "always_edge"]
    assert float(table[0]["edge_share"]) == walked.edge.mean() == pytest.approx(0.35, abs=4e-4)
    assert float(table[0]["latency_s"]) == pytest.approx(walked.latency_s.mean(), rel=1e-12)
    assert f"{walked.edge.mean():.4g}" in lines[1]
    assert any("fading" in line for line in lines)


@pytest.mark.parametrize("target", ["--quality=0.8", "--latency-s=8.0"])
def test_quality_and_latency_are_kept(target: str, capsys: pytest.CaptureFixture[str]) -> None:
    act(target, "experiment=paper_gsm8k")
    line = capsys.readouterr().out.splitlines()[-1]
    pasted = scenario_of(compose(["experiment=paper_gsm8k", line]).settings)
    walked = walk(EmptyNetwork(pasted), pasted.policy)
    if "quality" in target:
        assert 0.8 <= walked.quality.mean() < 0.8 + 1 / 1319
    else:
        assert walked.latency_s.mean() <= 8.0


def test_what_is_not_in_the_figures_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    changed = ["channel=rayleigh", "lengths=lognormal", "hardware=h100_qwq_32b", "workload=mtbench"]
    act("--edge-share=0.5", *changed)
    told = capsys.readouterr().out
    assert "estimator=unloaded believes, not channel=rayleigh" in told
    assert "replies: as lengths=lognormal draws them for seed=1" in told
    assert "tossed once" in told
    act("--sweep", "workload=mtbench", "workload.quality=null")
    told = capsys.readouterr().out
    assert "quality" not in told
    assert "believes" not in told
    assert "lengths=" not in told
    assert "policy.threshold" not in told


def test_a_share_that_no_threshold_gives_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    act("--edge-share=0.5", "workload=gsm8k", "policy=threshold_only", "scorer=oracle")
    assert "no threshold comes nearer to 0.5" in capsys.readouterr().out
    act("--edge-share=0.5", "workload=gsm8k")
    assert "no threshold" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ([], "is required"),
        (["--sweep", "--quality=1"], "not allowed with"),
        (["--edge-share=35"], r"--edge-share 35: must be from 0 to 1 \(0.35 for 35 %\)"),
        (["--edge-share=-0.1"], r"--edge-share -0.1: must be from 0 to 1$"),
        (["--edge-share=nan"], "--edge-share nan: must be from 0 to 1"),
        (["--quality=nan"], "--quality nan: must be a finite number"),
        (["--latency-s=inf"], "--latency-s inf: must be a finite number"),
        (
            ["--sweep", "policy=coin"],
            "policy=coin has no threshold; those that have one are fused, ",
        ),
        (["--sweep", "--out=here.txt"], "must end in .csv"),
        (["--sweep", "--out=nowhere/here.csv"], "nowhere is no folder"),
        (["--sweep", "policy=fuse"], "did you mean fused"),
    ],
)
def test_mistakes_are_one_line(words: list[str], line: str) -> None:
    with pytest.raises(Mistake, match=line) as mistake:
        act(*words)
    assert "\n" not in str(mistake.value)
