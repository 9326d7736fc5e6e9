"""How much a prompt needs the edge: the contract of every scorer (p_t of Eq. 10).

A score is a figure that the turn already has, or a number drawn by the turn's own name, so that every policy
meets the same one. A scorer that reads text computes and keeps its scores before the run, never inside it.
"""

from typing import Protocol

from workloads import Turn
from workloads.luck import Luck


class Scorer(Protocol):
    """A law of p_t."""

    def score(self, turn: Turn, luck: Luck) -> float:
        """p_t in [0, 1]; the higher, the more the turn needs the large model. NaN where nothing is known."""
