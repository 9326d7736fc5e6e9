"""The same share of every reply is thoughts."""

from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass

from workloads import STRICT, Site

Share = Annotated[float, Field(ge=0.0, le=1.0)]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class FixedShare:
    """Each model thinks for so much of all that it writes; the workload's lengths include the thoughts.

    Left out: that hard questions take a larger share of thoughts than easy ones; models that keep thoughts
    between the calls of a tool.
    """

    device_share: Share
    """Of what the small model writes."""

    edge_share: Share
    """Of what the large model writes."""

    @property
    def thinks(self) -> bool:
        """Unless both shares are 0."""
        return self.device_share > 0.0 or self.edge_share > 0.0

    def tokens(self, site: Site, response_tokens: float) -> float:
        """The site's share of the reply."""
        return response_tokens * (self.device_share if site is Site.DEVICE else self.edge_share)
