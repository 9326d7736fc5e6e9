"""Scores come from the table, from the answers, or from the turn's own luck."""

import math

import pytest
from scipy import stats

from simulator.mistakes import Mistake
from simulator.scorers.oracle import Oracle
from simulator.scorers.table import TableScores
from simulator.scorers.uniform import Uniform
from tests.simulator.parts import turn
from workloads import Answer
from workloads.luck import Luck


def test_the_tables_score() -> None:
    for score in (0.0, 0.25, 1.0):
        assert TableScores().score(turn(score=score), Luck(1)) == score


def test_a_missing_score_is_unknown() -> None:
    """The router says what to do about it, where its policy reads scores (tests/test_cli.py)."""
    assert math.isnan(TableScores().score(turn(score=math.nan), Luck(1)))


@pytest.mark.parametrize(("device", "edge", "score"), [(0, 1, 1.0), (1, 0, 0.0), (5, 5, 0.0), (8.5, 9, 1.0)])
def test_the_oracle_sees_the_gain(device: float, edge: float, score: float) -> None:
    assert Oracle().score(turn(device=Answer(1, device), edge=Answer(1, edge)), Luck(1)) == score


def test_the_oracle_needs_qualities() -> None:
    with pytest.raises(Mistake, match="scorer=oracle needs the quality of both answers"):
        Oracle().score(turn(device=Answer(1, math.nan)), Luck(1))


def test_uniform_scores_are_uniform_and_the_turns_own() -> None:
    luck = Luck(1)
    scores = [Uniform().score(turn(u, s, i), luck) for u in range(20) for s in range(20) for i in range(5)]
    assert len(set(scores)) == len(scores)
    assert stats.kstest(scores, "uniform").pvalue > 0.001
    assert Uniform().score(turn(3, 4, 5, score=0.9), luck) == Uniform().score(turn(3, 4, 5), Luck(1))
