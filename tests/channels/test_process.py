"""Processes cut, delayed and multiplied, against their values at single instants.

Instants are whole multiples of 2**-12 s unless a test says otherwise, so that nothing is rounded and borders
can be hit exactly; borders may coincide.
"""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from channels import Steps
from channels.parts.process import Delayed, Level, aligned, clipped, product, times

TICK_S = 2.0**-12
FIRST_S, LAST_S = -64.0, 64.0


class Listed:
    """Values between borders, as given, from `FIRST_S` to `LAST_S`; windows only on the grid."""

    def __init__(self, borders_s, values, grid_s):
        self.borders_s = np.array([FIRST_S, *sorted(borders_s), LAST_S])
        self.values = np.array([values[i % len(values)] for i in range(len(borders_s) + 1)])
        self.grid_s, self.peak = grid_s, self.values.max()

    def at(self, at_s):
        """By definition: the latest border that is not after `at_s`."""
        return next(v for b, v in reversed(list(zip(self.borders_s, self.values, strict=False))) if b <= at_s)

    def during(self, start_s, duration_s):
        if self.grid_s:
            assert start_s % self.grid_s == 0.0
            assert duration_s % self.grid_s == 0.0
        return clipped(
            Steps(self.borders_s - FIRST_S, self.values), start_s - FIRST_S, start_s - FIRST_S + duration_s
        )


def seen(steps, at_s):
    return steps.values[int(steps.offsets_s.searchsorted(at_s, "right")) - 1]


def whole(steps, duration_s, rounding_s=0.0):
    """What every description of a window must be."""
    assert len(steps.offsets_s) == len(steps.values) + 1
    assert steps.offsets_s[0] == 0.0
    assert abs(steps.offsets_s[-1] - duration_s) <= rounding_s
    assert (np.diff(steps.offsets_s) >= 0.0).all()
    return steps


def instants(steps, luck):
    """Borders, and ticks that hypothesis likes."""
    return sorted({*steps.offsets_s[:-1].tolist(), *(t for t in luck if t < steps.offsets_s[-1])})


def ticks(first_s, last_s):
    return st.integers(round(first_s / TICK_S), round(last_s / TICK_S)).map(lambda n: n * TICK_S)


values = st.lists(st.integers(0, 9).map(float), min_size=1, max_size=5)
borders = st.lists(ticks(-4, 8) | st.integers(-4, 8).map(float), max_size=12)
grids = st.sampled_from([0.0, 0.125, 0.5, 2.0])
processes = st.builds(Listed, borders, values, grids)
some = st.lists(ticks(0, 8), max_size=9)


@st.composite
def windows(draw, grid_s):
    """Start, below 0 too, and length, above 0."""
    if grid_s:
        start, count = draw(st.integers(-2, 2)), draw(st.integers(1, 3))
        return start * grid_s, count * grid_s
    return draw(ticks(-4, 4)), draw(ticks(TICK_S, 6))


@given(processes, st.data(), some)
def test_clipped(process, data, luck):
    start_s, duration_s = data.draw(windows(0.0))
    steps = whole(
        Listed(process.borders_s[1:-1], process.values, 0.0).during(start_s, duration_s), duration_s
    )
    for at_s in instants(steps, luck):
        assert seen(steps, at_s) == process.at(start_s + at_s)


def test_clipped_leaves_what_it_was_given_alone():
    steps = Steps(np.arange(5.0), np.arange(4.0))
    offsets_s, cut = clipped(steps, 1.5, 2.5)
    assert (offsets_s.tolist(), cut.tolist()) == ([0.0, 0.5, 1.0], [1.0, 2.0])
    np.testing.assert_array_equal(steps.offsets_s, np.arange(5.0))


@pytest.mark.parametrize(
    ("begin_s", "end_s", "offsets_s", "values"),
    [
        (1.0, 2.0, [0.0, 1.0], [20.0]),  # from border to border
        (0.0, 1.0, [0.0, 1.0], [10.0]),
        (1.25, 1.5, [0.0, 0.25], [20.0]),  # inside one piece
        (0.5, 2.5, [0.0, 0.5, 1.5, 1.5, 2.0], [10.0, 20.0, 30.0, 40.0]),  # over an empty piece
        (2.0, 3.0, [0.0, 1.0], [40.0]),  # from an empty piece: it has no instant
    ],
)
def test_clipped_by_hand(begin_s, end_s, offsets_s, values):
    steps = Steps(np.array([0.0, 1.0, 2.0, 2.0, 3.0]), np.array([10.0, 20.0, 30.0, 40.0]))
    got = clipped(steps, begin_s, end_s)
    assert (got.offsets_s.tolist(), got.values.tolist()) == (offsets_s, values)


