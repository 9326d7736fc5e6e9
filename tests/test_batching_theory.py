"""Batching keeps the textbook's figures where a batch is a textbook's queue.

Which it is depends on the time of an iteration: proportional to the batch it makes a shared processor of it,
the same for every batch it makes slots, or bulk service. Seeds are fixed; means lie within 3 standard errors,
from batch means, which must be small enough to notice a mistake.
"""

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf
from typing import Any, NamedTuple

import numpy as np
import pytest
from scipy import stats

from simulator.clock import Clock
from simulator.evictions.keep_none import KeepNone
from simulator.machines import Alone
from simulator.orders.first_come import FirstCome
from simulator.schedulers import Job, Scheduler
from simulator.schedulers.continuous import Continuous
from simulator.schedulers.fifo_slots import FifoSlots
from simulator.schedulers.static import Static
from simulator.step_times import Batch, Pace
from tests import KEY, run
from tests.simulator.parts import turn
from tests.test_theory import assert_mean, batch_means, present

TOKENS = 50
"""A reply's mean, everywhere below."""
STEP_S = 1.0 / TOKENS
"""A reply of the mean length takes 1 s."""


@dataclass(frozen=True)
class Steps:
    """An iteration takes so long, and so much longer for each job that gets a token."""

    base_s: float = 0.0
    per_job_s: float = 0.0

    def step_s(self, batch: Batch) -> float:
        return self.base_s + self.per_job_s * (batch.prefills_ending + batch.sequences)

    def pace(self, sequences: int, context_tokens: int, longest_tokens: int) -> Pace:
        return Pace(self.base_s + self.per_job_s * sequences, 0.0)


@dataclass(frozen=True)
class Machine:
    """Endless memory; a prompt is one token, read by the iteration that writes the first of the reply."""

    step_time: Steps
    kv_tokens: float = inf
    block_tokens: int = 1
    window_tokens: float = inf
    tokens_per_word: float = 1.0

    def alone_s(self, context_words: float, read_words: float, response_words: float) -> Alone:
        return Alone(0.0, response_words * self.step_time.step_s(Batch(sequences=1)), 0.0)


class Served(NamedTuple):
    """One array for each figure of the jobs, in the order of coming."""

    came_at_s: Any
    tokens: Any
    queue_s: Any
    response_s: Any


def served(law: Scheduler, steps: Steps, per_s: float, jobs: int, length: Callable[[Any], int]) -> Served:
    """Poisson arrivals through a server."""
    luck, clock = random.Random(1), Clock()
    server = law.open(clock, Machine(steps), "edge", lambda *change: None)
    rows: list[Any] = []
    at_s = 0.0
    for number in range(jobs):
        at_s += luck.expovariate(per_s)
        row = [at_s, length(luck)]
        job = Job(turn(0, number), 0.0, 0.0, 1.0, float(row[1]))
        rows.append(row)

        def come(_: Any, job: Job = job, row: list[Any] = row) -> None:
            server.submit(job).callbacks.append(lambda done: row.extend((done.value.queue_s, clock.now_s)))

        clock.ring(at_s, job.turn).callbacks.append(come)
    clock.env.run()
    came_at_s, tokens, queue_s, done_at_s = np.array(rows).T
    return Served(came_at_s, tokens, queue_s, done_at_s - came_at_s)


def continuous(most: int) -> Continuous:
    return Continuous(
        max_num_seqs=most, max_num_batched_tokens=max(most, 8192), order=FirstCome(), eviction=KeepNone()
    )


def one_length(luck: random.Random) -> int:
    return TOKENS


def geometric(luck: random.Random) -> int:
    """The exponential law of whole tokens."""
    return 1 + int(math.log(luck.random()) / math.log(1 - 1 / TOKENS))


def two_lengths(luck: random.Random) -> int:
    """Eight in nine are short: mean 50, squared coefficient of variation 5.1."""
    return 10 if luck.random() < 8 / 9 else 370


