"""First come, first served, in virtual time.

When service times are known on arrival, a FIFO queue needs no queue: a job's start follows from the
instants at which the servers fall free (Kiefer & Wolfowitz 1955). No event is spent on waiting.
"""

from heapq import heapreplace


class Fifo:
    """A queue in front of `servers` equal servers; a job goes to the server that is free first.

    Jobs that come at the same instant are served in the order of `book` calls, which the clock's tie rule
    fixes: by user, then by session.
    """

    def __init__(self, servers: int = 1) -> None:
        self._free_at_s = [0.0] * servers
        self.work_s = 0.0
        """Service booked so far, over all servers, in seconds."""

    def book(self, at_s: float, service_s: float) -> float:
        """Take the next place in the queue at `at_s`; the instant at which service begins."""
        free_at_s = self._free_at_s
        first_s = free_at_s[0]
        start_s = at_s if at_s > first_s else first_s
        heapreplace(free_at_s, start_s + service_s)
        self.work_s += service_s
        return start_s

    def backlog_s(self, at_s: float) -> float:
        """How long a job that came at `at_s` would wait."""
        return max(0.0, self._free_at_s[0] - at_s)

    def busy_servers(self, at_s: float) -> int:
        """How many servers work at `at_s`."""
        return sum(free_s > at_s for free_s in self._free_at_s)

    def busy_s(self, at_s: float) -> float:
        """Service given until `at_s`, over all servers: what was booked less what is still to come."""
        return self.work_s - sum(max(0.0, free_s - at_s) for free_s in self._free_at_s)
