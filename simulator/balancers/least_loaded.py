"""To the server with the fewest jobs."""

from collections.abc import Sequence

from pydantic.dataclasses import dataclass

from simulator.schedulers import Job, Server
from workloads import STRICT


@dataclass(frozen=True, kw_only=True, config=STRICT)
class LeastLoaded:
    """To the server with the fewest jobs, running and waiting.

    Of several such, to the one where the wait is shortest (a FIFO queue in virtual time does not count who
    waits), then to the first. With one slot each that is least work left, and k servers are one queue with k
    slots (Kiefer & Wolfowitz 1955).
    """

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
        burdens = [(load.running + load.waiting, load.wait_s) for load in loads]
        return burdens.index(min(burdens))
