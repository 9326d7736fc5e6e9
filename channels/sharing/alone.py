"""Every user has a channel of their own: the paper's reading of Eq. 3."""

from collections.abc import Sequence

from pydantic.dataclasses import dataclass

from channels import STRICT, Rate


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Alone:
    """Nobody shares anything."""

    @property
    def apart(self) -> bool:
        """Yes."""
        return True

    def allot(self, rates: Sequence[Rate], uplink: bool) -> Sequence[Rate]:
        """To each their own."""
        return rates
