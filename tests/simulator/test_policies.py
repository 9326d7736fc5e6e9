"""Every policy sends the right turns to the right site."""

import math
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.policies import Choice, Decision, Learner, Outcome
from simulator.policies.always_device import AlwaysDevice
from simulator.policies.always_edge import AlwaysEdge
from simulator.policies.coin import Coin
from simulator.policies.fused import Fused
from simulator.policies.oracle import Oracle
from simulator.policies.threshold_only import ThresholdOnly
from tests import run
from tests.simulator.parts import decision
from workloads import Answer, Site

UNIT = st.floats(0, 1)
SECONDS = st.floats(0, 1e4)


@given(score=UNIT, device_s=SECONDS, edge_s=SECONDS, alpha=st.floats(0, 1), theta=st.floats(-5, 5))
def test_fused_is_eq_11_and_12(
    score: float, device_s: float, edge_s: float, alpha: float, theta: float
) -> None:
    choice = Fused(latency_weight_per_s=alpha, threshold=theta).choose(decision(score, device_s, edge_s))
    fused = score - alpha * (edge_s - device_s)
    assert choice.fused_score == fused
    assert (choice.site is Site.EDGE) == (fused > theta)


@given(low=UNIT, high=UNIT, gaps=st.tuples(SECONDS, SECONDS), theta=st.floats(-2, 2))
def test_fused_is_monotone(low: float, high: float, gaps: tuple[float, float], theta: float) -> None:
    """Who goes up with a low score and a wide gap goes up with a high score and a narrow gap."""
    low, high = sorted((low, high))
    narrow_s, wide_s = sorted(gaps)
    policy = Fused(latency_weight_per_s=0.03, threshold=theta)
    if policy.choose(decision(low, 0.0, wide_s)).site is Site.EDGE:
        assert policy.choose(decision(high, 0.0, narrow_s)).site is Site.EDGE


@given(score=UNIT, theta=UNIT, device_s=SECONDS, edge_s=SECONDS)
def test_threshold_only_does_not_look_at_the_clock(
    score: float, theta: float, device_s: float, edge_s: float
) -> None:
    choice = ThresholdOnly(threshold=theta).choose(decision(score, device_s, edge_s))
    assert choice == (Site.EDGE if score > theta else Site.DEVICE, score)


def test_always_is_always() -> None:
    for score in (0.0, 0.5, 1.0):
        assert AlwaysDevice().choose(decision(score)) == (Site.DEVICE, score)
        assert AlwaysEdge().choose(decision(score)) == (Site.EDGE, score)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.35, 0.5, 1.0])
def test_the_coins_share(share: float) -> None:
    coin = Coin(edge_share=share)
    tosses = [coin.choose(decision(user=user, session=user % 7)).site is Site.EDGE for user in range(4_000)]
    assert sum(tosses) / 4_000 == pytest.approx(share, abs=3 * math.sqrt(share * (1 - share) / 4_000))


def test_a_coin_belongs_to_its_turn() -> None:
    """Whatever the score and the times, however often it is asked; and each turn of a session has its own."""
    coin = Coin(edge_share=0.5)
    tosses = [
        [coin.choose(decision(s, t, 1.0, index=i)).site for i in range(40)] for s in (0, 1) for t in (0, 9)
    ]
    assert tosses[0] == tosses[1] == tosses[2] == tosses[3]
    assert set(tosses[0]) == set(Site)


def test_coins_are_not_the_scores_luck() -> None:
    """A coin and a uniform score of one turn are independent, or half the runs would agree by design."""
    turns = run(
        "policy=coin",
        "policy.edge_share=0.5",
        "scorer=uniform",
        "users=40",
        "workload=gsm8k",
        "arrivals=closed",
    ).turns
    at_edge = turns["site"] == "edge"
    assert len(turns) > 500
    error = math.sqrt(1 / 12 * (1 / at_edge.sum() + 1 / (~at_edge).sum()))
    assert abs(turns.loc[at_edge, "score"].mean() - turns.loc[~at_edge, "score"].mean()) < 4 * error


@pytest.mark.parametrize(
    ("device", "edge", "device_s", "edge_s", "site"),
    [
        (0.0, 1.0, 1.0, 99.0, Site.EDGE),  # better is better, however late
        (1.0, 0.0, 99.0, 1.0, Site.DEVICE),
        (1.0, 1.0, 5.0, 4.0, Site.EDGE),  # equal: the quicker
        (1.0, 1.0, 4.0, 5.0, Site.DEVICE),
        (1.0, 1.0, 5.0, 5.0, Site.DEVICE),  # a tie stays on the phone
        (math.nan, math.nan, 5.0, 4.0, Site.EDGE),  # nothing known: the quicker
        (math.nan, math.nan, 4.0, 5.0, Site.DEVICE),
    ],
)
def test_the_oracle(device: float, edge: float, device_s: float, edge_s: float, site: Site) -> None:
    of_turn: dict[str, Any] = {"device": Answer(1.0, device), "edge": Answer(1.0, edge)}
    assert Oracle().choose(decision(0.5, device_s, edge_s, **of_turn)).site is site


def test_no_policy_beats_the_oracles_quality() -> None:
    common = ["users=20", "arrivals=closed", "sessions_per_user=5", "horizon_s=null", "workload=gsm8k"]
    best = run(*common, "policy=oracle").turns["quality"].mean()
    for policy in (
        "always_device",
        "always_edge",
        "coin",
        "fused",
        "threshold_only",
        "constrained",
        "bandit",
    ):
        assert run(*common, f"policy={policy}").turns["quality"].mean() <= best


def test_who_reads_no_score_pays_for_none() -> None:
    """Eq. 4 counts for policies that look at the score, and only for them."""
    reading = ("fused", "threshold_only", "constrained", "bandit")
    for policy in ("always_device", "always_edge", "coin", "oracle", *reading):
        turns = run("users=5", "arrivals.sessions_per_s=0.003", f"policy={policy}").turns
        pays = policy in reading
        assert (turns["router_s"] > 0).all() == pays
        assert (turns["router_s"] == 0).all() == (not pays)


def test_policies_that_do_not_learn_may_be_told() -> None:
    for policy in (AlwaysDevice(), AlwaysEdge(), Coin(edge_share=0.5), Oracle(), ThresholdOnly(threshold=0)):
        before = policy.choose(decision())
        policy.observe(decision(), Outcome(before, 1.0, 1.0))
        assert policy.choose(decision()) == before
        assert policy.open() is policy


def test_settings_of_policies_that_learn_do_not_learn() -> None:
    """Whoever asks them gets the first answer; what was opened gets wiser, and may be opened again."""

    class Turns(Learner):
        """Counts what it is told."""

        def open(self) -> "Counter":
            return Counter()

    class Counter(Learner):
        reads_score: ClassVar[bool] = False

        def __init__(self) -> None:
            self.told = 0

        def open(self) -> "Counter":
            return Counter()

        def choose(self, decision: Decision) -> Choice:
            return Choice(Site.EDGE, self.told)

        def observe(self, decision: Decision, outcome: Outcome) -> None:
            self.told += 1

    law = Turns()
    rule = law.open()
    for asked in (law, rule):
        for _ in range(3):
            asked.observe(decision(), Outcome(asked.choose(decision()), 1.0, 1.0))
    assert law.choose(decision()).fused_score == 0
    assert rule.choose(decision()).fused_score == 3
    assert rule.open().choose(decision()).fused_score == 0
