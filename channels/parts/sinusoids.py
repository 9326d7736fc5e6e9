"""Rayleigh fading as a sum of sinusoids: a function of time, not a recursion.

g(t) = N^-1/2 sum_n exp j(2 pi f_d t cos a_n + p_n),  a_n = (2 pi n + theta_n) / N,
theta_n and p_n independent and uniform on (-pi, pi).

Xiao, Zheng and Beaulieu, "Novel sum-of-sinusoids simulation models for Rayleigh and Rician fading
channels", IEEE Trans. Wireless Commun. 5(12), 2006. Over realisations the autocorrelation is J0(2 pi f_d t)
for every N, and E|g|^4 = 2 - 1/N instead of 2.

A first-order recursion with coefficient J0 at each slot is not used: its memory is far too long.
"""

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from channels import Floats, Steps
from channels.parts.doppler import Doppler

WAVES = 32
"""N: the distribution of |g|^2 is within 0.004 of the exponential (Kolmogorov distance)."""

SLOTS = 64
"""Slots per chunk."""

_SIDE = 8
_TURN = 2.0**64

Complexes = NDArray[np.complex128]
Turns = NDArray[np.uint64]


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

    __slots__ = ("_cycles_per_slot", "_luck", "_phasors", "grid_s", "peak", "step_s")

    def __init__(self, luck: Floats, doppler: Doppler) -> None:
        """`luck` holds two rows, theta_n and p_n, in turns from -0.5 to 0.5."""
        self.step_s = doppler.step_s
        self.grid_s = self.step_s * SLOTS
        self.peak = float(luck.shape[1])
        self._cycles_per_slot = doppler.hz * doppler.step_s
        self._luck = luck
        self._phasors: _Phasors | None = None

    def _build(self) -> _Phasors:
        thetas, phases = self._luck
        waves = len(phases)
        arrivals = (2.0 * math.pi / waves) * (np.arange(1, waves + 1) + thetas)
        turns = _to_turns(np.cos(arrivals) * self._cycles_per_slot)
        anchors = _wave(np.outer(np.arange(_SIDE) * _SIDE, turns.view(np.int64)))
        fine = _wave(np.outer(np.arange(0.5, _SIDE), turns.view(np.int64)))
        return _Phasors(turns * np.uint64(SLOTS), _to_turns(phases), anchors, fine.T / math.sqrt(waves))

    def gains(self, first: int, count: int) -> Complexes:
        """g at the centres of the slots of chunks `first` to `first` + `count` - 1."""
        if self._phasors is None:
            self._phasors = self._build()
        turns_per_chunk, phases, anchors, fine = self._phasors
        chunks = np.arange(first, first + count, dtype=np.int64).view(np.uint64)[:, None]
        starts = _wave((chunks * turns_per_chunk + phases).view(np.int64))
        # A stack of small products, not a tall one: every chunk comes out the same to the last bit however
        # many are asked for, and no thread pool wakes up for it.
        return ((starts[:, None, :] * anchors) @ fine).reshape(-1)

    def during(self, start_s: float, duration_s: float) -> Steps:
        """|g|^2 in the slots of a window of whole chunks."""
        first, count = int(start_s / self.grid_s), int(duration_s / self.grid_s)
        return Steps(grid(SLOTS * count, self.step_s), self.powers(first, count))

    def powers(self, first: int, count: int) -> Floats:
        """|g|^2 at the same instants."""
        squares = self.gains(first, count).view(np.float64)
        squares *= squares
        powers: Floats = squares[::2] + squares[1::2]
        return powers


def _long_grid(slots: int, step_s: float) -> Floats:
    return np.arange(slots + 1, dtype=np.float64) * step_s


_kept_grid = lru_cache(maxsize=64)(_long_grid)


def grid(slots: int, step_s: float) -> Floats:
    """The borders of equal slots."""
    return (_kept_grid if slots <= SLOTS else _long_grid)(slots, step_s)


def _to_turns(cycles: Floats) -> Turns:
    """Cycles from -0.5 to 0.5 as integers that wrap."""
    return np.rint(cycles * (_TURN * (1.0 - 2.0**-52))).astype(np.int64).view(np.uint64)


def _wave(turns: NDArray[np.int64] | Floats) -> Complexes:
    """exp(j phase) of phases in 2**-64 of a turn."""
    wave: Complexes = np.exp(turns * (2j * math.pi / _TURN))
    return wave
