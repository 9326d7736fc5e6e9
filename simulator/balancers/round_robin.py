"""To the servers in turn."""

from collections.abc import Sequence

from pydantic.dataclasses import dataclass

from simulator.schedulers import Job, Server
from workloads import STRICT


@dataclass(frozen=True, kw_only=True, config=STRICT)
class RoundRobin:
    """To the first server, the second, ..., and the first again, whatever they have to do.

    Of k servers each sees every k-th job: Poisson arrivals reach it as Erlang-k arrivals, so with one slot
    and exponential replies it is an E_k/M/1 queue.
    """

    def open(self, servers: Sequence[Server]) -> "InTurn":
        """A picker that begins with the first."""
        return InTurn(len(servers))


class InTurn:
    """The live side of `RoundRobin`."""

    def __init__(self, servers: int) -> None:
        self._servers, self._next = servers, 0

    def pick(self, job: Job) -> int:
        """Jobs of one instant take their turns in the order of the clock's ties."""
        place = self._next
        self._next = (place + 1) % self._servers
        return place
