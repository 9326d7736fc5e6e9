"""One user's phone: a CPU that scores prompts, an NPU with the small model, and two radio directions."""

from collections.abc import Callable
from functools import cached_property
from math import inf, nan
from typing import NamedTuple

import simpy
from pydantic import NonNegativeFloat
from pydantic.dataclasses import dataclass

from channels import Delay, Link, Rate
from simulator import latency
from simulator.clock import Clock
from simulator.columns import Note
from simulator.fifo import Fifo
from simulator.schedulers import Server, Speed
from simulator.schedulers.fifo_slots import FifoSlots
from workloads import STRICT, Turn


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Device(Speed):
    """A phone model: prices of its NPU (`Speed`) and of its router."""

    router_s_per_token: NonNegativeFloat
    """tau_r of Eq. 4: CPU time of the score for each token of context and prompt."""


class Air(NamedTuple):
    """One user's air, drawn."""

    link: Link
    delay: Delay
    bits_per_token: float


class Transfer(NamedTuple):
    """What became of a payload."""

    took_s: float
    """From handing it over to its arrival, waiting for the radio and overhead included."""
    rate_bps: float
    """Rate at the instant at which it began to move."""


NO_TRANSFER = Transfer(0.0, nan)
"""Eq. 2: nothing leaves the phone."""


class Radio:
    """One direction of one user's link: payloads go through one after another, first come, first served."""

    def __init__(self, clock: Clock, rate: Rate, bits_per_token: float, delay: Delay | None) -> None:
        self._clock, self._rate, self._delay = clock, rate, delay
        self._bits_per_token = bits_per_token
        self._free_at_s = 0.0

    def send(self, turn: Turn, tokens: float) -> simpy.Event:
        """Send text; the event succeeds with its `Transfer`, or never where the link never carries it."""
        now_s = self._clock.env.now
        start_s = max(now_s, self._free_at_s)
        through_s = inf
        if start_s < inf:  # else an earlier payload is stuck for ever
            through_s = self._rate.finish_s(start_s, tokens * self._bits_per_token)
        if through_s == inf:
            self._free_at_s = inf
            return self._clock.never()
        self._free_at_s = through_s
        there_s = through_s + self._delay.delay_s(through_s) if self._delay else through_s
        return self._clock.ring(there_s, turn, Transfer(there_s - now_s, self._rate.rate_bps(start_s)))

    def rate_bps(self) -> float:
        """The rate now, as an estimator may observe it."""
        return self._rate.rate_bps(self._clock.now_s)


_NPU = FifoSlots(slots=1)


class Phone:
    """A live phone. `draw_air` fixes its air when the radio is first used; the air does not mind when."""

    def __init__(self, clock: Clock, device: Device, draw_air: Callable[[], Air], note: Note) -> None:
        self.clock, self._device, self._draw_air = clock, device, draw_air
        self._cpu = Fifo()
        self.npu: Server = _NPU.open(clock, device, "npu", note)

    def route(self, turn: Turn, context_tokens: float, prompt_tokens: float) -> simpy.Event:
        """Score a prompt on the CPU; the event succeeds with the seconds it took (T_router, Eq. 4)."""
        now_s = self.clock.env.now
        service_s = latency.router_s(self._device.router_s_per_token, context_tokens, prompt_tokens)
        start_s = self._cpu.book(now_s, service_s)
        return self.clock.ring(start_s + service_s, turn, start_s - now_s + service_s)

    @cached_property
    def _air(self) -> Air:
        return self._draw_air()

    @cached_property
    def up(self) -> Radio:
        """The uplink. It carries the overhead delta, once a turn, as Eq. 3 does."""
        return Radio(self.clock, self._air.link.up, self._air.bits_per_token, self._air.delay)

    @cached_property
    def down(self) -> Radio:
        """The downlink."""
        return Radio(self.clock, self._air.link.down, self._air.bits_per_token, None)
