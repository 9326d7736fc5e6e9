"""Text alone, as in the paper."""

from pydantic.dataclasses import dataclass

from workloads import STRICT


@dataclass(frozen=True, kw_only=True, config=STRICT)
class NoAttachments:
    """Nothing comes with any prompt."""

    def bits(self, index: int, uniform: float) -> float:
        """0, whatever the luck."""
        return 0.0