SQUARES = {one_length: TOKENS**2, geometric: TOKENS * (2 * TOKENS - 1), two_lengths: (8 * 10**2 + 370**2) / 9}
"""E[R^2] of the tokens R of a reply."""
CLASSES = {one_length: [0, 999], geometric: [0, 25, 75, 9999], two_lengths: [0, 100, 999]}
"""Lengths that are judged together."""


@pytest.mark.parametrize("length", SQUARES)
def test_m_g_1_processor_sharing(length: Callable[[Any], int]) -> None:
    """E[T | S] = S / (1 - rho), whatever the law of S, where iterations take time in proportion to the batch.

    A batch shares the machine by tokens of s seconds. Who comes waits for the iteration under way, on average
    w = rho s / (2 (1 - rho)): those in progress have 1 / (1 - rho) jobs on average. The work in the system is
    that of any work-conserving queue, so what jobs lose by w they gain while they are served:
    E[T | R] = R s / (1 - rho) + w (1 - 2 R E[R] / E[R^2]), to first order in s. The second term is what
    whole tokens may change.
    """
    _check_sharing(length, 20_000)


@pytest.mark.slow
@pytest.mark.parametrize("length", SQUARES)
def test_m_g_1_processor_sharing_long(length: Callable[[Any], int]) -> None:
    _check_sharing(length, 400_000)


def _check_sharing(length: Callable[[Any], int], jobs: int) -> None:
    load = 0.6
    found = served(continuous(10_000), Steps(per_job_s=STEP_S), load, jobs, length)
    waits_s = load * STEP_S / (2 * (1 - load))
    wait_s, error_s = batch_means(found.queue_s)
    assert abs(wait_s - waits_s) < 3 * error_s + waits_s / TOKENS  # the next order in s
    limits = CLASSES[length]
    for shortest, longest in pairwise(limits):
        here = (found.tokens > shortest) & (found.tokens <= longest)
        tokens = found.tokens[here].mean()
        sharing_s = tokens * STEP_S / (1 - load)
        coarse_s = waits_s * abs(1 - 2 * tokens * TOKENS / SQUARES[length])
        mean_s, error_s = _class_means(found.response_s, here)
        assert error_s < 0.05 * sharing_s
        assert abs(mean_s - sharing_s) < 3 * error_s + coarse_s


def _class_means(values: Sequence[float], here: Any, batches: int = 25) -> tuple[float, float]:
    """Mean and standard error over some of the jobs, from batches of all."""
    pairs = zip(np.array_split(values, batches), np.array_split(here, batches), strict=True)
    means = np.array([batch[some].mean() for batch, some in pairs])
    return float(means.mean()), float(means.std(ddof=1) / math.sqrt(batches))


def left_over(arrivals: float, most: int, states: int = 600) -> Any:
    """The stationary law of N where N' = max(N - most, 0) + Poisson(arrivals)."""
    moves = np.zeros((states, states))
    for state in range(states):
        rest = max(state - most, 0)
        moves[state, rest:] = stats.poisson.pmf(np.arange(states - rest), arrivals)
    moves[:, -1] += 1 - moves.sum(axis=1)
    equations = np.vstack([moves.T - np.eye(states), np.ones(states)])
    return np.linalg.lstsq(equations, np.append(np.zeros(states), 1.0), rcond=None)[0]


def m_d_c_wait_s(per_s: float, servers: int) -> float:
    """Mean wait where all services take 1 s.

    Whoever is in service now has left a second later, and nobody else (Crommelin, 1932): so the number in
    the system, seen every second, is `left_over`.
    """
    shares = left_over(per_s, servers)
    waiting = np.maximum(np.arange(len(shares)) - servers, 0)
    return float(shares @ waiting) / per_s


