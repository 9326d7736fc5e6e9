"""A router with eyes everywhere: queues, caches, windows and the link, as of now or of a while ago."""

from collections import deque
from math import ceil

from pydantic import NonNegativeFloat
from pydantic.dataclasses import dataclass

from channels import Part
from simulator import latency
from simulator.estimators import Estimator, Expected, Query
from simulator.machines import Machine
from simulator.schedulers import EdgeServer, Job, Load, Server
from simulator.window import cut
from workloads import STRICT, Site

IDLE = Load(0, 0, 0.0, 1.0)
"""What is believed of an edge from which nothing has been heard."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Informed:
    """Eq. 6 and 7 with the machines' own times, the waits for them, and the link as it is reported.

    Of its own phone it knows the wait for the model. Of the edge it knows what the edge tells of its load, at
    an age of `load_delay_s`: the wait, less the time since then and until the upload is through, and how many
    jobs slow a batch. At both sites it knows what is still in the session's cache, and what a window leaves
    out. Where the machines are the paper's, with slots, and nobody else is there, all is as it expects.

    Left out: who comes later, heat, scores on the phone's CPU, own transfers under way, others on the air,
    and that a streamed reply is under way while it is written.
    """

    load_delay_s: NonNegativeFloat
    """Age of what is known of the edge's load [s]; 0: the present."""
    knows_lengths: bool
    """Whether it knows the lengths of both replies beforehand, as no real router does."""
    overhead_s: NonNegativeFloat
    """Delta of Eq. 3 [s]."""
    report: Part
    """What is known of the rate (`channels.report`)."""

    def open(self, edge: EdgeServer) -> Estimator:
        """Who knows the present need not remember."""
        return Late(self, edge) if self.load_delay_s else self

    def expect(self, query: Query) -> Expected:
        """Eq. 6 and Eq. 7, and the waits of this instant."""
        return self.beside(query.edge.peek(), query)

    def beside(self, load: Load, query: Query) -> Expected:
        """Eq. 6 and Eq. 7, where the edge's load is this."""
        phone, edge = query.phone.model, query.edge
        own, theirs = self._job(query, Site.DEVICE, phone), self._job(query, Site.EDGE, edge)
        device = phone.machine.alone_s(*_lengths(own))
        served = edge.beside_s(load, *_lengths(theirs))
        up_s, down_s = self._air_s(query)
        edge_s = latency.edge_total_s(served.prefill_s, up_s + down_s, query.router_s, served.decode_s)
        return Expected(
            phone.peek().wait_s + latency.device_total_s(device.prefill_s, query.router_s, device.decode_s),
            max(0.0, load.wait_s - up_s) + edge_s,
        )

    def _job(self, query: Query, site: Site, server: Server) -> Job:
        """The turn as it would be served: what is not in the cache is read again, what is too long is cut."""
        mean = query.mean_device_tokens if site is Site.DEVICE else query.mean_edge_tokens
        written = query.turn.answer(site).tokens if self.knows_lengths else mean
        lost = query.context_tokens - server.held_tokens(query.turn)
        again = max(query.reprefill_tokens(site), lost)
        job = Job(query.turn, query.context_tokens, again, query.prompt_tokens, written)
        return cut(job, server.machine) if _has_room(server.machine, job) else job

    def _air_s(self, query: Query) -> tuple[float, float]:
        """Eq. 3 in bits and bit/s: upload and overhead, and download."""
        radios, report = query.phone, self.report
        down_bits = query.mean_downlink_bits
        if self.knows_lengths:
            answer = query.turn.edge
            down_bits = query.payload.downlink_bits(query.prompt_tokens, answer.tokens - answer.think_tokens)
        up_bps = report.rate_bps(radios.up.rate, query.at_s)
        down_bps = report.rate_bps(radios.down.rate, query.at_s)
        return query.uplink_bits / up_bps + self.overhead_s, down_bits / down_bps


class Late:
    """`Informed` in a run in which the edge's load is known late."""

    def __init__(self, law: Informed, edge: EdgeServer) -> None:
        self._law = law
        self._told: deque[tuple[float, Load]] = deque()
        """The last that is known by now, and all that is not known yet."""
        edge.listen(self._hear)

    def open(self, edge: EdgeServer) -> Estimator:
        """Another run, of which nothing has been heard."""
        return self._law.open(edge)

    def expect(self, query: Query) -> Expected:
        """The load as it was told, and its wait shorter by the time since."""
        told = self._told
        self._forget(query.at_s)
        if not told or told[0][0] > query.at_s - self._law.load_delay_s:
            return self._law.beside(IDLE, query)
        at_s, load = told[0]
        waits_s = max(0.0, load.wait_s - (query.at_s - at_s))
        return self._law.beside(load._replace(wait_s=waits_s), query)

    def _hear(self, at_s: float, load: Load) -> None:
        self._told.append((at_s, load))
        self._forget(at_s)

    def _forget(self, now_s: float) -> None:
        """What a later report has replaced that is known too."""
        told, known_s = self._told, now_s - self._law.load_delay_s
        while len(told) > 1 and told[1][0] <= known_s:
            told.popleft()


def _lengths(job: Job) -> tuple[float, float, float]:
    """What is in the cache, what is read, what is written."""
    held_tokens = job.context_tokens - job.reprefill_tokens
    return held_tokens, job.reprefill_tokens + job.prompt_tokens, job.response_tokens


def _has_room(machine: Machine, job: Job) -> bool:
    """Whether the prompt leaves room for a reply; where it does not, whoever serves it will complain."""
    return ceil(machine.tokens_per_word * job.prompt_tokens) < machine.window_tokens
