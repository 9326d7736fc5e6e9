"""What must be read again: the contract of every KV cache rule (Delta C_t in Eq. 1).

The paper allows two readings. Section II-B reads the whole context again after a switch (`keep_last`);
Fig. 2's third turn reads only what the model missed, an "incremental prefill" (`keep_all`).
"""

from typing import Protocol

from simulator.context import Context
from workloads import Site


class KvCache(Protocol):
    """A rule for what a site still holds of a session's context."""

    @property
    def keeps_all(self) -> bool:
        """Whether a site keeps whatever it has read, or was given, for the length of a session."""

    def reprefill_tokens(self, context: Context, site: Site) -> float:
        """Delta C_t: tokens of the context that `site` would read again, from 0 to C_t."""
