"""A pipe behind the air: an access point or a backhaul that carries so much and no more."""

from collections.abc import Sequence

from pydantic import PositiveFloat
from pydantic.dataclasses import dataclass

from channels import STRICT, Rate
from channels.parts.shares import capped


@dataclass(frozen=True, kw_only=True, config=STRICT)
class ProcessorSharing:
    """Of n users each gets 1/n of the pipe, or what their own channel gives, if that is less.

    Egalitarian processor sharing (Kleinrock, J. ACM 14, 1967). The channels are the users' own. What a slow
    user leaves of an n-th is not given to the others: the pipe is divided, not filled.
    """

    uplink_bps: PositiveFloat
    """Capacity from the phones to the edge [bit/s]."""

    downlink_bps: PositiveFloat
    """Capacity from the edge to the phones [bit/s]."""

    @property
    def apart(self) -> bool:
        """No."""
        return False

    def allot(self, rates: Sequence[Rate], uplink: bool) -> Sequence[Rate]:
        """At most an n-th of the pipe to each."""
        cap_bps = (self.uplink_bps if uplink else self.downlink_bps) / len(rates)
        return [capped(rate, cap_bps) for rate in rates]
