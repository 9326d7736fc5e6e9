"""To the server with the fewest jobs."""

from collections.abc import Sequence

from pydantic.dataclasses import dataclass

from simulator.schedulers import Job, Server
from workloads import STRICT


@dataclass(frozen=True, kw_only=True, config=STRICT)
class LeastLoaded:
    """To the server with the fewest jobs, running and waiting; the first of several such."""

    def open(self, servers: Sequence[Server]) -> "FewestJobs":
        """A picker that looks at the servers whenever a job comes."""
        return FewestJobs(servers)


class FewestJobs:
    """The live side of `LeastLoaded`."""

    def __init__(self, servers: Sequence[Server]) -> None:
        self._servers = servers

    def pick(self, job: Job) -> int:
        """Ties go to the first."""
        loads = [server.peek() for server in self._servers]
        jobs = [load.running + load.waiting for load in loads]
        return jobs.index(min(jobs))
