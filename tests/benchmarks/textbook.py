"""The same scenario as a SimPy tutorial would write it: the simulator's oracle and opponent.

A process for every user, session and turn; a `simpy.Resource` for every CPU, NPU, radio and for the edge; a
timeout for everything that takes time, for every slot of a fading rate and every iteration of a batch; rows
kept as dicts and written as csv at the end. What a run is made of (sessions, scores, air, estimator, policy,
cache rule) is the simulator's own, and drawn by the same names; how time passes, and what is measured of it,
is not.

Simultaneous events happen here in SimPy's order, not by (user, session): compare scenarios without ties.
"""

from collections.abc import Generator
from itertools import islice
from math import nan
from typing import Any

import simpy

from simulator.context import Context
from simulator.estimators import Query
from simulator.policies import Decision, Outcome
from simulator.scenario import Scenario
from simulator.schedulers import Job
from simulator.schedulers.fifo_slots import FifoSlots
from tests.benchmarks import rows
from tests.benchmarks.air import Phone
from tests.benchmarks.batching_edge import BatchingEdge
from tests.benchmarks.rows import Row
from workloads import Answer, Session, Site, Turn
from workloads.luck import Luck
from workloads.sessions import sessions

Process = Generator[simpy.Event, Any, Any]


class Textbook:
    """One run. `turns` and `events` hold the rows of the two logs."""

    def __init__(self, scenario: Scenario) -> None:
        self.env, self.scenario, self.luck = simpy.Environment(), scenario, Luck(scenario.seed)
        law = scenario.scheduler
        self.batch = (
            None if isinstance(law, FifoSlots) else BatchingEdge(self.env, scenario.edge, law, self.note)
        )
        self.edge = simpy.Resource(self.env, 1 if self.batch else law.slots)
        self.turns: list[Row] = []
        self.events: list[Row] = []

    def run(self) -> "Textbook":
        """Let time pass until the horizon, or until nothing is left to happen."""
        for user_id in range(self.scenario.users):
            self.env.process(self.user(user_id))
        self.env.run(until=self.scenario.horizon_s)
        return self

    def user(self, user_id: int) -> Process:
        """Begins sessions, waiting for each to end where the arrivals say so."""
        s = self.scenario
        phone = Phone(self.env, s, self.luck, user_id)
        laws = (s.workload, s.arrivals, s.lengths, s.attachments)
        own = sessions(*laws, user_id, s.users, self.luck, s.thinking)
        for session in islice(own, s.sessions_per_user):
            wait_s, after_previous = session.start
            yield self.env.timeout(wait_s if after_previous else wait_s - self.env.now)
            process = self.env.process(self.session(session, phone))
            if after_previous:
                yield process

    def session(self, session: Session, phone: Phone) -> Process:
        """Turn after turn, with a pause before each but the first."""
        context = Context()
        for turn in session.turns:
            yield self.env.timeout(turn.pause_s)
            yield self.env.process(self.turn(turn, context, phone))

    def turn(self, turn: Turn, context: Context, phone: Phone) -> Process:
        """One turn, from prompt to reply."""
        env, s = self.env, self.scenario
        arrived_at_s, history, prompt = env.now, context.tokens, turn.prompt_tokens
        self.note("arrived", "phone", turn, prompt)
        if s.policy.reads_score:
            with phone.cpu.request() as request:
                yield request
                yield env.timeout(s.device.router_s_per_token * (history + prompt))
        router_s = env.now - arrived_at_s
        decision = self.weigh(turn, context, router_s)
        choice = s.policy.choose(decision)
        site, answer = choice.site, turn.answer(choice.site)
        self.note("scored", "cpu", turn, router_s)
        self.note("decided", "edge" if site is Site.EDGE else "npu", turn, choice.fused_score)
        reprefill, thoughts = s.kv_cache.reprefill_tokens(context, site), answer.think_tokens
        visible = answer.tokens - thoughts
        row: Row = {"uplink_s": 0.0, "downlink_s": 0.0, "uplink_bps": nan, "downlink_bps": nan}
        if site is Site.EDGE:
            yield from phone.send(row, "uplink", decision.query.uplink_bits)
            delta_s = phone.delay.delay_s(env.now)
            yield env.timeout(delta_s)
            row["uplink_s"] += delta_s
            self.note("uploaded", "uplink", turn, row["uplink_s"])
            if self.batch:
                yield from self.batch.work(row, Job(turn, history, reprefill, prompt, answer.tokens))
                visible = row["response_tokens"] - thoughts
            else:
                yield from self.work(row, "edge", self.edge, s.edge, turn, reprefill, answer)
            yield from phone.send(row, "downlink", s.payload.downlink_bits(turn.prompt_tokens, visible))
            seen_at_s = env.now
        else:
            seen_at_s = yield from self.work(row, "npu", phone.npu, s.device, turn, reprefill, answer)
        known = rows.turn_row(turn, decision, choice, reprefill, arrived_at_s, router_s, seen_at_s, env.now)
        row = known | row
        self.turns.append(row)
        self.note("done", "phone", turn, row["e2e_s"])
        context.grow(site, prompt + visible, visible if thoughts else 0.0)
        s.policy.observe(decision, Outcome(choice, row["e2e_s"], answer.quality))

    def weigh(self, turn: Turn, context: Context, router_s: float) -> Decision:
        """What the policy may look at."""
        s = self.scenario
        missing = {site: s.kv_cache.reprefill_tokens(context, site) for site in Site}
        query = Query(
            self.env.now,
            turn.prompt_tokens,
            context.tokens,
            missing[Site.DEVICE],
            missing[Site.EDGE],
            s.workload.device_tokens,
            s.workload.edge_tokens,
            s.payload.uplink_bits(context.tokens, missing[Site.EDGE], turn.prompt_tokens)
            + turn.attached_bits,
            s.payload.downlink_bits(
                turn.prompt_tokens,
                s.workload.edge_tokens - s.thinking.tokens(Site.EDGE, s.workload.edge_tokens),
            ),
            router_s,
            phone=None,  # type: ignore[arg-type]  # of no use to an estimator that looks at no queue
            edge=None,  # type: ignore[arg-type]
            turn=turn,
            payload=s.payload,
        )
        return Decision(s.scores.score(turn, self.luck), s.estimator.expect(query), query, turn, self.luck)

    def work(
        self,
        row: Row,
        name: str,
        model: simpy.Resource,
        speed: Any,
        turn: Turn,
        reprefill: float,
        reply: Answer,
    ) -> Process:
        """Wait for a model, read the prompt, write the reply; the instant at which its first token shows."""
        env, read_tokens = self.env, reprefill + turn.prompt_tokens
        self.note("submitted", name, turn, read_tokens)
        asked_at_s = env.now
        with model.request() as request:
            yield request
            row["queue_s"] = env.now - asked_at_s
            self.note("started", name, turn, row["queue_s"])
            row["prefill_s"] = speed.prefill_s_per_token * read_tokens
            yield env.timeout(row["prefill_s"])
            self.note("prefilled", name, turn, row["prefill_s"])
            row["decode_s"] = speed.decode_s_per_token * reply.tokens
            shows_s = row["decode_s"] * min(1.0, (reply.think_tokens + 1.0) / max(reply.tokens, 1.0))
            first_token_at_s = env.now + shows_s
            yield env.timeout(row["decode_s"])
            self.note("finished", name, turn, row["decode_s"])
        return first_token_at_s

    def note(self, kind: str, entity: str, turn: Turn, value: float) -> None:
        """One state change."""
        self.events.append(rows.event_row(self.env.now, kind, entity, turn, value))
