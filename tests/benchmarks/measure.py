"""Ratios for a noisy machine: both sides interleaved, the median of the ratios of all rounds."""

import gc
from collections.abc import Callable
from statistics import median
from time import perf_counter, process_time
from typing import NamedTuple

Side = Callable[[], float]
"""Does something once and returns what it cost, in any unit."""


class Goal(NamedTuple):
    """What a figure should be; `sign` is "<=", "<", ">=" or "" where there is nothing to reach."""

    sign: str
    limit: float = 0.0

    def met(self, value: float) -> bool | None:
        """Whether `value` reaches it; None where there is nothing to reach."""
        verdicts = {"<=": value <= self.limit, "<": value < self.limit, ">=": value >= self.limit}
        return verdicts.get(self.sign)

    def __str__(self) -> str:
        return f"{self.sign} {self.limit:g}" if self.sign else "-"


class Figure(NamedTuple):
    """One line of the table."""

    name: str
    goal: Goal
    values: list[float]
    note: str = ""

    @property
    def value(self) -> float:
        """The median of all rounds."""
        return median(self.values)

    @property
    def verdict(self) -> str:
        """pass, miss, or nothing."""
        return {True: "pass", False: "MISS", None: ""}[self.goal.met(self.value)]


def ratios(above: Side, below: Side, rounds: int) -> list[float]:
    """`above` over `below`, round by round; who goes first changes from round to round."""
    found = []
    for number in range(rounds):
        if number % 2:
            bottom, top = below(), above()
        else:
            top, bottom = above(), below()
        found.append(top / bottom)
    return found


def cpu_s(work: Callable[[], object]) -> float:
    """CPU time of `work`, all threads together; what it returns is thrown away after the clock stops."""
    gc.collect()
    began_s = process_time()
    kept = work()
    took_s = process_time() - began_s
    del kept
    return took_s


def wall_s(work: Callable[[], object]) -> float:
    """Time on the wall that `work` takes."""
    began_s = perf_counter()
    work()
    return perf_counter() - began_s
