"""A transfer the textbook's way: one event for every slot of a rate that is constant between borders."""

from collections.abc import Generator, Iterator
from itertools import count
from math import inf
from typing import Any

import simpy

from channels import Rate
from channels.parts.fading import Faded
from channels.parts.piecewise import Piecewise

Slot = tuple[float, float]
"""End of the slot [s], and the rate in it [bit/s]."""


def slots(rate: Rate, at_s: float) -> Iterator[Slot]:
    """The slots of `rate` from the one that holds `at_s`; one without end where the rate never changes."""
    if not isinstance(rate, Piecewise):
        return iter([(inf, rate.rate_bps(at_s))])
    pieces = rate._pieces
    return _grid(rate, pieces._step_s, at_s) if isinstance(pieces, Faded) else _switches(rate, at_s)


def _grid(rate: Rate, step_s: float, at_s: float) -> Iterator[Slot]:
    """Equal slots; the rate of each is that at its centre."""
    for number in count(int(at_s // step_s)):
        yield (number + 1) * step_s, rate.rate_bps((number + 0.5) * step_s)


def _switches(rate: Piecewise, at_s: float) -> Iterator[Slot]:
    """Slots between the instants at which the link goes good or bad."""
    for number in count(int(at_s // rate._span_s)):
        chunk = rate._pieces.build(number, 1)
        for offset_s, bps in zip(chunk.offsets_s[1:].tolist(), chunk.rates_bps.tolist(), strict=True):
            if chunk.start_s + offset_s > at_s:
                yield chunk.start_s + offset_s, bps


def transfer(env: simpy.Environment, rate: Rate, bits: float) -> Generator[simpy.Event, Any, None]:
    """Send `bits`, slot by slot."""
    for end_s, bps in slots(rate, env.now):
        slot_s = end_s - env.now
        if bits <= bps * slot_s:
            yield env.timeout(bits / bps if bits else 0.0)
            return
        yield env.timeout(slot_s)
        bits -= bps * slot_s
