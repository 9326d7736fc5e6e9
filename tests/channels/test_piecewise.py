"""The exact solver against a walk over the pieces in rational arithmetic."""

import math
from fractions import Fraction
from itertools import count

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.parts.chunk import chunk, power_of_two_up_to
from channels.parts.piecewise import KEPT, PATIENCE, Piecewise


class Table:
    """Chunks of 0.5 s, each cut into quarters; the rates repeat for ever."""

    span_s = 0.5

    def __init__(self, rates, typical_bps=0.0):
        self.rates = [float(rate) for rate in rates]
        self.peak_bps, self.typical_bps = max(self.rates), typical_bps
        self.built = 0

    def rate(self, piece):
        return self.rates[piece % len(self.rates)]

    def build(self, first, count):
        self.built += count
        rates = np.array([self.rate(piece) for piece in range(4 * first, 4 * (first + count))])
        return chunk(first * 0.5, np.arange(4 * count + 1) * 0.125, rates)


def walk(table, start, bits):
    """Finish time by walking, piece by piece, without rounding."""
    now, left = Fraction(start), Fraction(bits)
    for piece in count(math.floor(now * 8)):
        end, rate = Fraction(piece + 1, 8), Fraction(table.rate(piece))
        if left <= rate * (end - now):
            return now + (left / rate if left else 0)
        left -= rate * (end - now)
        now = end
    raise AssertionError


starts = st.one_of(st.integers(0, 400).map(lambda n: n / 8), st.floats(0, 50))
tables = st.lists(st.one_of(st.just(0), st.integers(1, 10**6)), min_size=1, max_size=9).filter(any)
guesses = st.sampled_from([0.0, 1e-3, 1e3, 1e6, 1e12])
"""Typical rates, true or not: they may only cost time."""


@settings(max_examples=150, deadline=None)
@given(rates=tables, start=starts, pieces=st.one_of(st.integers(0, 100), st.floats(0, 100)), guess=guesses)
def test_finish_is_that_of_a_walk(rates, start, pieces, guess):
    """Zero rates, starts on borders, payloads that end on borders and span many chunks."""
    table = Table(rates, guess)
    bits = pieces * table.peak_bps / 8
    finish = Piecewise(table).finish_s(start, bits)
    expected = walk(table, start, bits)
    # A payload that ends within rounding of an outage may finish on either side: compare bits there.
    if abs(finish - expected) > 1e-9 * max(1, abs(expected)):
        assert Piecewise(table).bits(start, finish) == pytest.approx(bits, rel=1e-12)
        assert Piecewise(table).bits(start, float(expected)) == pytest.approx(bits, rel=1e-12)


@settings(max_examples=300, deadline=None)
@given(rates=tables, start=starts, bits=st.one_of(st.just(0.0), st.floats(1e-6, 1e8)), guess=guesses)
def test_round_trip(rates, start, bits, guess):
    rate = Piecewise(Table(rates, guess))
    bits = min(bits, 3000 * max(rates) / 8)
    finish = rate.finish_s(start, bits)
    blur = max(rates) * 2 * math.ulp(finish)
    assert rate.bits(start, finish) == pytest.approx(bits, rel=1e-9, abs=blur)


@settings(max_examples=100, deadline=None)
@given(rates=tables, start=starts, length=st.floats(0, 100))
def test_bits_are_those_of_a_walk(rates, start, length):
    table, end = Table(rates), start + length
    total = Fraction(0)
    for piece in range(math.floor(start * 8), math.floor(end * 8) + 1):
        inside = min(Fraction(end), Fraction(piece + 1, 8)) - max(Fraction(start), Fraction(piece, 8))
        total += max(inside, Fraction(0)) * Fraction(table.rate(piece))
    assert Piecewise(table).bits(start, end) == pytest.approx(float(total), rel=1e-12, abs=1e-9)


@settings(max_examples=100, deadline=None)
@given(
    rates=tables, start=starts, length=st.one_of(st.integers(1, 80).map(lambda n: n / 8), st.floats(1e-6, 9))
)
def test_steps_are_those_of_the_table(rates, start, length):
    """Every piece in the stretch, whole or cut, and no other; their sum is what is carried."""
    rate = Piecewise(Table(rates))
    offsets, values = rate.steps(start, start + length)
    assert offsets[0] == 0.0
    assert start + offsets[-1] == pytest.approx(start + length, abs=1e-14)
    assert (np.diff(offsets) >= 0.0).all()
    carried = rate.bits(start, start + length)
    assert (values * np.diff(offsets)).sum() == pytest.approx(carried, rel=1e-12, abs=1e-6)
    first, last = math.floor(start * 8), math.ceil((start + length) * 8)
    assert values.tolist() == [Table(rates).rate(piece) for piece in range(first, last)]
    for offset, value in zip((offsets[:-1] + offsets[1:]) / 2, values, strict=True):
        assert rate.rate_bps(start + offset) == value


