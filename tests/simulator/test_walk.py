"""A walk through an empty network is a run of one user, turn by turn, without the clock."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simulator.build import scenario_of
from simulator.config import compose
from simulator.empty_network import EmptyNetwork
from simulator.mistakes import Mistake
from simulator.policies import Choice, Decision, Outcome
from simulator.policies.always_edge import AlwaysEdge
from simulator.walk import Walked, walk
from tests import Logs, run_settings, scenario
from workloads import Site

ALONE = [
    "arrivals=closed",
    "arrivals.think_median_s=0.0",
    "users=1",
    "horizon_s=null",
    "workload.order=in_order",
]
MT_BENCH = [*ALONE, "workload=mtbench", "sessions_per_user=80"]


def both(*overrides: str) -> tuple[Walked, Logs]:
    """The walk, and the run."""
    settings = compose(overrides).settings
    found = scenario_of(settings)
    return walk(EmptyNetwork(found), found.policy), run_settings(settings)


def assert_same(walked: Walked, logs: Logs, latency: float = 1e-9, fused: float = 0.0) -> None:
    """Of every turn of the run, which may have fewer than the table."""
    turns, count = logs.turns, len(logs.turns)
    assert count > 100
    assert walked.edge[:count].tolist() == (turns["site"] == "edge").tolist()
    assert walked.dialogue[:count].tolist() == turns["session_id"].tolist()
    np.testing.assert_allclose(walked.fused_score[:count], turns["fused_score"], rtol=0.0, atol=fused)
    np.testing.assert_array_equal(walked.quality[:count], turns["quality"])
    np.testing.assert_allclose(walked.latency_s[:count], turns["e2e_s"], rtol=latency)


@pytest.mark.parametrize(
    ("name", "sessions"),
    [
        ("paper_mmlu", 500),
        ("paper_mmlu_random", 500),
        ("paper_gsm8k", 1319),
        ("paper_gsm8k_random", 500),
        ("paper_mtbench101", 300),
        ("paper_mtbench101_blind", 300),
        ("paper_mtbench101_random", 300),
        ("paper_mtbench101_random_blind", 300),
    ],
)
def test_a_walk_is_the_papers_experiment(name: str, sessions: int) -> None:
    walked, logs = both(f"experiment={name}", f"sessions_per_user={sessions}")
    assert_same(walked, logs)
    assert 0 < walked.edge.mean() < 1


@pytest.mark.parametrize(
    "overrides",
    [
        ["policy.threshold=-0.13", "kv_cache=keep_all"],
        ["policy.threshold=-0.13", "kv_cache=none"],
        ["policy=coin", "policy.edge_share=0.5", "kv_cache=keep_last"],
        ["policy=coin", "policy.edge_share=0.5", "kv_cache=keep_all", "thinking=share"],
        ["policy=coin", "policy.edge_share=0.5", "kv_cache=keep_all", "payload=kv_cache"],
        ["policy=coin", "policy.edge_share=0.5", "attachments=images", "channel.uplink_bps=2e6"],
        ["policy.threshold=-0.13", "estimator=reported", "channel.downlink_bps=1e4", "delta.delta_s=0.5"],
        ["policy=threshold_only", "policy.threshold=0.25", "scorer=uniform", "seed=5"],
        ["policy=oracle"],
        ["policy=always_device"],
    ],
    ids=" ".join,
)
def test_a_walk_is_a_run_of_one_user(overrides: list[str]) -> None:
    assert_same(*both(*MT_BENCH, *overrides))


def test_replies_of_their_own_lengths_are_walked_as_they_are(tmp_path: Path) -> None:
    """The router believes in mean replies; what happens, and what the next context holds, is the row's."""
    file = tmp_path / "mine.csv"
    rows = [f"{row // 4},{10 + row},{50 + 7 * row},{900 - 3 * row},0.{row % 9}" for row in range(120)]
    file.write_text("session,prompt_tokens,device_tokens,edge_tokens,score\n" + "\n".join(rows) + "\n")
    own = ["workload=table", f"workload.path={file}", "policy.threshold=-0.1", "sessions_per_user=30"]
    walked, logs = both(*ALONE, *own)
    assert_same(walked, logs)
    assert np.isnan(walked.quality).all()


def test_measured_machines_are_walked_idle_and_cold() -> None:
    """Decisions are the run's own; latencies lack only what queues, heat and blocks of memory add."""
    hardware = ["hardware=rtxpro6000_llama_8b", "policy=coin", "policy.edge_share=0.5", "device/thermal=none"]
    walked, logs = both(*MT_BENCH, *hardware)
    assert_same(walked, logs, latency=0.01)


