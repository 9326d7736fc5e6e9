"""Which conclusions survive: the search for thresholds, the verdicts, and the paper's own hardware."""

import math
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simulator.conclusions.__main__ import main
from simulator.conclusions.load import capacity
from simulator.conclusions.parts import BERT, BLIND, FULL, RANDOM, Size, multi_turn, router
from simulator.conclusions.played import KEY, Played, play
from simulator.conclusions.routers import TARGET_GAIN, at_target, first_scores, sites
from simulator.conclusions.search import MOST_RUNS, threshold
from simulator.conclusions.study import shown
from simulator.conclusions.verdicts import Effect, less, verdict
from simulator.estimators.blind import Blind
from simulator.machines.paper import Paper
from tests import part

SMALL = Size(60, 20, 100, 100.0, (0.7,))


@pytest.mark.parametrize(("start", "step"), [(0.0, 0.1), (3.0, 0.01), (-40.0, 1.0), (0.7001, 0.1)])
def test_a_threshold_is_found_from_anywhere(start: float, step: float) -> None:
    """1 / (1 + e^x) falls through 0.332 at ln(1 / 0.332 - 1) = 0.699."""
    asked: list[float] = []

    def measure(theta: float) -> tuple[float, float]:
        asked.append(theta)
        return 1.0 / (1.0 + math.exp(theta)), theta

    theta, run = threshold(measure, 0.332, 1e-3, start, step)
    assert theta == run == asked[-1] == pytest.approx(math.log(1 / 0.332 - 1), abs=0.01)
    assert len(asked) <= MOST_RUNS


def test_a_threshold_at_a_step_is_the_nearest_that_was_seen() -> None:
    """A figure that leaps over the target: all runs are spent, on both sides of the leap."""
    asked: list[float] = []

    def measure(theta: float) -> tuple[float, None]:
        asked.append(theta)
        return (0.9 if theta < 0.3 else 0.45), None

    theta, _ = threshold(measure, 0.5, 0.01, 0.0, 0.1)
    assert len(asked) == MOST_RUNS
    assert 0.3 <= theta < 0.31
    assert abs(asked[-1] - 0.3) < 0.01


@pytest.mark.parametrize(
    ("size", "error", "paper", "word"),
    [
        (0.08, 0.02, 0.13, "holds"),
        (0.065, 0.03, 0.13, "holds"),
        (0.05, 0.02, 0.13, "holds, smaller"),
        (0.011, 0.0, 0.13, "holds, smaller"),
        (0.009, 0.0, 0.13, "does not hold"),
        (0.02, 0.011, 0.13, "does not hold"),
        (0.05, 0.03, 0.13, "open"),
        (-0.05, 0.06, 0.13, "open"),
        (0.0, 0.0, 0.13, "does not hold"),
        (-0.009, 0.0, 0.13, "does not hold"),
        (-0.05, 0.02, 0.13, "reversed"),
        (math.nan, 0.0, 0.13, "does not hold"),
    ],
)
def test_verdicts(size: float, error: float, paper: float, word: str) -> None:
    assert verdict(Effect(size, error), paper) == word


def test_an_effect_is_shown_in_percent() -> None:
    assert shown(Effect(-0.0004, 0.0123), "%") == "0.0 ± 1.2 %"


def by_hand(**columns: list[float]) -> Played:
    """Two dialogues of two turns each."""
    machine = Paper(prefill_s_per_token=0.04, decode_s_per_token=0.04)
    faster = Paper(prefill_s_per_token=0.02, decode_s_per_token=0.02)
    named = {"user_id": [0.0] * 4, "session_id": [0.0, 0.0, 1.0, 1.0], "turn_index": [0.0, 1.0, 0.0, 1.0]}
    arrays = {name: np.array(values, float) for name, values in (named | columns).items()}
    return Played(arrays, (machine, faster))


def test_less_at_equal_quality() -> None:
    """Theirs: 10 s on the phone, 20 s at the edge, which is better by 0.5: 20 s a point.

    Ours saves 0, 10, 4 and 10 s, and loses 0.5 points twice: (0 + 10 + 4 + 10 - 2 x 10) / 4 = 1 s of 15.
    Dialogues: (0 + 10 - 10 - 2) = -2, and (4 + 10 - 10 - 2) = 2: sqrt(4 + 4) / 4.
    """
    theirs = by_hand(e2e_s=[10, 20, 10, 20], at_edge=[0, 1, 0, 1], quality=[1, 2, 1, 2])
    ours = by_hand(e2e_s=[10, 10, 6, 10], at_edge=[0, 0, 0, 0], quality=[1, 1.5, 1, 1.5])
    found = less("e2e_s", ours, theirs, 0.5, relative=True)
    assert found == pytest.approx((1 / 15, math.sqrt(8) / 4 / 15))
    # Both edge turns are saved, and quality is lost that costs one edge turn for half a point.
    assert less("at_edge", ours, theirs, 0.5, relative=False).size == pytest.approx(0.0)


def test_less_is_over_the_turns_of_both() -> None:
    theirs = by_hand(e2e_s=[10, 20, 10, 20], at_edge=[0, 1, 0, 1], quality=[1, 1, 1, 1])
    ours = by_hand(e2e_s=[5, 10, 99, 99], at_edge=[0, 0, 0, 0], quality=[1, 1, 1, 1])
    fewer = Played({name: values[:2] for name, values in ours.columns.items()}, ours._machines)
    assert less("e2e_s", fewer, theirs, 0.5, relative=True).size == pytest.approx(0.5)


