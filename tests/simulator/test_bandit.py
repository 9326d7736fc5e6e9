"""The bandit learns from the outcomes of its own choices which site's answer is worth its seconds."""

import math
from typing import Any, NamedTuple

import numpy as np
import pytest

from simulator.build import build, scenario_of
from simulator.conclusions.played import play
from simulator.config import compose
from simulator.empty_network import EmptyNetwork
from simulator.mistakes import Mistake
from simulator.policies import Choice, Outcome
from simulator.policies.bandit import FEATURES, Bandit, Belief
from simulator.walk import walk
from tests import part, scenario
from tests.simulator.parts import decision
from workloads import Site
from workloads.luck import Luck

DEFAULTS = part("policy", "bandit")
NOISE = 0.4
"""Standard deviation of a quality: as much as right or wrong answers have."""


def bandit(**changes: Any) -> Bandit:
    """The yaml's settings, or others; a second is worth 0.02."""
    law = build(DEFAULTS | {"latency_weight_per_s": 0.02} | changes, "policy")
    assert isinstance(law, Bandit)
    return law


class World(NamedTuple):
    """Qualities that follow from the score; the edge's are `gain` + `slope` x score above the phone's."""

    gain: float = -0.1
    slope: float = 0.6
    gaps_s: tuple[float, float] = (2.0, 20.0)
    late_s: float = 0.0
    """How much longer the edge takes than the estimator expects."""


class Lived(NamedTuple):
    """What became of every turn."""

    regret: Any
    """By how much the other site's answer was better on average, in quality."""
    edge: Any
    advantage: Any
    """Of the edge, on average."""

    @property
    def single_site(self) -> float:
        """Regret a turn of the better single site."""
        return float(min(np.maximum(self.advantage, 0.0).mean(), np.maximum(-self.advantage, 0.0).mean()))


