"""Beyond the paper: who is counted, thresholds that hold, intervals, and what the points promise."""

import json
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from math import sqrt
from typing import Any

import numpy as np
import pytest

from simulator.conclusions.parts import ALL_DIALOGUES
from simulator.points.measure import one
from simulator.reproduction.beyond import runs as beyond_runs
from simulator.reproduction.beyond import seeing
from simulator.reproduction.beyond.air import on_air
from simulator.reproduction.beyond.crowd import WARMUP_S, counted_sessions, crowd
from simulator.reproduction.beyond.load import edge_load, full_turns_per_s
from simulator.reproduction.beyond.plan import FULL, QUICK, points
from simulator.reproduction.beyond.played import claims, of_table, play_all
from simulator.reproduction.beyond.routers import FIXED, base, calm, fixed
from simulator.reproduction.beyond.runs import Run, faster, fewer, mean, run
from simulator.scenario import Scenario
from workloads.luck import Luck

QUIET, BUSY = 0.1, 4.0
"""Turns a second of all users: an empty edge, and one with four times what it can do."""
FEW = range(30, 70)


def users(turns_per_s: float, whom: range = FEW, seed: int = 1) -> Scenario:
    return crowd(replace(base("paper"), seed=seed), turns_per_s, whom)


def test_counted_users_ask_the_same_at_any_load() -> None:
    quiet, busy = (counted_sessions(users(rate)) for rate in (QUIET, BUSY))
    assert [session.turns for session in quiet] == [session.turns for session in busy]
    assert len(quiet) == len(FEW)


def test_every_dialogue_of_the_table_is_counted_once() -> None:
    halves = [counted_sessions(users(QUIET, of_table(turn, 2))) for turn in range(2)]
    assert sorted(len(session.turns) for half in halves for session in half) == sorted(
        map(len, base("paper").workload.dialogues)
    )
    assert sum(len(half) for half in halves) == ALL_DIALOGUES


def test_users_come_when_they_should() -> None:
    scenario = users(1.0)
    law, luck = scenario.arrivals, Luck(1)
    starts = {user: list(law.starts(user, scenario.users, luck)) for user in range(scenario.users)}
    assert all(not starts[user] for user in range(FEW.start))
    inside = (WARMUP_S, WARMUP_S + law.window_s)
    assert all(inside[0] <= starts[user][0].seconds <= inside[1] for user in FEW)
    others = [starts[user][0].seconds for user in range(FEW.stop, scenario.users)]
    assert others
    assert all(not inside[0] <= at_s < inside[1] for at_s in others)
    assert min(others) < inside[0] < inside[1] < max(others)


def test_a_threshold_of_the_empty_network_decides_alike_at_any_load() -> None:
    known, whole = calm("paper", 1), range(ALL_DIALOGUES)
    for name in ("bert", "random"):
        played = run(fixed(users(QUIET, whole), name, known.thresholds[name]), known.gain)
        assert mean([played], "edge_share")["value"] == pytest.approx(known.shares[name], abs=1e-12)
        assert known.target <= played.mean_quality < known.target + 0.004
    few = [run(fixed(users(rate), "score", known.thresholds["score"]), known.gain) for rate in (QUIET, BUSY)]
    assert np.array_equal(few[0].edge_share, few[1].edge_share)
    assert np.array_equal(few[0].quality, few[1].quality)
    assert few[1].latency_s.sum() > few[0].latency_s.sum()


def test_an_overloaded_edge_loses_no_turns() -> None:
    known = calm("paper", 1)
    runs = [run(fixed(users(rate), "edge"), known.gain) for rate in (QUIET, BUSY)]
    assert np.array_equal(runs[0].turns, runs[1].turns)
    assert runs[1].turns.sum() == sum(len(session.turns) for session in counted_sessions(users(BUSY)))
    assert (runs[1].edge_share == runs[1].turns).all()


def test_load_one_is_as_much_work_as_the_edge_can_do() -> None:
    known, rate = calm("paper", 1), full_turns_per_s("paper")
    played = run(fixed(users(QUIET, range(ALL_DIALOGUES)), "bert", known.thresholds["bert"]), known.gain)
    assert edge_load("paper", rate, [played]) == pytest.approx(1.0, abs=1e-6)
    assert edge_load("paper", rate / 4, [played]) == pytest.approx(0.25, abs=1e-6)


