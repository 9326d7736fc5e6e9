"""The router with eyes everywhere expects what happens, and knows no more than it should."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simulator.build import build
from simulator.clock import Clock
from simulator.empty_network import EmptyNetwork
from simulator.estimators import Expected, Query
from simulator.estimators.informed import Informed
from simulator.estimators.unloaded import Unloaded
from simulator.fleet import Fleet
from simulator.phone import Phone
from simulator.policies.coin import Coin
from simulator.radio import Cell
from simulator.schedulers import Job, Load
from simulator.walk import walk
from tests import part, run, scenario
from tests.simulator.parts import TEXT, Notes, turn
from workloads import Answer
from workloads.luck import Luck

ALONE = ["arrivals=closed", "arrivals.think_median_s=0.0", "users=1", "horizon_s=null"]
MT_BENCH = [*ALONE, "workload.order=in_order", "workload=mtbench", "sessions_per_user=60"]
ALL_KNOWING = ["estimator=informed", "estimator.knows_lengths=true", "lengths=lognormal"]
COIN = ["policy=coin", "policy.edge_share=0.5"]


def gap(turns: Any) -> Any:
    """What was expected of the site that answered, less what it took: relative to the latter."""
    expected_s = np.where(turns["site"] == "edge", turns["expected_edge_s"], turns["expected_device_s"])
    return (expected_s - turns["e2e_s"]) / turns["e2e_s"]


@pytest.mark.parametrize("cache", ["keep_last", "keep_all", "none"])
def test_in_an_empty_network_all_is_as_expected(cache: str) -> None:
    kept = [f"kv_cache={cache}", *COIN]
    informed = run(*MT_BENCH, *kept, "estimator=informed").turns
    assert np.abs(gap(informed)).max() < 1e-12
    for other in ("nominal", "unloaded"):  # the paper's prices are the machines'
        believed = run(*MT_BENCH, *kept, f"estimator={other}").turns
        for column in ("expected_device_s", "expected_edge_s"):
            np.testing.assert_allclose(informed[column], believed[column], rtol=1e-12)


@pytest.mark.parametrize(
    "overrides",
    [
        [*COIN, "lengths=lognormal", "estimator.knows_lengths=true"],
        [
            *COIN,
            "lengths=lognormal",
            "estimator.knows_lengths=true",
            "thinking=share",
            "channel.downlink_bps=1e4",
        ],
        [*COIN, "lengths=lognormal", "estimator.knows_lengths=true", "payload=kv_cache", "kv_cache=keep_all"],
        ["policy.threshold=-0.13", "attachments=images", "channel.uplink_bps=2e6"],
    ],
    ids=" ".join,
)
def test_whoever_knows_the_lengths_knows_all_of_an_empty_network(overrides: list[str]) -> None:
    assert np.abs(gap(run(*MT_BENCH, "estimator=informed", *overrides).turns)).max() < 1e-12


def test_machines_that_read_and_write_as_measured() -> None:
    """The same figures as the router that knows its hardware, where nobody else is there."""
    hardware = ["hardware=rtxpro6000_llama_8b", "device/thermal=none", *COIN]
    informed = run(*MT_BENCH, *hardware, "estimator=informed").turns
    assert np.abs(gap(informed)).max() < 0.01  # blocks of memory
    unloaded = run(*MT_BENCH, *hardware).turns
    np.testing.assert_allclose(informed["expected_device_s"], unloaded["expected_device_s"], rtol=1e-12)
    np.testing.assert_allclose(informed["expected_edge_s"], unloaded["expected_edge_s"], rtol=1e-3)


def test_a_phones_own_queue_is_known_exactly() -> None:
    """Sessions of one phone overlap, and wait for one another."""
    busy = ["users=3", "arrivals.sessions_per_s=0.004", "horizon_s=20000", "policy=always_device"]
    turns = run(*busy, *ALL_KNOWING).turns
    assert (turns["queue_s"] > 1.0).mean() > 0.05
    assert np.abs(gap(turns)).max() < 1e-9


def test_a_loaded_edges_queue_is_known_exactly() -> None:
    """Unless somebody comes while the prompt goes up."""
    crowd = ["users=200", "arrivals.sessions_per_s=0.0006", "horizon_s=6000", "policy=always_edge"]
    turns = run(*crowd, *ALL_KNOWING, "scheduler.slots=8").turns
    waited = turns[turns["queue_s"] > 1.0]
    assert len(waited) > 200
    assert (np.abs(gap(waited)) < 1e-9).mean() > 0.9
    blind = run(*crowd, "lengths=lognormal", "scheduler.slots=8").turns
    assert (np.abs(gap(blind[blind["queue_s"] > 1.0])) < 1e-9).mean() == 0.0


def test_older_reports_are_worse() -> None:
    crowd = ["users=200", "arrivals.sessions_per_s=0.0006", "horizon_s=6000", "policy=always_edge"]
    missed = [
        np.abs(
            gap(run(*crowd, *ALL_KNOWING, "scheduler.slots=8", f"estimator.load_delay_s={delay}").turns)
        ).mean()
        for delay in (0.0, 10.0, 100.0)
    ]
    assert missed[0] < missed[1] < missed[2]


class Edge:
    """An edge of one slot, a phone, and who asks."""

    def __init__(self, scheduler: str = "fifo_slots", machine: str = "paper", **changes: Any) -> None:
        self.clock = Clock()
        law = build(part("scheduler", scheduler) | changes, "scheduler")
        self.server = law.open(self.clock, build(part("edge", machine), "edge"), "edge", Notes())
        luck = Luck(1)
        link = build(part("channel", "fixed"), "channel").draw(luck.generator("channel", 0))
        delay = build(part("delta", "constant"), "delta").draw(luck.generator("delta", 0))
        radios = Cell(self.clock, build(part("sharing", "alone"), "sharing")).radios(link, delay)
        self.phone = Phone(self.clock, build(part("device", "paper"), "device"), lambda: radios, Notes())

    def at(self, at_s: float) -> None:
        """Let time pass."""
        self.clock.env.run(until=at_s)

    def submit(self, tokens: float, user: int = 0) -> Any:
        """Somebody's job: at the paper's prices it takes 0.02 s a token."""
        return self.server.submit(Job(turn(user), 0.0, 0.0, 0.0, tokens))

    def query(self, context: float = 0.0, again: float = 0.0) -> Query:
        """A first turn's, unless told otherwise."""
        known = (10.0, context, again, again, 100.0, 200.0, 450.0, 9000.0, 0.0)
        return Query(self.clock.now_s, *known, self.phone, self.server, turn(9), TEXT)  # type: ignore[arg-type]

    def edge_s(self, estimator: Any) -> float:
        """What is expected of the edge, less what is expected of an idle one."""
        idle_s = 0.02 * 210.0 + 450.0 / 9e8 + 0.02 + 9000.0 / 9e8
        return float(estimator.expect(self.query()).edge_s) - idle_s


