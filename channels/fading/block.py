"""Block fading: a power that stays for a coherence time, and is then drawn anew."""

import math
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from pydantic.dataclasses import dataclass

from channels import STRICT, Floats, Steps
from channels.parts.chunk import power_of_two_up_to
from channels.parts.doppler import Doppler
from channels.parts.process import Level, Process, clipped

COHERENCE_CYCLES = 0.423
"""Coherence time in cycles of the Doppler frequency: sqrt(9 / (16 pi)), the geometric mean of two rules of
thumb (Rappaport, Wireless Communications, 2002, equation 5.40.c)."""

_DRAWS_PER_COUNT = 4
"""Philox yields four doubles for each step of its counter."""

_BLOCKS = 64.0
"""Blocks in a window of `grid_s`, at most."""

_PEAK = 37.0
"""Of an exponential variable from 53 random bits: 53 ln 2 = 36.7."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Block:
    """Rayleigh fading whose power is constant in a block and independent from block to block.

    The model behind most formulas for delay-limited links (Ozarow, Shamai and Wyner, IEEE Trans. Veh.
    Technol. 43, 1994). Blocks begin at whole multiples of the coherence time, for everybody. Left out: any
    correlation between blocks; `channels.fading.rayleigh` has it.
    """

    coherence_s: Annotated[float, Field(ge=1e-6)] | None = None
    """Length of a block [s]; if null, 0.423 / Doppler frequency."""

    def draw(self, rng: np.random.Generator, doppler: Doppler) -> Process:
        """One direction's power; the first block's for ever where nothing moves."""
        key = rng.integers(2**64, size=2, dtype=np.uint64)
        if doppler.still:
            return Level(_powers(key, 0, 1).item(0))
        return Blocks(key, self.coherence_s or COHERENCE_CYCLES / doppler.hz)


class Blocks:
    """A `channels.parts.process.Process`: exponential powers, block k from k times `block_s` on.

    Any block can be drawn by its number (Philox, Salmon et al., SC 2011) without the blocks before it.
    """

    __slots__ = ("_key", "block_s", "grid_s")
    peak = _PEAK

    def __init__(self, key: NDArray[np.uint64], block_s: float) -> None:
        self._key, self.block_s = key, block_s
        # Any window will do, but a transfer should not have to draw all the short blocks of a second.
        self.grid_s = power_of_two_up_to(_BLOCKS * block_s) if _BLOCKS * block_s < 1.0 else 0.0

    def during(self, start_s: float, duration_s: float) -> Steps:
        """The blocks in any window."""
        # One more at either end: the quotients may round across a border.
        first = math.floor(start_s / self.block_s) - 1
        count = math.ceil((start_s + duration_s) / self.block_s) + 1 - first
        borders_s = np.arange(first, first + count + 1, dtype=np.float64) * self.block_s - start_s
        return clipped(Steps(borders_s, _powers(self._key, first, count)), 0.0, duration_s)


def _powers(key: NDArray[np.uint64], first: int, count: int) -> Floats:
    """Powers of blocks `first` to `first` + `count` - 1."""
    counter, skipped = divmod(first, _DRAWS_PER_COUNT)
    luck = np.random.Generator(np.random.Philox(key=key, counter=counter % 2**256))
    powers: Floats = -np.log1p(-luck.random(skipped + count)[skipped:])
    return powers
