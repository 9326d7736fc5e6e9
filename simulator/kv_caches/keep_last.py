"""Only the model that answered last keeps its cache: Section II-B of the paper."""

from pydantic.dataclasses import dataclass

from simulator.context import Context
from workloads import Site


@dataclass(frozen=True, kw_only=True)
class KeepLast:
    """Only the model that answered last keeps its cache: Section II-B of the paper."""

    @property
    def keeps_all(self) -> bool:
        """No: a switch forgets."""
        return False

    def reprefill_tokens(self, context: Context, site: Site) -> float:
        """The whole context after a switch; without one 0, or the last answer if that followed thoughts."""
        return context.tokens - context.held_tokens(site) if site is context.last_site else context.tokens
