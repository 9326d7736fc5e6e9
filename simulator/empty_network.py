"""A scenario in which nothing ever waits: idle machines, a steady link, one dialogue at a time.

The router is the one of every run, and so is the luck: every turn has the attachments and the replies that it
has for a run's first user who goes through the table in order. What a turn takes are Eq. 1-8 at the machines'
own prices, idle and cold, as pure functions: there is no clock, and no SimPy. Left out: queues, heat, fading,
memory that is lost, and batches that read a long prompt in pieces.
"""

from dataclasses import replace
from itertools import islice
from typing import Any

from simulator import latency
from simulator.clock import Clock
from simulator.context import Context
from simulator.mistakes import Mistake
from simulator.phone import Phone
from simulator.policies import Decision, Policy
from simulator.radio import Cell, Radios
from simulator.scenario import Scenario
from simulator.schedulers import Work
from simulator.steady_air import air_of
from simulator.turn import Router
from simulator.window import cut
from workloads import Lengths, Site, Turn, Workload
from workloads.arrivals.closed import Closed
from workloads.attachments import Attachments
from workloads.luck import Luck
from workloads.sessions import sessions
from workloads.table import Table
from workloads.thinking import Thinking

Dialogues = list[tuple[Turn, ...]]

NOBODY: Any = None
"""Who keeps a log where nothing runs."""


class EmptyNetwork:
    """A scenario's machines, router and table, put together without a clock.

    Raises `Mistake` where the workload is no table, where the link changes and the estimator believes in none
    that does not, and where the edge does not fit its scheduler.
    """

    def __init__(self, scenario: Scenario, dialogues: Dialogues | None = None) -> None:
        self._air, self._device = air_of(scenario), scenario.device
        clock = Clock()  # stands at 0
        self._phone = Phone(clock, scenario.device, lambda: self._radios(clock, scenario), _unheard)
        try:
            self._edge = scenario.scheduler.open(clock, scenario.edge, "edge", _unheard)
        except ValueError as error:
            raise Mistake(str(error)) from error
        self._router = Router.of(scenario, self._edge, Luck(scenario.seed), NOBODY)
        laws = scenario.lengths, scenario.attachments, scenario.thinking
        every = dialogues_of(scenario.workload, *laws, scenario.seed) if dialogues is None else dialogues
        self.dialogues = every
        """All of the scenario, or those of them that were given."""

    def router(self, policy: Policy) -> Router:
        """The router with any policy, which has learnt nothing yet."""
        return replace(self._router, policy=policy.open())

    def weigh(self, router: Router, turn: Turn, context: Context) -> Decision:
        """What `router` knows and expects of a turn."""
        reads = router.policy.reads_score
        router_s = self._device.router_s(context.tokens, turn.prompt_tokens) if reads else 0.0  # Eq. 4
        return router.weigh(turn, context, self._phone, router_s)

    def answer(self, router: Router, decision: Decision, site: Site, context: Context) -> float:
        """Let `site` answer: T_total in seconds. The context grows by the prompt and the visible reply.

        A reply goes down whole when its last token is out, whatever the scenario's delivery.
        """
        machine = (self._edge if site is Site.EDGE else self._phone.model).machine
        job = cut(router.job(decision, site), machine)
        held_tokens = job.context_tokens - job.reprefill_tokens
        read_tokens = job.reprefill_tokens + job.prompt_tokens
        took = machine.alone_s(held_tokens, read_tokens, job.response_tokens)  # Eq. 1, Eq. 5
        prefill_s, decode_s, first_token_s = took
        again, written = job.reprefill_tokens, job.response_tokens
        work = Work(0.0, prefill_s, decode_s, first_token_s, again, written, 0, job.think_tokens)
        context.grow(site, job.prompt_tokens + work.visible_tokens, work.after_thoughts_tokens)  # C_{t+1}
        router_s = decision.query.router_s
        if site is Site.DEVICE:
            return latency.device_total_s(prefill_s, router_s, decode_s)  # Eq. 6
        (up, down), overhead_s = self._air
        reply_bits = router.reply(job, work).bits
        air_s = up.finish_s(0.0, decision.query.uplink_bits) + overhead_s + down.finish_s(0.0, reply_bits)
        return latency.edge_total_s(prefill_s, air_s, router_s, decode_s)  # Eq. 7

    def _radios(self, clock: Clock, scenario: Scenario) -> Radios:
        """For estimators that look at the link."""
        return Cell(clock, scenario.sharing).radios(self._air.link, NOBODY)


def dialogues_of(
    workload: Workload,
    lengths: Lengths,
    attachments: Attachments,
    thinking: Thinking,
    seed: int,
    most: int | None = None,
) -> Dialogues:
    """The turns of every dialogue of a table, in its order and as a run's first user has them.

    Of the first `most`, if that is given. Raises `Mistake` where the workload is no table.
    """
    if not isinstance(workload, Table):
        raise Mistake("only the dialogues of a table are all known: choose a workload that reads one")
    table = workload if workload.order == "in_order" else replace(workload, order="in_order")
    at_once = Closed(think_median_s=0.0, think_sigma=0.0)
    every = sessions(table, at_once, lengths, attachments, 0, 1, Luck(seed), thinking)
    return [session.turns for session in islice(every, len(table.dialogues) if most is None else most)]


def _unheard(turn: Turn, *changes: float) -> None:
    """Nobody takes notes."""
