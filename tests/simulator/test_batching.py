"""The batch, jumping from change to change, against a loop over iterations; what must hold whatever comes."""

import random
from dataclasses import dataclass, field
from itertools import pairwise
from math import inf
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.clock import Clock
from simulator.evictions.keep_none import KeepNone
from simulator.evictions.lru import Lru
from simulator.evictions.pin import Pin
from simulator.machines import Alone
from simulator.orders.first_come import FirstCome
from simulator.orders.priority import Priority
from simulator.orders.shortest_first import ShortestFirst
from simulator.schedulers import Job
from simulator.schedulers.continuous import Continuous
from simulator.schedulers.static import Static
from simulator.step_times import Batch, Pace, StepTime
from tests.simulator.iteration_twin import Loop, Request
from tests.simulator.parts import Notes, turn


@dataclass(frozen=True)
class Line:
    """A straight line of everything, whose pace holds for `valid` iterations only."""

    start_s: float = 0.02
    read_s: float = 1e-4
    sequence_s: float = 5e-5
    context_s: float = 2e-7
    valid: float = inf

    def step_s(self, batch: Batch) -> float:
        pairs = batch.prefill_context_tokens * batch.prefill_tokens
        return self.read_s * batch.prefill_tokens + 1e-9 * pairs + self.pace(*batch[3:]).first_s

    def pace(self, sequences: int, context_tokens: int, longest_tokens: int) -> Pace:
        first_s = self.start_s + self.sequence_s * sequences + self.context_s * context_tokens
        return Pace(first_s, self.context_s * sequences, self.valid)


@dataclass
class Machine:
    """A machine of so many tokens."""

    step_time: StepTime = field(default_factory=Line)
    kv_tokens: float = 4096
    block_tokens: int = 16
    window_tokens: float = 2048
    tokens_per_word: float = 1.0

    def alone_s(self, context_words: float, read_words: float, response_words: float) -> Alone:
        raise AssertionError


Plan = list[tuple[float, int, int, int, int]]
"""When, whose session, context, prompt, response."""


def jumped(plan: Plan, law: Continuous, machine: Machine) -> tuple[list[Any], Any, Notes]:
    """Work, or None, of each job, the server, and its notes."""
    clock, notes = Clock(), Notes()
    server = law.open(clock, machine, "edge", notes)
    works: list[Any] = [None] * len(plan)
    for number, (at_s, session, context, prompt, response) in enumerate(plan):
        asked = turn(0, session, number)

        job = Job(asked, float(context), 0.0, float(prompt), float(response))

        def submit(_: Any, number: int = number, job: Job = job) -> None:
            done = server.submit(job)
            done.callbacks.append(lambda event: works.__setitem__(number, (clock.now_s, event.value)))

        clock.ring(at_s, asked).callbacks.append(submit)
    clock.env.run()
    return works, server, notes


def looped(plan: Plan, law: Continuous, machine: Machine, accumulate: bool) -> tuple[list[Request], Loop]:
    requests = []
    for number, (at_s, session, context, prompt, response) in enumerate(plan):
        request = Request(number, (0, session), at_s, context, context, prompt, response)
        job = Job(turn(), float(context), 0.0, float(prompt), float(response))
        request.rank_s = law.order.rank_s(job, at_s)
        requests.append(request)
    blocks = int(machine.kv_tokens) // machine.block_tokens
    loop = Loop(
        machine.step_time,
        blocks,
        machine.block_tokens,
        law.max_num_seqs,
        law.max_num_batched_tokens,
        law.eviction,
        accumulate,
    )
    # The order in which simultaneous jobs come is (user, session): the clock's tie rule.
    for number, request in enumerate(sorted(requests, key=lambda request: (request.came_at_s, request.key))):
        request.number = number
    loop.run(requests)
    return requests, loop


def workload(seed: int, jobs: int, rate_per_s: float, sessions: int, longest: int = 500) -> Plan:
    """Sessions whose contexts grow; a turn may come while another of its session is served."""
    luck = random.Random(seed)
    at_s, plan, contexts = 0.0, [], dict.fromkeys(range(sessions), 0)
    for _ in range(jobs):
        at_s += luck.expovariate(rate_per_s)
        session = luck.randrange(sessions)
        prompt, response = luck.randint(1, 300), min(luck.randint(1, longest), 1000)
        context = contexts[session] if contexts[session] + prompt + response <= 2048 else 0
        plan.append((at_s, session, context, prompt, response))
        contexts[session] = context + prompt + response
    return plan


