"""The tie rule, and what the clock relies on in SimPy."""

import math
import random
from collections.abc import Generator, Iterator
from typing import Any, NamedTuple

import pytest
import simpy
from hypothesis import given
from hypothesis import strategies as st
from simpy.core import EmptySchedule

from simulator.clock import Clock
from tests import run
from tests.simulator.parts import turn, when

WHO = st.tuples(st.integers(0, 4), st.integers(0, 4))


class Somebody(NamedTuple):
    """A rank."""

    user_id: int
    session_id: int


@given(st.lists(WHO, unique=True), st.integers(0, 1000))
def test_alarms_of_one_instant_ring_by_user_then_session(ranks: list[tuple[int, int]], seed: int) -> None:
    clock, order = Clock(), list[Any]()
    for rank in ranks:
        when(clock, clock.ring(7.0, Somebody(*rank), rank), order)
    random.Random(seed).shuffle(ranks)
    clock.env.run()
    assert order == [(7.0, rank) for rank in sorted(ranks)]


@given(st.lists(st.tuples(st.integers(0, 3), WHO), unique=True))
def test_time_comes_before_rank(alarms: list[tuple[int, tuple[int, int]]]) -> None:
    clock, order = Clock(), list[Any]()
    for alarm in alarms:
        when(clock, clock.ring(float(alarm[0]), Somebody(*alarm[1]), alarm), order)
    clock.env.run()
    assert [value for _, value in order] == sorted(alarms)


def test_one_rank_rings_in_the_order_of_making() -> None:
    clock, order = Clock(), list[Any]()
    for number in range(20):
        when(clock, clock.ring(1.0, Somebody(3, 2), number), order)
    clock.env.run()
    assert [value for _, value in order] == list(range(20))


@pytest.mark.parametrize("making", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_a_session_finishes_an_instant_before_the_next_moves(making: tuple[int, ...]) -> None:
    """However many steps without length each takes; processes begin and end on the way."""
    clock, order = Clock(), list[tuple[int, int]]()

    def inner(user: int) -> Iterator[Any]:
        order.append((user, 3))
        yield clock.ring(clock.now_s, Somebody(user, 0))
        order.append((user, 4))

    def act(user: int) -> Generator[simpy.Event, Any, None]:
        yield clock.ring(5.0, Somebody(user, 0))
        for step in range(3):
            order.append((user, step))
            yield clock.ring(clock.now_s, Somebody(user, 0))
        yield clock.env.process(inner(user))
        order.append((user, 5))
        yield clock.ring(clock.now_s, Somebody(user, 0))
        order.append((user, 6))

    for user in making:
        clock.env.process(act(user))
    clock.env.run()
    assert order == [(user, step) for user in (0, 1, 2) for step in range(7)]


def test_ranks_of_many_sessions_do_not_run_into_the_next_user() -> None:
    clock, order = Clock(), list[Any]()
    ranks = [(0, 2**31 - 1), (1, 0), (999_999, 2**31 - 1), (1_000_000, 0)]
    for rank in reversed(ranks):
        when(clock, clock.ring(1.0, Somebody(*rank), rank), order)
    clock.env.run()
    assert [value for _, value in order] == ranks


def test_an_alarm_hands_over_its_value_at_its_instant() -> None:
    clock, seen = Clock(), list[Any]()

    def act() -> Iterator[Any]:
        for at_s, value in ((2.5, "a"), (1.0, "its instant has passed: now"), (4.0, None)):
            handed_over = yield clock.ring(at_s, turn(), value)
            seen.append((clock.now_s, handed_over))

    clock.env.process(act())
    clock.env.run()
    assert seen == [(2.5, "a"), (2.5, "its instant has passed: now"), (4.0, None)]


def test_an_alarm_is_an_event_like_any_other() -> None:
    """SimPy's own conditions and flags know it."""
    clock = Clock()
    first, second = clock.ring(1.0, turn(0), 1), clock.ring(2.0, turn(1), 2)
    assert isinstance(first, simpy.Event)
    assert first.triggered
    assert not first.processed
    clock.env.run(until=first | second)
    assert clock.now_s == 1.0
    assert first.processed
    assert (first.ok, first.value) == (True, 1)
    clock.env.run(until=first & second)
    assert clock.now_s == 2.0


def test_simpy_orders_by_time_priority_and_making() -> None:
    """What the ranks rely on, through SimPy's public `schedule` alone: any integer is a priority."""
    env, order = simpy.Environment(), list[str]()
    for name, priority, delay in (
        ("c", 2**60, 1.0),
        ("b", 5, 1.0),
        ("b2", 5, 1.0),
        ("a", -1, 1.0),
        ("z", 0, 2.0),
    ):
        event = env.event()
        event._ok, event._value = True, None
        event.callbacks.append(lambda _, name=name: order.append(name))
        env.schedule(event, priority=priority, delay=delay)
    env.run()
    assert order == ["a", "b", "b2", "c", "z"]
    assert simpy.events.URGENT == 0  # the start of a process: before any rank, which count from 1


def step_for_ever(clock: Clock) -> None:
    while True:
        clock.env.step()


def test_stop_comes_before_all_else_of_its_instant() -> None:
    clock, order = Clock(), list[Any]()
    when(clock, clock.ring(3.0, Somebody(0, 0), "too late"), order)
    when(clock, clock.ring(math.nextafter(3.0, 0.0), Somebody(0, 0), "in time"), order)
    assert not clock.advance(3.0, 100)
    assert [value for _, value in order] == ["in time"]
    assert clock.now_s == 3.0


def test_never_never_happens_and_is_counted() -> None:
    clock, seen = Clock(), list[Any]()
    when(clock, clock.never(), seen)
    clock.ring(5.0, turn())
    with pytest.raises(EmptySchedule):
        step_for_ever(clock)
    assert seen == []
    assert clock.never_events == 1


def test_ties_in_a_run_go_by_user(tmp_path: Any) -> None:
    """Eight users who ask the same at the same instant queue at the edge by number."""
    starts, table = tmp_path / "starts.csv", tmp_path / "table.csv"
    starts.write_text("at_s\n" + "5\n" * 8)
    table.write_text("prompt_tokens\n10\n")
    turns = run(
        "arrivals=replay",
        f"arrivals.path={starts}",
        "users=8",
        "workload=table",
        f"workload.path={table}",
        "workload.device_tokens=10",
        "workload.edge_tokens=50",
        "scorer=uniform",
        "policy=always_edge",
        "scheduler.slots=1",
    ).turns.sort_values("queue_s")
    assert turns["user_id"].tolist() == list(range(8))
    assert turns["queue_s"].tolist() == pytest.approx([1.2 * before for before in range(8)])
