"""The jobs of a batch whose prompts are read: each gets a chunk of every iteration's token budget."""

from collections.abc import Iterator

from simulator.batching.sequence import Sequence


class Readers:
    """Jobs that read, in the order in which they were taken up."""

    def __init__(self, block_tokens: int) -> None:
        self._block_tokens = block_tokens
        self._members: list[Sequence] = []

    def __len__(self) -> int:
        return len(self._members)

    def __iter__(self) -> Iterator[Sequence]:
        return iter(self._members)

    def share(self, budget: int) -> tuple[int, int]:
        """Share the budget; what is left of it, and how many more blocks the chunks need."""
        blocks = 0
        for sequence in self._members:
            budget -= sequence.plan_chunk(budget)
            blocks += sequence.chunk_blocks(self._block_tokens)
        return budget, blocks

    def join(self, sequence: Sequence) -> None:
        """A job was taken up."""
        self._members.append(sequence)

    def leave(self, sequence: Sequence) -> None:
        """A job is put back."""
        self._members.remove(sequence)

    def chunks(self) -> tuple[int, float, int]:
        """All tokens read at once, how many stand before their chunks on average, prompts that end."""
        tokens = before = ending = 0
        for sequence in self._members:
            tokens += sequence.chunk
            before += sequence.chunk * sequence.computed
            ending += sequence.computed + sequence.chunk == sequence.known
        return tokens, before / tokens, ending

    def all_will_write(self) -> bool:
        """Whether all have more than their first token to write."""
        return all(sequence.left > 1 for sequence in self._members)

    def read(self, at_s: float) -> list[Sequence]:
        """The chunks are read at this instant; those that are through leave."""
        through: list[Sequence] = []
        others: list[Sequence] = []
        for sequence in self._members:
            (through if sequence.read_chunk(at_s) else others).append(sequence)
        self._members = others
        return through
