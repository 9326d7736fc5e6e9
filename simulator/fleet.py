"""Several servers that look like one."""

from collections.abc import Sequence

import simpy

from simulator.balancers import Picker
from simulator.machines import Alone, Machine
from simulator.schedulers import EdgeServer, Hear, Job, Load
from workloads import Turn


class Fleet:
    """Equal servers behind a balancer; every figure is over all of them.

    Each has a memory of its own. Where memory is endless it is also everywhere: a session's cache is then
    found by whichever server goes on, as slots find it; only what ends can be in one place and not another.
    """

    def __init__(self, servers: Sequence[EdgeServer], picker: Picker) -> None:
        self._servers, self._picker = servers, picker

    @property
    def machine(self) -> Machine:
        """All are alike."""
        return self._servers[0].machine

    def submit(self, job: Job) -> simpy.Event:
        """The balancer says to whom."""
        return self._servers[self._picker.pick(job)].submit(job)

    def peek(self) -> Load:
        """Jobs of all, the shortest wait (whatever the balancer picks next), the mean of the free memory."""
        loads = [server.peek() for server in self._servers]
        return Load(
            sum(load.running for load in loads),
            sum(load.waiting for load in loads),
            min(load.wait_s for load in loads),
            sum(load.free_share for load in loads) / len(loads),
        )

    def listen(self, hear: Hear) -> None:
        """What any of them tells is told of all."""
        for server in self._servers:
            server.listen(lambda at_s, _: hear(at_s, self.peek()))

    def beside_s(self, load: Load, held_tokens: float, read_tokens: float, response_tokens: float) -> Alone:
        """At a server that has an equal part of the load."""
        own = load._replace(running=load.running // len(self._servers))
        return self._servers[0].beside_s(own, held_tokens, read_tokens, response_tokens)

    def held_tokens(self, turn: Turn) -> float:
        """The most that any of them has."""
        return max(server.held_tokens(turn) for server in self._servers)

    def utilisation(self) -> float:
        """The mean."""
        return sum(server.utilisation() for server in self._servers) / len(self._servers)

    def offered_load(self, fewest_jobs: int) -> float:
        """The highest: one overloaded server makes the fleet unstable."""
        return max(server.offered_load(fewest_jobs) for server in self._servers)
