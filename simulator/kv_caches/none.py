"""No model keeps anything between turns."""

from pydantic.dataclasses import dataclass

from simulator.context import Context
from workloads import Site


@dataclass(frozen=True, kw_only=True)
class NoCache:
    """No model keeps anything between turns."""

    @property
    def keeps_all(self) -> bool:
        """No."""
        return False

    def reprefill_tokens(self, context: Context, site: Site) -> float:
        """Always the whole context."""
        return context.tokens
