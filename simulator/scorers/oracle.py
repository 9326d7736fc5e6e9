"""Perfect scores: what a router could do if it read the answers before they were written."""

from math import isnan

from pydantic.dataclasses import dataclass

from simulator.mistakes import Mistake
from simulator.scorers import Wordless
from workloads import Turn
from workloads.luck import Luck


@dataclass(frozen=True, kw_only=True)
class Oracle(Wordless):
    """1 where the edge's answer is better than the phone's, 0 elsewhere: a bound, not a router."""

    def score(self, turn: Turn, luck: Luck) -> float:
        """1 or 0. Raises `Mistake` where the workload knows no quality."""
        gain = turn.edge.quality - turn.device.quality
        if isnan(gain):
            raise Mistake(
                "scorer=oracle needs the quality of both answers; set workload.quality to a pair of columns"
            )
        return 1.0 if gain > 0 else 0.0
