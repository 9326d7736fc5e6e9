"""The queue without events against a queue that moves step by step."""

from collections import deque

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.fifo import Fifo

JOBS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 9)), min_size=1, max_size=30)
"""Whole seconds since the job before, and of service: sums of them are exact."""


class StepByStep:
    """A FIFO queue as one would draw it: a waiting line, servers, and a clock that ticks."""

    def __init__(self, jobs: list[tuple[int, int]], servers: int) -> None:
        arrivals, now = [], 0
        for gap, service in jobs:
            now += gap
            arrivals.append((now, service))
        self.arrivals, self.starts, self.busy = arrivals, [0] * len(arrivals), []
        line: deque[int] = deque()
        left = [0] * servers
        number, tick = 0, 0
        while number < len(arrivals) or line or any(left):
            while number < len(arrivals) and arrivals[number][0] == tick:
                line.append(number)
                number += 1
            for server in range(servers):
                while not left[server] and line:  # a job of no length frees its server at once
                    self.starts[line[0]] = tick
                    left[server] = arrivals[line.popleft()][1]
            self.busy.append(sum(map(bool, left)))
            left = [max(0, seconds - 1) for seconds in left]
            tick += 1

    def busy_s(self, at_s: int) -> int:
        return sum(self.busy[:at_s])


@given(jobs=JOBS, servers=st.integers(1, 4))
def test_starts_and_busy_time(jobs: list[tuple[int, int]], servers: int) -> None:
    slow, fifo = StepByStep(jobs, servers), Fifo(servers)
    for (at_s, service_s), start_s in zip(slow.arrivals, slow.starts, strict=True):
        assert fifo.backlog_s(at_s) == start_s - at_s
        assert fifo.book(at_s, service_s) == start_s
    assert fifo.work_s == sum(service_s for _, service_s in jobs)
    last_s = slow.arrivals[-1][0]
    for at_s in range(last_s, len(slow.busy) + 3):
        assert fifo.busy_s(at_s) == slow.busy_s(at_s)


@given(jobs=JOBS, servers=st.integers(1, 4), when=st.integers(0, 40))
def test_backlog_is_the_wait_of_who_would_come(jobs: list[tuple[int, int]], servers: int, when: int) -> None:
    fifo, at_s = Fifo(servers), 0
    for gap, service_s in jobs:
        at_s += gap
        fifo.book(at_s, service_s)
    asked_s = at_s + when
    backlog_s = fifo.backlog_s(asked_s)
    assert backlog_s == fifo.backlog_s(asked_s)  # asking changes nothing
    assert backlog_s == fifo.book(asked_s, 1) - asked_s


def test_by_hand() -> None:
    """Two servers; services 5, 2, 4 from 0, 1, 1: the third job waits for the second's server."""
    fifo = Fifo(2)
    assert [fifo.book(0.0, 5.0), fifo.book(1.0, 2.0), fifo.book(1.0, 4.0)] == [0.0, 1.0, 3.0]
    assert fifo.backlog_s(2.0) == 3.0
    assert fifo.backlog_s(6.0) == 0.0
    assert fifo.busy_s(4.0) == 4.0 + 2.0 + 1.0
    assert fifo.busy_s(100.0) == fifo.work_s == 11.0


def test_simultaneous_jobs_are_served_as_they_were_booked() -> None:
    fifo = Fifo()
    assert [fifo.book(3.0, 1.0) for _ in range(4)] == [3.0, 4.0, 5.0, 6.0]


def test_work_adds_up_over_a_long_run() -> None:
    """Ten million seconds of a queue that is never empty: nothing is lost to rounding."""
    fifo = Fifo(3)
    for number in range(30_000):
        fifo.book(number * 0.1, 1000.1)
    assert fifo.work_s == pytest.approx(30_000 * 1000.1, rel=1e-12)
    assert fifo.busy_s(5_000.0) == pytest.approx(3 * 5_000.0 - 0.1 - 0.2, rel=1e-6)
