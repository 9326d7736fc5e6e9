"""One user's phone: a CPU that scores prompts, an NPU with the small model, and two radio directions."""

from collections.abc import Callable
from functools import cached_property

import simpy
from pydantic import NonNegativeFloat
from pydantic.dataclasses import dataclass

from simulator import latency
from simulator.clock import Clock
from simulator.columns import Note
from simulator.fifo import Fifo
from simulator.radio import Radio, Radios
from simulator.schedulers import Server, Speed
from simulator.schedulers.fifo_slots import FifoSlots
from workloads import STRICT, Turn


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Device(Speed):
    """A phone model: prices of its NPU (`Speed`) and of its router."""

    router_s_per_token: NonNegativeFloat
    """tau_r of Eq. 4: CPU time of the score for each token of context and prompt."""


_NPU = FifoSlots(slots=1)


class Phone:
    """A live phone. `open_radios` fixes its air when a radio is first used; the air does not mind when."""

    def __init__(self, clock: Clock, device: Device, open_radios: Callable[[], Radios], note: Note) -> None:
        self.clock, self._device, self._open_radios = clock, device, open_radios
        self._cpu = Fifo()
        self.npu: Server = _NPU.open(clock, device, "npu", note)

    def route(self, turn: Turn, context_tokens: float, prompt_tokens: float) -> simpy.Event:
        """Score a prompt on the CPU; the event succeeds with the seconds it took (T_router, Eq. 4)."""
        now_s = self.clock.env.now
        service_s = latency.router_s(self._device.router_s_per_token, context_tokens, prompt_tokens)
        start_s = self._cpu.book(now_s, service_s)
        return self.clock.ring(start_s + service_s, turn, start_s - now_s + service_s)

    @cached_property
    def _radios(self) -> Radios:
        return self._open_radios()

    @cached_property
    def up(self) -> Radio:
        """The uplink, with the overhead delta."""
        return self._radios.up

    @cached_property
    def down(self) -> Radio:
        """The downlink."""
        return self._radios.down
