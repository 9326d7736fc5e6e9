"""The state of a batch, moved from change to change.

The rules are those of vLLM's scheduler (v1). In every iteration each job that writes gets one token, and what
is left of the token budget reads prompts, those of running jobs first. Waiting jobs join in their order while
the batch has a place and the memory room for all of their tokens so far. Where running jobs need blocks and
there are none, the job of the highest rank loses all of its own and waits again, and nobody joins in that
iteration. (vLLM 0.19 plans an iteration ahead; here an iteration knows all who came before it began.)

Between two changes iterations differ by the contexts alone, which grow: so a stretch of them is one sum.
"""

from heapq import heappop, heappush
from typing import NamedTuple

from simulator.batching.memory import Memory
from simulator.batching.sequence import Sequence
from simulator.batching.stretch import Stretch, one, writing
from simulator.batching.writers import Writers
from simulator.step_times import Batch, StepTime


class Change(NamedTuple):
    """What became of whom when some iterations were over and others began."""

    done: list[Sequence]
    """Whose last token is out."""
    read: list[Sequence]
    """Whose prompt has been read to its end; they may be done as well."""
    put_back: list[Sequence]
    """Who lost everything and waits again."""
    joined: list[Sequence]
    """Who was taken up."""


class Engine:
    """One model's batch. Tell it who comes (`add`), go where something changes (`stretch.end_s`, `move`)."""

    def __init__(
        self, step_time: StepTime, memory: Memory, max_num_seqs: int, max_num_batched_tokens: int
    ) -> None:
        self._step_time, self.memory = step_time, memory
        self._max_seqs, self._max_tokens = max_num_seqs, max_num_batched_tokens
        self.writers = Writers(memory.block_tokens)
        self._reading: list[Sequence] = []
        self.waiting: list[tuple[tuple[float, int], Sequence]] = []
        """A heap, by order."""
        self.stretch: Stretch | None = None
        """The iterations under way; None while idle."""
        self.busy_s = 0.0
        """Time spent in iterations that are over."""
        self.waiting_tokens = 0
        """All that waiting jobs have to read and write."""

    @property
    def running(self) -> int:
        """Jobs in the batch."""
        return self.writers.count + len(self._reading)

    @property
    def full(self) -> bool:
        """Whether nobody could join now, however short."""
        return self.running >= self._max_seqs or not self.memory.fits(1)

    def used_blocks(self, at_s: float) -> int:
        """Blocks that running jobs hold at an instant of the iterations under way."""
        stretch = self.stretch
        if stretch is None or self._reading:
            return self.memory.used_blocks
        begun = min(max(stretch.boundary(at_s), 1), stretch.iterations)
        return self.memory.used_blocks + self.writers.growth(begun)

    def add(self, sequence: Sequence, at_s: float) -> bool:
        """A job comes; whether the iterations under way now end earlier than they would have.

        While idle nothing is under way: call `move` when everybody who comes at this instant is there.
        """
        self._wait(sequence)
        stretch = self.stretch
        if stretch is None or not stretch.can_be_cut or self.waiting[0][1] is not sequence:
            return False
        cut = stretch.cut(at_s)
        if self.running >= self._max_seqs or cut.iterations == stretch.iterations:
            return False
        if not self.memory.fits(self.writers.growth(cut.iterations + 1) + self.memory.blocks(sequence.known)):
            return False
        self.stretch = cut
        return True

    def move(self, at_s: float) -> Change:
        """Now the iterations under way are over, or there were none: start the next ones."""
        done, read = self._progress(at_s) if self.stretch else ([], [])
        put_back = self._make_room()
        joined = [] if put_back else self._admit(at_s)
        self.stretch = self._next(at_s, bool(put_back))
        return Change(done, read, put_back, joined)

    def _progress(self, at_s: float) -> tuple[list[Sequence], list[Sequence]]:
        """What the iterations that are over have done."""
        assert self.stretch
        iterations, memory, writers = self.stretch.iterations, self.memory, self.writers
        self.busy_s += at_s - self.stretch.start_s
        if not self._reading:
            memory.take(writers.growth(iterations))  # else taken when the iteration began
        done = writers.pass_by(iterations)
        read = [sequence for sequence in self._reading if sequence.read_chunk()]
        if read:
            self._reading = [sequence for sequence in self._reading if sequence not in read]
            for sequence in read:
                if sequence.left:
                    writers.join(sequence)
                else:
                    done.append(sequence)
        for sequence in done:
            self._release(sequence)
        return done, read

    def _release(self, sequence: Sequence) -> None:
        """Give a job's blocks back; those that are full stay as its session's prefix."""
        self.memory.give_back(self.memory.blocks(sequence.computed))
        self.memory.keep(sequence.key, sequence.computed // self.memory.block_tokens)

    def _make_room(self) -> list[Sequence]:
        """Share the token budget among running jobs; put jobs back until the others have their blocks."""
        put_back: list[Sequence] = []
        while True:
            budget = self._max_tokens - self.writers.count
            need = self.writers.growth(1)
            for sequence in self._reading:
                sequence.chunk = min(sequence.known - sequence.computed, budget)
                budget -= sequence.chunk
                need += self._more_blocks(sequence)
            if self.memory.fits(need):
                self._budget, self._need = budget, need
                return put_back
            victim = max([*self._reading, *self.writers], key=lambda sequence: sequence.order)
            if victim in self._reading:
                self._reading.remove(victim)
            else:
                self.writers.leave(victim)
            self._release(victim)
            victim.put_back()
            self._wait(victim)
            put_back.append(victim)

    def _wait(self, sequence: Sequence) -> None:
        heappush(self.waiting, (sequence.order, sequence))
        self.waiting_tokens += sequence.all_tokens

    def _more_blocks(self, sequence: Sequence) -> int:
        """Blocks that a job's chunk needs beyond those that it holds."""
        blocks = self.memory.blocks
        return blocks(sequence.computed + sequence.chunk) - blocks(sequence.computed)

    def _admit(self, at_s: float) -> list[Sequence]:
        """Let waiting jobs join."""
        memory, joined = self.memory, []
        while self.waiting and self._budget and self.running < self._max_seqs:
            sequence = self.waiting[0][1]
            if not memory.fits(self._need + memory.blocks(sequence.known)):
                break
            heappop(self.waiting)
            self.waiting_tokens -= sequence.all_tokens
            hit_blocks = sequence.hit_blocks(memory)
            memory.claim(sequence.key)
            memory.take(hit_blocks)
            sequence.take_up(at_s, hit_blocks * memory.block_tokens, self._budget)
            self._budget -= sequence.chunk
            self._need += self._more_blocks(sequence)
            self._reading.append(sequence)
            joined.append(sequence)
        return joined

    def _next(self, at_s: float, crowded: bool) -> Stretch | None:
        """The iterations that begin now."""
        writers = self.writers
        if self._reading:
            self.memory.take(self._need)
            return one(at_s, self._step_time.step_s(self._batch()))
        if not writers.count:
            return None
        iterations = 1 if crowded else min(writers.until_done(), self._until_full())
        batch = (writers.count, writers.context_tokens, writers.longest_tokens)
        return writing(self._step_time, at_s, iterations, *batch)

    def _until_full(self) -> int:
        """For how many iterations there are blocks: at least 1, since there is room for one."""
        return self.writers.iterations_within(self.memory.limit_blocks - self.memory.used_blocks)

    def _batch(self) -> Batch:
        """What an iteration works on that reads."""
        chunks = [sequence for sequence in self._reading if sequence.chunk]
        tokens = sum(sequence.chunk for sequence in chunks)
        after = sum(sequence.chunk * sequence.computed for sequence in chunks)
        ending = sum(sequence.computed + sequence.chunk == sequence.known for sequence in chunks)
        writers = self.writers
        return Batch(
            tokens, after / tokens, ending, writers.count, writers.context_tokens, writers.longest_tokens
        )