def bulk_wait_s(per_s: float, most: int) -> float:
    """Mean wait where all who wait, up to so many, are served together for 1 s.

    Who is left when a batch is done is `left_over` (Bailey, 1954). A cycle is a service, after a pause of
    1 / rate where nobody was left; (N - most)+ wait all through it, those who come for half of it on average.
    """
    shares = left_over(per_s, most)
    rest = float(shares @ np.maximum(np.arange(len(shares)) - most, 0))
    return (rest + per_s / 2) / (1 + shares[0] / per_s) / per_s


def test_formulas_against_closed_forms() -> None:
    """One at a time both are M/D/1: rho / (2 (1 - rho)). Without a limit one waits for that under way."""
    for load in (0.3, 0.7):
        assert m_d_c_wait_s(load, 1) == pytest.approx(load / (2 * (1 - load)), rel=1e-6)
        assert bulk_wait_s(load, 1) == pytest.approx(load / (2 * (1 - load)), rel=1e-6)
    nobody = math.exp(-2.0)
    assert bulk_wait_s(2.0, 400) == pytest.approx(1 / (1 + nobody / 2) / 2, rel=1e-6)


@pytest.mark.parametrize(("servers", "load"), [(1, 0.7), (3, 0.8), (8, 0.8)])
def test_m_d_c(servers: int, load: float) -> None:
    """Slots are M/D/c; so is a batch of c whose iterations all take t0, up to t0.

    In both a job starts when it is there and a place is free. In the batch it is there only from the next
    boundary on, at most t0 later, and so it starts at most t0 later, and never before (max-plus: all starts
    are maxima of sums of arrivals and services).
    """
    per_s = load * servers
    slots = served(FifoSlots(slots=servers), Steps(STEP_S), per_s, 10_000, one_length)
    assert_mean(batch_means(slots.queue_s), m_d_c_wait_s(per_s, servers), power=0.16)
    batch = served(continuous(servers), Steps(STEP_S), per_s, 10_000, one_length)
    later_s = batch.queue_s - slots.queue_s
    assert later_s.min() > -1e-9
    assert later_s.max() < STEP_S + 1e-9
    assert batch.response_s == pytest.approx(batch.queue_s + 1.0)


@pytest.mark.parametrize(("most", "load"), [(1, 0.7), (4, 0.8), (16, 0.6)])
def test_bulk_service(most: int, load: float) -> None:
    """Static batches of equal replies are M/D^(1,B)/1."""
    law = Static(batch=most, order=FirstCome(), eviction=KeepNone())
    per_s = load * most
    found = served(law, Steps(STEP_S), per_s, 10_000, one_length)
    assert_mean(batch_means(found.queue_s), bulk_wait_s(per_s, most))
    assert found.response_s == pytest.approx(found.queue_s + 1.0)


@pytest.mark.slow
@pytest.mark.parametrize(("most", "load"), [(1, 0.7), (4, 0.8), (16, 0.6), (16, 0.9)])
def test_bulk_service_and_slots_long(most: int, load: float) -> None:
    per_s = load * most
    law = Static(batch=most, order=FirstCome(), eviction=KeepNone())
    found = served(law, Steps(STEP_S), per_s, 300_000, one_length)
    assert_mean(batch_means(found.queue_s), bulk_wait_s(per_s, most))
    slots = served(FifoSlots(slots=most), Steps(STEP_S), per_s, 300_000, one_length)
    assert_mean(batch_means(slots.queue_s), m_d_c_wait_s(per_s, most))


def test_one_place_is_m_g_1() -> None:
    """Pollaczek and Khinchine: rho E[S^2] / (2 E[S] (1 - rho)), at prices t0 + b, for geometric lengths."""
    found = served(continuous(1), Steps(0.6 * STEP_S, 0.4 * STEP_S), 0.6, 15_000, geometric)
    theory_s = 0.6 * SQUARES[geometric] * STEP_S**2 / (2 * (1 - 0.6))
    assert_mean(batch_means(found.queue_s), theory_s, power=0.16)


