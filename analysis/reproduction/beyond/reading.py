"""Figures of the points beyond the paper, and what their intervals say."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

from analysis.logs import Unreadable

Results = dict[str, Any]
"""`results.json`: `about`, and `points` by name."""


class Figure(NamedTuple):
    """A value and its interval of 95 %; ends are None where there is none."""

    value: float
    low: float | None
    high: float | None

    @property
    def sign(self) -> int:
        """1 or -1 where the whole interval is on one side of 0, else 0: it may be nothing."""
        low, high = (self.value if end is None else end for end in (self.low, self.high))
        return 1 if low > 0 else -1 if high < 0 else 0

    @property
    def turned(self) -> "Figure":
        """The other way round."""
        return Figure(-self.value, *(None if end is None else -end for end in (self.high, self.low)))

    @property
    def half(self) -> float:
        """Half of the interval; 0 without one."""
        return 0.0 if self.low is None or self.high is None else (self.high - self.low) / 2.0


def measured(results: Results, prefix: str) -> dict[str, Any]:
    """What was measured at the points that begin so, by the rest of their name, in the file's order."""
    return {
        name.removeprefix(prefix): point["measured"]
        for name, point in results["points"].items()
        if name.startswith(prefix)
    }


def figure(found: Any, *path: str) -> Figure:
    """A figure down the keys of `path`. Raises `Unreadable` where there is none."""
    inner = found
    for key in path:
        if not isinstance(inner, dict) or key not in inner:
            raise Unreadable(f"the results lack {'/'.join(path)}: make them anew")
        inner = inner[key]
    return Figure(float(inner["value"]), inner["low"], inner["high"])


def by_load(results: Results, hardware: str) -> list[tuple[float, Any]]:
    """The points of one hardware, lightest first."""
    found = measured(results, f"beyond/load/{hardware}/")
    return sorted((float(load), point) for load, point in found.items())


def machines(results: Results) -> list[str]:
    """The hardware that was loaded, in the file's order."""
    return list(dict.fromkeys(name.split("/")[0] for name in measured(results, "beyond/load/")))


class Flip(NamedTuple):
    """Where an effect changes its sign."""

    below: float
    """The last measured load before."""
    above: float
    """The next one."""
    at: float
    """Between them, by a straight line."""
    falls: bool
    """Whether the paper's direction is lost there; else it is won."""


def flips(loads: list[float], effects: list[Figure]) -> Iterator[Flip]:
    """Every change of sign from one measured load to the next."""
    pairs = list(zip(loads, effects, strict=True))
    for (below, one), (above, other) in pairwise(pairs):
        if (one.value > 0) != (other.value > 0):
            part = one.value / (one.value - other.value)
            yield Flip(below, above, below + part * (above - below), one.value > 0)
