"""Who goes first among waiting jobs: the contract of every order.

A rank is fixed when a job comes: so a queue is a heap, and a job that was put back returns to its old place.
"""

from typing import Protocol

from simulator.schedulers import Job


class Order(Protocol):
    """A law of ranks."""

    def rank_s(self, job: Job, at_s: float) -> float:
        """The rank of a job that comes at `at_s`; the smallest goes first, equal ones in the order of coming.

        It is an instant: a job goes before all that come more than its lead after it, so nobody waits for
        ever behind jobs that are always preferred.
        """
