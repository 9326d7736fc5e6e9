"""Nothing stays when a job is done."""

from pydantic.dataclasses import dataclass

from workloads import STRICT


@dataclass(frozen=True, kw_only=True, config=STRICT)
class KeepNone:
    """Nothing stays when a job is done: every turn reads its whole context again."""

    def reserved_blocks(self, capacity_blocks: int) -> int:
        """None."""
        return 0

    def room_blocks(self, capacity_blocks: int, used_blocks: int) -> int:
        """None."""
        return 0
