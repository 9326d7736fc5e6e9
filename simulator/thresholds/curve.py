"""What a router does at every threshold at once.

A dialogue is a tree of decisions. At each turn the edge answers where theta is below the fused score, the
phone where it is not; so a fused score cuts the thetas that lead to a turn into those that go on with one
context and those that go on with the other. The leaves are the dialogue's courses, each with the thetas for
which it is taken. Together they say exactly what happens at any real theta, for no more work than a few
walks: there is nothing to search, and no theta in between that behaves otherwise.

In dialogues of one turn the share of edge turns falls with theta. In longer ones it may rise here and there:
an answer of the edge lengthens the context of the turns that follow, which may then stay on the phone.
"""

from collections.abc import Iterator
from copy import copy
from math import inf, isnan, nan
from typing import Any, NamedTuple

import numpy as np

from simulator.context import Context
from simulator.empty_network import EmptyNetwork
from simulator.mistakes import Mistake
from simulator.policies import Decision, Policy
from simulator.thresholds.figures import Floats, Sums
from simulator.turn import Router
from workloads import Site, Turn

NO_THRESHOLD = "the policy sends turns elsewhere than its fused score and threshold say, so it has no curve"


class Course(NamedTuple):
    """One way that a dialogue may take, summed over its turns."""

    low: float
    """It is taken at every theta from here; -inf where any is low enough."""
    high: float
    """To here, exclusively; inf where any is high enough."""
    turns: int
    edge_turns: int
    judged_turns: int
    """Those whose answer has a known quality."""
    quality: float
    latency_s: float


class Curve(NamedTuple):
    """All courses of all dialogues, column by column, dialogue after dialogue."""

    low: Floats
    high: Floats
    turns: Floats
    edge_turns: Floats
    judged_turns: Floats
    quality: Floats
    latency_s: Floats

    def at(self, theta: float) -> Sums:
        """What becomes of each dialogue at `theta`: it takes one course."""
        taken = (self.low <= theta) & (theta < self.high)
        return Sums(*(column[taken] for column in self[2:]))


class Pieces(NamedTuple):
    """The curve by its pieces: from each theta to the next nothing changes. Means are over turns."""

    low: Floats
    """Where each piece begins; the first at -inf."""
    high: Floats
    """Where it ends, exclusively; the last at inf."""
    edge_share: Floats
    quality: Floats
    """NaN where nothing is known."""
    latency_s: Floats


def curve(network: EmptyNetwork, policy: Any) -> Curve:
    """Every course of every dialogue under a policy that compares a fused score with its `threshold`.

    Raises `Mistake` where the policy does something else, and where it reads a score that is not known.
    """
    router = network.router(policy)
    courses = [course for turns in network.dialogues for course in _courses(network, router, turns)]
    return Curve(*(np.array(column, np.float64) for column in zip(*courses, strict=True)))


def pieces(curve: Curve) -> Pieces:
    """The means over turns for every theta, lowest first."""
    low, first = np.unique(curve.low, return_inverse=True)
    ends = np.searchsorted(low, curve.high)  # one past the last piece where that is inf
    total = float(curve.at(float(low[-1])).turns.sum())

    def sums(column: Floats) -> Floats:
        change = np.bincount(first, column, len(low) + 1) - np.bincount(ends, column, len(low) + 1)
        running: Floats = np.cumsum(change)[:-1]
        return running

    judged = np.rint(sums(curve.judged_turns))
    quality = np.full(len(low), nan)
    np.divide(sums(curve.quality), judged, out=quality, where=judged > 0)
    share = np.rint(sums(curve.edge_turns)) / total
    return Pieces(low, np.append(low[1:], inf), share, quality, sums(curve.latency_s) / total)


def _courses(network: EmptyNetwork, router: Router, turns: tuple[Turn, ...]) -> Iterator[Course]:
    """Depth first: the low thetas, which send more to the edge, go on; the high ones wait for their turn."""
    waiting = [(Course(-inf, inf, 0, 0, 0, 0.0, 0.0), Context())]
    while waiting:
        so_far, context = waiting.pop()
        for turn in turns[so_far.turns :]:
            decision = network.weigh(router, turn, context)
            fused = _fused_score(router.policy, decision)
            if so_far.low < fused < so_far.high:
                other = copy(context)
                latency_s = network.answer(router, decision, Site.DEVICE, other)
                waiting.append((_longer(so_far._replace(low=fused), turn, Site.DEVICE, latency_s), other))
                so_far = so_far._replace(high=fused)
            site = Site.EDGE if fused >= so_far.high else Site.DEVICE
            so_far = _longer(so_far, turn, site, network.answer(router, decision, site, context))
        yield so_far


def _fused_score(policy: Policy, decision: Decision) -> float:
    site, fused_score = policy.choose(decision)
    threshold: float = policy.threshold  # type: ignore[attr-defined]  # whoever asks has looked
    if (site is Site.EDGE) != (fused_score > threshold):
        raise Mistake(NO_THRESHOLD)
    return fused_score


def _longer(course: Course, turn: Turn, site: Site, latency_s: float) -> Course:
    """The course with one turn more."""
    quality = turn.answer(site).quality
    known = not isnan(quality)
    return course._replace(
        turns=course.turns + 1,
        edge_turns=course.edge_turns + (site is Site.EDGE),
        judged_turns=course.judged_turns + known,
        quality=course.quality + (quality if known else 0.0),
        latency_s=course.latency_s + latency_s,
    )