H100 = ["edge=gpu", "scheduler=continuous", "policy=always_edge", "horizon_s=1800"]
TIGHT = [
    "edge=gpu",
    "edge.kv_blocks=200",
    "edge.window_tokens=3200",
    "scheduler=continuous",
    "kv_cache=keep_all",
    "policy=always_edge",
    "workload.edge_tokens=460",
    "lengths=exponential",
]


def test_little_and_conservation() -> None:
    """L = lambda W, exactly, where jobs are put back and wait again; and no job gets lost."""
    logs = run(*TIGHT, "users=30", "arrivals.sessions_per_s=0.002", "horizon_s=6000")
    events, end_s = logs.events.sort_values("at_s", kind="stable"), logs.summary["simulated_s"]
    edge = events[events["entity"].eq("edge") & events["kind"].ne("decided")]
    at_s = {kind: rows["at_s"] for kind, rows in edge.groupby("kind", observed=True)}
    state = edge.groupby(KEY).tail(1)
    waiting, running = (
        state["kind"].isin(["submitted", "preempted"]),
        state["kind"].isin(["started", "prefilled"]),
    )

    jobs = {kind: len(rows) for kind, rows in at_s.items()}
    assert jobs["preempted"] > 10
    assert jobs["submitted"] == jobs["finished"] + waiting.sum() + running.sum()
    assert jobs["started"] == jobs["preempted"] + jobs["finished"] + running.sum()

    waiting_s = sum((end_s - at_s[kind]).sum() for kind in ("submitted", "preempted"))
    waiting_s -= (end_s - at_s["started"]).sum()
    waits_s = edge.loc[edge["kind"] == "started", "value"].sum() + (end_s - state.loc[waiting, "at_s"]).sum()
    assert waiting_s == pytest.approx(waits_s, rel=1e-9)

    left = edge[edge["kind"] == "submitted"].merge(logs.turns, "left", KEY)
    unfinished = left["done_at_s"].isna()
    spent_s = left[["queue_s", "prefill_s", "decode_s"]].sum(axis=1).sum()
    finished = edge[edge["kind"] == "finished"].merge(left[unfinished], "right", KEY, suffixes=("_end", ""))
    spent_s += (finished["at_s_end"].fillna(end_s) - finished["at_s"]).sum()
    assert present(edge, "submitted", "finished", end_s) == pytest.approx(spent_s, rel=1e-9)


@pytest.mark.parametrize(("load", "unstable"), [(0.7, False), (1.5, True)])
def test_overload_of_a_batch_is_told(load: float, unstable: bool) -> None:
    """A batch of 8 whose iterations take t0 writes 8 tokens in it, and no more."""
    clock, luck, at_s = Clock(), random.Random(2), 0.0
    server = continuous(8).open(clock, Machine(Steps(STEP_S)), "edge", lambda *change: None)
    for number in range(2000):
        at_s += luck.expovariate(load * 8)
        job = Job(turn(0, number), 0.0, 0.0, 1.0, float(geometric(luck)))
        clock.ring(at_s, job.turn).callbacks.append(lambda _, job=job: server.submit(job))
    clock.env.run()
    if unstable:
        assert server.offered_load(30) == pytest.approx(load, rel=0.1)
    else:
        assert server.offered_load(30) < 1.0 + 0.05


def test_overload_of_a_gpu_is_told() -> None:
    """A run that asks for more than an H100 can write says so, and gives no mean that grows with time."""
    quiet, busy = (
        run(
            "edge=gpu", "scheduler=continuous", "policy=always_edge", f"arrivals.sessions_per_s={per_s}"
        ).summary
        for per_s in (0.0002, 0.01)
    )
    assert not [warning for warning in quiet["warnings"] if "unstable" in warning]
    assert [warning for warning in busy["warnings"] if "edge queue is unstable" in warning]
    assert busy["metrics"]["edge_queue_s"]["mean"] is None
    assert quiet["metrics"]["edge_queue_s"]["mean"] is not None
