"""A coin decides."""

from typing import Annotated, ClassVar

from pydantic import Field
from pydantic.dataclasses import dataclass

from simulator.policies import Choice, Decision, Static
from workloads import STRICT, Site


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Coin(Static):
    """The edge with probability `edge_share`, whatever the prompt: the line that any router must beat.

    The toss belongs to the turn, so two shares under one seed send nested sets of turns to the edge.
    """

    edge_share: Annotated[float, Field(ge=0, le=1)]

    reads_score: ClassVar[bool] = False

    def choose(self, decision: Decision) -> Choice:
        """Heads the edge, tails the phone."""
        turn = decision.turn
        toss = decision.luck.uniform("coin", turn.user_id, turn.session_id, turn.index)
        return Choice(Site.EDGE if toss < self.edge_share else Site.DEVICE, decision.score)
