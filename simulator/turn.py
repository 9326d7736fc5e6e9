"""The core: one turn, from prompt to reply, in the paper's order.

What the router expects and what happens are the same equations; the queue and the air make the difference.
Every `yield` leaves a stretch of simulated time to the clock and gets back what became of it.
"""

from collections.abc import Generator
from dataclasses import dataclass
from math import isnan
from typing import Any, Self

import simpy

from channels.payload import Payload
from simulator.context import Context
from simulator.deliveries import NOTHING_DELIVERED, Delivery, Reply
from simulator.devices import Spent
from simulator.estimators import Estimator, Query
from simulator.kv_caches import KvCache
from simulator.mistakes import Mistake
from simulator.phone import Phone
from simulator.policies import Decision, Policy
from simulator.radio import NO_TRANSFER
from simulator.record import Log
from simulator.scenario import Scenario
from simulator.schedulers import EdgeServer, Job, Work
from simulator.scorers import Scores
from workloads import Site, Turn, Workload
from workloads.luck import Luck
from workloads.thinking import Thinking


@dataclass(frozen=True, slots=True)
class Router:
    """The router of every phone, and all that it consults."""

    scorer: Scores
    estimator: Estimator
    policy: Policy
    kv_cache: KvCache
    payload: Payload
    delivery: Delivery
    workload: Workload
    thinking: Thinking
    edge: EdgeServer
    luck: Luck
    log: Log

    @classmethod
    def of(cls, scenario: Scenario, edge: EdgeServer, luck: Luck, log: Log) -> Self:
        """The router of a scenario, which has learnt nothing yet."""
        return cls(
            scorer=scenario.scores,
            estimator=scenario.estimator.open(edge),
            policy=scenario.policy.open(),
            kv_cache=scenario.kv_cache,
            payload=scenario.payload,
            delivery=scenario.delivery,
            workload=scenario.workload,
            thinking=scenario.thinking,
            edge=edge,
            luck=luck,
            log=log,
        )

    def serve(self, turn: Turn, context: Context, phone: Phone) -> Generator[simpy.Event, Any, None]:
        """One turn: Eq. 1-12 in the order in which they happen."""
        prompt, history = turn.prompt_tokens, context.tokens  # L_p, C_t
        arrived_at_s = self.log.arrived(turn)
        router_s = (yield phone.route(turn, history, prompt)) if self.policy.reads_score else 0.0  # Eq. 4
        decision = self.weigh(turn, context, phone, router_s)  # Eq. 10, and Eq. 1-7 as expected
        choice = self.policy.choose(decision)  # Eq. 11-12
        self.log.decided(decision, choice)
        site, job = choice.site, self.job(decision, choice.site)  # d_t, Delta C_t, L_r^k
        if site is Site.EDGE:
            up = yield phone.up.send(turn, decision.query.uplink_bits)  # Eq. 3: upload, delta
            self.log.uploaded(turn, up)
            work = yield self.edge.submit(job)  # the queue, Eq. 1, Eq. 5
            down = yield from self.delivery.bring(phone.down, turn, self.reply(job, work))  # Eq. 3: download
        else:
            work = yield phone.model.submit(job)  # the queue, Eq. 1, Eq. 5
            up, down = NO_TRANSFER, NOTHING_DELIVERED  # Eq. 2
        context.grow(site, prompt + work.visible_tokens, work.after_thoughts_tokens)  # C_{t+1}
        body = phone.after(Spent(job, self.policy.reads_score, site, work, up, down))
        outcome = self.log.done(arrived_at_s, decision, choice, up, work, down, body)  # Eq. 8
        self.policy.observe(decision, outcome)

    def job(self, decision: Decision, site: Site) -> Job:
        """A turn as a site's model gets it."""
        turn, query, answer = decision.turn, decision.query, decision.turn.answer(site)
        again, prompt = query.reprefill_tokens(site), turn.prompt_tokens
        return Job(turn, query.context_tokens, again, prompt, answer.tokens, answer.think_tokens)

    def reply(self, job: Job, work: Work) -> Reply:
        """What the edge has to send down."""
        bits = self.payload.downlink_bits(job.prompt_tokens, work.visible_tokens)
        return Reply(bits, work.visible_tokens, work.decode_s - work.first_seen_s)

    def weigh(self, turn: Turn, context: Context, phone: Phone, router_s: float) -> Decision:
        """Put before the policy what the phone knows and expects of a turn."""
        payload, prompt, history = self.payload, turn.prompt_tokens, context.tokens
        device_missing_tokens = self.kv_cache.reprefill_tokens(context, Site.DEVICE)
        edge_missing_tokens = self.kv_cache.reprefill_tokens(context, Site.EDGE)
        edge_tokens = self.workload.edge_tokens
        query = Query(
            phone.clock.env.now,
            prompt,
            history,
            payload.reprefill_tokens(device_missing_tokens),
            payload.reprefill_tokens(edge_missing_tokens),
            self.workload.device_tokens,
            edge_tokens,
            payload.uplink_bits(history, edge_missing_tokens, prompt) + turn.attached_bits,
            payload.downlink_bits(prompt, edge_tokens - self.thinking.tokens(Site.EDGE, edge_tokens)),
            router_s,
            phone,
            self.edge,
            turn,
            payload,
        )
        score = self.scorer.score(turn, self.luck)
        if self.policy.reads_score and isnan(score):
            raise Mistake(
                "the policy reads scores, and the workload lacks one: give its table a column 'score', name"
                " another by workload.score, or choose scorer=uniform"
            )
        return Decision(score, self.estimator.expect(query), query, turn, self.luck)
