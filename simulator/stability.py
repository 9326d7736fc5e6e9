"""Which queues are unstable: work comes faster than it can be done, so that waits grow with the run."""

from collections.abc import Iterable
from statistics import median
from typing import NamedTuple

from simulator.schedulers import Server
from simulator.simulation import Simulation
from workloads.luck import Luck

FEWEST_JOBS = 30
OVERLOAD = {FEWEST_JOBS: 1.5, 100: 1.3, 400: 1.15, 3200: 1.05}
"""A queue is called unstable from so many jobs on at such a load. Chance alone moves the load measured over n
jobs by sqrt(2 / n) (Poisson arrivals, exponential replies); two of these standard errors are allowed."""


class Stability(NamedTuple):
    """What was found of a run."""

    edge_load: float
    """Work that came over what the (busiest) server could do, where that makes it unstable; else 0."""
    unstable_phones: int
    phone_load: float
    """The median of the unstable phones; 0 where there is none."""
    sites: tuple[str, ...]
    """The sites whose waits are no steady-state figures.

    The phones are one where the median phone has too much to do: they are equal, so single ones are chance.
    """


def stability(simulation: Simulation) -> Stability:
    """Judge the edge and every phone.

    Users who wait for a reply before they begin the next session (closed arrivals) can keep a server busy,
    but not overload it: waits are bounded by their number, and nothing is unstable.
    """
    if _users_wait(simulation):
        return Stability(0.0, 0, 0.0, ())
    edge_load = overload(simulation.edge)
    phones, everywhere = overloads(phone.model for phone in simulation.phones)
    sites = ("edge",) * (edge_load > 0) + ("device",) * everywhere
    return Stability(edge_load, len(phones), median(phones) if phones else 0.0, sites)


def overload(server: Server) -> float:
    """The load of a server that has more to do than it can; 0 where chance may explain it."""
    unstable = any(server.offered_load(jobs) >= load for jobs, load in OVERLOAD.items())
    return server.offered_load(FEWEST_JOBS) if unstable else 0.0


def overloads(servers: Iterable[Server]) -> tuple[list[float], bool]:
    """The loads of equal servers that have more to do than they can, and whether that is true of most."""
    servers = list(servers)
    loads = [load for server in servers if (load := server.offered_load(FEWEST_JOBS)) > 0]
    jobs = FEWEST_JOBS * len(loads)  # at least
    limit = min((load for fewest, load in OVERLOAD.items() if fewest <= jobs), default=0.0)
    if loads and median(loads) >= limit:
        return [load for load in loads if load >= limit], True
    return [load for server in servers if (load := overload(server))], False


def _users_wait(simulation: Simulation) -> bool:
    scenario = simulation.scenario
    first = next(iter(scenario.arrivals.starts(0, scenario.users, Luck(scenario.seed))), None)
    return first is not None and first.after_previous
