"""The difference between two curves over a grid: where it is surely above 0, and where below."""

from collections.abc import Iterable
from math import isnan
from typing import NamedTuple

from analysis.reproduction import units
from analysis.reproduction.results import Measure, Results
from analysis.reproduction.verdicts import side


class Tally(NamedTuple):
    """The points of a grid, counted."""

    points: int
    above: int
    below: int
    mean: float
    lowest_below: float
    """The first of the grid where it is surely below 0; NaN where none is."""
    highest_below: float

    @classmethod
    def of(cls, measures: Iterable[tuple[float, Measure | None]]) -> "Tally":
        """Count them; a difference that is not known counts nowhere."""
        every = [(at, one) for at, one in measures if one is not None]
        sides = [side(one) for _, one in every]
        mean = sum(one.value for _, one in every) / max(1, len(every))
        below = [at for (at, _), where in zip(every, sides, strict=True) if where < 0]
        ends = (min(below), max(below)) if below else (float("nan"), float("nan"))
        return cls(len(every), sides.count(1), len(below), mean, *ends)

    def told(self, above: str, below: str) -> str:
        """As the page says it."""
        over, under = (100 * count / max(1, self.points) for count in (self.above, self.below))
        return f"surely {above} at {over:.0f} % of the range, surely {below} at {under:.0f} %"

    def mean_told(self, unit: str) -> str:
        """The mean over the grid."""
        return f"mean {units.signed(self.mean, unit)}"

    def where_below(self, unit: str) -> str:
        """Between which points of the grid it is surely below 0."""
        low, high = (units.number(end, unit) for end in (self.lowest_below, self.highest_below))
        return (
            f"between {low} and {high}{units.SUFFIX[unit]}"
            if low != high
            else f"at {low}{units.SUFFIX[unit]}"
        )


def band(results: Results, point: str, *path: str) -> list[Measure | None]:
    """A difference over a grid, None where it is not known."""
    every = zip(*(results.column(point, *path, key) for key in ("value", "low", "high")), strict=True)
    return [None if any(map(isnan, ends)) else Measure(*ends) for ends in every]
