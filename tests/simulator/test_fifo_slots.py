"""Slots behind a queue: work, notes, utilisation, offered load."""

from typing import Any

import pytest

from simulator.clock import Clock
from simulator.machines.paper import Paper
from simulator.schedulers.fifo_slots import FifoServer, FifoSlots
from tests.simulator.parts import Notes, job, turn, when

SPEED = Paper(prefill_s_per_token=2.0, decode_s_per_token=0.5)


def server(slots: int) -> tuple[Clock, FifoServer, Notes]:
    clock, notes = Clock(), Notes()
    return clock, FifoSlots(slots=slots).open(clock, SPEED, "edge", notes), notes


def test_two_prices() -> None:
    """Reading 3 + 4 tokens at 2 s, writing 8 at 0.5 s."""
    clock, edge, notes = server(1)
    done: list[Any] = []
    when(clock, edge.submit(job(8.0, prompt_tokens=4.0, reprefill_tokens=3.0)), done)
    clock.env.run()
    assert done == [(18.0, (0.0, 14.0, 4.0, 0.5, 3.0, 8.0, 0, 0.0))]
    of = turn()
    assert notes == [
        (0.0, "submitted", "edge", of, 7.0),
        (0.0, "started", "edge", of, 0.0),
        (14.0, "prefilled", "edge", of, 14.0),
        (18.0, "finished", "edge", of, 4.0),
    ]


@pytest.mark.parametrize(("slots", "ends"), [(1, [4, 8, 12, 16]), (2, [4, 4, 8, 8]), (4, [4, 4, 4, 4])])
def test_slots(slots: int, ends: list[int]) -> None:
    clock, edge, _ = server(slots)
    done: list[Any] = []
    for user in range(4):
        when(clock, edge.submit(job(8.0, user)), done)
    clock.env.run()
    assert [at_s for at_s, _ in done] == ends
    assert [work.queue_s for _, work in done] == [end - 4 for end in ends]


def test_utilisation_and_backlog_over_time() -> None:
    """Two slots: 4 s and 10 s of work from the start; looked at as time goes by."""
    clock, edge, _ = server(2)
    assert (edge.utilisation(), edge.peek().wait_s) == (0.0, 0.0)
    edge.submit(job(8.0))
    assert edge.peek().wait_s == 0.0
    edge.submit(job(20.0, 1))
    assert edge.peek().wait_s == 4.0
    seen = {}
    for at_s in (2.0, 4.0, 10.0, 20.0):
        clock.env.run(until=at_s)
        seen[at_s] = (edge.utilisation(), edge.peek().wait_s)
    assert seen == {2.0: (1.0, 2.0), 4.0: (1.0, 0.0), 10.0: (0.7, 0.0), 20.0: (0.35, 0.0)}


def test_offered_load_counts_until_the_last_job_came() -> None:
    """Two jobs of 4 s in the 9 s before the third came, on two slots: 8 / 18; two are too few to judge."""
    clock, edge, _ = server(2)
    for number, at_s in enumerate((1.0, 5.0, 10.0)):
        clock.env.run(until=at_s)
        edge.submit(job(8.0))
        assert (edge.offered_load(3) > 0) == (number == 2)
    clock.env.run(until=1000.0)
    assert edge.offered_load(3) == 8 / 18
    assert edge.offered_load(4) == 0.0


def test_offered_load_of_a_burst_at_the_start_is_no_rate() -> None:
    _, edge, _ = server(1)
    for _ in range(50):
        edge.submit(job(8.0))
    assert edge.offered_load(30) == 0.0