def informed(**changes: Any) -> Informed:
    law = build(part("estimator", "informed") | changes, "estimator")
    assert isinstance(law, Informed)
    return law


UP_S = 0.02 + 450.0 / 9e8
"""Until a prompt is up, a wait gets shorter."""


def test_what_is_known_of_a_load_has_an_age() -> None:
    """Jobs come at 10 s and 12 s, of 20 s each; the router hears of both 5 s late."""
    edge = Edge(slots=1)
    late = informed(load_delay_s=5.0).open(edge.server)
    present = informed().open(edge.server)
    for at_s in (10.0, 12.0):
        edge.at(at_s)
        edge.submit(1000.0)
    waits_s = {
        12.5: (37.5, 0.0),
        14.9: (35.1, 0.0),
        15.0: (35.0, 15.0),
        16.9: (33.1, 13.1),
        17.0: (33.0, 33.0),
    }
    waits_s |= {49.0: (1.0, 1.0), 60.0: (0.0, 0.0)}
    for at_s, (now, heard) in waits_s.items():
        edge.at(at_s)
        assert edge.edge_s(present) == pytest.approx(max(0.0, now - UP_S), abs=1e-9)
        assert edge.edge_s(late) == pytest.approx(max(0.0, heard - UP_S), abs=1e-9)


def test_who_asks_often_learns_no_more() -> None:
    edge = Edge(slots=1)
    seldom, often = (informed(load_delay_s=3.0).open(edge.server) for _ in range(2))
    luck = Luck(2)
    for step in range(300):
        edge.at(1.0 + step)
        if luck.uniform("comes", step) < 0.3:
            edge.submit(100.0)
        for _ in range(3):
            told = often.expect(edge.query())
        if step % 7 == 0:
            assert seldom.expect(edge.query()) == told


