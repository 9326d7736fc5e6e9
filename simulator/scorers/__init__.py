"""How much a prompt needs the edge: the contract of every scorer (p_t of Eq. 10).

A score is a figure that the turn already has, or a number drawn by the turn's own name, so that every policy
meets the same one. A scorer that reads text does so when it is opened, before the run, never inside it.
"""

from collections.abc import Mapping
from typing import Protocol, Self

from workloads import Turn, Workload
from workloads.luck import Luck


class Scores(Protocol):
    """A scorer at work: the scores of one workload's turns, at hand."""

    @property
    def source(self) -> Mapping[str, str]:
        """Where they come from, as far as the settings do not say it; a run's summary keeps it."""

    def score(self, turn: Turn, luck: Luck) -> float:
        """p_t in [0, 1]; the higher, the more the turn needs the large model. NaN where nothing is known."""


class Scorer(Protocol):
    """A law of p_t."""

    def open(self, workload: Workload) -> Scores:
        """The scores of this workload's turns. Raises `Mistake` where they cannot be had."""


class Wordless:
    """What scorers that read no text have in common: they are at hand from the start."""

    def open(self, workload: Workload) -> Self:
        """Nothing to prepare."""
        return self

    @property
    def source(self) -> Mapping[str, str]:
        """The settings say it all."""
        return {}
