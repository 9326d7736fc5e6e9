"""A phone's processors: the contract of every device.

A device is a law; `open` makes the live processors of one phone. The router's score runs on the CPU, the
small model wherever the device runs it.
"""

from math import nan
from typing import NamedTuple, Protocol

import simpy

from simulator.clock import Clock
from simulator.columns import Note
from simulator.deliveries import Delivered
from simulator.radio import Transfer
from simulator.schedulers import Job, Server, Work
from workloads import Site, Turn


class Spent(NamedTuple):
    """What one turn asked of a phone, when it is over."""

    job: Job
    """The turn, with its lengths."""
    scored: bool
    """Whether the router read a score."""
    site: Site
    """Who answered."""
    work: Work
    """What that model did."""
    up: Transfer
    down: Delivered


class Body(NamedTuple):
    """How a phone is after a turn; NaN where the device does not say."""

    energy_j: float = nan
    """What the turn cost the battery: router, model and radio."""
    battery_share: float = nan
    """What is left in the battery, 0 to 1."""
    temperature_c: float = nan
    """Of the chip that runs the small model."""


class Chips(Protocol):
    """The processors of one phone, live."""

    @property
    def model(self) -> Server:
        """The small model."""

    def route(self, turn: Turn, context_tokens: float, prompt_tokens: float) -> simpy.Event:
        """Score a prompt on the CPU; the event succeeds with the seconds it took (T_router, Eq. 4)."""

    def after(self, spent: Spent) -> Body:
        """A turn is over, now: what it cost, and how the phone is."""


class Device(Protocol):
    """A phone model."""

    @property
    def keeps_all(self) -> bool:
        """Whether its memory keeps every session's cache, or whatever cache it is given."""

    def router_s(self, context_tokens: float, prompt_tokens: float) -> float:
        """What a score takes on an idle CPU, T_router (Eq. 4) [s]; context and prompt in words."""

    def open(self, clock: Clock, note: Note) -> Chips:
        """A cold, charged phone."""
