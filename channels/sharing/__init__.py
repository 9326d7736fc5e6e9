"""How the users of a cell divide the air: the contract of every sharing law."""

from collections.abc import Sequence
from typing import Protocol

from channels import Rate


class Sharing(Protocol):
    """A law of sharing, each direction by itself."""

    @property
    def apart(self) -> bool:
        """Whether nobody slows anybody, so that `allot` hands back what it was given."""

    def allot(self, rates: Sequence[Rate], uplink: bool) -> Sequence[Rate]:
        """What each of these users gets while all of them send, and nobody comes or goes.

        `rates` are what each would have alone, at least one; the answer is in the same order, a function of
        the arguments alone. A share holds at any instant, also before and after: it is asked only where it is
        true. So a transfer among comings and goings is exact: between two of them it follows one share.
        """
