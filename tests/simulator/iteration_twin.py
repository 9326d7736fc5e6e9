"""Continuous batching as a loop over iterations: the oracle of `simulator.batching`.

Everything is counted anew in every iteration: tokens, blocks, who is done. With `accumulate` the clock adds
up the iterations' lengths; without, it adds their sum to the instant at which the batch last changed, as the
simulator does, and must then agree to the bit.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

from simulator.batching.memory import Key
from simulator.step_times import Batch, StepTime


@dataclass(eq=False)
class Request:
    """A job as the loop sees it."""

    number: int
    key: Key
    came_at_s: float
    context: int
    reusable: int
    prompt: int
    response: int
    rank_s: float = 0.0
    computed: int = 0
    written: int = 0
    blocks: int = 0
    hit: int = 0
    writes: bool = False
    """Whether all of its prompt is read, and what it had written before it was put back."""
    preemptions: int = 0
    admitted_at_s: float | None = None
    first_at_s: float | None = None
    done_at_s: float | None = None

    @property
    def known(self) -> int:
        return self.context + self.prompt + self.written

    @property
    def order(self) -> tuple[float, int]:
        return self.rank_s, self.number


@dataclass
class Loop:
    """The server. `run` fills the requests in."""

    step_time: StepTime
    blocks: int
    block_tokens: int
    max_seqs: int
    max_tokens: int
    keeps: Any = None
    """An eviction law."""
    accumulate: bool = True
    iterations: int = 0
    preempted: bool = False
    """Whether the last iteration began with a job put back."""
    used: int = 0
    prefixes: OrderedDict[Key, int] = field(default_factory=OrderedDict)

    def run(self, requests: list[Request]) -> None:
        coming = sorted(requests, key=lambda request: (request.came_at_s, request.number))
        waiting: list[Request] = []
        running: list[Request] = []
        now_s = since_s = 0.0
        passed, pace = 0, None
        while coming or waiting or running:
            if not waiting and not running:
                now_s = max(now_s, coming[0].came_at_s)
            while coming and coming[0].came_at_s <= now_s:
                waiting.append(coming.pop(0))
            chunks, changed = self.plan(waiting, running, now_s)
            writers = [request for request in running if request.writes]
            batch = self.batch(chunks, writers)
            step_s = self.step_time.step_s(batch)
            if chunks or self.accumulate:
                now_s, pace = now_s + step_s, None
            else:
                if changed or pace is None or passed == pace.iterations:
                    since_s, passed = now_s, 0
                    pace = self.step_time.pace(batch.sequences, batch.context_tokens, batch.longest_tokens)
                passed += 1
                now_s = since_s + pace.time_s(passed)
            self.iterations += 1
            if self.progress(chunks, writers, running, now_s) or self.preempted:
                pace = None

    def plan(
        self, waiting: list[Request], running: list[Request], now_s: float
    ) -> tuple[dict[Request, int], bool]:
        """Chunks of this iteration, blocks given out; whether the batch changed."""
        law, size = self.keeps, self.block_tokens
        limit = self.blocks - law.reserved_blocks(self.blocks)
        preempted = False
        while True:
            budget = self.max_tokens - sum(request.writes for request in running)
            chunks = {}
            need = 0
            for request in running:
                new = 1
                if not request.writes:
                    new = min(request.known - request.computed, budget)
                    budget -= new
                    chunks[request] = new
                need += -(-(request.computed + new) // size) - request.blocks
            if self.used + need <= limit:
                break
            victim = max(running, key=lambda request: request.order)
            running.remove(victim)
            self.release(victim)
            victim.reusable, victim.computed = victim.computed, 0
            victim.preemptions += 1
            victim.writes = False
            waiting.append(victim)
            preempted = True
        joined, self.preempted = False, preempted
        if not preempted:
            waiting.sort(key=lambda request: request.order)
            while waiting and budget and len(running) < self.max_seqs:
                head = waiting[0]
                if self.used + need + -(-head.known // size) > limit:
                    break
                waiting.pop(0)
                held = self.prefixes.pop(head.key, 0)
                hit = min(held, head.reusable // size, (head.known - 1) // size)
                self.used += hit
                head.computed, head.blocks = hit * size, hit
                if head.admitted_at_s is None:
                    head.admitted_at_s, head.hit = now_s, hit * size
                chunks[head] = min(head.known - head.computed, budget)
                budget -= chunks[head]
                need += -(-(head.computed + chunks[head]) // size) - hit
                running.append(head)
                joined = True
        for request in running:
            wanted = -(-(request.computed + chunks.get(request, 1)) // size)
            self.used += wanted - request.blocks
            request.blocks = wanted
        self.evict()
        return {request: new for request, new in chunks.items() if new}, preempted or joined

    def batch(self, chunks: dict[Request, int], writers: list[Request]) -> Batch:
        tokens = sum(chunks.values())
        return Batch(
            tokens,
            sum(new * request.computed for request, new in chunks.items()) / tokens if tokens else 0.0,
            sum(request.computed + new == request.known for request, new in chunks.items()),
            len(writers),
            sum(request.computed + 1 for request in writers),
            max((request.computed + 1 for request in writers), default=0),
        )

    def progress(
        self, chunks: dict[Request, int], writers: list[Request], running: list[Request], now_s: float
    ) -> bool:
        done = []
        for request in sorted(writers, key=lambda request: request.number):
            request.computed += 1
            request.written += 1
            if request.written == request.response:
                done.append(request)
        for request, new in chunks.items():
            request.computed += new
            if request.computed == request.known:
                request.written += 1
                request.writes = True
                if request.first_at_s is None:
                    request.first_at_s = now_s
                if request.written == request.response:
                    done.append(request)
        for request in done:
            request.done_at_s = now_s
            running.remove(request)
            self.release(request)
        return bool(done)

    def release(self, request: Request) -> None:
        self.used -= request.blocks
        request.blocks = 0
        self.prefixes.pop(request.key, None)
        if request.computed // self.block_tokens:
            self.prefixes[request.key] = request.computed // self.block_tokens
        self.evict()

    def evict(self) -> None:
        room = self.keeps.room_blocks(self.blocks, self.used)
        while sum(self.prefixes.values()) > room:
            key, blocks = next(iter(self.prefixes.items()))
            lost = min(blocks, sum(self.prefixes.values()) - room)
            self.prefixes[key] -= lost
            if not self.prefixes[key]:
                del self.prefixes[key]
