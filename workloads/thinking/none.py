"""Every token of a reply is for the user, as in the paper."""

from pydantic.dataclasses import dataclass

from workloads import STRICT, Site


@dataclass(frozen=True, kw_only=True, config=STRICT)
class NoThinking:
    """No thoughts, or thoughts that are sent and kept like the rest of the reply."""

    @property
    def thinks(self) -> bool:
        """No."""
        return False

    def tokens(self, site: Site, response_tokens: float) -> float:
        """0, however long the reply is."""
        return 0.0
