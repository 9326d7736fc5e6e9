"""Scores and replies on one CPU: processor sharing, by hand, against an exact twin, and under heat."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.clock import Clock
from simulator.devices.modem.none import NoModem
from simulator.devices.soc import Soc, SocChips
from simulator.devices.thermal.first_order import FirstOrder
from simulator.devices.thermal.none import NoThrottling
from simulator.schedulers import Job, Load, Work
from tests.simulator.parts import Notes, turn, when

HEAT = FirstOrder(loss=0.5, heating_s=60.0, cooling_s=120.0, idle_c=34.0, rise_c=8.0)
SCORE, REPLY = "score", "reply"
Task = tuple[float, str, float]
"""When it comes, what it is, how much work [s]."""


def phone(thermal: Any = None) -> tuple[Clock, SocChips]:
    """Tokens of a second each to read, write and score."""
    clock = Clock()
    law = Soc(
        runs_on="cpu",
        chunk_tokens=1,
        chunk_s=1.0,
        decode_s_per_token=1.0,
        tokens_per_word=1.0,
        window_tokens=None,
        kv_sessions=1,
        router_s_per_token=1.0,
        router_window_tokens=None,
        battery_j=1.0,
        prefill_j_per_token=0.0,
        decode_j_per_token=0.0,
        router_j_per_token=0.0,
        thermal=thermal or NoThrottling(),
        modem=NoModem(),
    )
    return clock, law.open(clock, Notes())


def ends(tasks: list[Task], thermal: Any = None, looks_s: tuple[float, ...] = ()) -> list[tuple[float, Any]]:
    """When each task is done, and what came of it; the phone is looked at now and then."""
    clock, chips = phone(thermal)
    done: dict[int, tuple[float, Any]] = {}

    def come(number: int) -> None:
        _, what, work_s = tasks[number]
        of, into = turn(session=number), list[Any]()
        if what is SCORE:
            event = chips.route(of, 0.0, work_s)
        else:
            event = chips.model.submit(Job(of, 0.0, 0.0, 1.0, work_s))  # a prompt of 1 s, and a token less
        when(clock, event, into)
        event.callbacks.append(lambda _: done.update({number: into[0]}))

    for number, (at_s, _, _) in enumerate(tasks):
        clock.ring(at_s, turn(session=number)).callbacks.append(lambda _, number=number: come(number))
    for look_s in looks_s:
        clock.ring(look_s, turn()).callbacks.append(
            lambda _: (chips.model.peek(), chips.model.temperature_c())
        )
    clock.env.run()
    return [done[number] for number in range(len(tasks))]


def twin(tasks: list[Task]) -> list[Fraction]:
    """The same at full speed, in exact numbers, by the book: the heads of both queues share the chip."""
    queues: dict[str, list[list[Any]]] = {SCORE: [], REPLY: []}
    to_come = sorted((Fraction(at_s), number) for number, (at_s, _, _) in enumerate(tasks))
    now, done = Fraction(0), dict[int, Fraction]()
    while to_come or any(queues.values()):
        heads = [queue[0] for queue in queues.values() if queue]
        next_end = min((now + head[0] * len(heads) for head in heads), default=None)
        if next_end is None or (to_come and to_come[0][0] <= next_end):
            at, number = to_come.pop(0)
            for head in heads:
                head[0] -= (at - now) / len(heads)
            _, what, work_s = tasks[number]
            queues[what].append([Fraction(work_s), number])
            now = at
            continue
        for head in heads:
            head[0] -= (next_end - now) / len(heads)
        now = next_end
        for queue in queues.values():
            if queue and queue[0][0] == 0:
                done[queue.pop(0)[1]] = now
    return [done[number] for number in range(len(tasks))]


def test_a_score_beside_a_reply() -> None:
    """A reply of 10 s. A score of 2 s comes at 4 s and has half the chip until 8 s; all ends at 12 s."""
    (reply_s, work), (score_s, took_s) = ends([(0.0, REPLY, 10.0), (4.0, SCORE, 2.0)])
    assert (reply_s, score_s, took_s) == (12.0, 8.0, 4.0)
    assert work == Work(0.0, 1.0, 11.0, 0.0, 0.0, 10.0)


def test_the_end_of_reading_inside_a_shared_stretch() -> None:
    """Reading takes 1 s, the first half of it alone, and the rest beside a score: until 1.5 s."""
    (reply_s, work), _ = ends([(0.0, REPLY, 10.0), (0.5, SCORE, 2.0)])
    assert (reply_s, work.prefill_s, work.decode_s) == (12.0, 1.5, 10.5)


def test_queues_of_both() -> None:
    """Two replies of 4 s and two scores of 1 s at once: scores end at 2 and 4 s, replies at 6 and 10 s."""
    done = ends([(0.0, REPLY, 4.0), (0.0, REPLY, 4.0), (0.0, SCORE, 1.0), (0.0, SCORE, 1.0)])
    assert [at_s for at_s, _ in done] == [6.0, 10.0, 2.0, 4.0]
    assert done[1][1].queue_s == 6.0
    assert [took_s for _, took_s in done[2:]] == [2.0, 4.0]


def test_a_score_of_nothing() -> None:
    assert ends([(1.0, SCORE, 0.0), (1.0, REPLY, 3.0), (2.0, SCORE, 0.0)])[0] == (1.0, 0.0)


def test_waits_as_they_are_told() -> None:
    """A reply of 10 s and a score of 3 s: a second reply waits 13 s, if no other score comes."""
    clock, chips = phone(HEAT)
    chips.model.submit(Job(turn(), 0.0, 0.0, 1.0, 10.0))
    chips.route(turn(), 0.0, 3.0)
    assert chips.model.peek() == Load(1, 0, pytest.approx(HEAT.busy_s(0.0, 13.0)), 0.0)
    clock.env.run(until=2.0)
    assert chips.model.peek().wait_s == pytest.approx(HEAT.busy_s(0.0, 13.0) - 2.0)
    done: list[Any] = []
    when(clock, chips.model.submit(Job(turn(session=1), 0.0, 0.0, 1.0, 5.0)), done)
    assert chips.model.peek() == Load(1, 1, pytest.approx(HEAT.busy_s(0.0, 18.0) - 2.0), 0.0)
    clock.env.run()
    assert done[0][1].queue_s == pytest.approx(HEAT.busy_s(0.0, 13.0) - 2.0)


def test_a_long_queue_of_scores_delays_a_reply_no_more_than_half() -> None:
    """4 s of reply beside 100 s of scores: 8 s, as the wait says."""
    clock, chips = phone()
    chips.model.submit(Job(turn(), 0.0, 0.0, 1.0, 4.0))
    for _ in range(100):
        chips.route(turn(), 0.0, 1.0)
    assert chips.model.peek().wait_s == 8.0
    clock.env.run()
    assert clock.now_s == 104.0
    assert chips.model.utilisation() == 1.0


tasks = st.lists(
    st.tuples(
        st.integers(0, 200).map(lambda number: number / 4.0),
        st.sampled_from([SCORE, REPLY]),
        st.integers(1, 40).map(float),
    ),
    min_size=1,
    max_size=12,
)


@given(tasks)
def test_it_is_the_textbooks_sharing(tasks: list[Task]) -> None:
    assert [at_s for at_s, _ in ends(tasks)] == pytest.approx([float(at) for at in twin(tasks)], abs=1e-9)


@given(tasks)
def test_under_heat_the_same_happens_in_the_time_of_work(tasks: list[Task]) -> None:
    """While the chip never rests, heat only changes the clock: counted in work done, all is as without."""
    tasks = [(0.0, REPLY, 60.0), *tasks]
    in_work_time = [(HEAT.work_s(0.0, at_s), what, work_s) for at_s, what, work_s in tasks]
    expected_s = [HEAT.busy_s(0.0, float(at)) for at in twin(in_work_time)]
    done = ends(tasks, HEAT)
    assert [at_s for at_s, _ in done] == pytest.approx(expected_s, abs=1e-9)
    for (came_s, what, _), (at_s, result) in zip(tasks, done, strict=True):
        took_s = result if what is SCORE else result.queue_s + result.prefill_s + result.decode_s
        assert came_s + took_s == pytest.approx(at_s, abs=1e-9)


@given(tasks, st.lists(st.floats(0.0, 300.0), max_size=10))
def test_looking_changes_nothing(tasks: list[Task], looks_s: list[float]) -> None:
    """Not a bit: no figure is brought up to date by being read."""
    assert ends(tasks, HEAT, tuple(looks_s)) == ends(tasks, HEAT)


def test_offered_load_counts_scores_between_jobs() -> None:
    """The first job comes at 10 s, the third at 30 s: 2 jobs of 4 s and a score of 5 s in 20 s."""
    clock, chips = phone()
    chips.route(turn(), 0.0, 7.0)
    for number, at_s in enumerate((10.0, 20.0, 30.0)):
        clock.env.run(until=at_s)
        chips.model.submit(Job(turn(session=number), 0.0, 0.0, 1.0, 4.0))
        chips.route(turn(), 0.0, 5.0 if number == 1 else 0.0)
    assert chips.model.offered_load(3) == 13.0 / 20.0
    assert chips.model.offered_load(4) == 0.0


def test_a_rest_cools_the_chip_for_both() -> None:
    """A score of 60 s, a rest of 120 s, then a reply of 60 s."""
    warm = HEAT.heated(0.0, HEAT.busy_s(0.0, 60.0))
    start_s = HEAT.busy_s(0.0, 60.0) + 120.0
    _, (end_s, _) = ends([(0.0, SCORE, 60.0), (start_s, REPLY, 60.0)], HEAT)
    assert end_s - start_s == pytest.approx(HEAT.busy_s(HEAT.cooled(warm, 120.0), 60.0))
    assert HEAT.busy_s(0.0, 60.0) < end_s - start_s < HEAT.busy_s(warm, 60.0)
