"""A batch on the clock: its engine's changes as events."""

from itertools import count
from typing import NamedTuple, Protocol

import simpy

from simulator.batching.arrived import Arrived
from simulator.batching.beside import beside_s
from simulator.batching.engine import Change
from simulator.batching.memory import Memory
from simulator.batching.sequence import Sequence
from simulator.batching.stretch import Stretch
from simulator.clock import Clock
from simulator.columns import Note, change
from simulator.machines import Alone, Machine
from simulator.orders import Order
from simulator.schedulers import Hear, Job, Load
from workloads import Turn


class Engine(Protocol):
    """Rules of a batch; `simulator.batching.engine` is one set of them."""

    memory: Memory
    waiting: list[tuple[tuple[float, int], Sequence]]
    waiting_tokens: int
    stretch: Stretch | None
    busy_s: float

    @property
    def running(self) -> int:
        """Jobs in the batch."""

    @property
    def full(self) -> bool:
        """Whether nobody could join now, however short."""

    def used_blocks(self, at_s: float) -> int:
        """Blocks that running jobs hold at an instant of the iterations under way."""

    def add(self, sequence: Sequence, at_s: float) -> bool:
        """A job comes; whether the iterations under way now end earlier than they would have."""

    def move(self, at_s: float) -> Change:
        """The iterations under way are over, or there were none: start the next ones."""


class _Last(NamedTuple):
    """Comes after everybody else who acts at an instant: who comes at a boundary joins at that boundary."""

    user_id: int = 2**30
    session_id: int = 0


_LAST = _Last()


class BatchServer:
    """The live side of continuous batching: one event for each change of the batch, none for an iteration."""

    def __init__(
        self, clock: Clock, machine: Machine, engine: Engine, order: Order, entity: str, note: Note
    ) -> None:
        self._clock, self.machine, self.engine, self._order, self._note = clock, machine, engine, order, note
        stages = ("submitted", "started", "prefilled", "finished", "preempted")
        self._changes = tuple(change(stage, entity) for stage in stages)
        self._numbers, self._plan = count(), 0
        self._arrived = Arrived()
        self._done_jobs = 0
        self._hearers: list[Hear] = []

    def submit(self, job: Job) -> simpy.Event:
        """Put a job into the queue; it may join at the next boundary of the batch."""
        now_s, engine = self._clock.env.now, self.engine
        alarm = self._clock.alarm(job.turn)
        order = (self._order.rank_s(job, now_s), next(self._numbers))
        sequence = Sequence(job, self.machine, order, now_s, alarm)
        self._arrived.came(now_s, sequence, engine.waiting_tokens, self._busy_s())
        self._note(job.turn, self._changes[0], now_s, job.reprefill_tokens + job.prompt_tokens)
        if engine.add(sequence, now_s):
            assert engine.stretch
            self._move_at(engine.stretch.end_s)
        elif engine.stretch is None and len(engine.waiting) == 1:
            self._move_at(now_s)  # when everybody who comes at this instant is there
        self._tell(now_s)
        return alarm

    def _move_at(self, at_s: float) -> None:
        """The next change is then, and whatever was planned before is not."""
        self._plan += 1
        alarm = self._clock.alarm(_LAST)
        alarm.callbacks.append(self._move)
        alarm.ring(at_s, self._plan)

    def _move(self, event: simpy.Event) -> None:
        if event.value != self._plan:
            return
        now_s = self._clock.env.now
        _, started, _, finished, preempted = self._changes
        moved = self.engine.move(now_s)
        for sequence in moved.read:
            self._note_read(sequence, now_s)
        for sequence in moved.done:
            self._done_jobs += 1
            work = sequence.work(self.machine, now_s)
            self._note(sequence.job.turn, finished, now_s, work.decode_s)
            sequence.ticket.ring(now_s, work)
        for sequence in moved.put_back:
            sequence.waits_from_s = now_s
            self._note(sequence.job.turn, preempted, now_s, sequence.written)
        for sequence in moved.joined:
            self._note(sequence.job.turn, started, now_s, now_s - sequence.waits_from_s)
        for sequence in moved.soon:
            self._note_read(sequence, now_s)
        if self.engine.stretch:
            self._move_at(self.engine.stretch.end_s)
        self._tell(now_s)

    def listen(self, hear: Hear) -> None:
        """It is told when a job comes, and at every change of the batch."""
        self._hearers.append(hear)

    def _tell(self, now_s: float) -> None:
        for hear in self._hearers:
            hear(now_s, self.peek())

    def _note_read(self, sequence: Sequence, now_s: float) -> None:
        """A prompt is read, now or for certain soon; not where it is read again."""
        at_s = sequence.read_at_s
        if at_s >= now_s:
            self._note(sequence.job.turn, self._changes[2], at_s, at_s - sequence.admitted_at_s)

    def _busy_s(self) -> float:
        """Time spent in iterations so far."""
        stretch = self.engine.stretch
        return self.engine.busy_s + (self._clock.env.now - stretch.start_s if stretch else 0.0)

    def peek(self) -> Load:
        """The present load, between two changes too."""
        engine, now_s = self.engine, self._clock.env.now
        free_share = 1.0 - engine.used_blocks(now_s) / engine.memory.capacity_blocks
        return Load(engine.running, len(engine.waiting), self._wait_s(now_s), free_share)

    def _wait_s(self, now_s: float) -> float:
        """Until the next boundary where there is a place; else until those before have left as others did."""
        engine = self.engine
        if engine.stretch is None:
            return 0.0
        if engine.waiting or engine.full:
            per_job_s = self._busy_s() / self._done_jobs if self._done_jobs else 0.0
            return max((len(engine.waiting) + 1) * per_job_s, engine.stretch.end_s - now_s)
        return engine.stretch.cut(now_s).end_s - now_s

    def beside_s(self, load: Load, held_tokens: float, read_tokens: float, response_tokens: float) -> Alone:
        """Slower by what the batch adds, were it to stay as it is."""
        return beside_s(self.machine, load, held_tokens, read_tokens, response_tokens)

    def held_tokens(self, turn: Turn) -> float:
        """The session's prefix that is still in memory, in words."""
        memory = self.engine.memory
        blocks = memory.prefix_blocks((turn.user_id, turn.session_id))
        return blocks * memory.block_tokens / self.machine.tokens_per_word

    def utilisation(self) -> float:
        """Share of the time in which there was a batch."""
        now_s = self._clock.env.now
        return self._busy_s() / now_s if now_s else 0.0

    def offered_load(self, fewest_jobs: int) -> float:
        """Tokens that came over tokens that could have been taken up, until the last job came."""
        return self._arrived.offered_load(fewest_jobs)