def sums(seed: int, latency_s: list[float], **changes: Any) -> Run:
    zeros, count = np.zeros(len(latency_s)), np.arange(float(len(latency_s)))
    values = np.array(latency_s)
    plain = Run(seed, count, np.ones(len(values)), values, values, zeros, zeros, zeros, zeros)
    return plain._replace(**changes)


def test_a_mean_has_the_textbook_interval_over_dialogues() -> None:
    latency_s = [3.0, 5.0, 4.0, 8.0]
    found = mean([sums(1, latency_s)], "latency_s")
    half = 3.182446 * float(np.std(latency_s, ddof=1)) / sqrt(4)  # Student, 3 degrees of freedom
    assert found["value"] == pytest.approx(5.0)
    assert found["high"] == pytest.approx(5.0 + half, rel=1e-5)
    assert found["low"] == pytest.approx(5.0 - half, rel=1e-5)


def test_seeds_that_differ_widen_the_interval() -> None:
    dialogues = [3.0, 5.0, 4.0, 8.0] * 10
    alike = [sums(seed, dialogues) for seed in range(4)]
    shifted = [sums(seed, [one + seed for one in dialogues]) for seed in range(4)]
    narrow, wide = mean(alike, "latency_s"), mean(shifted, "latency_s")
    assert wide["high"] - wide["value"] > 1.2 * (narrow["high"] - narrow["value"])


def test_differences_are_paired() -> None:
    """Dialogues differ by minutes, the routers by a second in each: the difference is sure."""
    theirs, ours = sums(1, [10.0, 100.0, 1000.0]), sums(1, [9.0, 99.0, 999.0])
    found = faster([ours], [theirs], relative=False)
    assert found == {"value": pytest.approx(1.0), "low": pytest.approx(1.0), "high": pytest.approx(1.0)}
    edge = fewer(
        [sums(1, [1.0, 1.0], edge_share=np.array([0.0, 1.0]))],
        [sums(1, [1.0, 1.0], edge_share=np.array([1.0, 1.0]))],
    )
    assert edge["value"] == pytest.approx(0.5)


def test_an_interval_holds_what_it_should_in_nineteen_of_twenty() -> None:
    """Effects of dialogues and of seeds, many times: the mean is 10."""
    drawn = Luck(5).generator("beyond")
    times, held = 300, 0
    for _ in range(times):
        own, shared = drawn.normal(0.0, 2.0, 60), drawn.normal(0.0, 0.3, 4)
        many = [sums(seed, (10.0 + own + shared[seed]).tolist()) for seed in range(4)]
        found = mean(many, "latency_s")
        held += found["low"] <= 10.0 <= found["high"]
    assert 0.91 <= held / times <= 0.99


def test_better_answers_are_credited_and_worse_ones_priced() -> None:
    known = calm("paper", 1)
    bert = run(fixed(users(QUIET), "bert", known.thresholds["bert"]), known.gain)
    assert np.array_equal(bert.equal_s, bert.latency_s)
    rare = run(fixed(users(QUIET), "bert", known.thresholds["bert"] + 0.1), known.gain, bert)
    assert rare.mean_quality < bert.mean_quality
    assert rare.equal_s.sum() > rare.latency_s.sum()
    alone = run(fixed(users(QUIET), "device"), known.gain, bert)
    assert np.array_equal(alone.equal_s, alone.latency_s)


@pytest.mark.parametrize("fall", [0.5, 2.0, 3.5])
def test_a_threshold_is_looked_for_with_few_runs(fall: float) -> None:
    """A quality that falls otherwise than in the empty network, where it was 1 for each unit."""
    asked: list[float] = []

    def at(theta: float) -> Any:
        asked.append(theta)
        played = sums(1, [1.0], quality=np.array([9.0 - fall * theta]))
        return theta, played

    theta, played = seeing._searched(at, 8.9, 0.0, 1.0)
    assert abs(played.mean_quality - 8.9) <= seeing.TOLERANCE
    assert theta == pytest.approx(0.1 / fall, rel=0.05)
    assert len(asked) <= seeing.MOST_RUNS