def test_a_run_hears_nothing_of_the_one_before() -> None:
    edge = Edge(slots=1)
    law = informed(load_delay_s=1.0)
    first = law.open(edge.server)
    edge.submit(1000.0)
    edge.at(5.0)
    assert edge.edge_s(first) == pytest.approx(15.0 - UP_S, abs=1e-9)
    assert edge.edge_s(law.open(Edge(slots=1).server)) == pytest.approx(0.0, abs=1e-9)
    assert edge.edge_s(first.open(edge.server)) == pytest.approx(0.0, abs=1e-9)


def test_what_fell_out_of_the_phones_memory_is_read_again() -> None:
    """A phone that remembers two sessions, and has more: what a turn takes is foreseen all the same."""
    phone = [
        "device=snapdragon_8_elite_npu",
        "device/thermal=none",
        "device.kv_sessions=2",
        "kv_cache=keep_all",
    ]
    busy = ["users=2", "arrivals.sessions_per_s=0.004", "horizon_s=20000", "policy=always_device"]
    turns = run(*busy, *phone, *ALL_KNOWING).turns
    lost = turns["reprefill_tokens"] > 0  # the rule would have nothing read again
    assert lost.mean() > 0.2
    # What falls out while the job waits is known to nobody.
    assert (np.abs(gap(turns)) < 1e-9).mean() > 0.9
    unaware = run(*busy, *phone, "estimator=unloaded", "lengths=lognormal").turns
    assert (np.abs(gap(unaware[lost])) < 1e-9).mean() < 0.05


def test_what_was_evicted_at_the_edge_is_read_again() -> None:
    """A conversation's cache that others have pushed out."""
    edge = Edge("continuous", "gpu")
    law = informed()
    context = 8_000.0

    def prefill_s() -> float:
        """Of the context: the expectation beside that of a first turn."""
        return law.expect(edge.query(context)).edge_s - law.expect(edge.query(0.0)).edge_s

    again_s = prefill_s()
    edge.server.submit(Job(turn(9), 0.0, 0.0, context, 10.0))
    edge.at(100.0)
    held_s = prefill_s()
    for user in range(3):
        edge.server.submit(Job(turn(user), 0.0, 0.0, 12_000.0, 10.0))
        edge.at(200.0 + user * 100.0)
    lost_s = prefill_s()
    assert edge.server.held_tokens(turn(9)) == 0.0
    assert lost_s == pytest.approx(again_s, rel=1e-9)
    assert held_s < 0.5 * again_s


def test_a_context_that_outgrows_a_window_is_foreseen(tmp_path: Path) -> None:
    file = tmp_path / "long.csv"
    rows = [f"{row // 8},700,500,600,0.5" for row in range(80)]
    file.write_text("session,prompt_tokens,device_tokens,edge_tokens,score\n" + "\n".join(rows) + "\n")
    own = ["workload=table", f"workload.path={file}", "policy=always_device", "sessions_per_user=10"]
    phone = ["device=snapdragon_8_elite_npu", "device/thermal=none", "workload.order=in_order"]
    turns = run(*ALONE, *own, *phone, "estimator=informed", "estimator.knows_lengths=true").turns
    assert turns["reprefill_tokens"].max() > 0
    assert np.abs(gap(turns)).max() < 1e-9
    unaware = run(*ALONE, *own, *phone, "estimator=unloaded").turns
    assert np.abs(gap(unaware)).max() > 0.05


def test_a_prompt_beyond_the_window_is_the_servers_business() -> None:
    """The estimate is the machine's own time: it is the site that is chosen that complains."""
    edge = Edge("continuous", "gpu")
    long = edge.query()._replace(prompt_tokens=20_000.0)
    assert np.isfinite(informed().expect(long)).all()


@pytest.mark.parametrize("others", [1, 4, 12])
def test_a_batch_slows_by_what_it_holds(others: int) -> None:
    """Jobs that have begun to write long replies; one more joins."""
    edge = Edge("continuous", "gpu")
    for user in range(others):
        edge.server.submit(Job(turn(user), 0.0, 0.0, 500.0, 900.0))
    edge.at(5.0)
    load = edge.server.peek()
    assert load.running == others
    expected = edge.server.beside_s(load, 0.0, 300.0, 400.0)
    alone = edge.server.beside_s(Load(0, 0, 0.0, 1.0), 0.0, 300.0, 400.0)
    assert alone == edge.server.machine.alone_s(0.0, 300.0, 400.0)
    done = edge.server.submit(Job(turn(99), 0.0, 0.0, 300.0, 400.0))
    edge.clock.env.run(until=done)
    work = done.value
    assert expected.prefill_s == pytest.approx(work.prefill_s, rel=0.03)
    assert expected.decode_s == pytest.approx(work.decode_s, rel=0.03)
    assert expected.decode_s > alone.decode_s


