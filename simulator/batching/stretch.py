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
    """Iterations that only write, from the start of the first piece on; one that reads may come before."""

    __slots__ = ("_fewest", "_pieces", "end_s", "iterations", "start_s")

    def __init__(self, start_s: float, iterations: int, pieces: list[Piece], fewest: int = 1) -> None:
        self.start_s, self.iterations, self._pieces, self._fewest = start_s, iterations, pieces, fewest
        before, piece_start_s, pace = pieces[-1]
        self.end_s = piece_start_s + pace.time_s(iterations - before)

    def cut(self, at_s: float) -> "Stretch":
        """The stretch up to the first boundary from `at_s` on; itself if that is its end."""
        iterations = self.begun(at_s)
        if iterations == self.iterations:
            return self
        pieces = [piece for piece in self._pieces if not piece.before or piece.before < iterations]
        return Stretch(self.start_s, iterations, pieces, self._fewest)

    def begun(self, at_s: float) -> int:
        """How many iterations have begun at an instant, those that begin with it left out."""
        pieces = self._pieces
        here = len(pieces) - 1
        while here and pieces[here].start_s >= at_s:
            here -= 1
        before, start_s, pace = pieces[here]
        return min(max(before + _iterations(pace, start_s, at_s), self._fewest), self.iterations)


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
    begins_s: float,
    start_s: float,
    iterations: int,
    sequences: int,
    context_tokens: int,
    longest_tokens: int,
) -> Stretch:
    """Iterations that only decode; the batch as `StepTime.pace` takes it, for the first of them.

    An iteration that reads may come before, from `begins_s` to `start_s`.
    """
    fewest = 0 if start_s > begins_s else 1
    pieces, before = [], 0
    while True:
        pace = step_time.pace(sequences, context_tokens + sequences * before, longest_tokens + before)
        pieces.append(Piece(before, start_s, pace))
        if before + pace.iterations >= iterations:
            return Stretch(begins_s, iterations, pieces, fewest)
        start_s += pace.time_s(int(pace.iterations))
        before += int(pace.iterations)
