"""When a link is gone: the contract of every outage law."""

from typing import Protocol

import numpy as np

from channels.parts.process import Process


class Outage(Protocol):
    """A law of outages, which hit both directions of a user at once."""

    def draw(self, rng: np.random.Generator) -> Process | None:
        """One user's gate: a process that is 1 where the link is up and 0 where it is gone.

        None where the link is always up.
        """
