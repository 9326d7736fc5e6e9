"""The textbook's edge that batches: one process that goes through all of its jobs in every iteration.

The rules are those of `simulator.batching`, counted anew each time; what fits the model's window, and the
laws of order and eviction, are the simulator's own.
"""

from collections import OrderedDict
from collections.abc import Callable, Generator
from typing import Any

import simpy

from simulator.machines import Machine
from simulator.schedulers import Job
from simulator.schedulers.continuous import Continuous
from simulator.step_times import Batch
from tests.benchmarks.request import Request
from tests.benchmarks.rows import Row

Process = Generator[simpy.Event, Any, None]
Note = Callable[..., None]


class BatchingEdge:
    """Continuous batching, iteration by iteration."""

    def __init__(self, env: simpy.Environment, machine: Machine, law: Continuous, note: Note) -> None:
        self.env, self.machine, self.law, self.note = env, machine, law, note
        self.size = machine.block_tokens
        self.blocks = int(machine.kv_tokens) // self.size
        self.limit = self.blocks - law.eviction.reserved_blocks(self.blocks)
        self.used = self.prefix_blocks = self.jobs = self.iterations = 0
        self.waiting, self.running = list[Request](), list[Request]()
        self.prefixes: OrderedDict[tuple[int, int], int] = OrderedDict()
        self.woken = env.event()
        env.process(self.serve())

    def work(self, row: Row, job: Job) -> Process:
        """Wait until the job is done; fills the edge's columns in."""
        request = yield self.submit(job)
        tokens, per_word = request.tokens, self.machine.tokens_per_word
        row["queue_s"], row["prefill_s"], row["decode_s"] = request.times_s
        row["preemptions"] = request.preemptions
        row["reprefill_tokens"] = min((tokens.context_tokens - request.hit) / per_word, job.context_tokens)
        row["response_tokens"] = min(tokens.response_tokens / per_word, job.response_tokens)

    def submit(self, job: Job) -> simpy.Event:
        """Put a job into the queue; the event succeeds with its `Request` when the last token is out."""
        now_s = self.env.now
        self.note("submitted", "edge", job.turn, job.reprefill_tokens + job.prompt_tokens)
        self.jobs += 1
        rank = self.law.order.rank_s(job, now_s), self.jobs
        request = Request(job, self.machine, rank, now_s, self.env.event())
        self.wait(request)
        if not self.woken.triggered:
            self.woken.succeed()
        return request.done

    def serve(self) -> Process:
        """Iteration after iteration."""
        while True:
            if not self.waiting and not self.running:
                self.woken = self.env.event()
                yield self.woken
            yield self.env.timeout(self.machine.step_time.step_s(self.plan()))
            self.iterations += 1
            self.progress()

    def plan(self) -> Batch:
        """Who does what in this iteration."""
        preempted = False
        while (need := self.need()) > self.limit - self.used:
            self.preempt(max(self.running, key=lambda request: request.rank))
            preempted = True
        if not preempted:
            need = self.admit(need)
        self.used += need
        self.evict()
        tokens = after = ending = sequences = context = longest = 0
        for request in self.running:
            if request.writes:
                sequences += 1
                context, longest = context + request.computed + 1, max(longest, request.computed + 1)
            else:
                tokens += request.new
                after += request.new * request.computed
                ending += request.computed + request.new == request.known
        return Batch(tokens, after / tokens if tokens else 0.0, ending, sequences, context, longest)

    def need(self) -> int:
        """Share the token budget; how many more blocks running jobs want."""
        size, need = self.size, 0
        self.budget = self.law.max_num_batched_tokens - sum(request.writes for request in self.running)
        for request in self.running:
            if request.writes:
                request.new = 1
                need += request.computed % size == 0
            else:
                request.new = min(request.known - request.computed, self.budget)
                self.budget -= request.new
                need += -(-(request.computed + request.new) // size) - -(-request.computed // size)
        return need

    def admit(self, need: int) -> int:
        """Let waiting jobs join, while there are places, room and budget; what is wanted then."""
        size, free = self.size, self.limit - self.used
        while self.waiting and self.budget and len(self.running) < self.law.max_num_seqs:
            request = self.waiting[0]
            if need + -(-request.known // size) > free:
                break
            held = self.prefixes.pop(request.key, 0)
            self.prefix_blocks -= held
            hit = min(held, request.reusable // size, (request.known - 1) // size)
            if request.admitted_at_s < 0:
                request.admitted_at_s, request.hit = self.env.now, hit * size
            self.note("started", "edge", request.job.turn, self.env.now - request.waits_from_s)
            request.computed = hit * size
            request.new = min(request.known - request.computed, self.budget)
            self.budget -= request.new
            need += -(-(request.computed + request.new) // size)
            self.running.append(self.waiting.pop(0))
        return need

    def preempt(self, victim: Request) -> None:
        """A job loses all of its blocks, and waits again."""
        self.release(victim, victim.computed)
        self.note("preempted", "edge", victim.job.turn, victim.tokens.response_tokens - victim.left)
        victim.known = victim.computed + 1 if victim.writes else victim.known
        victim.reusable, victim.computed, victim.writes = victim.computed, 0, False
        victim.preemptions += 1
        victim.waits_from_s = self.env.now
        self.wait(victim)

    def wait(self, request: Request) -> None:
        """A job takes its place in the queue."""
        self.waiting.append(request)
        self.waiting.sort(key=lambda request: request.rank)

    def progress(self) -> None:
        """An iteration is over."""
        done = []
        for request in self.running:
            request.computed += request.new
            if request.computed >= request.known:
                request.left -= 1
                if not request.writes:
                    request.writes = True
                    if request.read_at_s < 0:
                        request.read_at_s = self.env.now
                        self.note("prefilled", "edge", request.job.turn, request.times_s[1])
                if not request.left:
                    done.append(request)
        for request in sorted(done, key=lambda request: request.rank):
            self.release(request, request.useful)
            request.done_at_s = self.env.now
            self.note("finished", "edge", request.job.turn, request.times_s[2])
            request.done.succeed(request)

    def release(self, request: Request, useful: int) -> None:
        """A job leaves the batch; whole blocks of so many of its tokens stay as its session's prefix."""
        self.running.remove(request)
        self.used -= -(-request.computed // self.size)
        self.prefix_blocks -= self.prefixes.pop(request.key, 0)
        if kept := useful // self.size:
            self.prefixes[request.key] = kept
            self.prefix_blocks += kept
        self.evict()

    def evict(self) -> None:
        """Prefixes give way, the one used longest ago first, from its end."""
        room = self.law.eviction.room_blocks(self.blocks, self.used)
        while self.prefix_blocks > room:
            key = next(iter(self.prefixes))
            lost = min(self.prefixes[key], self.prefix_blocks - room)
            self.prefixes[key] -= lost
            self.prefix_blocks -= lost
            if not self.prefixes[key]:
                del self.prefixes[key]
