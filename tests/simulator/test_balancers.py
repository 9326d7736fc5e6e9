"""Who gets a job: by hand, and over whole runs, where theory or one queue for all is the measure."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from pydantic import PositiveInt
from pydantic.dataclasses import dataclass
from scipy.optimize import brentq

from simulator.balancers import Balancer
from simulator.balancers.least_loaded import LeastLoaded
from simulator.balancers.round_robin import RoundRobin
from simulator.balancers.session_affinity import SessionAffinity
from simulator.fleet import Fleet
from simulator.machines.paper import Paper
from simulator.schedulers import Job, Load
from tests import KEY, Logs, run, run_settings, settings
from tests.simulator.parts import turn
from workloads import STRICT


class Stub:
    """A server that says what it is told to say, and keeps what it is given."""

    def __init__(self, running: int = 0, waiting: int = 0, wait_s: float = 0.0, **more: float) -> None:
        self.load = Load(running, waiting, wait_s, more.get("free", 1.0))
        self.figures = more
        self.jobs: list[Job] = []

    def submit(self, job: Job) -> str:
        self.jobs.append(job)
        self.load = self.load._replace(running=self.load.running + 1)
        return "ticket"

    def peek(self) -> Load:
        return self.load

    def held_tokens(self, turn: Any) -> float:
        return self.figures["held"]

    def utilisation(self) -> float:
        return self.figures["used"]

    def offered_load(self, fewest_jobs: int) -> float:
        return self.figures["offered"] if fewest_jobs <= 30 else 0.0


def fleet(law: Balancer, *servers: Stub) -> Fleet:
    found: Sequence[Any] = servers
    return Fleet(found, law.open(found))


def of(user: int, session: int = 0, index: int = 0) -> Job:
    return Job(turn(user, session, index), 0.0, 0.0, 1.0, 1.0)


def places(law: Balancer, jobs: Sequence[Job], servers: Sequence[Stub]) -> list[int]:
    """Where each of the jobs goes, none of which ends."""
    picked, together = [], fleet(law, *servers)
    for job in jobs:
        before = [len(server.jobs) for server in servers]
        together.submit(job)
        picked.append([len(server.jobs) - n for server, n in zip(servers, before, strict=True)].index(1))
    return picked


def test_round_robin_counts() -> None:
    """Whatever the others have to do."""
    servers = [Stub(9), Stub(0), Stub(4)]
    assert places(RoundRobin(), [of(user) for user in range(8)], servers) == [0, 1, 2, 0, 1, 2, 0, 1]


def test_two_fleets_count_apart() -> None:
    law = RoundRobin()
    assert places(law, [of(0)], [Stub(), Stub()]) == places(law, [of(0)], [Stub(), Stub()]) == [0]


def test_the_least_loaded_has_the_fewest_jobs_running_and_waiting() -> None:
    servers = [Stub(2, 3), Stub(4, 0, wait_s=90.0), Stub(3, 2)]
    assert places(LeastLoaded(), [of(0)], servers) == [1]


def test_ties_go_to_the_shortest_wait_then_to_the_first() -> None:
    assert places(LeastLoaded(), [of(0)], [Stub(1, 1, 5.0), Stub(2, 0, 3.0), Stub(1, 1, 4.0)]) == [1]
    assert places(LeastLoaded(), [of(user) for user in range(4)], [Stub(), Stub(), Stub()]) == [0, 1, 2, 0]


def test_a_session_stays_where_it_began() -> None:
    """Also when its server has much more to do by then; a user's other session is another one."""
    law, servers = SessionAffinity(remembered_sessions=10), [Stub(), Stub(), Stub()]
    asked = [of(0), of(1), of(0, 0, 1), of(0, 0, 2), of(0, 1), of(0, 0, 3), of(1, 0, 1), of(2)]
    assert places(law, asked, servers) == [0, 1, 0, 0, 2, 0, 1, 2]