@given(processes, processes, st.data(), some)
def test_aligned_and_product(one, other, data, luck):
    """Both at every instant of any window on the coarser grid."""
    both = product(one, other)
    assert both.grid_s == max(one.grid_s, other.grid_s)
    assert both.peak == one.peak * other.peak
    start_s, duration_s = data.draw(windows(both.grid_s))
    offsets_s, first, second = aligned(one.during(start_s, duration_s), other.during(start_s, duration_s))
    steps = whole(both.during(start_s, duration_s), duration_s)
    np.testing.assert_array_equal(steps.offsets_s, offsets_s)
    for at_s in instants(steps, luck):
        piece = int(offsets_s.searchsorted(at_s, "right")) - 1
        pair = one.at(start_s + at_s), other.at(start_s + at_s)
        # A single piece may stand for all.
        assert (first[piece % len(first)], second[piece % len(second)]) == pair
        assert steps.values[piece] == pair[0] * pair[1]
        assert steps.values[piece] <= both.peak


def test_aligned_where_ends_differ_by_rounding():
    """The first one's end holds, and nothing lies beyond. A border of both may come twice, around nothing."""
    late_s = 2.0 + 2.0**-51
    one = Steps(np.array([0.0, 1.0, 2.0]), np.array([1.0, 2.0]))
    for offsets_s, values in (([0.0, 2.0, late_s], [3.0, 4.0]), ([0.0, 1.0, 1.0, late_s], [5.0, 4.0, 3.0])):
        borders_s, first, second = aligned(one, Steps(np.array(offsets_s), np.array(values)))
        long = np.diff(borders_s) > 0
        assert borders_s[-1] == 2.0
        assert borders_s[:-1][long].tolist() == [0.0, 1.0]
        assert (first[long].tolist(), second[long].tolist()) == ([1.0, 2.0], [values[0], 3.0])


@given(processes, ticks(0, 5) | st.integers(0, 5).map(float), st.data(), some)
def test_delayed(process, delay_s, data, luck):
    assume(delay_s > 0.0)
    late = Delayed(process, delay_s)
    assert (late.grid_s, late.peak) == (process.grid_s, process.peak)
    start_s, duration_s = data.draw(windows(process.grid_s))
    steps = whole(late.during(start_s, duration_s), duration_s)
    for at_s in instants(steps, luck):
        assert seen(steps, at_s) == process.at(start_s + at_s - delay_s)


@given(
    borders=st.lists(st.floats(-4, 8), max_size=12),
    delay_s=st.floats(1e-6, 5.0),
    grid_s=st.sampled_from([0.125, 0.5, 2.0]),
    data=st.data(),
    luck=st.lists(st.floats(0, 8), max_size=9),
)
def test_delayed_by_any_time_keeps_company(borders, delay_s, grid_s, data, luck):
    """Where instants are rounded: both can be laid side by side, and it shows but next to a border."""
    process = Listed(borders, [3.0, 5.0, 7.0], grid_s)
    start_s, duration_s = data.draw(windows(grid_s))
    now, late = process.during(start_s, duration_s), Delayed(process, delay_s).during(start_s, duration_s)
    whole(late, duration_s, 1e-12)
    offsets_s, first, second = aligned(now, late)
    assert {len(first), len(second)} <= {1, len(offsets_s) - 1}
    whole(Steps(offsets_s, np.broadcast_to(first, len(offsets_s) - 1)), duration_s, 1e-12)
    for at_s in luck:
        here_s = start_s + at_s
        near = min(abs(process.borders_s - t).min() for t in (here_s, here_s - delay_s))
        if at_s < duration_s and near > 1e-9:
            piece = int(offsets_s.searchsorted(at_s, "right")) - 1
            pair = process.at(here_s), process.at(here_s - delay_s)
            assert (first[piece % len(first)], second[piece % len(second)]) == pair


@given(processes, st.integers(0, 9).map(float), st.data(), some)
def test_times_and_levels(process, factor, data, luck):
    start_s, duration_s = data.draw(windows(process.grid_s))
    scaled = [times(process, factor), product(process, Level(factor)), product(Level(factor), process)]
    for one in scaled:
        assert (one.grid_s, one.peak) == (process.grid_s, process.peak * factor)
        steps = whole(one.during(start_s, duration_s), duration_s)
        for at_s in instants(steps, luck):
            assert seen(steps, at_s) == process.at(start_s + at_s) * factor


def test_levels_stay_levels():
    """So that a link on which nothing changes is a plain number."""
    for level in (times(Level(3.0), 2.0), product(Level(3.0), Level(2.0))):
        assert isinstance(level, Level)
        assert level.peak == 6.0
        assert level.grid_s == 0.0
        assert [part.tolist() for part in level.during(-5.0, 2.5)] == [[0.0, 2.5], [6.0]]


def test_a_process_times_itself_is_a_square():
    """The same borders on both sides, as of one realisation for both directions."""
    one = Listed([0.5, 0.5, 1.0], [2.0, 3.0, 5.0], 0.0)
    offsets_s, squares = product(one, one).during(0.0, 2.0)
    assert [seen(Steps(offsets_s, squares), at_s) for at_s in (0.0, 0.5, 1.0)] == [4.0, 25.0, 4.0]
