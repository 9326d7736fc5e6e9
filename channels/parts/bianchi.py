"""How often stations that always have something to send try, and how often they collide.

Bianchi, "Performance analysis of the IEEE 802.11 distributed coordination function", IEEE J. Sel. Areas
Commun. 18(3), 2000.
"""

from functools import lru_cache
from typing import NamedTuple

_HALVINGS = 60


class Contention(NamedTuple):
    """What one station meets."""

    attempt: float
    """tau: probability that it sends in a slot."""
    collision: float
    """p: probability that what it sends collides."""


@lru_cache(maxsize=1024)
def contention(stations: int, smallest_window: int, backoff_stages: int) -> Contention:
    """The fixed point of tau(p), Eq. 7 (there 2(1 - 2p) / ((1 - 2p)(W + 1) + p W (1 - (2p)^m))), and Eq. 9.

    The window of slots from which a station draws its wait is `smallest_window`, doubled with each collision
    up to `backoff_stages` times.
    """
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS if stations > 1 else 0):
        middle = (low + high) / 2.0
        # The more collisions, the rarer the attempts, and the fewer the collisions: there is one solution.
        if 1.0 - (1.0 - _attempt(middle, smallest_window, backoff_stages)) ** (stations - 1) > middle:
            low = middle
        else:
            high = middle
    return Contention(_attempt(low, smallest_window, backoff_stages), low)


def _attempt(collision: float, smallest_window: int, backoff_stages: int) -> float:
    """tau(p), with the fraction written as the sum that it is: p = 1/2 needs no care."""
    doublings = sum((2.0 * collision) ** stage for stage in range(backoff_stages))
    return 2.0 / (1.0 + smallest_window + collision * smallest_window * doublings)
