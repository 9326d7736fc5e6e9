"""The difference between two curves over a grid: where it is surely above 0, and where below."""

from collections.abc import Iterable
from itertools import groupby
from math import isnan
from typing import NamedTuple

from analysis.reproduction import units
from analysis.reproduction.results import Measure, Results
from analysis.reproduction.rows import joined
from analysis.reproduction.verdicts import side


class Tally(NamedTuple):
    """The points of a grid, counted."""

    points: int
    above: int
    below: int
    mean: float
    stretches: tuple[tuple[int, float, float], ...]
    """The side of 0, and from which point of the grid to which it is surely there without a break."""

    @classmethod
    def of(cls, measures: Iterable[tuple[float, Measure | None]]) -> "Tally":
        """Count them; a difference that is not known counts nowhere."""
        every = [(at, one) for at, one in measures if one is not None]
        sides = [side(one) for _, one in every]
        mean = sum(one.value for _, one in every) / max(1, len(every))
        runs = groupby(zip(every, sides, strict=True), key=lambda item: item[1])
        stretches = tuple((where, own[0][0][0], own[-1][0][0]) for where, run in runs if (own := list(run)))
        return cls(len(every), sides.count(1), sides.count(-1), mean, stretches)

    def told(self, above: str, below: str) -> str:
        """As the page says it."""
        over, under = (100 * count / max(1, self.points) for count in (self.above, self.below))
        return f"surely {above} at {over:.0f} % of the range, surely {below} at {under:.0f} %"

    def mean_told(self, unit: str) -> str:
        """The mean over the grid."""
        return f"mean {units.signed(self.mean, unit)}"

    def where(self, wanted: int, unit: str) -> str:
        """At which points of the grid it is surely above 0 (1) or below (-1)."""
        told = []
        for ends in (ends for found, *ends in self.stretches if found == wanted):
            low, high = (units.number(end, unit) for end in ends)
            told.append((low if low == high else f"{low} to {high}") + units.SUFFIX[unit])
        return f"at {joined(told)}"


def band(results: Results, point: str, *path: str) -> list[Measure | None]:
    """A difference over a grid, None where it is not known."""
    every = zip(*(results.column(point, *path, key) for key in ("value", "low", "high")), strict=True)
    return [None if any(map(isnan, ends)) else Measure(*ends) for ends in every]
