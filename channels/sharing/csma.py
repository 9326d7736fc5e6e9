"""Wi-Fi's way: everybody listens, waits a random time, sends, and sometimes collides."""

import math
from collections.abc import Sequence
from typing import Annotated

from pydantic import Field, NonNegativeFloat, PositiveFloat
from pydantic.dataclasses import dataclass

from channels import STRICT, Rate
from channels.parts.bianchi import contention
from channels.parts.shares import slowed


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Csma:
    """Of n users each gets S(n) / n of their own rate, S being the efficiency of IEEE 802.11's DCF.

    Bianchi, IEEE J. Sel. Areas Commun. 18(3), 2000: basic access, ideal channel, everybody hears everybody.
    All frames last as long as one of `frame_bits` at `phy_bps`, so users have equal time, as under a limit
    of the transmission opportunity. Left out: RTS/CTS, hidden stations, retry limits, propagation delay; slow
    stations with longer frames that hold everybody up (Heusse et al., INFOCOM 2003). The two directions do
    not contend with each other.
    """

    slot_s: PositiveFloat
    """sigma: a slot of the backoff [s]."""

    sifs_s: NonNegativeFloat
    """Gap between a frame and its acknowledgement [s]."""

    difs_s: PositiveFloat
    """Idle time before a backoff goes on [s]."""

    smallest_window: Annotated[int, Field(ge=2, le=2**15)]
    """W: slots from which the first backoff is drawn, CWmin + 1."""

    backoff_stages: Annotated[int, Field(ge=0, le=15)]
    """m: how often collisions double the window."""

    frame_bits: PositiveFloat
    """Payload sent in one access, aggregation included [bit]."""

    phy_bps: PositiveFloat
    """Rate at which the payload's time on air is reckoned [bit/s]."""

    preamble_s: NonNegativeFloat
    """What precedes the payload: preamble and headers [s]."""

    ack_s: NonNegativeFloat
    """Length of the acknowledgement [s]."""

    def __post_init__(self) -> None:
        if self.difs_s <= self.sifs_s:
            raise ValueError(
                f"difs_s ({self.difs_s:g}) must be longer than sifs_s ({self.sifs_s:g}):"
                " else nothing protects an acknowledgement"
            )

    @property
    def apart(self) -> bool:
        """No."""
        return False

    def allot(self, rates: Sequence[Rate], uplink: bool) -> Sequence[Rate]:
        """An n-th of the useful time to each."""
        useful = self.efficiency(len(rates))
        times = len(rates) / useful if useful > 0.0 else math.inf
        return [slowed(rate, times) for rate in rates]

    def efficiency(self, users: int) -> float:
        """S, Eq. 13: the share of time that carries payload while `users` always have something to send."""
        attempt = contention(users, self.smallest_window, self.backoff_stages).attempt
        lonely = users * attempt * (1.0 - attempt) ** (users - 1)  # P_s P_tr: one sends, and no other
        quiet = (1.0 - attempt) ** users  # 1 - P_tr
        payload_s = self.frame_bits / self.phy_bps
        collided_s = self.preamble_s + payload_s + self.difs_s
        success_s = collided_s + self.sifs_s + self.ack_s
        busy = 1.0 - quiet - lonely
        return lonely * payload_s / (quiet * self.slot_s + lonely * success_s + busy * collided_s)
