"""A part of the memory is kept for prefixes."""

from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass

from workloads import STRICT


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Pin:
    """Prefixes have a part of the memory to themselves: a burst of jobs does not wipe them out.

    Within it the prefix that was used longest ago makes room. Running jobs have the rest, and no more.
    """

    share: Annotated[float, Field(ge=0.0, lt=1.0)]
    """Share of the memory that is kept."""

    def reserved_blocks(self, capacity_blocks: int) -> int:
        """The share, in whole blocks."""
        return int(self.share * capacity_blocks)

    def room_blocks(self, capacity_blocks: int, used_blocks: int) -> int:
        """The share, whoever runs."""
        return self.reserved_blocks(capacity_blocks)
