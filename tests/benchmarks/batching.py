"""What jumping from change to change of a batch gains over an event for every iteration."""

import json
import subprocess
import sys
from functools import partial

from simulator.clock import Clock
from simulator.schedulers import Job
from simulator.schedulers.continuous import Continuous
from tests.benchmarks.measure import Figure, Goal, cpu_s, ratios
from tests.benchmarks.processes import ROOT, TURNS_PER_S
from tests.benchmarks.runs import cpu_of_run_s, scenario, textbook
from tests.benchmarks.servers import LAW, MACHINE, arrivals, cost_s, count, jump, walk
from workloads import Answer, Turn

EDGE = ("edge=gpu", "scheduler=continuous", "kv_cache=keep_all", "policy=always_edge")
"""A 32B model on one H100 whose memory is small enough for sessions to lose their caches."""
LONG_EDGE = (*EDGE, "edge.gpus=2", "edge.window_tokens=32768", "arrivals.sessions_per_s=5.0e-5")
"""Replies ten times as long need more memory, and come a tenth as often: batches of about 3 in both."""


def jumping(rounds: int) -> list[Figure]:
    """The server alone, batches of at most 8: an event for every iteration over jumps."""
    figures = []
    for tokens, jobs, goal in (
        (136, 2000, Goal("")),
        (460, 1500, Goal(">=", 10)),
        (4568, 400, Goal(">=", 100)),
    ):
        plan = arrivals(tokens, jobs)
        iterations = count(plan).iterations / jobs
        jumped = partial(cost_s, jump, plan)
        walked = ratios(partial(cost_s, walk, plan), jumped, rounds)
        counted = ratios(partial(cost_s, count, plan), jumped, rounds)
        figures += [
            Figure(
                f"walking the batch in every iteration over jumps, {tokens:,} tokens",
                goal,
                walked,
                f"batch of at most 8, {iterations:.0f} iterations a job",
            ),
            Figure(
                f"counting every iteration over jumps, {tokens:,} tokens",
                Goal(""),
                counted,
                "touches no job that goes on; without order, prefixes and preemption",
            ),
        ]
    return figures


def by_length(rounds: int, jobs: int = 4000) -> list[Figure]:
    """Whether a job of 4,568 tokens costs what one of 136 does."""
    short, long = arrivals(136, jobs), arrivals(4568, jobs)
    values = ratios(lambda: cost_s(jump, long), lambda: cost_s(jump, short), rounds)
    return [Figure("CPU per job, 4,568 tokens over 136, batch 8", Goal("<=", 1.3), values)]


def peeking(rounds: int) -> list[Figure]:
    """Whether a look at 128 running jobs costs what one at 8 does."""
    values = ratios(lambda: _peek_s(128), lambda: _peek_s(8), rounds)
    name = "CPU of a look at the batch, 128 running jobs over 8"
    return [Figure(name, Goal(""), values, f"{1e6 * _peek_s(128):.1f} us each")]


def _peek_s(jobs: int, looks: int = 20_000) -> float:
    clock, nothing = Clock(), lambda *change: None
    law = Continuous(max_num_seqs=256, max_num_batched_tokens=2048, order=LAW.order, eviction=LAW.eviction)
    server = law.open(clock, MACHINE, "edge", nothing)
    for user in range(jobs):
        answer = Answer(5000.0, 0.0)
        server.submit(Job(Turn(user, 0, 0, 0.0, 100.0, answer, answer, 0.0, ""), 0.0, 0.0, 100.0, 5000.0))
    clock.advance(60.0, 1_000_000)
    assert server.peek().running == jobs

    def look() -> None:
        for _ in range(looks):
            server.peek()

    return cpu_s(look) / looks


def batching_textbook(rounds: int) -> list[Figure]:
    """MT-Bench-101 by the textbook, an event for every iteration, over the simulator; all logs on disk."""
    figures = []
    for tokens, overrides, goal in (
        (460, (*EDGE, "horizon_s=60000"), Goal(">=", 8)),
        (4568, (*LONG_EDGE, "horizon_s=150000"), Goal(">=", 40)),
    ):
        of = scenario(*overrides, f"workload.edge_tokens={tokens}")
        name = f"textbook SimPy over simulator, batching, {tokens:,} tokens"
        values = ratios(partial(cpu_s, partial(textbook, of)), partial(cpu_of_run_s, of), rounds)
        figures.append(Figure(name, goal, values, "caches are lost for want of memory"))
    return figures


def batching_memory(rounds: int, quick: bool) -> list[Figure]:
    """Whether a batching edge that evicts needs more memory for a longer run.

    The first 65,536 turns do, for the summary keeps their rows.
    """
    few, many = (10_000, 100_000) if quick else (100_000, 300_000)
    growth = [_peak_mb(many) - _peak_mb(few) for _ in range(rounds)]
    name = f"growth of peak memory, batching, {few:,} to {many:,} turns [MB]"
    return [Figure(name, Goal("") if quick else Goal("<", 10), growth)]


def _peak_mb(turns: int) -> float:
    command = [sys.executable, "-m", "tests.benchmarks.one_run"]
    command += [*EDGE, "workload.edge_tokens=460", f"horizon_s={turns / TURNS_PER_S:.0f}"]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    return float(json.loads(done.stdout)["peak_mb"])
