"""Blocks of KV cache: what running jobs hold, and the prefixes that sessions left behind."""

from collections import OrderedDict
from math import inf

from simulator.evictions import Eviction
from simulator.machines import Machine

Key = tuple[int, int]
"""A session: user and session."""


_ENDLESS_BLOCKS = 2**62


def memory_of(machine: Machine, eviction: Eviction) -> "Memory":
    """A machine's memory, empty.

    Raises `ValueError` where it is too small for one job as long as the model's window.
    """
    memory = Memory(machine.kv_tokens, machine.block_tokens, eviction)
    if not memory.endless and machine.window_tokens > memory.limit_blocks * memory.block_tokens:
        room = memory.limit_blocks * memory.block_tokens
        raise ValueError(
            f"edge.window_tokens={machine.window_tokens:g}: the memory has room for {room} tokens of running"
            " jobs, and one job may fill a window; set it to at most that, or lower scheduler.eviction.share"
        )
    return memory


class Memory:
    """So many blocks of `block_tokens` tokens each.

    In endless memory every prefix is still there, unless the law keeps none; nothing is written down then.
    """

    def __init__(self, kv_tokens: float, block_tokens: int, eviction: Eviction) -> None:
        self.block_tokens = block_tokens
        self.endless = kv_tokens == inf
        self.capacity_blocks = _ENDLESS_BLOCKS if self.endless else int(kv_tokens) // block_tokens
        self.limit_blocks = self.capacity_blocks - eviction.reserved_blocks(self.capacity_blocks)
        """Most blocks that running jobs may hold."""
        self.used_blocks = 0
        """Blocks that running jobs hold."""
        self._eviction = eviction
        self._prefixes: OrderedDict[Key, int] = OrderedDict()
        self._prefix_blocks = 0

    @property
    def prefixes(self) -> dict[Key, int]:
        """Blocks that each session has left behind, the one used longest ago first."""
        return dict(self._prefixes)

    def blocks(self, tokens: int) -> int:
        """Blocks that so many tokens need."""
        return -(-tokens // self.block_tokens)

    def fits(self, more_blocks: int) -> bool:
        """Whether running jobs may have so many more."""
        return self.used_blocks + more_blocks <= self.limit_blocks

    def take(self, blocks: int) -> None:
        """Running jobs get so many more; prefixes give way."""
        self.used_blocks += blocks
        if self._prefix_blocks:
            self._evict()

    def give_back(self, blocks: int) -> None:
        """Running jobs hold so many fewer."""
        self.used_blocks -= blocks

    def keep(self, key: Key, blocks: int) -> None:
        """Leave a prefix behind, as the one that was used last; call after `give_back`."""
        self._drop(key)
        if blocks and not self.endless:
            self._prefixes[key] = blocks
            self._prefix_blocks += blocks
            self._evict()

    def prefix_blocks(self, key: Key) -> int:
        """What is left of a session's prefix."""
        if self.endless:
            return self._eviction.room_blocks(self.capacity_blocks, 0)
        return self._prefixes.get(key, 0)

    def claim(self, key: Key, blocks: int) -> None:
        """So much of a session's prefix becomes a running job's; the rest of it is gone."""
        self._drop(key)
        self.used_blocks += blocks

    def _drop(self, key: Key) -> None:
        self._prefix_blocks -= self._prefixes.pop(key, 0)

    def _evict(self) -> None:
        room = self._eviction.room_blocks(self.capacity_blocks, self.used_blocks)
        while self._prefix_blocks > room:
            key, blocks = next(iter(self._prefixes.items()))
            lost = min(blocks, self._prefix_blocks - room)
            self._prefix_blocks -= lost
            if lost == blocks:
                del self._prefixes[key]
            else:
                self._prefixes[key] = blocks - lost
