"""The least mean latency for a mean quality, knowing both answers to every turn: Eq. 9 solved outright.

Each dialogue takes one of its courses (who answers its first turn, its second, ...), and of all choices that
reach the quality one is the quickest: a multiple-choice knapsack. Where a dialogue may also be tossed for,
the best course at any price of quality is a corner of the convex hull of its courses, and the hulls together
are climbed by their cheapest steps first (Sinha & Zoltners, Operations Research 27, 1979). So the curve is
exact at its corners, and between two of them, where one dialogue is tossed for, a bound from below. No router
is under it, whatever it knows. It spends no time on a score.
"""

from collections.abc import Iterator
from copy import copy
from itertools import pairwise
from math import isnan, nan
from typing import NamedTuple

import numpy as np

from simulator.context import Context
from simulator.empty_network import EmptyNetwork
from simulator.mistakes import Mistake
from simulator.policies.oracle import Oracle
from simulator.regret import Floats
from simulator.turn import Router
from workloads import Site, Turn

MOST_TURNS = 12
"""Of a dialogue: its courses double with every turn."""


class Course(NamedTuple):
    """One way that a dialogue may take, summed over its turns."""

    latency_s: float
    quality: float
    edge_turns: int


class Frontier(NamedTuple):
    """The corners of the curve, the quickest first; means over turns. Quality rises with latency."""

    latency_s: Floats
    quality: Floats
    edge_share: Floats

    def latency_for(self, quality: float) -> float:
        """The least mean latency [s] for at least this mean quality; NaN where it is out of reach."""
        if quality > self.quality[-1]:
            return nan
        return float(np.interp(quality, self.quality, self.latency_s))


def frontier(network: EmptyNetwork) -> Frontier:
    """The curve of a workload in an empty network.

    Raises `Mistake` where the quality of an answer is not known, and where a dialogue is too long.
    """
    router = network.router(Oracle())
    hulls = [_hull(list(_courses(network, router, turns))) for turns in network.dialogues]
    steps = sorted(
        (
            tuple(after - before for before, after in zip(one, other, strict=True))
            for hull in hulls
            for one, other in pairwise(hull)
        ),
        key=lambda step: step[0] / step[1],  # s for a unit of quality; on one hull they ascend
    )
    turns = sum(map(len, network.dialogues))
    first = np.sum([hull[0] for hull in hulls], axis=0, keepdims=True)
    corners = np.cumsum(np.concatenate([first, np.reshape(steps, (-1, 3))]), axis=0) / turns
    return Frontier(*corners.T)


def _courses(network: EmptyNetwork, router: Router, turns: tuple[Turn, ...]) -> Iterator[Course]:
    """All of them: 2 to the number of turns."""
    if len(turns) > MOST_TURNS:
        raise Mistake(
            f"a dialogue of {len(turns)} turns has too many courses to try all: {MOST_TURNS} at most"
        )
    waiting = [(0, Course(0.0, 0.0, 0), Context())]
    while waiting:
        place, so_far, context = waiting.pop()
        if place == len(turns):
            yield so_far
            continue
        decision = network.weigh(router, turns[place], context)
        for site in Site:
            after, quality = copy(context), turns[place].answer(site).quality
            if isnan(quality):
                raise Mistake("the quality of both answers must be known: set workload.quality to a pair")
            latency_s = so_far.latency_s + network.answer(router, decision, site, after)
            edge_turns = so_far.edge_turns + (site is Site.EDGE)
            waiting.append((place + 1, Course(latency_s, so_far.quality + quality, edge_turns), after))


def _hull(courses: list[Course]) -> list[Course]:
    """Those that are quickest for some price of quality, the quickest first; none is dominated."""
    found: list[Course] = []
    for course in sorted(courses, key=lambda course: (course.latency_s, -course.quality)):
        if found and course.quality <= found[-1].quality:
            continue
        while len(found) > 1 and _above(found[-2], found[-1], course):
            found.pop()
        found.append(course)
    return found


def _above(one: Course, middle: Course, other: Course) -> bool:
    """Whether the middle one is no quicker than a toss between its neighbours."""
    to_middle = (middle.latency_s - one.latency_s) * (other.quality - one.quality)
    return to_middle >= (other.latency_s - one.latency_s) * (middle.quality - one.quality)
