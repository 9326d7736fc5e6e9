"""The same jobs through three servers: one that jumps, and two with an event for every iteration."""

import gc
import random
from collections.abc import Callable, Generator
from typing import Any, NamedTuple

import simpy

from simulator.clock import Clock
from simulator.schedulers import Job
from simulator.step_times import Batch
from tests.benchmarks.batching_edge import BatchingEdge
from tests.benchmarks.iterations import Iterations
from tests.benchmarks.measure import cpu_s
from tests.benchmarks.runs import scenario
from workloads import Answer, Turn

Times = tuple[float, float, float]
"""Queue, prefill, decoding of a job [s]."""
MACHINE = scenario("edge=gpu", "edge.tokens_per_word=1", "edge.gpus=8", "edge.window_tokens=131072").edge
"""With memory for everybody."""
BATCH, LOAD, PROMPT_TOKENS = 8, 0.95, 100
LAW = scenario(
    "scheduler=continuous", f"scheduler.max_num_seqs={BATCH}", "scheduler/eviction=keep_none"
).scheduler


class Arrival(NamedTuple):
    at_s: float
    job: Job


class Served(NamedTuple):
    """What became of the jobs."""

    times_s: list[Times]
    """In the order of coming."""
    iterations: int


def arrivals(reply_tokens: int, jobs: int) -> list[Arrival]:
    """Poisson, with exponential replies, at `LOAD` of what a full batch can do."""
    luck, at_s, plan = random.Random(1), 0.0, []
    context = BATCH * (PROMPT_TOKENS + reply_tokens)
    full_s = MACHINE.step_time.step_s(Batch(sequences=BATCH, context_tokens=context))
    per_s = LOAD * BATCH / (reply_tokens * full_s)
    for number in range(jobs):
        at_s += luck.expovariate(per_s)
        reply = Answer(1 + luck.expovariate(1 / reply_tokens), 0.0)
        turn = Turn(0, number, 0, 0.0, PROMPT_TOKENS, reply, reply, 0.0, "")
        plan.append(Arrival(at_s, Job(turn, 0.0, 0.0, PROMPT_TOKENS, reply.tokens)))
    return plan


def jump(plan: list[Arrival]) -> Served:
    """The simulator's server: an event for each change of the batch."""
    clock = Clock()
    server = LAW.open(clock, MACHINE, "edge", _nothing)
    works = _through(clock.env, plan, server.submit)
    return Served([work[:3] for work in works], 0)


def count(plan: list[Arrival]) -> Served:
    """One event for each iteration, and nothing to do for a job that only goes on."""
    env = simpy.Environment()
    server = Iterations(env, MACHINE, LAW)
    return Served(_through(env, plan, server.submit), server.iteration)


def walk(plan: list[Arrival]) -> Served:
    """One event for each iteration, which goes through the whole batch: the textbook's edge."""
    env = simpy.Environment()
    server = BatchingEdge(env, MACHINE, LAW, _nothing)
    requests = _through(env, plan, server.submit)
    return Served([request.times_s for request in requests], server.iterations)


def cost_s(server: Callable[[list[Arrival]], Served], plan: list[Arrival]) -> float:
    """CPU time for a job. Nobody makes cycles, so nobody pays for looking for them."""
    gc.disable()
    try:
        return cpu_s(lambda: server(plan)) / len(plan)
    finally:
        gc.enable()


def _through(env: simpy.Environment, plan: list[Arrival], submit: Callable[[Job], simpy.Event]) -> list[Any]:
    """Send the jobs; what their events succeed with."""
    events = []

    def come() -> Generator[simpy.Event, Any, None]:
        for at_s, job in plan:
            yield env.timeout(at_s - env.now)
            events.append(submit(job))

    env.process(come())
    env.run()
    return [event.value for event in events]


def _nothing(*change: Any) -> None:
    """Write nothing down."""
