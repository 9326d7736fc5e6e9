"""Rayleigh and Rician fading as a sum of sinusoids: a function of time, not a recursion.

y(t) = N^-1/2 sum_n exp j(2 pi f_d t cos a_n + p_n),  a_n = (2 pi n + theta_n) / N,
g(t) = (sqrt(K) exp j(2 pi f_d t cos theta_0 + p_0) + y(t)) / sqrt(1 + K),
every theta and p independent and uniform on (-pi, pi). Rayleigh fading is y, or g with K = 0.

Xiao, Zheng and Beaulieu, "Novel sum-of-sinusoids simulation models for Rayleigh and Rician fading
channels", IEEE Trans. Wireless Commun. 5(12), 2006. Over realisations the autocorrelation is J0(2 pi f_d t)
for every N and K, and E|y|^4 = 2 - 1/N instead of 2.

A first-order recursion with coefficient J0 at each slot is not used: its memory is far too long.
"""

import math
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from channels import Floats, Steps
from channels.parts.doppler import Doppler
from channels.parts.process import Level

WAVES = 32
"""N: the distribution of |y|^2 is within 0.004 of the exponential (Kolmogorov distance)."""

SLOTS = 64
"""Slots per chunk."""

_SIDE = 8
_TURN = 2.0**64
_RADIANS = 2j * math.pi / _TURN

_EVENLY: Floats = 2.0 * math.pi / WAVES * np.arange(1.0, WAVES + 1.0)
_EQUAL: Floats = np.full(WAVES, 1.0 / math.sqrt(WAVES))

Complexes = NDArray[np.complex128]
Turns = NDArray[np.int64]


class Waves(NamedTuple):
    """Plane waves that reach a moving phone, one of each for every wave."""

    angles: Floats
    """Between the wave and the motion [rad]."""
    phases: Floats
    """At time 0, in turns from -0.5 to 0.5."""
    amplitudes: Floats
    """Their squares sum to 1."""


class _Phasors(NamedTuple):
    """The sinusoids, ready for use: 9 kB, so nobody has them who sends nothing."""

    turns_per_chunk: Turns
    phases: Turns
    anchors: Complexes
    """How far each sinusoid turns in 0, 8, 16 ... 56 slots, one row each."""
    fine: Complexes
    """How far in 0.5, 1.5 ... 7.5 slots, one column each. With `anchors`, 16 instants do for 64."""


class Sinusoids:
    """Unit-power fading of one direction of one user.

    A `channels.parts.process.Process`: its power, in slots of `step_s`, each at its centre.
    Phases are integers in 2**-64 of a turn, as in a numerically controlled oscillator: they wrap without
    rounding, so a late instant is as precise as an early one.
    """

    __slots__ = ("_cycles_per_slot", "_phasors", "_waves", "grid_s", "peak", "step_s")

    def __init__(self, waves: Waves, doppler: Doppler) -> None:
        self.step_s = doppler.step_s
        self.grid_s = self.step_s * SLOTS
        self.peak = float(waves.amplitudes.sum()) ** 2 * (1.0 + 1e-12)
        self._cycles_per_slot = doppler.hz * doppler.step_s
        self._waves = waves
        self._phasors: _Phasors | None = None

    def _build(self) -> _Phasors:
        angles, phases, amplitudes = self._waves
        turns = _to_turns(np.cos(angles) * self._cycles_per_slot)
        anchors = _powers(1.0, _wave(turns * _SIDE))
        fine = _powers(_wave(turns * 0.5) * amplitudes, _wave(turns))
        return _Phasors(turns * SLOTS, _to_turns(phases), anchors, fine.T)

    def gains(self, first: int, count: int) -> Complexes:
        """g at the centres of the slots of chunks `first` to `first` + `count` - 1."""
        if self._phasors is None:
            self._phasors = self._build()
        turns_per_chunk, phases, anchors, fine = self._phasors
        gains: Complexes
        if count == 1:
            gains = (_wave(turns_per_chunk * first + phases) * anchors).dot(fine)
        else:
            chunks = np.arange(first, first + count, dtype=np.int64)[:, None, None]
            # A stack of small products, not a tall one: every chunk comes out the same to the last bit
            # however many are asked for, and no thread pool wakes up for it.
            gains = (_wave(chunks * turns_per_chunk + phases) * anchors) @ fine
        return gains.reshape(-1)

    def during(self, start_s: float, duration_s: float) -> Steps:
        """|g|^2 in the slots of a window of whole chunks."""
        first, count = int(start_s / self.grid_s), int(duration_s / self.grid_s)
        return Steps(grid(SLOTS * count, self.step_s), self.powers(first, count))

    def powers(self, first: int, count: int) -> Floats:
        """|g|^2 at the same instants."""
        gains = self.gains(first, count)
        real, imaginary = gains.real, gains.imag
        powers: Floats = real * real
        powers += imaginary * imaginary
        return powers


def scattered(rng: np.random.Generator) -> Waves:
    """`WAVES` waves of equal strength from all around: Rayleigh fading."""
    thetas, phases = rng.random((2, WAVES)) - 0.5
    return Waves((2.0 * math.pi / WAVES) * thetas + _EVENLY, phases, _EQUAL)


def faded(waves: Waves, doppler: Doppler) -> Sinusoids | Level:
    """The power of these waves to a phone that moves, or stands still."""
    if doppler.still:
        return Level(float(abs((waves.amplitudes * np.exp(2j * math.pi * waves.phases)).sum()) ** 2))
    return Sinusoids(waves, doppler)


def _long_grid(slots: int, step_s: float) -> Floats:
    return np.arange(slots + 1, dtype=np.float64) * step_s


_kept_grid = lru_cache(maxsize=64)(_long_grid)


def grid(slots: int, step_s: float) -> Floats:
    """The borders of equal slots."""
    return (_kept_grid if slots <= SLOTS else _long_grid)(slots, step_s)


def _to_turns(cycles: Floats) -> Turns:
    """Cycles from -0.5 to 0.5 as integers that wrap."""
    return np.rint(cycles * (_TURN * (1.0 - 2.0**-52))).astype(np.int64)


def _powers(first: Complexes | float, ratio: Complexes) -> Complexes:
    """first, first x ratio, first x ratio^2 ... in `_SIDE` rows."""
    rows = np.empty((_SIDE, len(ratio)), complex)
    rows[0], rows[1:] = first, ratio
    powers: Complexes = np.multiply.accumulate(rows, axis=0)
    return powers


def _wave(turns: Turns | NDArray[np.floating[Any]]) -> Complexes:
    """exp(j phase) of phases in 2**-64 of a turn."""
    wave: Complexes = np.exp(turns * _RADIANS)
    return wave
