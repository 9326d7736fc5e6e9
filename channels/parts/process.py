"""Random functions of time that are constant between borders: what a rate is made of."""

import math
from typing import Protocol

import numpy as np

from channels import Floats, Steps


class Process(Protocol):
    """A random function of time, already drawn: a fading power, a mean SNR, a gate that is 1 or 0."""

    @property
    def grid_s(self) -> float:
        """Windows begin at, and last for, whole multiples of this power of two [s]; 0 if any will do."""

    @property
    def peak(self) -> float:
        """A value that is never exceeded."""

    def during(self, start_s: float, duration_s: float) -> Steps:
        """What it does in a window; any order, same answer. `start_s` may be below 0."""


class Level:
    """A process that never changes."""

    __slots__ = ("peak",)
    grid_s = 0.0

    def __init__(self, value: float) -> None:
        self.peak = value

    def during(self, start_s: float, duration_s: float) -> Steps:
        """One piece."""
        return Steps(np.array([0.0, duration_s]), np.array([self.peak]))


class _Times:
    """A process times a constant."""

    __slots__ = ("_factor", "_process", "grid_s", "peak")

    def __init__(self, process: Process, factor: float) -> None:
        self._process, self._factor = process, factor
        self.grid_s, self.peak = process.grid_s, process.peak * factor

    def during(self, start_s: float, duration_s: float) -> Steps:
        """The pieces of the process."""
        offsets_s, values = self._process.during(start_s, duration_s)
        return Steps(offsets_s, values * self._factor)


class _Product:
    """Two independent processes, multiplied."""

    __slots__ = ("_one", "_other", "grid_s", "peak")

    def __init__(self, one: Process, other: Process) -> None:
        self._one, self._other = one, other
        self.grid_s, self.peak = max(one.grid_s, other.grid_s), one.peak * other.peak

    def during(self, start_s: float, duration_s: float) -> Steps:
        """The pieces of both."""
        offsets_s, one, other = aligned(
            self._one.during(start_s, duration_s), self._other.during(start_s, duration_s)
        )
        return Steps(offsets_s, one * other)


class Delayed:
    """A process as it was `delay_s` ago: what a report tells that takes so long."""

    __slots__ = ("_delay_s", "_process", "grid_s", "peak")

    def __init__(self, process: Process, delay_s: float) -> None:
        self._process, self._delay_s = process, delay_s
        self.grid_s, self.peak = process.grid_s, process.peak

    def during(self, start_s: float, duration_s: float) -> Steps:
        """The pieces of the process, later."""
        back_s = math.ceil(self._delay_s / self.grid_s) * self.grid_s if self.grid_s else self._delay_s
        before_s = back_s - self._delay_s
        whole = self._process.during(start_s - back_s, duration_s + back_s)
        return clipped(whole, before_s, before_s + duration_s)


def times(process: Process, factor: float) -> Process:
    """A process times a constant."""
    return Level(process.peak * factor) if isinstance(process, Level) else _Times(process, factor)


def product(one: Process, other: Process) -> Process:
    """Two processes, multiplied."""
    if isinstance(one, Level):
        return times(other, one.peak)
    return times(one, other.peak) if isinstance(other, Level) else _Product(one, other)


def clipped(steps: Steps, begin_s: float, end_s: float) -> Steps:
    """The pieces between two offsets of a stretch."""
    offsets_s, values = steps
    first = int(offsets_s.searchsorted(begin_s, "right")) - 1
    last = max(int(offsets_s.searchsorted(end_s, "left")), first + 1)
    inner = offsets_s[first : last + 1] - begin_s
    inner[0], inner[-1] = 0.0, end_s - begin_s
    return Steps(inner, values[first:last])


def aligned(one: Steps, other: Steps) -> tuple[Floats, Floats, Floats]:
    """Common borders of two descriptions of the same stretch, and the values of both between them."""
    if len(other.values) == 1 or one.offsets_s is other.offsets_s:
        return one.offsets_s, one.values, other.values
    if len(one.values) == 1:
        return other.offsets_s, one.values, other.values
    end_s = one.offsets_s[-1]
    starts_s = np.concatenate([one.offsets_s[:-1], other.offsets_s[1:-1]])
    starts_s.sort(kind="stable")  # two rising runs: a merge
    starts_s = starts_s[: starts_s.searchsorted(end_s)]  # both end there, but for rounding
    first = one.values[one.offsets_s[:-1].searchsorted(starts_s, "right") - 1]
    second = other.values[other.offsets_s[:-1].searchsorted(starts_s, "right") - 1]
    return np.append(starts_s, end_s), first, second