def test_the_session_seen_longest_ago_is_forgotten() -> None:
    """Two are remembered, of user 0 and user 2 in the end; then the first server has more to do."""
    servers = [Stub(), Stub(10)]
    found: Sequence[Any] = servers
    picker = SessionAffinity(remembered_sessions=2).open(found)
    assert [picker.pick(job) for job in (of(0), of(1), of(0, 0, 1), of(2))] == [0, 0, 0, 0]
    servers[0].load = servers[0].load._replace(running=20)
    assert [picker.pick(job) for job in (of(0, 0, 2), of(2, 0, 1), of(1, 0, 1))] == [0, 0, 1]


def test_what_is_remembered_is_bounded() -> None:
    law, servers = SessionAffinity(remembered_sessions=100), [Stub(), Stub()]
    picker = law.open(servers)  # type: ignore[arg-type]
    for user in range(1_000):
        picker.pick(of(user))
    assert len(picker._places) == 100


def test_a_fleets_figures_are_over_all_servers() -> None:
    together = fleet(
        RoundRobin(),
        Stub(2, 1, 7.0, free=0.5, held=10.0, used=0.25, offered=0.5),
        Stub(3, 0, 4.0, free=0.25, held=30.0, used=0.75, offered=1.5),
    )
    assert together.peek() == (5, 1, 4.0, 0.375)
    assert together.held_tokens(turn()) == 30.0
    assert together.utilisation() == 0.5
    assert together.offered_load(30) == 1.5


EXPONENTIAL = [
    "workload=table",
    "workload.device_tokens=50",
    "workload.edge_tokens=50",
    "scorer=uniform",
    "channel.uplink_bps=1.0e+18",
    "channel.downlink_bps=1.0e+18",
    "delta.delta_s=0",
    "edge.decode_s_per_token=0.02",
    "policy=always_edge",
    "lengths=exponential",
    "users=20",
]
"""Replies of 1 s on average, of sessions of one turn without a prompt."""


def queue(blank: str, per_s: float, jobs: float, *overrides: str) -> Logs:
    return run(
        *EXPONENTIAL,
        blank,
        f"arrivals.sessions_per_s={per_s / 20!r}",
        f"horizon_s={jobs / per_s!r}",
        *overrides,
    )


def in_order(logs: Logs) -> Any:
    return logs.turns.sort_values(KEY, ignore_index=True)


def test_three_servers_of_one_slot_with_the_least_work_are_one_with_three(blank: str) -> None:
    """Turn by turn: least work left is a common queue (Kiefer & Wolfowitz)."""
    common = in_order(queue(blank, 2.4, 4_000, "scheduler.slots=3"))
    fleet = in_order(queue(blank, 2.4, 4_000, "scheduler.slots=1", "servers=3"))
    assert len(common) == len(fleet) > 3_000
    assert (common["queue_s"] > 0).mean() > 0.5
    np.testing.assert_allclose(fleet["queue_s"], common["queue_s"], rtol=1e-9, atol=1e-9)


def test_round_robin_is_a_queue_with_erlang_arrivals(blank: str) -> None:
    """E_3/M/1: W_q = s / (mu (1 - s)), s the root of s = A*(mu (1 - s)); 3 errors of batch means."""
    per_s, servers = 2.4, 3
    waits_s = queue(blank, per_s, 20_000, "scheduler.slots=1", "servers=3", "balancer=round_robin").turns[
        ["arrived_at_s", "queue_s"]
    ]
    ordered_s = waits_s.sort_values("arrived_at_s")["queue_s"].to_numpy()
    root = brentq(lambda s: (per_s / (per_s + 1.0 - s)) ** servers - s, 0.0, 0.999)
    theory_s = root / (1.0 - root)
    means = [batch.mean() for batch in np.array_split(ordered_s, 25)]
    error_s = float(np.std(means, ddof=1)) / math.sqrt(25)
    assert error_s < 0.12 * theory_s
    assert abs(ordered_s.mean() - theory_s) < 3 * error_s


def test_the_least_loaded_waits_less_than_in_turn(blank: str) -> None:
    """The same jobs at the same instants: by far less, and no more utilisation."""
    common = ("scheduler.slots=1", "servers=3")
    turns = {
        law: queue(blank, 2.4, 4_000, *common, f"balancer={law}") for law in ("least_loaded", "round_robin")
    }
    least, each = (in_order(logs) for logs in turns.values())
    both = least.merge(each, on=KEY)
    assert both["arrived_at_s_x"].equals(both["arrived_at_s_y"])
    assert both["queue_s_x"].mean() < 0.7 * both["queue_s_y"].mean()
    used = [logs.summary["utilisation"]["edge"] for logs in turns.values()]
    assert used[0] == pytest.approx(used[1], abs=0.01)


