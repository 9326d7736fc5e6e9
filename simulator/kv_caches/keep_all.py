"""Both models keep what they have processed: the incremental prefill of the paper's Fig. 2."""

from pydantic.dataclasses import dataclass

from simulator.context import Context
from workloads import Site


@dataclass(frozen=True, kw_only=True)
class KeepAll:
    """Both models keep what they have processed: the incremental prefill of the paper's Fig. 2."""

    @property
    def keeps_all(self) -> bool:
        """Yes."""
        return True

    def reprefill_tokens(self, context: Context, site: Site) -> float:
        """What was said since `site` last answered, and its own answer if that followed thoughts."""
        return context.tokens - context.held_tokens(site)
