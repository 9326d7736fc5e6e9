"""The batching edge against the textbook's, which goes through its batch in every iteration."""

from pathlib import Path

import pytest

from simulator import simulate
from simulator.build import scenario_of
from simulator.columns import EVENTS, KINDS, TURNS
from simulator.config import compose
from simulator.evictions.lru import Lru
from simulator.orders.first_come import FirstCome
from simulator.schedulers.continuous import Continuous
from tests.benchmarks.servers import arrivals, count, jump, walk
from tests.benchmarks.test_twin import WHOSE, _agree
from tests.benchmarks.textbook import Textbook
from tests.simulator.test_batching import Machine, jumped, looped, workload

RUN = [
    "users=30",
    "horizon_s=null",
    "sessions_per_user=2",
    "arrivals.sessions_per_s=0.002",
    "arrivals.think_median_s=10",
    "edge=gpu",
    "scheduler=continuous",
    "kv_cache=keep_all",
    "workload.edge_tokens=460",
]
TIGHT = ["edge.kv_blocks=200", "edge.window_tokens=3200"]
"""Memory for two sessions: jobs are put back, caches are lost."""

SCENARIOS = {
    "all edge": [*RUN, "policy=always_edge"],
    "both sites, drawn lengths": [*RUN, *TIGHT, "lengths=exponential", "policy=coin", "channel=rayleigh"],
    "all edge, tight": [*RUN, *TIGHT, "policy=always_edge", "lengths=lognormal"],
    "small chunks, pinned caches": [
        *RUN,
        "policy=always_edge",
        "edge.kv_blocks=500",
        "edge.window_tokens=3200",
        "scheduler/eviction=pin",
        "scheduler.max_num_seqs=6",
        "scheduler.max_num_batched_tokens=64",
    ],
    "short ones first, nothing kept": [
        *RUN,
        *TIGHT,
        "policy=always_edge",
        "lengths=exponential",
        "scheduler=shortest_first",
        "scheduler/eviction=keep_none",
        "scheduler.max_num_seqs=3",
    ],
    "cut": [*RUN, *TIGHT, "policy=always_edge", "lengths=exponential", "horizon_s=1000"],
}


@pytest.mark.parametrize("overrides", SCENARIOS.values(), ids=SCENARIOS)
def test_simulator_and_textbook_agree_on_every_column(overrides: list[str], tmp_path: Path) -> None:
    run = simulate(*overrides, folder=tmp_path)
    twin = Textbook(scenario_of(compose(overrides).settings)).run()

    assert 50 < len(run.turns) == len(twin.turns)
    assert (run.turns["preemptions"] > 0).any() == (overrides is not SCENARIOS["all edge"])
    _agree(run.turns, twin.turns, [column.name for column in TURNS], WHOSE)

    places = {kind: place for place, kind in enumerate(KINDS)}
    order = [*WHOSE, "at_s", "place"]
    events = run.events.assign(place=run.events["kind"].map(places).astype(int))
    others = [row | {"place": places[row["kind"]]} for row in twin.events]
    _agree(events, others, [column.name for column in EVENTS], order)


@pytest.mark.parametrize("tokens", [20, 460])
def test_the_servers_that_are_timed_do_the_same(tokens: int) -> None:
    plan = arrivals(tokens, 400)
    jumped_s, counted_s, walked_s = (server(plan).times_s for server in (jump, count, walk))
    assert max(queue_s for queue_s, _, _ in jumped_s) > 0.1
    for others in (counted_s, walked_s):
        for found, expected in zip(jumped_s, others, strict=True):
            assert found == pytest.approx(expected, rel=1e-9, abs=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
def test_a_hundred_thousand_jobs_to_the_bit(seed: int) -> None:
    """10,000 jobs a seed against the loop over iterations that counts from the last change as jumps do."""
    law = Continuous(max_num_seqs=8, max_num_batched_tokens=512, order=FirstCome(), eviction=Lru())
    plan = workload(seed, 10_000, 2.0, 200, longest=120)
    works, _, _ = jumped(plan, law, Machine())
    requests, _ = looped(plan, law, Machine(), False)
    for found, request in zip(works, requests, strict=True):
        at_s, work = found
        assert at_s == request.done_at_s
        assert work.queue_s == request.admitted_at_s - request.came_at_s
        assert work.prefill_s == request.first_at_s - request.admitted_at_s
        assert work.preemptions == request.preemptions