@pytest.mark.parametrize("name", ["informed", "informed_10", "all_knowing", "informed_sharp"])
def test_who_sees_an_idle_edge_decides_as_who_believes_in_it(name: str) -> None:
    """The paper's machines, mean replies and nobody else: there is nothing to see."""
    known = calm("paper", 1)
    scenario = users(0.001, range(20))
    begin = "bert" if name == "informed_sharp" else "gentle"
    bert = run(fixed(scenario, "bert", known.thresholds["bert"]), known.gain)
    there, played = seeing.seen(scenario, known, name, bert, begin)
    same = run(fixed(scenario, begin, there.policy.threshold), known.gain, bert)
    assert np.array_equal(played.edge_share, same.edge_share)


def test_claims_are_in_the_papers_direction() -> None:
    quick, slow = sums(1, [1.0, 2.0]), sums(1, [2.0, 4.0])
    many = {"edge_share": np.array([1.0, 1.0])}
    runs = {"bert": [quick], "random": [slow._replace(**many)], "bert_blind": [slow], "score": [quick]}
    found = claims(runs)
    assert found["random"]["value"] == found["context"]["value"] == pytest.approx(0.5)
    assert found["fusing"]["value"] == 0.0
    assert found["calls"]["value"] == 1.0
    assert "edge" not in found


def test_all_routers_meet_the_same_turns() -> None:
    runs: dict[str, list[Run]] = {}
    names = ["random", "device", "informed", "constrained", "constrained_informed"]
    play_all(runs, users(1.0), calm("paper", 1), names)
    assert list(runs) == ["bert", *names]
    assert all(np.array_equal(many[0].turns, runs["bert"][0].turns) for many in runs.values())


@pytest.mark.parametrize("quick", [False, True])
def test_the_plan_is_made_of_points_that_can_be_measured(quick: bool) -> None:
    every = points(quick)
    assert len({point.name for point in every}) == len(every)
    kinds = {point.name.split("/")[1] for point in every}
    assert kinds == {"load", "air", "prices", "stale", "regret"}
    for point in every:
        assert point.name.startswith("beyond/")
        assert json.loads(json.dumps(point.arguments)) == point.arguments
        module, _, function = point.measure.rpartition(".")
        measure: Callable[..., Any] = getattr(import_module(module), function)
        names = measure.__code__.co_varnames[: measure.__code__.co_argcount]
        assert set(point.arguments) == set(names)


def test_a_quick_study_is_smaller() -> None:
    assert len(points(True)) < len(points(False))
    assert len(FULL.loads["paper"]) > len(QUICK.loads["paper"])
    assert set(FIXED) >= {"bert", "random", "bert_blind", "score"}


def test_a_point_is_plain_json_and_repeats_itself() -> None:
    point = next(point for point in points(True) if point.name == "beyond/prices/known/0.01_0.01")
    found = one(point)
    text = json.dumps(found, allow_nan=False)
    assert json.loads(text) == found
    assert {"seeds", "users", "routers", "claims"} <= set(found)
    assert json.dumps(one(point)) == text


def test_the_air_takes_its_time_and_changes_no_decision() -> None:
    """Of routers that believe in Table I."""
    arguments = {"attachments": "none", "turns_per_s": 0.5, "seeds": [1], "parts": 40}
    found = {air: on_air(air=air, routers=["score"], **arguments) for air in ("paper", "nbiot")}
    near, far = (one["routers"]["bert"] for one in found.values())
    assert near["edge_share"] == far["edge_share"]
    assert far["latency_s"]["value"] > near["latency_s"]["value"] + 0.1
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_reading_for_nothing_takes_the_worth_of_context_away() -> None:
    """A switch is dear only while reading costs what writing does."""
    arguments = {"knows": True, "seeds": 1, "resamples": 20, "every": 4}
    measure = import_module("simulator.reproduction.beyond.prices").at_prices
    dear, cheap = (measure(part, part, **arguments)["claims"]["context"] for part in (1.0, 0.01))
    assert dear["value"] > 0.05
    assert cheap["value"] < dear["value"] / 2


def test_figures_have_all_their_names() -> None:
    names = beyond_runs.FIGURES
    found = beyond_runs.figures([sums(1, [1.0, 2.0]), sums(2, [1.0, 2.0])])
    assert tuple(found) == names