def starts(logs: Logs) -> Any:
    return logs.events[(logs.events["entity"] == "edge") & (logs.events["kind"] == "submitted")]


@pytest.mark.parametrize("law", ["round_robin", "least_loaded", "session_affinity"])
def test_a_whole_run_with_three_servers(law: str) -> None:
    """Every turn is served once, at most three at a time, and in turn means each third on one server."""
    logs = run("servers=3", f"balancer={law}", "scheduler.slots=1", "policy=always_edge", "users=60")
    turns = logs.turns
    assert logs.summary["complete"]
    assert len(turns) > 500
    assert not turns.duplicated(KEY).any()
    begins_s = turns["arrived_at_s"] + turns[["router_s", "uplink_s", "queue_s"]].sum(axis=1)
    ends_s = begins_s + turns["prefill_s"] + turns["decode_s"]
    middle_s = np.sort(begins_s.to_numpy()) + 1e-6
    busy = ((begins_s.to_numpy() < middle_s[:, None]) & (ends_s.to_numpy() > middle_s[:, None])).sum(axis=1)
    assert busy.max() == 3
    used = turns["prefill_s"].sum() + turns["decode_s"].sum()
    assert logs.summary["utilisation"]["edge"] == pytest.approx(
        used / (3 * logs.summary["simulated_s"]), abs=0.02
    )
    if (
        law == "round_robin"
    ):  # the n-th job that is submitted goes to server n mod 3: they overlap in no server
        came = starts(logs).sort_values("at_s", kind="stable").reset_index(drop=True)
        served = came.merge(turns.assign(begins_s=begins_s, ends_s=ends_s), on=KEY, how="left")
        for place in range(3):
            mine = served[served.index % 3 == place].dropna(subset="ends_s")
            assert (mine["begins_s"].to_numpy()[1:] >= mine["ends_s"].to_numpy()[:-1] - 1e-6).all()


def test_one_overloaded_server_makes_the_fleet_unstable(blank: str) -> None:
    logs = queue(blank, 3.6, 4_000, "scheduler.slots=1", "servers=3", "balancer=round_robin")
    warning = next(text for text in logs.summary["warnings"] if "unstable" in text)
    assert "its busiest server can do" in warning
    assert logs.summary["metrics"]["edge_queue_s"]["unstable"]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Small(Paper):
    """The paper's prices, with memory for so many tokens, half of which one job may need."""

    memory_tokens: PositiveInt

    @property
    def kv_tokens(self) -> float:
        return self.memory_tokens

    @property
    def window_tokens(self) -> float:
        return self.memory_tokens // 2

    @property
    def block_tokens(self) -> int:
        return 16


def cache_of(law: str, memory_tokens: int) -> dict[str, Any]:
    config = settings(
        "servers=3", f"balancer={law}", "scheduler=continuous", "policy=always_edge", "users=40"
    )
    config["edge"] = {
        "_target_": f"{__name__}.Small",
        **{key: value for key, value in config["edge"].items() if key != "_target_"},
        "memory_tokens": memory_tokens,
    }
    logs = run_settings(config)
    turns = logs.turns
    cache: dict[str, Any] = logs.summary["edge_cache"]
    assert cache["missed_tokens"] == pytest.approx(turns["reprefill_tokens"].sum())
    assert cache["hit_tokens"] == pytest.approx((turns["context_tokens"] - turns["reprefill_tokens"]).sum())
    assert cache["memory_tokens"] == memory_tokens
    return cache


def test_who_stays_with_a_server_finds_the_cache_there() -> None:
    """In turn, a server has what it saw of a session some turns ago; the same server has all but a block."""
    share = {law: cache_of(law, 200_000)["hit_share"] for law in ("session_affinity", "round_robin")}
    assert share["session_affinity"] > 0.98
    assert 0.1 < share["round_robin"] < 0.8
    assert cache_of("session_affinity", 20_000)["hit_share"] < share["session_affinity"] - 0.05
