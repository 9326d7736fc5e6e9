"""Air that several users share: one direction of one cell, live.

What everybody gets changes only when somebody comes or goes. Between two such instants each transfer follows
the share that the sharing law allots, so its end is exact; an event is spent on a coming or going, none on
slots.
"""

from collections.abc import Callable
from math import inf, nan

import simpy

from channels import Rate
from channels.sharing import Sharing
from simulator.clock import Clock
from workloads import Turn


class Sending:
    """A payload on its way. `through` is called with the instant at which its last bit has passed."""

    __slots__ = ("first_bps", "left_bits", "rate", "share", "through", "through_at_s", "turn")

    def __init__(self, turn: Turn, rate: Rate, bits: float, through: Callable[[float], None]) -> None:
        self.turn, self.rate, self.left_bits, self.through = turn, rate, bits, through
        self.share = rate
        self.through_at_s = inf
        """When it is through if nobody comes or goes any more."""
        self.first_bps = nan
        """Its rate when it began to move [bit/s]."""


class Medium:
    """All transfers under way in one direction of a cell."""

    def __init__(self, clock: Clock, sharing: Sharing, uplink: bool) -> None:
        self._clock, self._sharing, self._uplink = clock, sharing, uplink
        self._under_way: list[Sending] = []
        self._dealt_at_s = 0.0
        self._deals = 0

    def join(self, sending: Sending) -> None:
        """Begin a transfer now."""
        self._settle()
        self._under_way.append(sending)
        self._deal()
        sending.first_bps = sending.share.rate_bps(self._dealt_at_s)

    @property
    def stuck_transfers(self) -> int:
        """How many transfers will never be through."""
        return sum(sending.through_at_s == inf for sending in self._under_way)

    def _settle(self) -> None:
        """Take off what has passed since the last deal."""
        now_s = self._clock.env.now
        if now_s > self._dealt_at_s:
            for sending in self._under_way:
                passed_bits = sending.share.bits(self._dealt_at_s, now_s)
                sending.left_bits = max(0.0, sending.left_bits - passed_bits)

    def _deal(self) -> None:
        """Allot the air anew, and ring when the next transfer is through."""
        self._dealt_at_s = now_s = self._clock.env.now
        self._deals += 1
        if not self._under_way:
            return
        shares = self._sharing.allot([sending.rate for sending in self._under_way], self._uplink)
        for sending, share in zip(self._under_way, shares, strict=True):
            sending.share = share
            sending.through_at_s = share.finish_s(now_s, sending.left_bits)
        first = min(self._under_way, key=lambda sending: sending.through_at_s)
        if first.through_at_s < inf:
            alarm = self._clock.ring(first.through_at_s, first.turn, self._deals)
            alarm.callbacks.append(self._end)

    def _end(self, alarm: simpy.Event) -> None:
        """Somebody is through, unless somebody else has come in between."""
        if alarm.value != self._deals:
            return
        now_s = self._clock.env.now
        self._settle()
        gone = [sending for sending in self._under_way if sending.through_at_s <= now_s]
        self._under_way = [sending for sending in self._under_way if sending.through_at_s > now_s]
        self._deal()
        for sending in gone:
            sending.through(now_s)
