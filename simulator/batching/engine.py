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
from simulator.batching.readers import Readers
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
    soon: list[Sequence]
    """Whose prompt will have been read when the iteration that begins now is over."""


class Engine:
    """One model's batch. Tell it who comes (`add`), go where something changes (`stretch.end_s`, `move`)."""

    def __init__(
        self, step_time: StepTime, memory: Memory, max_num_seqs: int, max_num_batched_tokens: int
    ) -> None:
        self._step_time, self.memory = step_time, memory
        self._max_seqs, self._max_tokens = max_num_seqs, max_num_batched_tokens
        self.readers, self.writers = Readers(memory.block_tokens), Writers(memory.block_tokens)
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
        return len(self.writers) + len(self.readers)

    @property
    def full(self) -> bool:
        """Whether nobody could join now, however short."""
        return self.running >= self._max_seqs or not self.memory.fits(1)

    def used_blocks(self, at_s: float) -> int:
        """Blocks that running jobs hold at an instant of the iterations under way."""
        stretch = self.stretch
        if stretch is None or self.readers:
            return self.memory.used_blocks
        return self.memory.used_blocks + self.writers.growth(stretch.begun(at_s))

    def add(self, sequence: Sequence, at_s: float) -> bool:
        """A job comes; whether the iterations under way now end earlier than they would have.

        While idle nothing is under way: call `move` when everybody who comes at this instant is there.
        """
        self._wait(sequence)
        stretch, memory = self.stretch, self.memory
        if stretch is None or self.waiting[0][1] is not sequence or self.running >= self._max_seqs:
            return False
        cut = stretch.cut(at_s)
        if cut is stretch:
            return False
        if not memory.fits(self.writers.growth(cut.iterations + 1) + memory.blocks(sequence.known)):
            return False
        self.stretch = cut
        return True

    def move(self, at_s: float) -> Change:
        """Now the iterations under way are over, or there were none: start the next ones."""
        done, read = self._progress(at_s) if self.stretch else ([], [])
        put_back = self._make_room()
        joined = self._admit(at_s) if self.waiting and not put_back else []
        soon = self._start(at_s, bool(put_back))
        return Change(done, read, put_back, joined, soon)

    def _progress(self, at_s: float) -> tuple[list[Sequence], list[Sequence]]:
        """What the iterations that are over have done."""
        assert self.stretch
        iterations, writers = self.stretch.iterations, self.writers
        self.busy_s += at_s - self.stretch.start_s
        read: list[Sequence] = []
        if self.readers:
            done = writers.pass_by(iterations)
            read = self._read(at_s)
            done += [sequence for sequence in read if not sequence.left]
        else:
            self.memory.take(writers.growth(iterations))  # else taken when the iteration began
            done = writers.pass_by(iterations)
        for sequence in done:
            self._release(sequence, sequence.prefix_tokens)
        return done, read

    def _read(self, at_s: float) -> list[Sequence]:
        """Prompts are a chunk further; whoever is through writes from now on."""
        through = self.readers.read(at_s)
        for sequence in through:
            if sequence.left:
                self.writers.join(sequence)
        return through

    def _release(self, sequence: Sequence, prefix_tokens: int) -> None:
        """Give a job's blocks back; whole blocks of these first tokens stay as its session's prefix."""
        memory = self.memory
        memory.give_back(memory.blocks(sequence.computed))
        memory.keep(sequence.key, prefix_tokens // memory.block_tokens)

    def _make_room(self) -> list[Sequence]:
        """Share the token budget among running jobs; put jobs back until the others have their blocks."""
        put_back: list[Sequence] = []
        readers, writers = self.readers, self.writers
        while True:
            self._budget, need = readers.share(self._max_tokens - len(writers))
            self._need = need + writers.growth(1)
            if self.memory.fits(self._need):
                return put_back
            victim = max([*readers, *writers], key=lambda sequence: sequence.order)
            (writers if victim in writers else readers).leave(victim)
            self._release(victim, victim.computed)
            victim.put_back()
            self._wait(victim)
            put_back.append(victim)

    def _wait(self, sequence: Sequence) -> None:
        heappush(self.waiting, (sequence.order, sequence))
        self.waiting_tokens += sequence.all_tokens

    def _admit(self, at_s: float) -> list[Sequence]:
        """Let waiting jobs join."""
        memory, places = self.memory, self._max_seqs - self.running
        joined: list[Sequence] = []
        while self.waiting and self._budget and len(joined) < places:
            sequence = self.waiting[0][1]
            if not memory.fits(self._need + memory.blocks(sequence.known)):
                break
            heappop(self.waiting)
            self.waiting_tokens -= sequence.all_tokens
            hit_blocks = sequence.hit_blocks(memory)
            memory.claim(sequence.key, hit_blocks)
            sequence.take_up(at_s, hit_blocks * memory.block_tokens)
            self._budget -= sequence.plan_chunk(self._budget)
            self._need += sequence.chunk_blocks(memory.block_tokens)
            self.readers.join(sequence)
            joined.append(sequence)
        return joined

    def _start(self, at_s: float, crowded: bool) -> list[Sequence]:
        """Begin the next iterations; whose prompt the first of them reads to its end, and is sure to.

        Where nothing can change after an iteration that reads, what follows it is begun at once.
        """
        writers, begins_s, soon = self.writers, at_s, []
        if self.readers:
            self.memory.take(self._need)
            batch = Batch(*self.readers.chunks(), *writers.batch())
            step_s = self._step_time.step_s(batch)
            if crowded or self._may_change(batch):
                self.stretch = one(at_s, step_s)
                return []
            begins_s = at_s + step_s
            writers.pass_by(1)
            soon = self._read(begins_s)
        elif not writers:
            self.stretch = None
            return []
        free_blocks = self.memory.limit_blocks - self.memory.used_blocks
        iterations = writers.iterations_within(free_blocks, 1 if crowded else writers.until_done())
        self.stretch = writing(self._step_time, at_s, begins_s, iterations, *writers.batch())
        return soon

    def _may_change(self, batch: Batch) -> bool:
        """Whether anybody joins, leaves or goes on reading after this iteration, even if nobody comes."""
        if batch.prefills_ending < len(self.readers) or (self.waiting and not self._budget):
            return True
        somebody_ends = batch.sequences and self.writers.until_done() == 1
        return somebody_ends or not self.readers.all_will_write()
