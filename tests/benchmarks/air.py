"""The textbook's phone, and its transfers: an event for every slot of a rate that is constant in slots."""

from collections.abc import Generator, Iterator
from math import inf
from typing import Any

import simpy

from channels import Rate
from channels.parts.steady import Steady
from simulator.scenario import Scenario
from tests.benchmarks.rows import Row
from workloads.luck import Luck

Process = Generator[simpy.Event, Any, None]
Slot = tuple[float, float]
"""End of the slot [s], and the rate in it [bit/s]."""
LOOK_AHEAD_S = 0.125
"""How much of a rate is worked out at once."""


class Phone:
    """One user's phone and air."""

    def __init__(self, env: simpy.Environment, scenario: Scenario, luck: Luck, user_id: int) -> None:
        self.cpu, self.npu = simpy.Resource(env), simpy.Resource(env)
        self.env = env
        self.radios = {"uplink": simpy.Resource(env), "downlink": simpy.Resource(env)}
        link = scenario.channel.draw(luck.generator("channel", user_id))
        self.rates = {"uplink": link.up, "downlink": link.down}
        self.delay = scenario.delta.draw(luck.generator("delta", user_id))

    def send(self, row: Row, name: str, bits: float) -> Process:
        """Wait for a radio, and send; fills the radio's columns in."""
        env, rate, asked_at_s = self.env, self.rates[name], self.env.now
        with self.radios[name].request() as request:
            yield request
            row[f"{name}_bps"] = rate.rate_bps(env.now)
            yield from transfer(env, rate, bits)
        row[f"{name}_s"] = env.now - asked_at_s


def slots(rate: Rate, at_s: float) -> Iterator[Slot]:
    """The slots of `rate` from the one that holds `at_s`; one without end where the rate never changes."""
    if isinstance(rate, Steady):
        yield inf, rate.rate_bps(at_s)
        return
    while True:
        later_s = (at_s // LOOK_AHEAD_S + 1) * LOOK_AHEAD_S
        offsets_s, rates_bps = rate.steps(at_s, later_s)
        for offset_s, bps in zip(offsets_s[1:].tolist(), rates_bps.tolist(), strict=True):
            yield at_s + offset_s, bps
        at_s = later_s


def transfer(env: simpy.Environment, rate: Rate, bits: float) -> Process:
    """Send `bits`, slot by slot."""
    for end_s, bps in slots(rate, env.now):
        slot_s = end_s - env.now
        if bits <= bps * slot_s:
            yield env.timeout(bits / bps if bits else 0.0)
            return
        yield env.timeout(slot_s)
        bits -= bps * slot_s
