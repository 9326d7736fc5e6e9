"""What jumping from change to change of a batch gains over an event for every iteration."""

import json
import subprocess
import sys

from simulator.clock import Clock
from simulator.schedulers import Job
from simulator.schedulers.continuous import Continuous
from tests.benchmarks.measure import Figure, Goal, cpu_s, ratios
from tests.benchmarks.processes import ROOT
from tests.benchmarks.runs import cpu_of_run_s, scenario, textbook
from tests.benchmarks.servers import LAW, MACHINE, arrivals, cost_s, count, jump, walk
from workloads import Answer, Turn

EDGE = ("edge=gpu", "scheduler=continuous", "kv_cache=keep_all", "policy=always_edge")
"""A 32B model on one H100 whose memory is small enough for sessions to lose their caches."""
LONG_EDGE = (*EDGE, "edge.gpus=4", "edge.window_tokens=65536")
"""The same for replies ten times as long."""
TURNS_PER_S = 100 * 0.0005 * 3.0
"""Of the default 100 users, with three turns a session on average."""


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
        walked = ratios(lambda: cost_s(walk, plan), lambda: cost_s(jump, plan), rounds)
        counted = ratios(lambda: cost_s(count, plan), lambda: cost_s(jump, plan), rounds)
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
    """MT-Bench-101 by the textbook with an event for every iteration, over the simulator, all logs on disk."""
    figures = []
    for tokens, edge, turns, goal in (
        (460, EDGE, 2500, Goal(">=", 8)),
        (4568, LONG_EDGE, 600, Goal(">=", 40)),
    ):
        of = scenario(*edge, f"workload.edge_tokens={tokens}", f"horizon_s={turns / TURNS_PER_S:.0f}")
        values = ratios(lambda: cpu_s(lambda: textbook(of)), lambda: cpu_of_run_s(of), rounds)
        name = f"textbook SimPy over simulator, batching, {tokens:,} tokens"
        figures.append(Figure(name, goal, values, f"about {turns:,} turns"))
    return figures


def batching_memory(rounds: int) -> list[Figure]:
    """Whether a batching edge that evicts needs more memory for a longer run."""
    growth = [_peak_mb(100_000) - _peak_mb(10_000) for _ in range(rounds)]
    return [Figure("growth of peak memory, batching, 10,000 to 100,000 turns [MB]", Goal("<", 10), growth)]


def _peak_mb(turns: int) -> float:
    command = [
        sys.executable,
        "-m",
        "tests.benchmarks.one_run",
        *EDGE,
        f"horizon_s={turns / TURNS_PER_S:.0f}",
    ]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    return float(json.loads(done.stdout)["peak_mb"])
