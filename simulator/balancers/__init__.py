"""Which of several servers takes a job: the contract of every balancer."""

from collections.abc import Sequence
from typing import Protocol

from simulator.schedulers import Job, Server


class Picker(Protocol):
    """A balancer at work."""

    def pick(self, job: Job) -> int:
        """The place of the server that takes this job, which comes now."""


class Balancer(Protocol):
    """A law of sharing work out."""

    def open(self, servers: Sequence[Server]) -> Picker:
        """A picker in front of these servers, none of which has had a job yet."""
