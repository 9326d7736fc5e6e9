"""Random waypoint: walk straight to a random place, rest, walk to the next (Johnson and Maltz 1996)."""

import math

import numpy as np
from numpy.typing import NDArray
from pydantic import NonNegativeFloat, PositiveFloat
from pydantic.dataclasses import dataclass

from channels import STRICT, Floats
from channels.mobility import Positions
from channels.parts.track import Block, State, Track, in_disc

_LEGS = 128
"""Legs in a block."""

_TRIES = 64
"""First legs tried at once; that none is taken has odds of 1e-17."""

MEAN_LEG = 128.0 / (45.0 * math.pi)
"""Mean distance of two random places in a disc, in radii."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class RandomWaypoint:
    """Waypoints even over the disc, a speed for each leg even between two bounds, one time of rest.

    Stationary from the start: the first leg, the place on it, its speed and the rest follow the law of the
    long run (Navidi and Camp, IEEE Trans. Mobile Comput. 3(1), 2004). Begun at a waypoint, users would slow
    down for hours, and without end for speeds down to 0 (Yoon et al., INFOCOM 2003).
    They are more often near the base station than at the rim: paths cross there. Left out: streets, walls.
    """

    slowest_m_per_s: PositiveFloat
    """Slowest speed of a leg [m/s]."""

    fastest_m_per_s: PositiveFloat
    """Fastest speed of a leg [m/s]."""

    rest_s: NonNegativeFloat
    """Time at each waypoint [s]."""

    def __post_init__(self) -> None:
        if self.slowest_m_per_s > self.fastest_m_per_s:
            raise ValueError(
                f"slowest_m_per_s ({self.slowest_m_per_s:g}) must be at most"
                f" fastest_m_per_s ({self.fastest_m_per_s:g})"
            )

    def check(self, radius_m: float) -> None:
        """Legs fit into any disc."""

    def draw(self, rng: np.random.Generator, radius_m: float) -> Track:
        """One user's way."""
        walk = _Walk(self, rng.integers(2**64, size=2, dtype=np.uint64), radius_m)
        return Track(State(0.0, 0j, 0j), walk)

    def mean_walk_s(self, radius_m: float) -> float:
        """Mean time of a leg [s]: mean length times the mean of 1 / speed."""
        ratio = self.fastest_m_per_s / self.slowest_m_per_s
        span = self.fastest_m_per_s - self.slowest_m_per_s
        per_speed = math.log(ratio) / span if ratio > 1.0 + 1e-9 else 1.0 / self.slowest_m_per_s
        return MEAN_LEG * radius_m * per_speed


class _Walk:
    """The blocks of one user."""

    __slots__ = ("_key", "_law", "_radius_m")

    def __init__(self, law: RandomWaypoint, key: NDArray[np.uint64], radius_m: float) -> None:
        self._law, self._key, self._radius_m = law, key, radius_m

    def _luck(self, number: int, shape: tuple[int, ...]) -> Floats:
        return np.random.Generator(np.random.Philox(key=self._key, counter=number << 64)).random(shape)

    def __call__(self, number: int, state: State) -> Block:
        """A block of legs; the first one begins in the middle of a leg, or of a rest."""
        if number:
            return self._legs(number, np.array([state.at_s]), np.array([state.place]))
        return self._legs(0, *self._begin())

    def _legs(self, number: int, times_s: Floats, places: Positions) -> Block:
        """Legs from the last of the places, where the rest is over, to new waypoints."""
        law, luck = self._law, self._luck(number, (3, _LEGS))
        stops = np.append(places[-1:], in_disc(luck[:2], self._radius_m))
        speeds = law.slowest_m_per_s + (law.fastest_m_per_s - law.slowest_m_per_s) * luck[2]
        spans_s = np.full((_LEGS, 2), law.rest_s)
        spans_s[:, 0] = np.abs(np.diff(stops)) / speeds
        ends_s = times_s[-1] + np.add.accumulate(spans_s.ravel())
        ends, goals = (ends_s, stops[1:].repeat(2)) if law.rest_s else (ends_s[::2], stops[1:])
        return Block(np.append(times_s, ends), np.append(places, goals))

    def _begin(self) -> tuple[Floats, Positions]:
        """The rest of the first leg, and the rest after it."""
        law, luck = self._law, self._luck(2**64, (8,))
        resting = law.rest_s / (law.rest_s + law.mean_walk_s(self._radius_m))
        if luck[0] < resting:
            place = in_disc(luck[1:3], self._radius_m).item()
            return np.array([0.0, law.rest_s * (1.0 - luck[3])]), np.array([place, place])
        # A leg is met with odds in proportion to its time: its length, and 1 / speed.
        start, goal = self._first_leg()
        place = start + (goal - start) * luck[1]
        speed = law.slowest_m_per_s * (law.fastest_m_per_s / law.slowest_m_per_s) ** luck[2]
        there_s = abs(goal - place) / speed
        times_s, places = np.array([0.0, there_s, there_s + law.rest_s]), np.array([place, goal, goal])
        return (times_s, places) if law.rest_s else (times_s[:2], places[:2])

    def _first_leg(self) -> tuple[complex, complex]:
        """A leg with odds in proportion to its length, by rejection."""
        for attempt in range(1, 1000):
            luck = self._luck(2**64 + attempt, (5, _TRIES))
            starts, goals = in_disc(luck[:2], self._radius_m), in_disc(luck[2:4], self._radius_m)
            taken = luck[4] * 2.0 * self._radius_m < np.abs(goals - starts)
            if taken.any():
                first = int(taken.argmax())
                return starts.item(first), goals.item(first)
        raise AssertionError("a generator that never yields")
