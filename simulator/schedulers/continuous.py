"""Continuous batching: jobs join and leave a batch between iterations."""

from pydantic import PositiveInt
from pydantic.dataclasses import dataclass

from channels import Part
from simulator.batching.engine import Engine
from simulator.batching.memory import memory_of
from simulator.batching.server import BatchServer
from simulator.clock import Clock
from simulator.columns import Note
from simulator.machines import Machine
from workloads import STRICT


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Continuous:
    """Iteration-level batching with chunked prefill and paged KV cache, as in vLLM (v1).

    Every iteration writes one token of each job whose prompt is read, and reads prompts with what is left of
    the token budget (Orca, OSDI 2022; Sarathi-Serve, OSDI 2024). A job joins while the batch has a place and
    the memory room for all its tokens so far (PagedAttention, SOSP 2023). Where running jobs outgrow the
    memory, the one of the highest rank is put back, and reads again what it has lost. Left out: speculative
    decoding, swapping to the host's memory, several LoRA adapters, and the overlap of planning with the
    iteration before.
    """

    max_num_seqs: PositiveInt
    """Most jobs in the batch."""
    max_num_batched_tokens: PositiveInt
    """Most tokens that an iteration reads and writes."""
    order: Part
    """Who goes first (`simulator.orders`)."""
    eviction: Part
    """What becomes of a session's cache between its turns (`simulator.evictions`)."""

    def __post_init__(self) -> None:
        if self.max_num_batched_tokens < self.max_num_seqs:
            raise ValueError(
                f"max_num_batched_tokens ({self.max_num_batched_tokens}) must be at least max_num_seqs"
                f" ({self.max_num_seqs}): every job in the batch writes a token"
            )

    @property
    def shares_memory(self) -> bool:
        """Yes."""
        return True

    def open(self, clock: Clock, machine: Machine, entity: str, note: Note) -> BatchServer:
        """An idle server with empty memory. Raises `ValueError` as `memory_of` does."""
        memory = memory_of(machine, self.eviction)
        engine = Engine(machine.step_time, memory, self.max_num_seqs, self.max_num_batched_tokens)
        return BatchServer(clock, machine, engine, self.order, entity, note)
