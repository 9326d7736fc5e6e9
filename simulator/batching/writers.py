"""The jobs of a batch that write: one token each in every iteration, so that none of them need be touched."""

from collections.abc import Iterator
from heapq import heappop, heappush

from simulator.batching.sequence import Sequence


class Writers:
    """Jobs that write, counted in the number of the iteration.

    A job's tokens in the cache are `base` plus the number of the present iteration, for as long as it writes.
    """

    def __init__(self, block_tokens: int) -> None:
        self._block_tokens = block_tokens
        self._iteration = 0
        self._members: dict[Sequence, None] = {}
        self._ends: list[tuple[int, int, Sequence]] = []
        """A heap: after which iteration who is done. Who left earlier is still in it."""
        self._sum_base = 0
        self._longest_base: int | None = None
        """None where the longest has left, and the next is not known."""
        self._begins = [0] * (2 * block_tokens)
        """How many begin a block in which iteration, modulo the size of a block; twice over, so that any few
        iterations are one slice."""

    def __len__(self) -> int:
        return len(self._members)

    def __contains__(self, sequence: Sequence) -> bool:
        return sequence in self._members

    def __iter__(self) -> Iterator[Sequence]:
        return iter(self._members)

    def batch(self) -> tuple[int, int, int]:
        """The next iteration: how many write, what they all read of the cache, and what the longest does.

        The token that each of them writes is in it.
        """
        jobs, tokens = len(self._members), self._iteration + 1
        if not jobs:
            return 0, 0, 0
        if self._longest_base is None:
            self._longest_base = max(sequence.base for sequence in self._members)
        return jobs, self._sum_base + jobs * tokens, self._longest_base + tokens

    def join(self, sequence: Sequence) -> None:
        """A job has its first token, or its next after it was put back."""
        sequence.base = sequence.computed - self._iteration
        sequence.finish = self._iteration + sequence.left
        self._members[sequence] = None
        heappush(self._ends, (sequence.finish, sequence.number, sequence))
        self._sum_base += sequence.base
        self._count_blocks(sequence, 1)
        longest = sequence.base if len(self._members) == 1 else self._longest_base
        if longest is not None:
            self._longest_base = max(longest, sequence.base)

    def leave(self, sequence: Sequence) -> None:
        """A job writes no more; its tokens are counted out."""
        del self._members[sequence]
        self._sum_base -= sequence.base
        self._count_blocks(sequence, -1)
        if sequence.base == self._longest_base:
            self._longest_base = None
        sequence.stop_writing(sequence.base + self._iteration, sequence.finish - self._iteration)

    def pass_by(self, iterations: int) -> list[Sequence]:
        """Let so many iterations pass, at most `until_done`; who is done after them, who left is gone."""
        self._iteration += iterations
        done: list[Sequence] = []
        while self._ends and self._ends[0][0] <= self._iteration:
            finish, _, sequence = heappop(self._ends)
            if sequence.finish == finish and sequence in self._members:
                self.leave(sequence)
                done.append(sequence)
        return done

    def until_done(self) -> int:
        """After how many iterations the first of them is done."""
        while self._ends[0][2].finish != self._ends[0][0]:
            heappop(self._ends)
        return self._ends[0][0] - self._iteration

    def growth(self, iterations: int) -> int:
        """How many more blocks they hold after so many iterations."""
        size = self._block_tokens
        first = self._iteration % size
        if iterations == 1:
            return self._begins[first]
        rounds, rest = divmod(iterations, size)
        return rounds * len(self._members) + sum(self._begins[first : first + rest])

    def iterations_within(self, blocks: int, most: int) -> int:
        """For how many iterations, `most` at most, so many more blocks are enough."""
        size = self._block_tokens
        if len(self._members) * (most // size + 1) <= blocks:
            return most
        rounds, left = divmod(blocks, len(self._members))
        first = self._iteration % size
        for ahead in range(size):
            left -= self._begins[first + ahead]
            if left < 0:
                break  # always: a round needs a block for each, and there are fewer
        return min(most, rounds * size + ahead)

    def _count_blocks(self, sequence: Sequence, jobs: int) -> None:
        first = -sequence.base % self._block_tokens
        self._begins[first] += jobs
        self._begins[first + self._block_tokens] += jobs