@settings(max_examples=50, deadline=None)
@given(
    rates=tables,
    guess=guesses,
    asked=st.lists(st.tuples(starts, st.sampled_from([0.0, 0.5, 3.0, 30.0, 300.0])), min_size=2, max_size=12),
    luck=st.randoms(),
)
def test_any_order_gives_the_same_bits(rates, guess, asked, luck):
    """Of the float: whatever was asked before, and remembered."""

    def answers(rate, asked):
        return {
            (start, pieces): (
                rate.finish_s(start, pieces * max(rates) / 8),
                rate.rate_bps(start),
                rate.bits(start, start + 3.3),
                [part.tolist() for part in rate.steps(start, start + 1.1)],
            )
            for start, pieces in asked
        }

    shuffled = luck.sample(asked, len(asked))
    one, other = (answers(Piecewise(Table(rates, guess)), order) for order in (asked, shuffled))
    assert one == other
    alone = {question: answers(Piecewise(Table(rates, guess)), [question])[question] for question in asked}
    assert one == alone


def test_steps_must_run_forwards():
    for end in (2.0, 1.0):
        with pytest.raises(ValueError, match=rf"start_s \(2.0\) must be before end_s \({end}\)"):
            Piecewise(Table([1.0])).steps(2.0, end)


def test_by_hand():
    """Rates 8, 0, 0, 16 bit/s for 0.125 s each: 3 bits a chunk."""
    rate = Piecewise(Table([8, 0, 0, 16]))
    assert rate.rate_bps(0.0) == 8.0
    assert rate.rate_bps(0.125) == 0.0  # a border belongs to what it opens
    assert rate.rate_bps(0.375) == 16.0
    assert rate.finish_s(0.0, 1.0) == 0.125  # the first instant, not the end of the outage
    assert rate.finish_s(0.0, 1.5) == 0.375 + 0.5 / 16
    assert rate.finish_s(0.125, 2.0) == 0.5  # through the outage to the border of the chunk
    assert rate.finish_s(0.2, 2.5) == 0.5 + 0.5 / 8
    assert rate.finish_s(0.2, 0.0) == 0.2  # nothing to send, even in an outage
    assert rate.finish_s(0.0, 3000.0) == 500.0
    assert rate.finish_s(-0.5, 3.0) == 0.0
    assert rate.bits(0.0, 0.5) == 3.0
    assert rate.bits(0.0625, 100.0625) == 600.0


def test_tiny_payloads_are_not_lost_behind_large_ones():
    rate = Piecewise(Table([1e12, 1e12, 1e12, 1.0]))
    assert rate.bits(0.375, 0.375 + 2**-20) == 2**-20
    assert rate.finish_s(0.375, 2**-20) == 0.375 + 2**-20


def test_a_payload_below_rounding_still_waits_for_the_outage_to_end():
    assert Piecewise(Table([1e9, 0, 0, 1e9])).finish_s(0.2, 1e-300) == 0.375


def test_an_outage_without_end_gives_up():
    table = Table([0.0])
    table.peak_bps = 1.0  # a source that promises more than it keeps
    assert Piecewise(table).finish_s(7.0, 1.0) == math.inf
    assert PATIENCE <= table.built <= PATIENCE + 64


def test_a_payload_beyond_patience_is_refused_at_once():
    table = Table([1.0])
    assert Piecewise(table).finish_s(0.0, 1e18) == math.inf
    assert table.built == 0


def test_long_transfers_take_few_calls_and_leave_little_behind():
    table = Table([1.0, 3.0])
    rate = Piecewise(table)
    assert rate.finish_s(0.0, 2000.0) == 1000.0
    assert table.built < 2 * 2000 + 200
    for start in range(1000):
        rate.rate_bps(float(start))
    assert len(rate._kept) == KEPT
    built = table.built
    rate.finish_s(999.1, 0.5)
    assert table.built == built  # the last chunk is still there


def test_spans_must_have_exact_borders():
    table = Table([1.0])
    table.span_s = 0.3
    with pytest.raises(ValueError, match=r"span_s \(0.3\) must be a power of two"):
        Piecewise(table)


@given(st.floats(1e-300, 1e300))
def test_power_of_two(limit):
    power = power_of_two_up_to(limit)
    assert power <= limit < 2 * power
    assert math.frexp(power)[0] == 0.5
