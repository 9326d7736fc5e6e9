"""Measured points on a grid, and straight lines between them."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from math import prod
from typing import Any, NamedTuple

import numpy as np

Point = tuple[int, ...]


class Grid(NamedTuple):
    """A value for every combination of knots."""

    axes: tuple[list[int], ...]
    """Knots of every axis, ascending, at least two."""
    values: Any
    """Nested lists of floats, the first axis outermost."""


def place(knots: Sequence[int], at: float) -> tuple[int, float]:
    """Between which knots a place lies (the number of the lower one), and how far: 0 to 1.

    Outside of the knots it is the nearest interval, below 0 or above 1.
    """
    lower = min(max(bisect_right(knots, at) - 1, 0), len(knots) - 2)
    knot = knots[lower]
    return lower, (at - knot) / (knots[lower + 1] - knot)


def grid(points: Mapping[Point, float], columns: Sequence[str]) -> Grid:
    """The grid that these points fill. `columns` name the axes, for errors.

    Raises ValueError where an axis has fewer than two knots, or a point is missing.
    """
    axes = tuple(sorted({point[axis] for point in points}) for axis in range(len(columns)))
    for column, knots in zip(columns, axes, strict=True):
        if len(knots) < 2:
            raise ValueError(f"needs at least two different values of {column}, but has {len(knots)}")
    if prod(map(len, axes)) > len(points):
        hole = next(point for point in product(*axes) if point not in points)
        told = ", ".join(f"{column}={at}" for column, at in zip(columns, hole, strict=True))
        raise ValueError(f"has no row with {told}; rows must form a full grid")
    values = np.array([points[point] for point in product(*axes)])
    return Grid(axes, values.reshape([len(knots) for knots in axes]).tolist())


def doublings(points: Iterable[Point]) -> set[Point]:
    """Those of the points whose numbers are all 0 or powers of two."""
    return {point for point in points if not any(number & (number - 1) for number in point)}