def live(law: Bandit, turns: int, seed: int, *worlds: World) -> Lived:
    """So many turns in each world, one after another."""
    rule, luck = law.open(), Luck(seed)
    rng = luck.generator("world")
    edge, advantages = [], []
    for number in range(turns * len(worlds)):
        world = worlds[number // turns]
        score, gap_s = rng.uniform(), rng.uniform(*world.gaps_s)
        asked = decision(score, 10.0, 10.0 + gap_s, user=number)._replace(luck=luck)
        better = world.gain + world.slope * score
        choice = rule.choose(asked)
        up = choice.site is Site.EDGE
        e2e_s = 10.0 + (gap_s + world.late_s) * up
        rule.observe(asked, Outcome(choice, e2e_s, 0.5 + better * up + rng.normal(0.0, NOISE)))
        edge.append(up)
        advantages.append(better - law.latency_weight_per_s * (gap_s + world.late_s))
    advantage, went = np.array(advantages), np.array(edge)
    regret = np.maximum(advantage, 0.0) - np.where(went, advantage, 0.0)
    return Lived(regret, went, advantage)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_it_finds_the_best_rule_of_its_class(seed: int) -> None:
    """Regret against the best rule that is linear in score and gap, which is the truth here.

    In all, over 4,000 turns, less than a fifth of the better single site's; after 1,000 turns less than a
    thirtieth, or 0.002 a turn where the two sites are 0.13 apart on average.
    """
    lived = live(bandit(), 4000, seed, World())
    assert np.abs(lived.advantage).mean() > 0.12
    assert lived.regret.sum() < 0.2 * lived.single_site * 4000
    assert lived.regret[1000:].mean() < 0.002
    assert lived.single_site > 30 * 0.002
    right = lived.edge == (lived.advantage > 0)
    assert right[1000:].mean() > 0.93


def test_regret_grows_ever_more_slowly() -> None:
    """Where nothing fades: each thousand turns costs less than the one before it, on average."""
    runs = [live(bandit(memory_turns=None), 4000, seed, World()).regret for seed in range(4)]
    first, *others = np.mean(runs, axis=0).reshape(4, 1000).sum(axis=1)
    assert max(others) < 0.25 * first


@pytest.mark.parametrize(("gain", "site"), [(-0.1, 0.0), (0.5, 1.0)])
def test_of_a_useless_score_it_learns_the_better_single_site(gain: float, site: float) -> None:
    """Whatever the gap, one site is better, by 0.12 at least."""
    lived = live(bandit(), 3000, 1, World(gain=gain, slope=0.0, gaps_s=(2.0, 18.0)))
    assert np.abs(lived.edge[1000:].mean() - site) < 0.02
    assert lived.regret.sum() < 25.0


def test_the_gap_counts_as_much_as_a_second_is_worth() -> None:
    """The edge is better by 0.2 on average: worth 10 s, whatever the score."""
    lived = live(bandit(), 3000, 1, World(gain=0.2, slope=0.0, gaps_s=(-20.0, 40.0)))
    assert (lived.edge == (lived.advantage > 0))[1000:].mean() > 0.95
    cheap = live(bandit(latency_weight_per_s=0.0), 1500, 1, World(gain=0.2, slope=0.0))
    dear = live(bandit(latency_weight_per_s=0.2), 1500, 1, World(gain=0.2, slope=0.0))
    assert cheap.edge[500:].mean() > 0.97
    assert dear.edge[500:].mean() < 0.03


def test_it_finds_out_that_the_estimator_is_wrong() -> None:
    """The edge takes 30 s longer than expected: no answer is worth that."""
    lived = live(bandit(), 2000, 1, World(gain=0.2, slope=0.0, late_s=30.0))
    assert lived.edge[1000:].mean() < 0.03


def test_what_has_changed_is_learnt_anew() -> None:
    """Scores turn against their meaning; who never forgets pays more for it."""
    change = World(), World(gain=0.5, slope=-0.6)
    fading, never = (live(bandit(memory_turns=turns), 4000, 1, *change) for turns in (1000.0, None))
    assert fading.regret[6000:].mean() < 0.005
    assert fading.regret[4000:].sum() < 0.5 * never.regret[4000:].sum()


@pytest.mark.parametrize("memory_turns", [10.0, 50.0, 200.0])
def test_a_short_memory_locks_no_site_out(memory_turns: float) -> None:
    """A site whose evidence has faded away is unknown, not worthless."""
    change = World(gain=-0.5, slope=0.0), World(gain=1.5, slope=0.0)
    lived = live(bandit(memory_turns=memory_turns), 1000, 1, *change)
    assert lived.edge[500:1000].mean() < 0.3
    assert lived.edge[1500:].mean() > 0.8


def test_mt_bench_is_worth_more_than_either_site() -> None:
    """Reward over the table in an order of no meaning; the best fixed rule of Eq. 11 and 12 gets 8.94."""
    found = scenario_of(compose(["experiment=paper_mtbench101"]).settings)
    network = EmptyNetwork(found)
    law = bandit(latency_weight_per_s=0.05)
    order = np.random.default_rng(0).permutation(len(network.dialogues))
    network.dialogues = [network.dialogues[i] for i in order]
    done = walk(network, law)
    reward = done.quality - 0.05 * done.latency_s
    assert reward.mean() > 8.85  # the phone alone 8.77, the edge alone 8.73
    assert reward[len(reward) // 2 :].mean() > 8.88
    again = walk(network, law)  # which begins anew
    np.testing.assert_array_equal(done.edge, again.edge)
    np.testing.assert_array_equal(done.fused_score, again.fused_score)


def test_many_users_at_once() -> None:
    """Outcomes come late; the same luck makes the same decisions, another seed others."""
    crowd = [
        "users=60",
        "arrivals.sessions_per_s=0.002",
        "horizon_s=3000",
        "policy=bandit",
        "lengths=lognormal",
    ]
    one, same, other = (play(scenario(*crowd, f"seed={seed}")) for seed in (1, 1, 2))
    for column, values in one.columns.items():
        np.testing.assert_array_equal(values, same.columns[column])
    assert len(one.columns["quality"]) > 600
    assert 0.1 < one.edge_share < 0.9
    assert one.edge_share != other.edge_share


def test_a_coin_decides_at_first() -> None:
    """Half and half, whatever the score; asking teaches nothing, and settings do not learn."""
    law = bandit(trial_turns=1000)
    rule = law.open()
    ups = []
    for number in range(1000):
        asked = decision(number / 1000, 10.0, 500.0, user=number)
        choice = rule.choose(asked)
        assert choice == rule.choose(asked) == law.choose(asked)
        assert math.isfinite(choice.fused_score)
        rule.observe(asked, Outcome(choice, 10.0, 1.0))
        ups.append(choice.site is Site.EDGE)
    assert np.mean(ups) == pytest.approx(0.5, abs=0.05)


def test_what_nobody_judged_teaches_nothing() -> None:
    rule = bandit(trial_turns=10).open()
    for number in range(100):
        asked = decision(0.5, 10.0, 14.0, user=number)
        before = rule.choose(asked)
        rule.observe(asked, Outcome(Choice(Site.EDGE, 0.0), 14.0, math.nan))
        assert rule.choose(asked) == before


def test_a_belief_is_the_ridge_regression() -> None:
    """Of all that it was taught, older evidence weighing less, level free."""
    rng, belief = np.random.default_rng(1), Belief(ridge=2.0)
    rows = np.column_stack([np.ones(50), rng.normal(size=(50, len(FEATURES) - 1))])
    rewards = rows @ rng.normal(size=len(FEATURES)) + rng.normal(size=50)
    for row, reward in zip(rows, rewards, strict=True):
        belief.fade(0.9)
        belief.learn(row, float(reward))
    weights = 0.9 ** np.arange(49, -1, -1)
    prior = 2.0 * np.diag([1e-6, *np.ones(len(FEATURES) - 1)])
    squares = rows.T @ (weights[:, None] * rows) + prior
    mean = np.linalg.solve(squares, rows.T @ (weights * rewards))
    asked = rows[7]
    assert belief.draw(asked, 0.0) == pytest.approx(float(asked @ mean), rel=1e-9)
    one, two = (belief.draw(asked, deviations) - belief.draw(asked, 0.0) for deviations in (1.0, 2.0))
    assert two == pytest.approx(2.0 * one, rel=1e-9)
    assert one > 0.0
    assert belief.turns == 50


def test_little_evidence_is_drawn_widely() -> None:
    rng, known, unknown = np.random.default_rng(1), Belief(ridge=1.0), Belief(ridge=1.0)
    for number in range(1000):
        row = np.array([1.0, *rng.uniform(size=len(FEATURES) - 1)])
        reward = float(rng.normal())
        known.learn(row, reward)
        if number < 20:
            unknown.learn(row, reward)
    asked = np.array([1.0, *np.full(len(FEATURES) - 1, 0.5)])
    spread = [belief.draw(asked, 1.0) - belief.draw(asked, 0.0) for belief in (known, unknown)]
    assert spread[1] > 4 * spread[0]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("latency_weight_per_s", -0.1),
        ("trial_turns", 9),
        ("memory_turns", 1.0),
        ("exploration", -1.0),
        ("ridge", 0.0),
    ],
)
def test_settings_that_make_no_sense(key: str, value: float) -> None:
    with pytest.raises(Mistake, match=rf"^policy.{key}="):
        build(DEFAULTS | {key: value}, "policy")