def test_an_informed_router_foresees_a_loaded_batch() -> None:
    """In the mean, where one that believes in idle machines is far off."""
    crowd = ["hardware=h100_qwq_32b", "policy=always_edge", "users=250", "horizon_s=2000"]
    informed, unloaded = (run(*crowd, f"estimator={name}").turns for name in ("informed", "unloaded"))
    assert len(informed) > 300
    assert informed["expected_edge_s"].mean() == pytest.approx(informed["e2e_s"].mean(), rel=0.15)
    assert unloaded["expected_edge_s"].mean() < 0.8 * unloaded["e2e_s"].mean()


@pytest.mark.parametrize("scheduler", ["fifo_slots", "continuous", "static"])
def test_servers_tell_what_they_would_answer(scheduler: str) -> None:
    """Whenever anything comes; and between two reports of a batch nothing changes but the wait."""
    edge, heard = Edge(scheduler, "gpu"), list[tuple[float, Load]]()
    fleet = Fleet([edge.server, Edge(scheduler, "gpu").server], picker=_First())
    edge.server.listen(lambda at_s, load: heard.append((at_s, load)))
    of_both: list[tuple[float, Load]] = []
    fleet.listen(lambda at_s, load: of_both.append((at_s, load)))
    for user in range(20):
        edge.at(1.0 + user)
        told = len(heard)
        fleet.submit(Job(turn(user), 0.0, 0.0, 100.0, 200.0))
        assert len(heard) == told + 1
        assert heard[-1] == (edge.clock.now_s, edge.server.peek())
        assert of_both[-1] == (edge.clock.now_s, fleet.peek())
    edge.at(1000.0)
    at_s, last = heard[-1]
    if scheduler != "fifo_slots":
        assert last == (0, 0, 0.0, 1.0)
    assert at_s < 1000.0
    assert [at_s for at_s, _ in heard] == sorted(at_s for at_s, _ in heard) == [at_s for at_s, _ in of_both]


class _First:
    """A balancer that knows one server."""

    def pick(self, job: Job) -> int:
        return 0


def test_a_walk_with_an_informed_router_is_the_papers() -> None:
    """In an empty network nothing is told, whatever the age of reports."""
    plain = scenario("workload=mtbench")
    aged = scenario("workload=mtbench", "estimator=informed", "estimator.load_delay_s=7.0")
    one, other = (walk(EmptyNetwork(found), found.policy) for found in (plain, aged))
    np.testing.assert_array_equal(one.edge, other.edge)
    np.testing.assert_allclose(one.fused_score, other.fused_score, rtol=1e-9)
    coin = walk(EmptyNetwork(aged), Coin(edge_share=0.5))
    assert 0 < coin.edge.mean() < 1


def test_only_the_all_knowing_read_the_replies() -> None:
    """Another reply changes nothing for the others."""
    edge = Edge(slots=1)
    short = edge.query()
    long = short._replace(turn=short.turn._replace(device=Answer(900.0, 0.0), edge=Answer(5000.0, 1.0)))
    assert informed().expect(short) == informed().expect(long)
    believed: Expected = build(part("estimator", "unloaded"), "estimator").expect(short)
    assert isinstance(build(part("estimator", "unloaded"), "estimator"), Unloaded)
    assert informed().expect(short) == pytest.approx(believed, rel=1e-9)
    knowing = informed(knows_lengths=True)
    assert knowing.expect(long).edge_s - knowing.expect(short).edge_s == pytest.approx(
        0.02 * 4800.0 + 45.0 * 4800.0 / 9e8, rel=1e-9
    )
    assert knowing.expect(long).device_s - knowing.expect(short).device_s == pytest.approx(0.04 * 800.0)


@pytest.mark.parametrize("scheduler", ["continuous", "static"])
def test_batches_on_a_machine_of_endless_memory(scheduler: str) -> None:
    """A share of endless memory says nothing, however close to 1 the rest of it is."""
    crowd = ["estimator=informed", "policy=always_edge", "users=100", "horizon_s=1000"]
    turns = run(f"scheduler={scheduler}", *crowd).turns
    assert np.isfinite(turns["expected_edge_s"]).all()
