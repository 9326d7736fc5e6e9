"""Iterations that follow one another without a change in the batch: when each of them ends."""

from math import ceil, sqrt
from typing import NamedTuple

from simulator.step_times import Pace, StepTime


class Piece(NamedTuple):
    """Iterations of one pace."""

    before: int
    """Iterations of the stretch before these."""
    start_s: float
    pace: Pace


class Stretch:
    """So many iterations from an instant on."""

    __slots__ = ("end_s", "iterations", "pieces", "start_s")

    def __init__(self, start_s: float, iterations: int, pieces: list[Piece]) -> None:
        self.start_s, self.iterations, self.pieces = start_s, iterations, pieces
        last = pieces[-1]
        self.end_s = last.start_s + last.pace.time_s(iterations - last.before)

    @property
    def can_be_cut(self) -> bool:
        """Whether there is a boundary before its end."""
        return self.iterations > 1

    def cut(self, at_s: float) -> "Stretch":
        """The stretch up to the first boundary from `at_s` on, at least one iteration."""
        iterations = min(max(self.boundary(at_s), 1), self.iterations)
        pieces = [piece for piece in self.pieces if piece.before < iterations]
        return Stretch(self.start_s, iterations, pieces)

    def boundary(self, at_s: float) -> int:
        """How many iterations end before, or with, the first boundary from `at_s` on."""
        pieces = self.pieces
        here = len(pieces) - 1
        while here and pieces[here].start_s >= at_s:
            here -= 1
        before, start_s, pace = pieces[here]
        return before + _iterations(pace, start_s, at_s)


def _iterations(pace: Pace, start_s: float, at_s: float) -> int:
    """The least n for which `start_s + pace.time_s(n)` is not before `at_s`."""
    passed_s = at_s - start_s
    if passed_s <= 0:
        return 0
    half = pace.growth_s / 2
    linear = pace.first_s - half
    root = sqrt(linear * linear + 4 * half * passed_s)
    guess = ceil(2 * passed_s / (linear + root))
    # The root rounds; what counts is the very sum that tells the boundaries.
    while start_s + pace.time_s(guess) < at_s:
        guess += 1
    while guess and start_s + pace.time_s(guess - 1) >= at_s:
        guess -= 1
    return guess


def one(start_s: float, step_s: float) -> Stretch:
    """A single iteration."""
    return Stretch(start_s, 1, [Piece(0, start_s, Pace(step_s, 0.0))])


def writing(
    step_time: StepTime,
    start_s: float,
    iterations: int,
    sequences: int,
    context_tokens: int,
    longest_tokens: int,
) -> Stretch:
    """Iterations that only decode; the batch as `StepTime.pace` takes it, for the first of them."""
    pieces, before = [], 0
    while True:
        pace = step_time.pace(sequences, context_tokens + sequences * before, longest_tokens + before)
        pieces.append(Piece(before, start_s, pace))
        if before + pace.iterations >= iterations:
            return Stretch(pieces[0].start_s, iterations, pieces)
        start_s += pace.time_s(int(pace.iterations))
        before += int(pace.iterations)
