"""Scores from the workload's table."""

from math import isnan

from pydantic.dataclasses import dataclass

from simulator.mistakes import Mistake
from workloads import Turn
from workloads.luck import Luck


@dataclass(frozen=True, kw_only=True)
class TableScores:
    """The table's own scores: for the embedded workloads, those of a real BERT-family encoder.

    Where they come from is told in `workloads/tables/README.md`.
    """

    def score(self, turn: Turn, luck: Luck) -> float:
        """The table's score. Raises `Mistake` where the table holds none."""
        if isnan(turn.score):
            raise Mistake(
                "scorer=table needs a column 'score' with a number from 0 to 1 in every row of the workload's"
                " table, and one is missing; choose scorer=uniform or scorer=oracle, or add the scores"
            )
        return turn.score
