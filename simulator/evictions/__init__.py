"""What becomes of a session's KV cache between its turns: the contract of every eviction law.

Blocks of a job that is done (or was put back) may stay in memory as its session's prefix, until somebody
needs their room. Whatever the law, the session that was used longest ago loses blocks first, from its end.
"""

from typing import Protocol


class Eviction(Protocol):
    """A law of room for prefixes; blocks are whole numbers."""

    def reserved_blocks(self, capacity_blocks: int) -> int:
        """Blocks that running jobs never get."""

    def room_blocks(self, capacity_blocks: int, used_blocks: int) -> int:
        """Most blocks that prefixes may hold while running jobs hold `used_blocks`."""
