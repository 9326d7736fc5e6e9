"""The paper's phone: prices for a token on the NPU and on the CPU; a battery does not matter."""

import simpy
from pydantic import NonNegativeFloat
from pydantic.dataclasses import dataclass

from simulator import latency
from simulator.clock import Clock
from simulator.columns import Note
from simulator.devices import Body, Spent
from simulator.fifo import Fifo
from simulator.machines.paper import Paper as Machine
from simulator.schedulers import Server
from simulator.schedulers.fifo_slots import FifoSlots
from workloads import STRICT, Turn


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Paper:
    """Prices of a phone's NPU (the paper's gamma_s is both) and of its router, each with a FIFO queue."""

    prefill_s_per_token: NonNegativeFloat
    decode_s_per_token: NonNegativeFloat
    router_s_per_token: NonNegativeFloat
    """tau_r of Eq. 4: CPU time of the score for each token of context and prompt."""

    @property
    def keeps_all(self) -> bool:
        """Yes: memory does not matter."""
        return True

    def router_s(self, context_tokens: float, prompt_tokens: float) -> float:
        """Eq. 4."""
        return latency.router_s(self.router_s_per_token, context_tokens, prompt_tokens)

    def open(self, clock: Clock, note: Note) -> "PaperChips":
        """An idle phone."""
        machine = Machine(
            prefill_s_per_token=self.prefill_s_per_token, decode_s_per_token=self.decode_s_per_token
        )
        return PaperChips(clock, self, _ONE_SLOT.open(clock, machine, "npu", note))


_ONE_SLOT = FifoSlots(slots=1)


class PaperChips:
    """The live side of `Paper`."""

    def __init__(self, clock: Clock, law: Paper, model: Server) -> None:
        self._clock, self._law, self.model = clock, law, model
        self._cpu = Fifo()

    def route(self, turn: Turn, context_tokens: float, prompt_tokens: float) -> simpy.Event:
        """Scores queue for the CPU."""
        now_s = self._clock.env.now
        service_s = self._law.router_s(context_tokens, prompt_tokens)
        start_s = self._cpu.book(now_s, service_s)
        return self._clock.ring(start_s + service_s, turn, start_s - now_s + service_s)

    def after(self, spent: Spent) -> Body:
        """The paper says nothing of energy and heat."""
        return _UNKNOWN


_UNKNOWN = Body()