LAWS = {
    "lru": Continuous(max_num_seqs=8, max_num_batched_tokens=256, order=FirstCome(), eviction=Lru()),
    "none": Continuous(max_num_seqs=32, max_num_batched_tokens=2048, order=FirstCome(), eviction=KeepNone()),
    "pin": Continuous(max_num_seqs=16, max_num_batched_tokens=64, order=FirstCome(), eviction=Pin(share=0.4)),
    "shortest": Continuous(
        max_num_seqs=4,
        max_num_batched_tokens=128,
        order=ShortestFirst(s_per_token=0.05, knows_replies=True),
        eviction=Lru(),
    ),
}


@pytest.mark.parametrize("accumulate", [True, False])
@pytest.mark.parametrize("valid", [inf, 7])
@pytest.mark.parametrize("name", LAWS)
def test_jumps_equal_the_loop(name: str, valid: float, accumulate: bool) -> None:
    """To rounding where the loop adds iterations up, to the bit where both add from the last change."""
    law, machine = LAWS[name], Machine(Line(valid=valid))
    preemptions = hits = 0
    for seed in range(6):
        plan = workload(seed, 60, [0.3, 1.0, 4.0][seed % 3], 20)
        works, _, _ = jumped(plan, law, machine)
        requests, _ = looped(plan, law, machine, accumulate)
        for (_, _, context, _, _), found, request in zip(plan, works, requests, strict=True):
            assert found is not None
            at_s, work = found
            admitted_at_s, read_at_s, done_at_s = request.admitted_at_s, request.first_at_s, request.done_at_s
            assert admitted_at_s is not None
            assert read_at_s is not None
            assert done_at_s is not None
            if accumulate:
                assert at_s == pytest.approx(done_at_s, rel=1e-9)
                assert work.queue_s == pytest.approx(admitted_at_s - request.came_at_s, rel=1e-9, abs=1e-9)
                assert work.prefill_s == pytest.approx(read_at_s - admitted_at_s, rel=1e-9, abs=1e-9)
            else:
                assert at_s == done_at_s
                assert work.queue_s == admitted_at_s - request.came_at_s
                assert work.prefill_s == read_at_s - admitted_at_s
                assert work.decode_s == done_at_s - read_at_s
            assert work.preemptions == request.preemptions
            assert work.reprefill_tokens == context - request.hit
            preemptions += request.preemptions
            hits += request.hit
    assert (hits > 0) == (name != "none")
    assert preemptions > 0


PLANS = st.lists(
    st.tuples(
        st.sampled_from([0.0, 0.02, 0.5, 1.0, 2.5, 40.0]),  # ties are likely
        st.integers(0, 5),
        st.integers(0, 900),
        st.integers(1, 300),
        st.integers(1, 800),
    ),
    min_size=1,
    max_size=14,
)
ANY_LAW = st.builds(
    Continuous,
    max_num_seqs=st.integers(1, 8),
    max_num_batched_tokens=st.sampled_from([8, 64, 2048]),
    order=st.sampled_from([FirstCome(), ShortestFirst(s_per_token=1.0, knows_replies=True)]),
    eviction=st.sampled_from([Lru(), KeepNone(), Pin(share=0.2)]),
)


