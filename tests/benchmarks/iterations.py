"""Continuous batching with an event for every iteration, and as little else as possible.

The opponent of `simulator.batching`, not its oracle: jobs come one by one, first come is first served, and
memory must be large enough for all of them. An iteration touches no job but those that begin or end, whatever
the size of the batch.
"""

from collections import deque
from collections.abc import Callable, Generator
from heapq import heappop, heappush
from typing import Any

import simpy

from simulator.machines import Machine
from simulator.schedulers import Job
from simulator.schedulers.continuous import Continuous
from simulator.step_times import Batch
from simulator.window import fitted

Process = Generator[simpy.Event, Any, None]
Done = Callable[[simpy.Event], None]


class Request:
    """A job's tokens and instants."""

    __slots__ = (
        "admitted_at_s",
        "base",
        "came_at_s",
        "chunk",
        "computed",
        "done",
        "known",
        "read_at_s",
        "response",
    )

    def __init__(self, known: int, response: int, came_at_s: float, done: simpy.Event) -> None:
        self.known, self.response, self.came_at_s, self.done = known, response, came_at_s, done
        self.computed = self.base = self.chunk = 0
        self.admitted_at_s = self.read_at_s = -1.0


class Iterations:
    """The server: one process, one timeout for each iteration."""

    def __init__(self, env: simpy.Environment, machine: Machine, law: Continuous) -> None:
        self.env, self.machine, self.step_s = env, machine, machine.step_time.step_s
        self.max_seqs, self.max_tokens = law.max_num_seqs, law.max_num_batched_tokens
        self.size, self.limit_blocks = machine.block_tokens, int(machine.kv_tokens) // machine.block_tokens
        self.waiting: deque[Request] = deque()
        self.reading: list[Request] = []
        self.bases: dict[Request, int] = {}
        """Jobs that write, and their tokens in the cache less the number of the iteration."""
        self.ends: list[tuple[int, int, Request]] = []
        self.iteration = self.context = self.longest = self.blocks = self.joined = 0
        self.boundaries = [0] * self.size
        """How many writing jobs begin a block in which iteration, modulo the size of a block."""
        self.woken = env.event()
        env.process(self.serve())

    def submit(self, job: Job) -> simpy.Event:
        """Take a job; the event succeeds with its queue, prefill and decode times."""
        tokens, done = fitted(job, self.machine), self.env.event()
        known = tokens.context_tokens + tokens.prompt_tokens
        self.waiting.append(Request(known, tokens.response_tokens, self.env.now, done))
        if not self.woken.triggered:
            self.woken.succeed()
        return done

    def serve(self) -> Process:
        """Iteration after iteration."""
        env, bases, ends, boundaries, step_s = self.env, self.bases, self.ends, self.boundaries, self.step_s
        while True:
            if self.waiting or self.reading:
                self.plan()
            elif not bases:
                self.woken = env.event()
                yield self.woken
                continue
            writers = len(bases)
            if self.reading:
                yield env.timeout(step_s(self.batch(writers)))
            else:
                yield env.timeout(step_s(Batch(0, 0.0, 0, writers, self.context + writers, self.longest + 1)))
            self.iteration += 1
            self.context += writers
            self.longest += 1
            self.blocks += boundaries[self.iteration % self.size]
            if self.blocks > self.limit_blocks:
                raise ValueError("this server knows no way out of full memory")
            while ends and ends[0][0] == self.iteration:
                self.leave(heappop(ends)[2])
            if self.reading:
                self.read()

    def plan(self) -> None:
        """Share what the writing jobs leave of the budget among prompts; let jobs join."""
        budget = self.max_tokens - len(self.bases)
        for request in self.reading:
            request.chunk = min(request.known - request.computed, budget)
            budget -= request.chunk
        while self.waiting and budget and len(self.bases) + len(self.reading) < self.max_seqs:
            request = self.waiting.popleft()
            request.admitted_at_s = self.env.now
            request.chunk = min(request.known, budget)
            budget -= request.chunk
            self.reading.append(request)

    def batch(self, writers: int) -> Batch:
        """What an iteration works on that reads."""
        tokens = sum(request.chunk for request in self.reading)
        after = sum(request.chunk * request.computed for request in self.reading)
        ending = sum(request.computed + request.chunk == request.known for request in self.reading)
        context, longest = self.context + writers, self.longest + 1 if writers else 0
        return Batch(tokens, after / tokens, ending, writers, context, longest)

    def read(self) -> None:
        """Prompts are a chunk further; those that are through have their first token."""
        now_s, size = self.env.now, self.size
        for request in self.reading:
            self.blocks -= -(-request.computed // size)
            request.computed += request.chunk
            self.blocks += -(-request.computed // size)
        for request in [request for request in self.reading if request.computed == request.known]:
            self.reading.remove(request)
            request.read_at_s = now_s
            base = self.bases[request] = request.known - self.iteration
            self.context += request.known
            self.longest = max(self.longest if len(self.bases) > 1 else 0, request.known)
            self.boundaries[(1 - base) % size] += 1
            if request.response == 1:
                self.leave(request)
            else:
                self.joined += 1
                heappush(self.ends, (self.iteration + request.response - 1, self.joined, request))

    def leave(self, request: Request) -> None:
        """A job is done."""
        base, now_s = self.bases.pop(request), self.env.now
        tokens = base + self.iteration
        self.context -= tokens
        self.blocks -= -(-tokens // self.size)
        self.boundaries[(1 - base) % self.size] -= 1
        if tokens == self.longest:
            self.longest = max(self.bases.values(), default=0) + self.iteration
        request.done.succeed(
            (
                request.admitted_at_s - request.came_at_s,
                request.read_at_s - request.admitted_at_s,
                now_s - request.read_at_s,
            )
        )
