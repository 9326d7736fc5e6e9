"""The textbook's phone, and its transfers: an event for every slot of a rate that is constant in slots."""

from collections.abc import Generator, Iterator
from itertools import count
from math import inf
from typing import Any

import simpy

from channels import Rate
from channels.parts.fading import Faded
from channels.parts.piecewise import Piecewise
from simulator.scenario import Scenario
from tests.benchmarks.rows import Row
from workloads.luck import Luck

Process = Generator[simpy.Event, Any, None]
Slot = tuple[float, float]
"""End of the slot [s], and the rate in it [bit/s]."""


class Phone:
    """One user's phone and air."""

    def __init__(self, env: simpy.Environment, scenario: Scenario, luck: Luck, user_id: int) -> None:
        self.cpu, self.npu = simpy.Resource(env), simpy.Resource(env)
        self.env, self.bits_per_token = env, scenario.channel.bits_per_token
        self.radios = {"uplink": simpy.Resource(env), "downlink": simpy.Resource(env)}
        link = scenario.channel.draw(luck.generator("channel", user_id))
        self.rates = {"uplink": link.up, "downlink": link.down}
        self.delay = scenario.delta.draw(luck.generator("delta", user_id))

    def send(self, row: Row, name: str, tokens: float) -> Process:
        """Wait for a radio, and send text; fills the radio's columns in."""
        env, rate, asked_at_s = self.env, self.rates[name], self.env.now
        with self.radios[name].request() as request:
            yield request
            row[f"{name}_bps"] = rate.rate_bps(env.now)
            yield from transfer(env, rate, tokens * self.bits_per_token)
        row[f"{name}_s"] = env.now - asked_at_s


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


def transfer(env: simpy.Environment, rate: Rate, bits: float) -> Process:
    """Send `bits`, slot by slot."""
    for end_s, bps in slots(rate, env.now):
        slot_s = end_s - env.now
        if bits <= bps * slot_s:
            yield env.timeout(bits / bps if bits else 0.0)
            return
        yield env.timeout(slot_s)
        bits -= bps * slot_s
