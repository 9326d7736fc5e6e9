"""How a reply comes down: the contract of every delivery.

The edge writes a reply token by token. Eq. 3 sends it when the last one is out; a chat shows each as it
comes.
"""

from collections.abc import Generator
from typing import Any, NamedTuple, Protocol

import simpy

from simulator.radio import NO_TRANSFER, Radio, Transfer
from workloads import Turn


class Reply(NamedTuple):
    """A reply whose last token is out now."""

    bits: float
    """What it weighs, as the phone gets it."""
    tokens: float
    """How many tokens that is."""
    writing_s: float
    """How long ago the first of these tokens was out."""


class Delivered(NamedTuple):
    """What became of a reply."""

    transfer: Transfer
    """Its way down, from the last token on."""
    first_seen_s: float
    """How long before the whole reply its first token was on the phone."""


NOTHING_DELIVERED = Delivered(NO_TRANSFER, 0.0)
"""Eq. 2: the reply is written on the phone."""


class Delivery(Protocol):
    """A way to bring replies to the phone."""

    @property
    def looks_back(self) -> bool:
        """Whether it must know what the link could carry while the reply was written."""

    def bring(self, radio: Radio, turn: Turn, reply: Reply) -> Generator[simpy.Event, Any, Delivered]:
        """Send a reply, and wait until the whole of it is on the phone."""
