"""Gauss-Markov motion: a velocity that forgets slowly (Liang and Haas, INFOCOM 1999)."""

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from pydantic import PositiveFloat
from pydantic.dataclasses import dataclass

from channels import STRICT, Floats
from channels.mobility import Positions
from channels.parts.billiard import bounced
from channels.parts.track import Block, State, Track, in_disc

_ROWS, _ROW = 16, 32
"""Steps in a block."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class GaussMarkov:
    """v' = a v + sqrt(1 - a^2) w in every step, a = exp(-step / memory), w normal, alike in all directions.

    At the rim of the disc users bounce like a ball: the angle of reflection is that of incidence, and the
    velocity goes on from there. So places are even over the disc, and speeds follow Rayleigh's law, at any
    instant. Left out: a mean velocity, which would pile users up at the rim.
    """

    mean_speed_m_per_s: PositiveFloat
    """Mean of the speed [m/s]."""

    memory_s: PositiveFloat
    """Time over which the velocity decorrelates to 1/e [s]."""

    step_s: PositiveFloat
    """Time at constant velocity [s]."""

    @property
    def fastest_m_per_s(self) -> float:
        """Four times the mean: Rayleigh's law exceeds it with odds of 3e-6."""
        return 4.0 * self.mean_speed_m_per_s

    def check(self, radius_m: float) -> None:
        """Raises ValueError where a step may cross the whole disc."""
        longest_s = radius_m / self.fastest_m_per_s
        if self.step_s > longest_s:
            raise ValueError(
                f"mobility.step_s ({self.step_s:g}) must be at most {longest_s:.3g}, radius_m / 4 mean speeds"
            )

    def draw(self, rng: np.random.Generator, radius_m: float) -> Track:
        """One user's way."""
        walk = _Walk(self, rng.integers(2**64, size=2, dtype=np.uint64), radius_m)
        return Track(walk.begin(), walk)


class _Filter:
    """The recursion of the velocity, a block at once: rows of steps first, then from row to row."""

    __slots__ = ("_across", "_left", "_within")

    def __init__(self, decay: float) -> None:
        self._within = _memory(decay, _ROW) * math.sqrt(1.0 - decay * decay)
        self._across = _memory(decay**_ROW, _ROWS)
        self._left = (decay ** np.arange(1.0, _ROW + 1.0))[:, None]

    def velocities(self, news: Floats, before: complex) -> Positions:
        """From independent normal numbers, x and y in two columns, and the last velocity."""
        rows = self._within @ news.reshape(_ROWS, _ROW, 2)
        # What each row leaves to the next one, and the last velocity to the first.
        heirs = self._across @ np.vstack([[[before.real, before.imag]], rows[:-1, -1]])
        rows += heirs[:, None] * self._left
        velocities: Positions = rows.reshape(-1, 2).view(np.complex128)[:, 0]
        return velocities


def _memory(decay: float, steps: int) -> Floats:
    """How much of each step is left in each later one."""
    lags = np.arange(steps)
    return np.tril(decay ** np.abs(lags[:, None] - lags))


_filter = lru_cache(maxsize=16)(_Filter)


class _Walk:
    """The blocks of one user."""

    __slots__ = ("_filter", "_key", "_radius_m", "_sd", "_step_s")

    def __init__(self, law: GaussMarkov, key: NDArray[np.uint64], radius_m: float) -> None:
        self._key, self._radius_m, self._step_s = key, radius_m, law.step_s
        self._sd = law.mean_speed_m_per_s / math.sqrt(math.pi / 2.0)
        self._filter = _filter(math.exp(-law.step_s / law.memory_s))

    def _luck(self, counter: int) -> np.random.Generator:
        return np.random.Generator(np.random.Philox(key=self._key, counter=counter))

    def begin(self) -> State:
        """Anywhere, at any velocity."""
        luck = self._luck(1 << 128)
        place = in_disc(luck.random(2), self._radius_m).item()
        return State(0.0, place, complex(*luck.normal(0.0, self._sd, 2).tolist()))

    def __call__(self, number: int, state: State) -> Block:
        """A block of steps, from the velocity of the last one."""
        news = self._luck(number << 64).normal(0.0, self._sd, (_ROWS * _ROW, 2))
        velocities = self._filter.velocities(news, state.velocity)
        return bounced(velocities, state, self._step_s, self._radius_m)
