"""The radio of a phone: one direction of one user's link, alone or shared with the others of a cell."""

from collections import deque
from collections.abc import Callable, Sequence
from math import inf, nan
from typing import TYPE_CHECKING, NamedTuple, Protocol

import simpy

from channels import Delay, Link, Rate
from channels.sharing import Sharing
from simulator.clock import Clock
from simulator.medium import Medium, Sending
from workloads import Turn

if TYPE_CHECKING:
    from simulator.deliveries._stream import Stream

STREAMS_KEPT = 8
"""Streams that a radio remembers: as many replies of one phone may overlap and all be told apart."""


class Transfer(NamedTuple):
    """What became of a payload."""

    took_s: float
    """From handing it over to its arrival, waiting for the radio and overhead included."""
    rate_bps: float
    """Rate at the instant at which it began to move: what the user got, where the air is shared."""
    bits: float
    """What it weighed."""


NO_TRANSFER = Transfer(0.0, nan, 0.0)
"""Eq. 2: nothing leaves the phone."""


class Radio(Protocol):
    """One direction of one user's link: payloads go through one after another, first come, first served."""

    @property
    def rate(self) -> Rate:
        """What the user would have alone: what an estimator may observe."""

    def send(self, turn: Turn, bits: float) -> simpy.Event:
        """Send a payload; the event succeeds with its `Transfer`, or never if the link never carries it."""


class Radios(NamedTuple):
    """Both directions. The uplink carries the overhead delta, once a turn, as Eq. 3 does."""

    up: Radio
    down: Radio


class Cell:
    """The users who share the air, each direction by itself."""

    def __init__(self, clock: Clock, sharing: Sharing) -> None:
        self._clock = clock
        self._media = None if sharing.apart else (Medium(clock, sharing, True), Medium(clock, sharing, False))

    def radios(self, link: Link, delay: Delay) -> Radios:
        """One user's radios in this cell."""
        if self._media is None:
            return Radios(OwnRadio(self._clock, link.up, delay), OwnRadio(self._clock, link.down, None))
        up, down = self._media
        return Radios(
            SharedRadio(self._clock, up, link.up, delay), SharedRadio(self._clock, down, link.down, None)
        )

    @property
    def stuck_transfers(self) -> int:
        """How many transfers are under way that will never be through."""
        return sum(medium.stuck_transfers for medium in self._media or ())


class OwnRadio:
    """A radio that nobody slows: a transfer's end is known at its start, so it is one event."""

    def __init__(self, clock: Clock, rate: Rate, delay: Delay | None) -> None:
        self._clock, self.rate, self._delay = clock, rate, delay
        self._free_at_s = 0.0
        self._streams: tuple[Stream, ...] = ()

    def send(self, turn: Turn, bits: float) -> simpy.Event:
        """Book the radio from when it is free."""
        now_s = self._clock.env.now
        start_s = max(now_s, self._free_at_s)
        through_s = inf
        if start_s < inf:  # else an earlier payload is stuck for ever
            through_s = self.rate.finish_s(start_s, bits)
        if through_s == inf:
            self._free_at_s = inf
            return self._clock.never()
        self._free_at_s = through_s
        there_s = through_s + self._delay.delay_s(through_s) if self._delay else through_s
        return self._clock.ring(there_s, turn, Transfer(there_s - now_s, self.rate.rate_bps(start_s), bits))

    def stream(self, turn: Turn, plan: "Callable[[Sequence[Stream], float], Stream]") -> simpy.Event:
        """Finish a payload that went down while it was made, whose last part is ready now.

        `plan` is given the streams before it and the present, and tells what becomes of it. The event
        succeeds with the `Transfer` of what was left, and the `Stream`. No overhead is paid.
        """
        now_s = self._clock.env.now
        stream = plan(self._streams, now_s)
        stream = stream._replace(through_s=max(stream.through_s, self._free_at_s))
        self._free_at_s = stream.through_s
        self._streams = (*self._streams[1 - STREAMS_KEPT :], stream)
        if stream.through_s == inf:
            return self._clock.never()
        left = Transfer(stream.through_s - now_s, self.rate.rate_bps(stream.first_at_s), stream.bits)
        return self._clock.ring(stream.through_s, turn, (left, stream))


class SharedRadio:
    """A radio on a medium that others use too: a transfer ends when the medium says so."""

    def __init__(self, clock: Clock, medium: Medium, rate: Rate, delay: Delay | None) -> None:
        self._clock, self._medium, self.rate, self._delay = clock, medium, rate, delay
        self._waiting: deque[Sending] = deque()
        self._busy = False

    def send(self, turn: Turn, bits: float) -> simpy.Event:
        """Take the medium, or wait for this user's earlier payloads."""
        alarm, asked_at_s = self._clock.alarm(turn), self._clock.env.now

        def through(through_s: float) -> None:
            there_s = through_s + self._delay.delay_s(through_s) if self._delay else through_s
            alarm.ring(there_s, Transfer(there_s - asked_at_s, sending.first_bps, bits))
            self._busy = bool(self._waiting)
            if self._waiting:
                self._medium.join(self._waiting.popleft())

        sending = Sending(turn, self.rate, bits, through, self._waiting)
        if self._busy:
            self._waiting.append(sending)
        else:
            self._busy = True
            self._medium.join(sending)
        return alarm
