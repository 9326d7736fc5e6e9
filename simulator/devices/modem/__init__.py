"""What the radio costs the battery: the contract of every modem.

All power is above that of a phone whose screen is on and whose radio sleeps.
"""

from typing import Protocol


class Meter(Protocol):
    """The modem of one phone, live."""

    def transfer_j(self, start_s: float, end_s: float, bits: float, uplink: bool) -> float:
        """What a transfer costs, given all that the meter was told before [J].

        Transfers may be told in any order; what two of them share is paid once.
        """


class Modem(Protocol):
    """A law of radio power."""

    def open(self) -> Meter:
        """The meter of a phone whose radio sleeps."""