def test_a_context_that_outgrows_a_window_is_cut_as_in_a_run(tmp_path: Path) -> None:
    file = tmp_path / "long.csv"
    rows = [f"{row // 8},700,500,600,0.5" for row in range(160)]
    file.write_text("session,prompt_tokens,device_tokens,edge_tokens,score\n" + "\n".join(rows) + "\n")
    own = ["workload=table", f"workload.path={file}", "policy=always_device", "sessions_per_user=20"]
    walked, logs = both(*ALONE, *own, "device=snapdragon_8_elite_npu", "device/thermal=none")
    assert_same(walked, logs)
    assert logs.turns["reprefill_tokens"].max() > 0  # 8 turns of 1,200 words are more than 4,096 tokens


def test_the_order_in_which_a_run_draws_dialogues_does_not_matter() -> None:
    gsm8k = "workload=gsm8k"
    drawn, in_order = (scenario(gsm8k, f"workload.order={order}") for order in ("random", "in_order"))
    assert drawn.workload.order == "random"
    one, other = (walk(EmptyNetwork(found), found.policy) for found in (drawn, in_order))
    for column, same in zip(one, other, strict=True):
        np.testing.assert_array_equal(column, same)


def test_replies_have_the_lengths_of_their_law() -> None:
    """The very lengths of the run, drawn by the same luck."""
    assert_same(*both(*MT_BENCH, "lengths=lognormal", "policy=coin", "policy.edge_share=0.5"))
    means, drawn = (scenario("workload=gsm8k", f"lengths={law}") for law in ("mean", "lognormal"))
    one, other = (walk(EmptyNetwork(found), found.policy) for found in (means, drawn))
    assert (one.latency_s != other.latency_s).all()


@pytest.mark.parametrize("changing", ["channel=rayleigh", "delta=nr_access", "sharing=csma"])
def test_where_the_air_changes_the_estimators_link_counts(changing: str) -> None:
    """Table I's link: the one that is steady by default."""
    compared = [scenario("workload=gsm8k", "policy=always_edge", *more) for more in ([], [changing])]
    one, other = (walk(EmptyNetwork(found), found.policy) for found in compared)
    np.testing.assert_allclose(one.latency_s, other.latency_s, rtol=1e-12)
    late = scenario("workload=gsm8k", "policy=always_edge", changing, "estimator.overhead_s=1.02")
    slower = walk(EmptyNetwork(late), late.policy)
    np.testing.assert_allclose(slower.latency_s - one.latency_s, 1.0, rtol=1e-9)


def test_a_router_that_hears_of_a_changing_rate_cannot_be_walked() -> None:
    found = scenario("channel=rayleigh", "estimator=reported")
    with pytest.raises(Mistake, match=r"the link changes.*estimator=nominal"):
        EmptyNetwork(found)


def test_what_cannot_be_walked_is_told() -> None:
    class Endless:
        """A workload whose dialogues are not all known."""

    plain = scenario("workload=mtbench")
    stand_in = _Fake({**vars(plain), "workload": Endless()})
    with pytest.raises(Mistake, match="table"):
        EmptyNetwork(stand_in)  # type: ignore[arg-type]


class _Fake:
    """A scenario that nobody has checked."""

    def __init__(self, parts: dict[str, Any]) -> None:
        vars(self).update(parts)


def test_a_policy_that_learns_is_told_every_turn() -> None:
    heard: list[tuple[int, Outcome]] = []

    class Learner(AlwaysEdge):
        """Writes down what it is told."""

        def observe(self, decision: Decision, outcome: Outcome) -> None:
            """Keep it."""
            heard.append((decision.turn.session_id, outcome))

    walked = walk(EmptyNetwork(scenario("workload=mtbench")), Learner())
    assert [session for session, _ in heard] == walked.dialogue.tolist()
    assert [outcome.e2e_s for _, outcome in heard] == walked.latency_s.tolist()
    assert {outcome.choice.site for _, outcome in heard} == {Site.EDGE}
    assert isinstance(heard[0][1].choice, Choice)


@pytest.mark.parametrize("policy", ["constrained", "bandit"])
def test_a_policy_that_learns_is_walked_as_it_runs(policy: str) -> None:
    """Turn by turn the same decisions: it begins anew in either, and hears the same."""
    assert_same(*both(*MT_BENCH, f"policy={policy}"), fused=1e-9)  # a run's seconds are rounded elsewhere


def test_a_score_that_is_missing_is_told(tmp_path: Path) -> None:
    file = tmp_path / "mine.csv"
    file.write_text("prompt_tokens\n10\n20\n")
    lengths = ["workload.device_tokens=9", "workload.edge_tokens=9"]
    found = scenario("workload=table", f"workload.path={file}", *lengths)
    network = EmptyNetwork(found)
    with pytest.raises(Mistake, match="lacks one"):
        walk(network, found.policy)
    walked = walk(network, AlwaysEdge())  # which reads none
    assert walked.edge.all()
    assert walked.latency_s[0] == pytest.approx(0.02 * (10 + 9) + 0.02 + 19 / 2e7, rel=1e-12)
