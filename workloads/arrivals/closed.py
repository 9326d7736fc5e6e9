"""Closed arrivals: a user begins the next session some time after the previous one ended."""

from collections.abc import Iterator
from itertools import count

from pydantic.dataclasses import dataclass

from workloads import STRICT, Start
from workloads.arrivals import Thinking
from workloads.luck import Luck


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Closed(Thinking):
    """One session at a time for each user, with the same log-normal pause between sessions and turns."""

    def starts(self, user_id: int, users: int, luck: Luck) -> Iterator[Start]:
        """Endless pauses; also the first session begins one pause after the start of the run."""
        for session_id in count():
            yield Start(self.pause_s(luck.uniform("arrival", user_id, session_id)), after_previous=True)
