"""Replies that go down while they are written: what of them waits for the link at an instant.

Tokens go one after another, first come, first served. By Reich's formula (Bell Syst. Tech. J. 37, 1958)
what waits just after t is the largest, over all s up to t, of the bits that came in [s, t] less the bits that
the link carries in (s, t]. Only an instant s at which a token came can give the largest, and it is enough to
look back to where the link could have carried everything since.
"""

from collections.abc import Sequence
from math import ceil, inf
from typing import NamedTuple

import numpy as np

from channels import Floats, Rate
from simulator.deliveries import Reply

SMALLEST_GAP_S = 1e-12
"""Between two tokens that are out at once."""


class Stream(NamedTuple):
    """A reply as the link sees it: equal tokens, evenly spaced."""

    last_at_s: float
    """Instant at which the last token was out."""
    gap_s: float
    """Between two tokens; above 0."""
    tokens: int
    token_bits: float
    seen_at_s: float = inf
    """Instant at which the first token was on the phone."""
    through_s: float = inf
    """Instant at which the last one was."""

    @property
    def first_at_s(self) -> float:
        """Instant at which the first token was out; rounding may put it a little below 0."""
        return self.last_at_s - (self.tokens - 1) * self.gap_s

    @property
    def bits(self) -> float:
        """What the reply weighs."""
        return self.tokens * self.token_bits

    def ages_s(self, start_s: float, end_s: float) -> Floats:
        """How long before `end_s` the tokens from `start_s` to `end_s` were out, the newest first."""
        newest = max(0, ceil((self.last_at_s - end_s) / self.gap_s))
        oldest = self.tokens - 1
        if start_s > self.first_at_s:  # else all of them, whatever rounding makes of the first one's number
            oldest = min(oldest, int((self.last_at_s - start_s) / self.gap_s))
        return (end_s - self.last_at_s) + self.gap_s * np.arange(newest, oldest + 1, dtype=np.float64)


def stream(now_s: float, reply: Reply) -> Stream:
    """A reply whose last token is out now, not yet on its way.

    Tokens are whole on the air: 3.4 are four, a little lighter; 0 are one.
    """
    tokens = max(1, ceil(reply.tokens))
    gap_s = reply.writing_s / max(1, tokens - 1)
    return Stream(now_s, max(gap_s, SMALLEST_GAP_S), tokens, reply.bits / tokens)


def sent(rate: Rate, reply: Reply, earlier: Sequence[Stream], now_s: float) -> Stream:
    """The same, with what becomes of it on a link that has `earlier` replies to carry too."""
    new = stream(now_s, reply)
    others = in_the_way(earlier, new.first_at_s)
    through_s = rate.finish_s(now_s, waiting_bits(rate, [*others, new], now_s))
    if new.tokens == 1:
        return new._replace(seen_at_s=through_s, through_s=through_s)
    first_at_s = max(0.0, new.first_at_s)
    bits = new.token_bits
    if others:
        bits = waiting_bits(rate, [*others, Stream(first_at_s, new.gap_s, 1, bits)], first_at_s)
    seen_at_s = rate.finish_s(first_at_s, bits)
    return new._replace(seen_at_s=min(seen_at_s, through_s), through_s=through_s)


def in_the_way(streams: Sequence[Stream], first_at_s: float) -> list[Stream]:
    """Those of the streams, in the order of their ends, that may delay tokens from `first_at_s` on.

    They were not through by then; nor were those through that may have delayed them in turn.
    """
    found: list[Stream] = []
    for earlier in reversed(streams):
        if earlier.through_s <= first_at_s:
            break
        found.append(earlier)
        first_at_s = min(first_at_s, earlier.first_at_s)
    return found


def waiting_bits(rate: Rate, streams: Sequence[Stream], at_s: float) -> float:
    """What was out by `at_s` and has not been carried by then; the last stream ends at that instant."""
    newest = streams[-1]
    older_bits = sum(each.bits for each in streams) - newest.token_bits
    begin_s = min(each.first_at_s for each in streams)
    span_s = newest.gap_s
    start_s = max(begin_s, at_s - span_s)
    while start_s > begin_s and rate.bits(max(0.0, start_s), at_s) < older_bits:
        span_s *= 2.0
        start_s = max(begin_s, at_s - span_s)
    alone = len(streams) == 1
    if alone and start_s > begin_s and span_s == newest.gap_s:
        return newest.token_bits  # the link carries the whole reply between two tokens
    return _most_waiting_bits(rate, streams, start_s, at_s)


def _most_waiting_bits(rate: Rate, streams: Sequence[Stream], start_s: float, at_s: float) -> float:
    """Reich's formula over the tokens from `start_s` to `at_s`."""
    ages = [each.ages_s(start_s, at_s) for each in streams]
    bits = [np.full(len(own), each.token_bits) for own, each in zip(ages, streams, strict=True)]
    ages_s = np.concatenate(ages)
    order = ages_s.argsort(kind="stable")
    came = np.concatenate(bits)[order].cumsum()
    from_s = max(0.0, start_s)
    if not from_s < at_s:
        return float(came[-1])
    offsets_s, rates_bps = rate.steps(from_s, at_s)
    back_s = offsets_s[-1] - offsets_s[::-1]
    carried = np.concatenate(([0.0], (rates_bps * np.diff(offsets_s))[::-1].cumsum()))
    return float((came - np.interp(ages_s[order], back_s, carried)).max())
