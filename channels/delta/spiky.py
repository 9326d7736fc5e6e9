"""Rare stalls on top of another overhead: slow handovers, retransmissions by the radio link control."""

from typing import Annotated

import numpy as np
from pydantic import Field, NonNegativeFloat
from pydantic.dataclasses import dataclass

from channels import STRICT, Delay, Part
from channels.parts.blocks import BlockLuck
from channels.parts.luck import split


class Spikes:
    """Another overhead, and now and then a spike that lasts for a block of `coherence_s`."""

    __slots__ = ("_base", "_coherence_s", "_luck", "_probability", "_shortest_s", "_width_s")

    def __init__(self, base: Delay, key: bytes, law: "Spiky") -> None:
        self._base, self._luck = base, BlockLuck(key)
        self._probability, self._coherence_s = law.spike_probability, law.coherence_s
        self._shortest_s = law.shortest_spike_s
        self._width_s = law.longest_spike_s - law.shortest_spike_s

    def delay_s(self, at_s: float) -> float:
        """Overhead [s] of a message sent at `at_s`."""
        happens, place, _, _ = self._luck.uniforms(int(at_s // self._coherence_s))
        base_s = self._base.delay_s(at_s)
        return base_s + self._shortest_s + self._width_s * place if happens < self._probability else base_s


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Spiky:
    """delta = base + S: in a share `spike_probability` of all blocks S is uniform, in all others 0.

    The lognormal laws have the body of measured round trips and fall short of their tail. The mean is the
    base's and spike_probability (shortest_spike_s + longest_spike_s) / 2. Spikes and base have separate luck.
    Left out: spikes longer than a block, any tie to mobility and outages. Raises ValueError if
    shortest_spike_s > longest_spike_s.
    """

    base: Part
    """Overhead without spikes (`channels.delta`)."""

    spike_probability: Annotated[float, Field(ge=0.0, le=1.0)]
    """Share of the blocks that have a spike, and so of the messages at any instant."""

    shortest_spike_s: NonNegativeFloat
    """Shortest spike [s]."""

    longest_spike_s: NonNegativeFloat
    """Longest spike [s]."""

    coherence_s: Annotated[float, Field(ge=1e-6)]
    """Length of a block [s]: all of a user's messages in it meet the same spike."""

    def __post_init__(self) -> None:
        if self.longest_spike_s < self.shortest_spike_s:
            raise ValueError(
                f"longest_spike_s ({self.longest_spike_s}) must be at least"
                f" shortest_spike_s ({self.shortest_spike_s})"
            )

    def draw(self, rng: np.random.Generator) -> Spikes:
        """One user's overheads."""
        base, spikes = split(rng, 2)
        return Spikes(self.base.draw(base), spikes.bytes(16), self)
