"""Static batching: a batch is formed from whoever waits, and stays together."""

from pydantic import PositiveInt
from pydantic.dataclasses import dataclass

from channels import Part
from simulator.batching.memory import Memory, memory_of
from simulator.batching.server import BatchServer
from simulator.batching.static_engine import StaticEngine
from simulator.clock import Clock
from simulator.columns import Note
from simulator.machines import Machine
from workloads import STRICT


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Static:
    """Bulk service: whoever waits when the machine falls free is served together, up to a number of jobs.

    All prompts are read in one iteration, and the batch writes until its longest reply is out: shorter ones
    are padded, and leave with it. So served models worked before continuous batching (FasterTransformer). It
    never waits for a batch to fill. A streamed reply is taken to be written evenly until its batch is over.
    """

    batch: PositiveInt
    """Most jobs in a batch."""
    order: Part
    """Who goes first (`simulator.orders`)."""
    eviction: Part
    """What becomes of a session's cache between its turns (`simulator.evictions`)."""

    @property
    def shares_memory(self) -> bool:
        """Yes."""
        return True

    def open(self, clock: Clock, machine: Machine, entity: str, note: Note) -> BatchServer:
        """An idle server with empty memory. Raises `ValueError` as `memory_of` does."""
        memory: Memory = memory_of(machine, self.eviction)
        return BatchServer(
            clock, machine, StaticEngine(machine.step_time, memory, self.batch), self.order, entity, note
        )
