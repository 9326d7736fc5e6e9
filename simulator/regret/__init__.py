"""What each decision cost, against the other site: counterfactual replay of a run.

A turn has two potential outcomes: how it goes at the site that the router chose, and how it would have gone
at the other one. A simulation may look at both, since luck belongs to names (`workloads.luck`): the run is
made again with this one decision the other way, and every other turn, before and after, where it went in the
run. So an outcome belongs to the run's other decisions, as they were; nobody decides anew in answer to the
flip. Later turns of the same dialogue keep their sites, but meet another context: what becomes of them is
counted nowhere. A regret therefore speaks of one decision, and regrets of several do not add up.

What a decision does to others is told apart, as its externality: the seconds that all turns outside the
dialogue would have taken longer, of those that were decided before the turn was done in both worlds. What is
decided later counts on demand: in a long busy period a job delays those who come after it has left, too.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from workloads import Site

Floats = NDArray[np.float64]
Name = tuple[int, int, int]
"""Which turn: user, session, turn."""


class Regret(NamedTuple):
    """One decision; figures are NaN where they are not known."""

    name: Name
    site: Site
    """Who answered."""
    e2e_s: float
    """T_total there [s]."""
    other_e2e_s: float
    """T_total had it gone to the other site [s]."""
    quality: float
    """Of the answer."""
    other_quality: float
    """Of the answer that the other site would have given."""
    externality_s: float
    """What all others would have taken longer, had it gone there; negative: it was in their way [s]."""


class Regrets(NamedTuple):
    """Decisions of one run, in the order of their names."""

    rows: tuple[Regret, ...]
    decided_turns: int
    """How many the run made, of which these were drawn."""
    exact: bool
    """Whether they were worked out, in an empty network, and not replayed."""

    @property
    def edge(self) -> NDArray[np.bool_]:
        """Whether the edge answered."""
        return np.array([row.site is Site.EDGE for row in self.rows], np.bool_)

    @property
    def dialogue(self) -> NDArray[np.int64]:
        """Which dialogue each turn belongs to; counts those that were drawn from 0."""
        numbers: dict[tuple[int, int], int] = {}
        counted = [numbers.setdefault(row.name[:2], len(numbers)) for row in self.rows]
        return np.array(counted, np.int64)

    @property
    def latency_regret_s(self) -> Floats:
        """Positive: the other site would have been quicker [s]."""
        return np.array([row.e2e_s - row.other_e2e_s for row in self.rows], np.float64)

    @property
    def quality_regret(self) -> Floats:
        """Positive: the other site's answer would have been better."""
        return np.array([row.other_quality - row.quality for row in self.rows], np.float64)

    @property
    def externality_s(self) -> Floats:
        """Positive: had it gone to the other site, all others together would have taken longer [s]."""
        return np.array([row.externality_s for row in self.rows], np.float64)