@settings(deadline=None, max_examples=150)
@given(plan=PLANS, law=ANY_LAW, spare_blocks=st.integers(0, 40))
def test_whatever_comes(plan: Plan, law: Continuous, spare_blocks: int) -> None:
    """Contexts near the memory's size: all get through, no block is lost or given twice, tokens add up."""
    window = 2000
    blocks = -(-window // 16)
    if isinstance(law.eviction, Pin):
        blocks = int(blocks / (1 - law.eviction.share)) + 2
    machine = Machine(kv_tokens=16 * (blocks + spare_blocks), window_tokens=window)
    works, server, notes = jumped(plan, law, machine)
    requests, loop = looped(plan, law, machine, True)
    memory = server.engine.memory
    assert memory.used_blocks == 0
    assert memory.prefixes == dict(loop.prefixes)
    assert 0 <= sum(memory.prefixes.values()) <= memory.capacity_blocks
    for found, request in zip(works, requests, strict=True):
        assert found is not None, "nobody waits for ever"
        assert found[0] == pytest.approx(request.done_at_s, rel=1e-9)
        assert found[1].response_tokens == request.response
        assert found[1].preemptions == request.preemptions
        assert min(found[1][:3]) >= 0
    kinds = [kind for _, kind, *_ in notes]
    assert kinds.count("started") == len(plan) + kinds.count("preempted")
    assert kinds.count("finished") == kinds.count("prefilled") == kinds.count("submitted") == len(plan)


@settings(deadline=None, max_examples=60)
@given(plan=PLANS, law=ANY_LAW)
def test_running_jobs_never_hold_more_than_there_is(plan: Plan, law: Continuous) -> None:
    """Looked at from change to change, and by `peek` in between."""
    machine = Machine(kv_tokens=16 * 160)
    clock = Clock()
    server = law.open(clock, machine, "edge", Notes())
    for number, (at_s, session, context, prompt, response) in enumerate(plan):
        job = Job(turn(0, session, number), float(context), 0.0, float(prompt), float(response))
        clock.ring(at_s, job.turn).callbacks.append(lambda _, job=job: server.submit(job))
    memory = server.engine.memory
    while clock.env.peek() < inf:
        clock.env.step()
        assert 0 <= memory.used_blocks <= memory.limit_blocks
        assert sum(memory.prefixes.values()) + memory.used_blocks <= memory.capacity_blocks
        load = server.peek()
        assert 0 <= load.free_share <= 1
        assert load.running <= law.max_num_seqs
        assert load.running + load.waiting <= len(plan)
        assert 0 <= load.wait_s < inf


def test_one_job_alone() -> None:
    """300 + 40 tokens to read in chunks of 128: 128, 128, 84; then 9 more tokens, each with its context."""
    law = Continuous(max_num_seqs=4, max_num_batched_tokens=128, order=FirstCome(), eviction=Lru())
    [(at_s, work)], _, notes = jumped([(5.0, 0, 300, 40, 10)], law, Machine())
    line = Line()
    reading_s = sum(line.step_s(Batch(new, before)) for new, before in ((128, 0), (128, 128), (84, 256)))
    writing_s = sum(line.step_s(Batch(0, 0, 0, 1, tokens, tokens)) for tokens in range(341, 350))
    assert work == pytest.approx((0.0, reading_s, writing_s, 0.0, 300.0, 10.0, 0, 0))
    assert at_s == pytest.approx(5 + reading_s + writing_s)
    assert [kind for _, kind, *_ in notes] == ["submitted", "started", "prefilled", "finished"]


def test_a_second_turn_reads_what_is_new() -> None:
    """Turn 1 leaves 120 + 30 - 1 tokens in the cache, 9 whole blocks of 16; turn 2's context is 150."""
    law = LAWS["lru"]
    works, server, _ = jumped([(0.0, 3, 0, 120, 30), (100.0, 3, 150, 20, 5)], law, Machine())
    assert works[1][1].reprefill_tokens == 150 - 144
    assert server.held_tokens(turn(0, 3)) == (150 + 20 + 5 - 1) // 16 * 16
    assert server.held_tokens(turn(0, 4)) == 0


def test_the_last_token_is_read_again_whatever_is_held() -> None:
    """A context and a prompt that lie in the cache whole: a model needs a token to go on from."""
    works, _, _ = jumped([(0.0, 0, 0, 100, 61), (100.0, 0, 159, 1, 5)], LAWS["lru"], Machine())
    assert works[1][1].reprefill_tokens == 159 - 144  # 160 tokens are ten blocks, of which nine may be reused


def test_a_job_that_outgrows_the_window() -> None:
    """2,048 tokens: beside a prompt of 500 and a reply of 1,000 there is room for 548 of the context."""
    works, _, _ = jumped([(0.0, 0, 2000, 500, 1000), (500.0, 1, 0, 48, 3000)], LAWS["lru"], Machine())
    assert works[0][1].reprefill_tokens == 548
    assert works[0][1].response_tokens == 1000
    assert works[1][1].response_tokens == 2000


def test_short_jobs_overtake_and_long_ones_still_get_through() -> None:
    """One place; a long job waits behind a stream of short ones, but not for longer than its length says."""
    law = Continuous(
        max_num_seqs=1,
        max_num_batched_tokens=256,
        order=ShortestFirst(s_per_token=0.1, knows_replies=True),
        eviction=KeepNone(),
    )
    shorts = [(0.2 * number, 1, 0, 1, 10) for number in range(400)]  # each takes 0.2 s and a little
    works, _, _ = jumped([(0.1, 0, 0, 1, 200), *shorts], law, Machine())
    _, long = works[0]
    assert 18 < long.queue_s < 25  # (201 - 11) * 0.1 s = 19 s of overtaking
    first_come = Continuous(
        max_num_seqs=1, max_num_batched_tokens=256, order=FirstCome(), eviction=KeepNone()
    )
    assert jumped([(0.1, 0, 0, 1, 200), *shorts], first_come, Machine())[0][0][1].queue_s < 0.3


def test_first_class_goes_first() -> None:
    law = Priority(first_class_share=0.3, head_start_s=60.0)
    first = [user for user in range(1000) if law.first_class(user)]
    assert len(first) == pytest.approx(300, abs=3)
    assert max(b - a for a, b in pairwise(first)) <= 5
    ranks = [law.rank_s(Job(turn(user), 0, 0, 1, 1), 100.0) for user in range(1000)]
    assert {rank for user, rank in enumerate(ranks) if user in first} == {40.0}
    assert sorted(set(ranks)) == [40.0, 100.0]


def test_static_batches_stay_together() -> None:
    """Two places: the first job is served alone, then two together until the longer one is done, then one."""
    law = Static(batch=2, order=FirstCome(), eviction=KeepNone())
    plan = [(0.0, 0, 0, 100, 11), (0.01, 1, 0, 50, 5), (0.01, 2, 0, 60, 21), (0.02, 3, 0, 70, 1)]
    works, _, _ = jumped(plan, law, Machine())
    line = Line()
    first_s = line.step_s(Batch(100, 0, 1)) + sum(
        line.step_s(Batch(0, 0, 0, 1, tokens, tokens)) for tokens in range(101, 111)
    )
    both_s = line.step_s(Batch(110, 0, 2)) + sum(
        line.step_s(Batch(0, 0, 0, 2, 110 + 2 * number, 60 + number)) for number in range(1, 21)
    )
    ends = [at_s for at_s, _ in works]
    assert ends == pytest.approx(
        [first_s, first_s + both_s, first_s + both_s, first_s + both_s + line.step_s(Batch(70, 0, 1))]
    )


def test_a_window_must_fit_the_memory() -> None:
    with pytest.raises(ValueError, match=r"edge\.window_tokens=2048: the memory has room for 2032 tokens"):
        LAWS["lru"].open(Clock(), Machine(kv_tokens=2047), "edge", Notes())
    with pytest.raises(ValueError, match=r"or lower scheduler\.eviction\.share"):
        LAWS["pin"].open(Clock(), Machine(kv_tokens=3200), "edge", Notes())


def test_more_places_than_tokens() -> None:
    with pytest.raises(ValueError, match=r"max_num_batched_tokens .8. must be at least max_num_seqs .9."):
        Continuous(max_num_seqs=9, max_num_batched_tokens=8, order=FirstCome(), eviction=Lru())


def test_overload_is_told_from_load() -> None:
    """Twice what one place can do, and half of it."""
    law = Continuous(max_num_seqs=1, max_num_batched_tokens=256, order=FirstCome(), eviction=KeepNone())
    service_s = jumped([(0.0, 0, 0, 20, 50)], law, Machine())[0][0][0]
    for load in (0.5, 2.0):
        plan = [(number * service_s / load, number, 0, 20, 50) for number in range(300)]
        _, server, _ = jumped(plan, law, Machine())
        assert server.offered_load(30) == pytest.approx(load, rel=0.02)
        assert server.offered_load(301) == 0.0
