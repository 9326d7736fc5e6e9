"""Prefixes stay wherever there is room; the one used longest ago makes room first."""

from pydantic.dataclasses import dataclass

from workloads import STRICT


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Lru:
    """Prefixes fill what running jobs leave free: vLLM's automatic prefix caching."""

    def reserved_blocks(self, capacity_blocks: int) -> int:
        """None."""
        return 0

    def room_blocks(self, capacity_blocks: int, used_blocks: int) -> int:
        """All that is free."""
        return capacity_blocks - used_blocks
