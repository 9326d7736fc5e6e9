"""A radio that is on while something moves, half awake for a while after, and asleep otherwise."""

from bisect import bisect_left, bisect_right
from itertools import pairwise
from math import inf

from pydantic import NonNegativeFloat
from pydantic.dataclasses import dataclass

from workloads import STRICT

KEPT_STRETCHES = 64
"""Stretches of activity that a meter remembers: what overlaps with older ones is paid in full."""

Stretch = tuple[float, float]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class ThreeStates:
    """Connected, tail, idle, as power models have it since Huang et al., MobiSys 2012.

    Connected power is linear in the rate, so what moves costs `_w_per_mbps` joules per Mbit, however fast.
    The radio is connected from when a payload is handed over until it is there, the overhead delta included.
    The tail is paid when its transfer is told; a later transfer in it pays only what it adds. Left out: the
    peak of waking up, and how strong the signal is.
    """

    uplink_w: NonNegativeFloat
    """Connected and sending, at a rate towards 0 [W]."""
    uplink_w_per_mbps: NonNegativeFloat
    """For each Mbit/s sent [W]."""
    downlink_w: NonNegativeFloat
    """Connected and receiving, at a rate towards 0 [W]."""
    downlink_w_per_mbps: NonNegativeFloat
    """For each Mbit/s received [W]."""
    tail_w: NonNegativeFloat
    """After the last transfer, before the radio sleeps [W]."""
    tail_s: NonNegativeFloat
    """How long that is [s]."""

    def __post_init__(self) -> None:
        least_w = min(self.uplink_w, self.downlink_w)
        if self.tail_w > least_w:
            raise ValueError(
                f"tail_w ({self.tail_w:g}) must be at most uplink_w and downlink_w ({least_w:g}):"
                " a radio that does nothing needs no more than one that works"
            )

    def open(self) -> "StateMeter":
        """A meter that has seen nothing."""
        return StateMeter(self)


class StateMeter:
    """The live side of `ThreeStates`: when the radio was connected, as far as that is paid."""

    def __init__(self, law: ThreeStates) -> None:
        self._law = law
        self._stretches: list[Stretch] = []
        """Apart from each other, in the order of time."""

    def transfer_j(self, start_s: float, end_s: float, bits: float, uplink: bool) -> float:
        """The bits, the seconds that nobody has paid yet, and what the tails grow or shrink by."""
        law = self._law
        connected_w = law.uplink_w if uplink else law.downlink_w
        bits_j = (law.uplink_w_per_mbps if uplink else law.downlink_w_per_mbps) * bits / 1e6
        if end_s <= start_s:
            return bits_j
        fresh_s, tail_s = self._connect(start_s, end_s)
        return bits_j + connected_w * fresh_s + law.tail_w * tail_s

    def _connect(self, start_s: float, end_s: float) -> tuple[float, float]:
        """Note a stretch; how much of it is new, and by how much that lengthens all tails together."""
        all_of_them = self._stretches
        if not all_of_them or start_s > all_of_them[-1][1]:  # as nearly always: short for what follows
            tail_s = min(self._law.tail_s, start_s - all_of_them[-1][1]) if all_of_them else self._law.tail_s
            all_of_them.append((start_s, end_s))
            if len(all_of_them) > KEPT_STRETCHES:
                del all_of_them[:-KEPT_STRETCHES]
            return end_s - start_s, tail_s
        first = bisect_left(all_of_them, start_s, key=lambda stretch: stretch[1])
        behind = bisect_right(all_of_them, end_s, key=lambda stretch: stretch[0])
        met = all_of_them[first:behind]
        known_s = sum(min(end_s, until_s) - max(start_s, from_s) for from_s, until_s in met)
        merged = (min(start_s, met[0][0]), max(end_s, met[-1][1])) if met else (start_s, end_s)
        before, after = all_of_them[max(first - 1, 0) : first], all_of_them[behind : behind + 1]
        longer_s = self._tails_s([*before, merged, *after], after) - self._tails_s(
            [*before, *met, *after], after
        )
        all_of_them[first:behind] = [merged]
        return end_s - start_s - known_s, longer_s

    def _tails_s(self, stretches: list[Stretch], bound: list[Stretch]) -> float:
        """Tails of stretches in a row, each cut off by the next; where there is a `bound`, it is the last."""
        ends = stretches if bound else [*stretches, (inf, inf)]
        tail_s = self._law.tail_s
        return sum(min(tail_s, later[0] - sooner[1]) for sooner, later in pairwise(ends))
