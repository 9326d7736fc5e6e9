"""Everybody in turn, in slots too short to notice."""

from collections.abc import Sequence

from pydantic.dataclasses import dataclass

from channels import STRICT, Rate
from channels.parts.shares import slowed


@dataclass(frozen=True, kw_only=True, config=STRICT)
class RoundRobin:
    """Of n users each gets 1/n of the time, or of the band, at the rate of their own channel.

    On channels that are equal and constant this is egalitarian processor sharing (Kleinrock, J. ACM 14,
    1967). Left out: the length of a slot; that a phone with 1/n of the band may send its whole power in it,
    so that its SNR is up to n times as high (FDMA, uplink).
    """

    @property
    def apart(self) -> bool:
        """No."""
        return False

    def allot(self, rates: Sequence[Rate], uplink: bool) -> Sequence[Rate]:
        """An n-th to each."""
        return [slowed(rate, len(rates)) for rate in rates]
