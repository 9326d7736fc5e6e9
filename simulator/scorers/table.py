"""Scores from the workload's table."""

from pydantic.dataclasses import dataclass

from simulator.scorers import Wordless
from workloads import Turn
from workloads.luck import Luck


@dataclass(frozen=True, kw_only=True)
class TableScores(Wordless):
    """The table's own scores: for the embedded workloads, those of a real BERT-family encoder.

    Where they come from is told in `workloads/tables/README.md`.
    """

    def score(self, turn: Turn, luck: Luck) -> float:
        """The table's score, NaN where it holds none."""
        return turn.score
