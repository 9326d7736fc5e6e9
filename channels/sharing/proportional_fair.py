"""A base station that serves whoever's channel is good just now, by their own standards."""

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Annotated, NamedTuple

import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass

from channels import STRICT, Floats, Rate, Steps
from channels.parts.chunk import Chunk, chunk, power_of_two_up_to
from channels.parts.fair_shares import fair_shares
from channels.parts.shares import Portion, side_by_side, slowed
from channels.parts.steady import Steady

KEPT_NUMBERS = 2**20
"""Shares, users times pieces, that the windows of one allotment remember together: 8 MB."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class ProportionalFair:
    """In each window of time, the shares with the highest sum of logarithms of what each user is carried.

    So at nearly every instant one user has the whole band, the one with the highest R_i over own throughput:
    on channels that vary alike by the highest R_i / mean R_i, for equal time; on constant channels everybody
    has 1/n. The scheduler of the textbooks (argmax R_i / T_i with T_i a moving average of what user i was
    carried: Tse and Viswanath, 2005, section 6.7) tends to this as its averages settle and vary little
    (Kushner and Whiting, IEEE Trans. Wireless Commun. 3(4), 2004). Solved to 2 % of throughput.

    Left out: the start of a transfer, when a low average wins a newcomer the band; the slot and the delay of
    reports; several users at once on different subcarriers. A window's shares are chosen with all of the
    window known, as if all who send now sent throughout.
    """

    averaging_s: Annotated[float, Field(ge=0.001, le=600.0)]
    """Longest window over which throughput is evened out [s]; cut to a power of two."""

    @property
    def apart(self) -> bool:
        """No."""
        return False

    def allot(self, rates: Sequence[Rate], uplink: bool) -> Sequence[Rate]:
        """What each wins. Its finish_s gives up after 2**20 windows: 12 days of 1 s."""
        if len(rates) == 1:
            return rates
        if all(isinstance(rate, Steady) for rate in rates):
            sending = max(1, sum(rate.rate_bps(0.0) > 0.0 for rate in rates))
            return [slowed(rate, sending) for rate in rates]
        race = _Race(rates, power_of_two_up_to(self.averaging_s))
        return [Portion(_Won(race, user), rate) for user, rate in enumerate(rates)]


@lru_cache(maxsize=128)
def _remembered(steps: Callable[[float, float], Steps], start_s: float, end_s: float) -> Steps:
    """A stretch of a rate. The same window is decided anew whenever somebody comes or goes."""
    return steps(start_s, end_s)


class _Window(NamedTuple):
    """What everybody wins in one window."""

    offsets_s: Floats
    won_bps: Floats
    """One row a user, one column a piece."""


class _Race:
    """A set of users who all send: decided once for all of them, window by window."""

    __slots__ = ("_held", "_kept", "_rates", "span_s")

    def __init__(self, rates: Sequence[Rate], span_s: float) -> None:
        self._rates, self.span_s = rates, span_s
        self._kept: dict[int, _Window] = {}
        self._held = 0

    def window(self, number: int) -> _Window:
        """The outcome of the window that begins at `number` * `span_s`."""
        found = self._kept.get(number)
        if found is None:
            found = self._kept[number] = self._decided(number * self.span_s)
            self._held += found.won_bps.size
            while self._held > KEPT_NUMBERS and len(self._kept) > 1:
                self._held -= self._kept.pop(next(iter(self._kept))).won_bps.size
        return found

    def _decided(self, start_s: float) -> _Window:
        users = [_remembered(rate.steps, start_s, start_s + self.span_s) for rate in self._rates]
        offsets_s, alone_bps = side_by_side(users)
        return _Window(offsets_s, alone_bps * fair_shares(alone_bps, np.diff(offsets_s) / self.span_s))


class _Won:
    """`channels.parts.chunk.Pieces` of what one user wins."""

    __slots__ = ("_race", "_user", "span_s")
    peak_bps, typical_bps = math.inf, 0.0

    def __init__(self, race: _Race, user: int) -> None:
        self._race, self._user = race, user
        self.span_s = race.span_s

    def build(self, first: int, count: int) -> Chunk:
        """The chunks asked for, in one."""
        windows = [self._race.window(number) for number in range(first, first + count)]
        offsets_s, won_bps = windows[0].offsets_s, windows[0].won_bps[self._user]
        if count > 1:
            later_s = [window.offsets_s[1:] + i * self.span_s for i, window in enumerate(windows)]
            offsets_s = np.concatenate([offsets_s[:1], *later_s])
            won_bps = np.concatenate([window.won_bps[self._user] for window in windows])
        return chunk(first * self.span_s, offsets_s, won_bps)
