"""What only a fresh process can tell: memory, long runs, start-up."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.benchmarks.measure import Figure, Goal, ratios, wall_s
from tests.benchmarks.runs import MIXED

ROOT = Path(__file__).resolve().parents[2]
TURNS_PER_S = 100 * 0.0005 * 3.0
"""Of the default 100 users, with three turns a session on average."""


def long_runs(rounds: int, quick: bool) -> list[Figure]:
    """Whether a turn costs as much, and no more memory, however long the run."""
    short, middle, long = (10_000, 10_000, 100_000) if quick else (10_000, 100_000, 1_000_000)
    speed, growth = [], []
    for _ in range(rounds):
        costs = {turns: _one_run(turns) for turns in {short, middle, long}}
        speed.append(
            costs[long]["cpu_s"] / costs[long]["turns"] / costs[short]["cpu_s"] * costs[short]["turns"]
        )
        growth.append(costs[long]["peak_mb"] - costs[middle]["peak_mb"])
    aside = "quick: 10 times shorter than the goal asks" if quick else ""
    return [
        Figure(f"CPU per turn, {long:,} turns over {short:,}", Goal("<=", 1.1), speed, aside),
        Figure(f"growth of peak memory, {middle:,} to {long:,} turns [MB]", Goal("<", 10), growth, aside),
    ]


def _one_run(turns: int) -> dict[str, Any]:
    overrides = [*MIXED, f"horizon_s={turns / TURNS_PER_S:.0f}"]
    command = [sys.executable, "-m", "tests.benchmarks.one_run", *overrides]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    costs: dict[str, Any] = json.loads(done.stdout)
    return costs


def start_up(rounds: int) -> list[Figure]:
    """Time on the wall before anything useful happens."""
    with TemporaryDirectory() as folder:

        def python(*arguments: str) -> float:
            return wall_s(lambda: _quietly(folder, arguments))

        run = ("-m", "simulator", "users=1", "horizon_s=600")
        python(*run)  # once, for the bytecode
        smallest = ratios(lambda: python(*run), lambda: python("-c", "import simpy, numpy, hydra"), rounds)
        usage = ratios(lambda: python("-m", "simulator", "--help"), lambda: python("-c", ""), rounds)
    return [
        Figure("smallest run over import simpy, numpy, hydra (wall)", Goal("<=", 1.5), smallest),
        Figure("--help over bare Python (wall)", Goal(""), usage),
    ]


def _quietly(folder: str, arguments: Sequence[str]) -> None:
    subprocess.run([sys.executable, *arguments], cwd=folder, check=True, capture_output=True)
