"""The regret of every decision in an empty network, at once: what either site takes is known exactly."""

from collections.abc import Iterator, Mapping
from copy import copy
from itertools import islice
from math import isclose

from simulator.context import Context
from simulator.deliveries.whole import Whole
from simulator.devices.paper import Paper as Phone
from simulator.empty_network import EmptyNetwork
from simulator.machines.paper import Paper as Machine
from simulator.policies.replay import turned
from simulator.regret import Name, Regret
from simulator.regret.bench import Answered
from simulator.scenario import Scenario
from simulator.schedulers.fifo_slots import FifoSlots
from simulator.steady_air import steady
from workloads import Turn
from workloads.arrivals.closed import Closed
from workloads.luck import Luck
from workloads.sessions import sessions
from workloads.table import Table

ROUNDING = 1e-9
"""Relative: so far may a run and the pure functions part."""


def is_empty(scenario: Scenario) -> bool:
    """Whether nothing can wait, nor change, whoever answers: one user, one dialogue at a time.

    On the paper's machines and a steady link of its own. Others may be idle too, but they warm up and forget.
    """
    alone = scenario.users == 1 and isinstance(scenario.arrivals, Closed)
    whole = isinstance(scenario.delivery, Whole) and isinstance(scenario.scheduler, FifoSlots)
    papers = isinstance(scenario.device, Phone) and isinstance(scenario.edge, Machine)
    return alone and whole and papers and steady(scenario) and isinstance(scenario.workload, Table)


def exact(scenario: Scenario, answered: Mapping[Name, Answered]) -> list[Regret] | None:
    """Both outcomes of every turn of a run that `is_empty`; nobody else is there.

    None where the run's own times are not those of the pure functions.
    """
    network = EmptyNetwork(scenario)
    router, rows = network.router(scenario.policy), list[Regret]()
    for turns in _dialogues(scenario):
        context = Context()
        for turn in turns:
            name = (turn.user_id, turn.session_id, turn.index)
            if name not in answered:
                return rows  # the run has ended
            site, took_s = answered[name].site, answered[name].e2e_s
            decision = network.weigh(router, turn, context)
            other_s = network.answer(router, decision, turned(site), copy(context))
            own_s = network.answer(router, decision, site, context)
            if not isclose(own_s, took_s, rel_tol=ROUNDING):
                return None
            good, also = (turn.answer(one).quality for one in (site, turned(site)))
            if answered[name].arrived_at_s >= scenario.warmup_s:
                rows.append(Regret(name, site, own_s, other_s, good, also, 0.0))
    return rows


def _dialogues(scenario: Scenario) -> Iterator[tuple[Turn, ...]]:
    """Those of the run."""
    part, luck = scenario, Luck(scenario.seed)
    every = sessions(part.workload, part.arrivals, part.lengths, part.attachments, 0, 1, luck, part.thinking)
    return (session.turns for session in islice(every, scenario.sessions_per_user))
