"""To the server that has the session's cache."""

from collections import OrderedDict
from collections.abc import Sequence

from pydantic import PositiveInt
from pydantic.dataclasses import dataclass

from simulator.balancers.least_loaded import FewestJobs
from simulator.schedulers import Job, Server
from workloads import STRICT


@dataclass(frozen=True, kw_only=True, config=STRICT)
class SessionAffinity:
    """A session's first turn goes to the server with the fewest jobs, later ones to the same, for its cache.

    Left out: looking into the caches, and sending a session elsewhere when its server has too much to do.
    """

    remembered_sessions: PositiveInt
    """With more, the one seen longest ago is forgotten; if it comes back, its turn counts as a first."""

    def open(self, servers: Sequence[Server]) -> "SameServer":
        """A picker that knows no session yet."""
        return SameServer(servers, self.remembered_sessions)


class SameServer(FewestJobs):
    """The live side of `SessionAffinity`."""

    def __init__(self, servers: Sequence[Server], remembered_sessions: int) -> None:
        super().__init__(servers)
        self._most, self._places = remembered_sessions, OrderedDict[tuple[int, int], int]()

    def pick(self, job: Job) -> int:
        """Where the session was last."""
        session = job.turn.user_id, job.turn.session_id
        place = self._places.get(session)
        if place is None:
            place = self._places[session] = super().pick(job)
            if len(self._places) > self._most:
                self._places.popitem(last=False)
        else:
            self._places.move_to_end(session)
        return place
