"""A batch that stays together: formed from whoever waits, over when its longest reply is out."""

from heapq import heappop, heappush

from simulator.batching.engine import Change
from simulator.batching.memory import Memory
from simulator.batching.sequence import Sequence
from simulator.batching.stretch import Stretch, one, writing
from simulator.step_times import Batch, StepTime


class StaticEngine:
    """Moves like `Engine`, by other rules: read all prompts at once, write until the longest reply is out.

    A job that is done before stays as padding, costs what it did, and leaves with the others.
    """

    def __init__(self, step_time: StepTime, memory: Memory, batch: int) -> None:
        self._step_time, self.memory, self._most = step_time, memory, batch
        self._batch: list[Sequence] = []
        self._blocks = 0
        self.waiting: list[tuple[tuple[float, int], Sequence]] = []
        self.stretch: Stretch | None = None
        self.busy_s = 0.0
        self.waiting_tokens = 0

    @property
    def running(self) -> int:
        """Jobs in the batch, those that wait for the others to finish included."""
        return len(self._batch)

    @property
    def full(self) -> bool:
        """Nobody joins a batch that is under way."""
        return bool(self._batch)

    def used_blocks(self, at_s: float) -> int:
        """Room for every token that the batch may come to."""
        return self.memory.used_blocks

    def add(self, sequence: Sequence, at_s: float) -> bool:
        """A job comes, and waits."""
        heappush(self.waiting, (sequence.order, sequence))
        self.waiting_tokens += sequence.all_tokens
        return False

    def move(self, at_s: float) -> Change:
        """The prompts are read, or the replies written, or there was nothing to do."""
        done: list[Sequence] = []
        read: list[Sequence] = []
        joined: list[Sequence] = []
        if self.stretch:
            self.busy_s += at_s - self.stretch.start_s
            read = [sequence for sequence in self._batch if sequence.read_at_s < 0]
            longest = max(sequence.left for sequence in self._batch) - 1
            for sequence in read:
                sequence.read_at_s = at_s
            if read and longest:
                self.stretch = self._write(at_s, longest)
                return Change([], read, [], [], [])
            done, self._batch = self._batch, []
            self._release(done)
        joined = self._form(at_s)
        self.stretch = one(at_s, self._step_time.step_s(self._reading())) if joined else None
        return Change(done, read, [], joined, [])

    def _form(self, at_s: float) -> list[Sequence]:
        """Take jobs up, in their order, while there is room for all of their tokens to come."""
        memory, batch = self.memory, self._batch
        while self.waiting and len(batch) < self._most:
            candidate = self.waiting[0][1]
            wanted = self._room([*batch, candidate])
            if wanted > memory.limit_blocks:
                break
            heappop(self.waiting)
            self.waiting_tokens -= candidate.all_tokens
            hit_blocks = candidate.hit_blocks(memory)
            memory.claim(candidate.key, 0)  # the batch takes all of its blocks at once
            candidate.take_up(at_s, hit_blocks * memory.block_tokens)
            candidate.plan_chunk(candidate.known)
            batch.append(candidate)
        self._blocks = self._room(batch)
        memory.take(self._blocks)
        return list(batch)

    def _room(self, batch: list[Sequence]) -> int:
        """Blocks of a batch at its end."""
        written = max((sequence.left for sequence in batch), default=1) - 1
        return sum(self.memory.blocks(sequence.known + written) for sequence in batch)

    def _reading(self) -> Batch:
        tokens = sum(sequence.chunk for sequence in self._batch)
        after = sum(sequence.chunk * sequence.computed for sequence in self._batch)
        return Batch(tokens, after / tokens, len(self._batch))

    def _write(self, at_s: float, iterations: int) -> Stretch:
        lengths = [sequence.known + 1 for sequence in self._batch]
        return writing(self._step_time, at_s, at_s, iterations, len(lengths), sum(lengths), max(lengths))

    def _release(self, done: list[Sequence]) -> None:
        """What each has read and written stays as its session's prefix; padding does not."""
        self.memory.give_back(self._blocks)
        for sequence in done:
            sequence.computed = sequence.known + sequence.left - 1
            self.memory.keep(sequence.key, sequence.prefix_tokens // self.memory.block_tokens)
