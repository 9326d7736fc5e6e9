"""Endless ways in the plane, with random access in time."""

from bisect import bisect_right
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from channels import Floats
from channels.mobility import Positions

KEPT = 2
"""Blocks remembered per user; of the others only where and how they begin."""


class State(NamedTuple):
    """How a block begins."""

    at_s: float
    place: complex
    velocity: complex
    """[m/s]; only for who needs it."""


class Block(NamedTuple):
    """A stretch of the way: straight lines, each at constant speed."""

    times_s: Floats
    """The n + 1 instants at which a line begins or ends; they rise."""
    places: Positions
    """Where the user is then."""
    velocity: complex = 0j
    """What `State.velocity` of the next block is to be."""


class Track:
    """A `channels.mobility.Path` made of numbered blocks, each of which begins where the last one ended.

    To know where a block begins, those before it are walked once; then three numbers of each are kept. So an
    instant may be asked for in any order, and the answer never depends on what was asked before.
    """

    __slots__ = ("_begins_s", "_block", "_states", "_walk")

    def __init__(self, start: State, walk: Callable[[int, State], Block]) -> None:
        """`walk` tells a block from its number and its beginning, without any luck but that of its number."""
        self._walk = walk
        self._begins_s, self._states = [start.at_s], [start]
        self._block = lru_cache(maxsize=KEPT)(self._built)

    def _built(self, number: int) -> Block:
        found = self._walk(number, self._states[number])
        if number + 1 == len(self._states):
            end_s = found.times_s.item(-1)
            self._begins_s.append(end_s)
            self._states.append(State(end_s, found.places.item(-1), found.velocity))
        return found

    def _holding(self, at_s: float) -> Block:
        while self._begins_s[-1] <= at_s:
            self._block(len(self._begins_s) - 1)
        return self._block(bisect_right(self._begins_s, at_s) - 1)

    def at(self, at_s: Floats) -> Positions:
        """Where the user is at these instants [s], which never fall and are at least 0."""
        places = np.empty((len(at_s), 2))
        done = 0
        while done < len(at_s):
            times_s, nodes, _ = self._holding(at_s.item(done))
            until = int(at_s.searchsorted(times_s[-1], "left"))
            now_s, ends = at_s[done:until], nodes.view(np.float64).reshape(-1, 2)
            line = times_s.searchsorted(now_s, "right") - 1
            share = (now_s - times_s[line]) / (times_s[line + 1] - times_s[line])
            # Coordinate by coordinate: a complex product may round differently in a longer array.
            places[done:until] = ends[line] + (ends[line + 1] - ends[line]) * share[:, None]
            done = until
        return places.view(np.complex128)[:, 0]


class Place:
    """A `channels.mobility.Path` of one who never moves."""

    __slots__ = ("_place",)

    def __init__(self, place: complex) -> None:
        self._place = place

    def at(self, at_s: Floats) -> Positions:
        """Always there."""
        return np.full(len(at_s), self._place)


def in_disc(luck: Floats, radius_m: float) -> Positions:
    """Places spread evenly over a disc, from two rows of numbers that are uniform on [0, 1)."""
    places: Positions = radius_m * np.sqrt(luck[0]) * np.exp(2j * np.pi * luck[1])
    return places
