"""Air that several users share: one direction of one cell, live.

What everybody gets changes only when somebody comes or goes. Between two such instants each transfer follows
the share that the sharing law allots, so its end is exact; an event is spent on a coming or going, none on
slots. Only the next end is worked out, and not where it is far off: somebody may come before.
"""

from collections.abc import Callable, Sized
from math import inf, nan
from typing import Any

import simpy

from channels import Rate
from channels.sharing import Sharing
from simulator.clock import Clock
from workloads import Turn

SHORTEST_LOOK_S, LONGEST_LOOK_S = 0.125, 64.0
"""How far a medium looks ahead for the next end; farther each time that it finds none."""

AMPLE = 4.0
"""The first look goes so many times as far as the next end, or the next coming or going, seems to be."""

HOPELESS_S = 100_000.0
"""Where a transfer would last longer at its pace, maybe its link is dead."""


class Sending:
    """A payload on its way. `through` is called with the instant at which its last bit has passed."""

    __slots__ = (
        *("behind", "first_bps", "given_up", "left_bits"),
        *("rate", "share", "through", "through_at_s", "turn"),
    )

    def __init__(
        self, turn: Turn, rate: Rate, bits: float, through: Callable[[float], None], behind: Sized
    ) -> None:
        """`behind` holds what the same user wants to send after it."""
        self.turn, self.rate, self.left_bits, self.through, self.behind = turn, rate, bits, through, behind
        self.share = rate
        self.through_at_s = inf
        """When it is through if nobody comes or goes any more; infinite while that is not worked out."""
        self.first_bps = nan
        """Its rate when it began to move [bit/s]."""
        self.given_up = False
        """Whether its link carries (almost) nothing any more."""

    def ask(self, now_s: float) -> float:
        """Work its end out."""
        self.through_at_s = self.share.finish_s(now_s, self.left_bits)
        self.given_up = self.through_at_s == inf
        return self.through_at_s

    def likely_s(self, now_s: float) -> float:
        """About how long it will take: a guess that nothing but speed depends on."""
        bps = self.share.rate_bps(now_s)
        return self.left_bits / bps if bps else inf


class Medium:
    """All transfers under way in one direction of a cell."""

    def __init__(self, clock: Clock, sharing: Sharing, uplink: bool) -> None:
        self._clock, self._sharing, self._uplink = clock, sharing, uplink
        self._under_way: list[Sending] = []
        self._settled_at_s = 0.0
        self._dealt_at_s, self._calm_s = 0.0, LONGEST_LOOK_S  # the latter: about the time between deals
        self._alarms = 0

    def join(self, sending: Sending) -> None:
        """Begin a transfer now."""
        self._settle()
        self._under_way.append(sending)
        self._deal()
        sending.first_bps = sending.share.rate_bps(self._settled_at_s)

    @property
    def stuck_transfers(self) -> int:
        """How many transfers will never be through, those that wait behind them included."""
        return sum(1 + len(sending.behind) for sending in self._under_way if sending.given_up)

    def _settle(self) -> None:
        """Take off what has passed since the last time."""
        before_s, now_s = self._settled_at_s, self._clock.env.now
        if now_s > before_s:
            for sending in self._under_way:
                sending.left_bits = max(0.0, sending.left_bits - sending.share.bits(before_s, now_s))
        self._settled_at_s = now_s

    def _deal(self) -> None:
        """Allot the air anew."""
        self._alarms += 1  # those set before are void
        now_s = self._settled_at_s
        self._calm_s = max(now_s - self._dealt_at_s, self._calm_s / 2.0)
        self._dealt_at_s = now_s
        if self._under_way:
            shares = self._sharing.allot([sending.rate for sending in self._under_way], self._uplink)
            for sending, share in zip(self._under_way, shares, strict=True):
                sending.share, sending.through_at_s = share, inf
            self._look(0.0)

    def _look(self, ahead_s: float) -> None:
        """Ring when the next transfer is through, or when to look again. `ahead_s`: how far; 0 is a guess."""
        now_s = self._settled_at_s
        moving = [sending for sending in self._under_way if not sending.given_up]
        if len(moving) > 1:
            likely_s = {sending: sending.likely_s(now_s) for sending in moving}
            moving.sort(key=likely_s.__getitem__)
            ahead_s = ahead_s or AMPLE * min(likely_s[moving[0]], self._calm_s)
            ahead_s = min(max(ahead_s, SHORTEST_LOOK_S), LONGEST_LOOK_S)
            at_s = self._next_end_s(moving, now_s, ahead_s)
        else:
            at_s = min((sending.ask(now_s) for sending in moving), default=inf)
        if at_s < inf:
            alarm = self._clock.ring(at_s, moving[0].turn, (self._alarms, 2.0 * ahead_s))
            alarm.callbacks.append(self._ring)

    def _next_end_s(self, moving: list[Sending], now_s: float, ahead_s: float) -> float:
        """When the next transfer is through; `ahead_s` from now if none is by then; infinite if none is."""
        until_s, hope = now_s + ahead_s, False
        for sending in moving:
            passed_bits = sending.share.bits(now_s, until_s)
            if passed_bits >= sending.left_bits:
                until_s = min(until_s, sending.ask(now_s))
            elif ahead_s == LONGEST_LOOK_S and passed_bits * HOPELESS_S <= sending.left_bits * ahead_s:
                # Not even alone? Then it may hold the others up, but not the search for their ends.
                sending.given_up = sending.rate.finish_s(now_s, sending.left_bits) == inf
            hope = hope or not sending.given_up
        return until_s if hope else inf

    def _ring(self, alarm: simpy.Event) -> None:
        """Somebody is through, or it is time to look again; nothing, if somebody has come in between."""
        value: Any = alarm.value
        number, ahead_s = value
        if number != self._alarms:
            return
        self._settle()
        now_s = self._settled_at_s
        gone = [sending for sending in self._under_way if sending.through_at_s <= now_s]
        if not gone:
            self._look(ahead_s)
            return
        self._under_way = [sending for sending in self._under_way if sending.through_at_s > now_s]
        self._deal()
        for sending in gone:
            sending.through(now_s)
