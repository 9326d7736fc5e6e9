"""Scores that mean nothing: the paper's Random router."""

from pydantic.dataclasses import dataclass

from simulator.scorers import Wordless
from workloads import Turn
from workloads.luck import Luck


@dataclass(frozen=True, kw_only=True)
class Uniform(Wordless):
    """p_t uniform on (0, 1), as in Section IV-A; it still goes through the fusion of Eq. 11.

    The paper's Random router spends no time on its score either: `device.router_s_per_token=0` belongs beside
    it, as in `experiment=paper_mmlu_random` and its siblings.
    """

    def score(self, turn: Turn, luck: Luck) -> float:
        """The number that belongs to this turn."""
        return luck.uniform("score", turn.user_id, turn.session_id, turn.index)
