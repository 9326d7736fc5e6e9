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
        self._remainders = [0] * block_tokens
        """How many have which remainder of `base` by the size of a block."""

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self._members)

    def __iter__(self) -> Iterator[Sequence]:
        return iter(self._members)

    @property
    def context_tokens(self) -> int:
        """Tokens of cache that the next iteration reads, the one that it adds to each included."""
        return self._sum_base + len(self._members) * (self._iteration + 1)

    @property
    def longest_tokens(self) -> int:
        """The same for the longest; 0 where nobody writes."""
        if not self._members:
            return 0
        if self._longest_base is None:
            self._longest_base = max(sequence.base for sequence in self._members)
        return self._longest_base + self._iteration + 1

    def join(self, sequence: Sequence) -> None:
        """A job has its first token, or its next after it was put back."""
        sequence.base = sequence.computed - self._iteration
        sequence.finish = self._iteration + sequence.left
        self._members[sequence] = None
        heappush(self._ends, (sequence.finish, sequence.number, sequence))
        self._sum_base += sequence.base
        self._remainders[sequence.base % self._block_tokens] += 1
        longest = sequence.base if len(self._members) == 1 else self._longest_base
        if longest is not None:
            self._longest_base = max(longest, sequence.base)

    def leave(self, sequence: Sequence) -> None:
        """A job writes no more; its tokens are counted out."""
        del self._members[sequence]
        self._sum_base -= sequence.base
        self._remainders[sequence.base % self._block_tokens] -= 1
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
        size, remainders = self._block_tokens, self._remainders
        rounds, rest = divmod(iterations, size)
        first = -self._iteration
        return rounds * self.count + sum(remainders[(first - ahead) % size] for ahead in range(rest))

    def iterations_within(self, blocks: int) -> int:
        """For how many iterations so many more blocks are enough."""
        size, remainders = self._block_tokens, self._remainders
        rounds, left = divmod(blocks, self.count)
        first = -self._iteration
        for ahead in range(size):
            left -= remainders[(first - ahead) % size]
            if left < 0:
                return rounds * size + ahead
        return (rounds + 1) * size  # not reached: a round needs `count` blocks, and there are fewer