def test_reading_again_costs_its_tokens() -> None:
    """100 words at 0.04 s on the phone, 300 at 0.02 s at the edge, over four turns."""
    played = by_hand(
        at_edge=[0, 0, 1, 1],
        prompt_tokens=[7, 7, 7, 7],
        context_tokens=[0, 100, 0, 400],
        reprefill_tokens=[0, 100, 0, 300],
    )
    assert played.reread_s == pytest.approx((4.0 + 6.0) / 4)


def test_without_context_is_blind_on_the_papers_hardware() -> None:
    """And other routers are what the paper's experiments say."""
    scenario = multi_turn("paper", SMALL, 3)
    ours = play(router(scenario, BLIND))
    blind = play(replace(scenario, estimator=Blind(**_settings("estimator", "blind"))))
    assert all((ours.columns[name] == blind.columns[name]).all() for name in (*KEY, "e2e_s", "at_edge"))
    assert (ours.columns["expected_edge_s"] != play(scenario).columns["expected_edge_s"]).any()
    chance = play(router(scenario, RANDOM))
    assert chance.mean("router_s") == 0.0
    assert (chance.columns["score"] != ours.columns["score"]).all()
    assert router(scenario, BERT) is scenario


def _settings(group: str, name: str) -> dict[str, Any]:
    return {key: value for key, value in part(group, name).items() if key != "_target_"}


def test_the_papers_hardware_gives_the_known_figures() -> None:
    """The README's 11.6 s and 9.42 at 11 % of experiment=paper_mtbench101; the sites by Tables I and III."""
    scenario = multi_turn("paper", FULL, 1)
    known = play(scenario)
    assert known.edge_share == pytest.approx(0.111, abs=0.002)
    assert known.mean("e2e_s") == pytest.approx(11.55, abs=0.05)
    assert known.mean("quality") == pytest.approx(9.42, abs=0.005)
    alone = sites(scenario)
    assert alone.target == pytest.approx(9.53, abs=2e-4)
    words = known.mean("prompt_tokens")
    assert alone.device.mean("e2e_s") == pytest.approx(0.04 * (words + 226.37), rel=1e-9)
    assert alone.edge.mean("e2e_s") == pytest.approx(0.02 * (words + 879.16) + 0.02, abs=1e-3)
    guess = np.quantile(first_scores(BERT, alone.device, 0.03), 0.7)
    theta, routed = at_target(scenario, alone.target, float(guess), 0.05)
    assert routed.mean("quality") == pytest.approx(9.53, abs=0.0035)
    assert 11.55 < routed.mean("e2e_s") < alone.edge.mean("e2e_s")
    assert theta < scenario.policy.threshold, "better answers need more of the edge"


def test_capacity_is_that_of_the_slots() -> None:
    """Four slots, and 0.02 s for each word read and written."""
    scenario = multi_turn("paper", FULL, 1)
    words = 879.16 + play(scenario).mean("prompt_tokens")
    assert capacity(scenario) == pytest.approx(4 / (0.02 * words), rel=0.02)


def test_a_quick_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    """All tables, once on the terminal and once in a file; nothing else is left anywhere."""
    monkeypatch.setattr("simulator.conclusions.__main__.QUICK", SMALL)
    (tmp_path / "scratch").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "scratch"))
    monkeypatch.chdir(tmp_path)
    assert main(["--hardware", "paper", "--quick", "--markdown", "page.md"]) == 0
    page = capsys.readouterr().out
    assert page == (tmp_path / "page.md").read_text(encoding="utf-8")
    assert sorted(file.name for file in tmp_path.rglob("*")) == ["page.md", "scratch"]
    assert "synthetic" in page
    assert "Quick: 60 dialogues" in page
    titles = [line for line in page.splitlines() if line.startswith("#")]
    assert [title.split()[1] for title in titles] == ["Which", "The", "Each", "Routers", "At"]
    rows = [line for line in page.splitlines() if line.startswith("| `paper` |")]
    assert len(rows) == 1 + 6 + 4
    assert "**holds** (46 %)" in page
    assert abs(float(rows[0].split("|")[2].split()[0]) - 0.04 * 226.37) < 1.0
    quality = {row.split("|")[6].strip() for row in rows[1:7]}
    assert max(map(float, quality)) - min(map(float, quality)) < 0.03
    assert pytest.approx(0.49, abs=0.001) == TARGET_GAIN


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--hardware", "papr"], "hardware=papr: did you mean paper? hardware is one of paper, "),
        (["--qick"], "unrecognized arguments: --qick; see python -m simulator.conclusions --help"),
        (["--seed", "-1"], "--seed -1: must be from 0 to 2**63 - 1"),
        (["--markdown", "no/page.md"], "--markdown no/page.md: no is no folder"),
    ],
)
def test_mistakes_are_one_line(arguments: list[str], line: str, capsys: Any) -> None:
    assert main(arguments) == 1
    out = capsys.readouterr()
    assert out.err.startswith(f"error: {line}")
    assert out.err.count("\n") == 1
    assert out.out == ""
