"""Open arrivals: every user begins sessions as a Poisson process."""

from collections.abc import Iterator
from itertools import count
from math import log

from pydantic import PositiveFloat
from pydantic.dataclasses import dataclass

from workloads import STRICT, Start
from workloads.arrivals import Thinking
from workloads.luck import Luck


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Poisson(Thinking):
    """Independent exponential gaps between the starts of one user's sessions.

    Starts do not wait for earlier sessions: on a slow phone several may be open at once, like several chats.
    """

    sessions_per_s: PositiveFloat
    """Rate of one user, in 1/s."""

    def starts(self, user_id: int, users: int, luck: Luck) -> Iterator[Start]:
        """Endless, ascending instants."""
        at_s = 0.0
        for session_id in count():
            at_s -= log(luck.uniform("arrival", user_id, session_id)) / self.sessions_per_s
            yield Start(at_s, after_previous=False)
