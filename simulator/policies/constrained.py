"""Average quality at or above a target at the least latency: Eq. 9, solved while the turns come."""

from bisect import bisect_left, bisect_right, insort
from collections import deque
from math import isnan
from typing import Annotated, ClassVar

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt
from pydantic.dataclasses import dataclass

from simulator.policies import Choice, Decision, Learner, Outcome
from workloads import STRICT, Site


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Constrained(Learner):
    """The dual of Eq. 9: the edge where its better answer is worth the seconds, at a price that is learnt.

    The Lagrangian of Eq. 9 sends a turn up where price x expected gain > T^e - T^s, so always where the edge
    is not slower. With a gain in proportion to the score those are the turns with the most score for a
    second: Eq. 11 and 12 with alpha = 1 / price and theta = 0. A price has the scale of scores, lengths and
    queues, so it is kept as a share: of the turns for which the edge is slower, that share goes up which has
    the most score for a second, by rank among the last `window_turns`. The share is the dual variable. After
    every judged turn it rises by `step` x (target - quality), and it is held between -`step` x `carried` and
    1 + `step` x `carried`. Above 1 every turn goes up; below 0 only those for which the edge is not slower.

    The bound, for any turns and any order of feedback: after n judged turns

        mean shortfall of quality <= ((1 - edge_share) / step + carried + forgiven) / n,

    for each update moves the share by its own turn's shortfall, but for what the upper limit cuts off. That
    is `forgiven`: 0 unless answers fell short by more than `carried` in a row while every turn went up, which
    is the edge's own lack, and that of turns that were still under way. So a target that the edge meets is
    met, with a mean error that falls as 1 / n; and where it is out of reach, every turn goes up. Likewise the
    mean exceeds the target by at most (edge_share / step + carried + unused) / n, where `unused` is what the
    lower limit cuts off: answers were better than asked although none was asked of a slower edge.

    Why a share, and no threshold that moves, as Eq. 12's theta would by the same updates: a theta is in the
    units of a workload's scores and gaps. From MT-Bench-101's own, at a step of 0.001, MMLU's takes 8,600
    turns until 500 in a row are within 0.005 of 76 %; the share takes 240 at a step of 0.005, from one half.
    Once learnt both cost about as little latency: with smaller steps the best fixed theta's, to within 1 %.
    Such a control of a quantile is the adaptive conformal inference of Gibbs & Candes (NeurIPS 2021).
    """

    target_quality: float
    """Q_target of Eq. 9, on the workload's own scale."""
    step: PositiveFloat
    """By how much the share rises for a shortfall of 1 in the quality of one turn."""
    edge_share: Annotated[float, Field(ge=0, le=1)]
    """The share at the start; from 1 on, all turns together are never short by more than
    `carried` and what is forgiven."""
    carried: NonNegativeFloat
    """Quality, summed over turns, that may be owed while all turns go up, or saved while none does."""
    window_turns: PositiveInt
    """Turns among which a turn is ranked."""
    feedback_share: Annotated[float, Field(ge=0, le=1)]
    """Share of the turns that anybody judges, drawn by luck. No other counts, nor does an unknown quality."""

    reads_score: ClassVar[bool] = True

    def open(self) -> "Dual":
        """The share of the start, and no turn seen."""
        return Dual(self)


class Dual:
    """`Constrained` in a run."""

    reads_score: ClassVar[bool] = True

    def __init__(self, law: Constrained) -> None:
        self._law = law
        self._worth = Window(law.window_turns)
        self.share = law.edge_share
        """The dual variable."""
        self.judged_turns = 0
        self.shortfall = 0.0
        """Of quality, summed over judged turns; negative where they were better than asked."""
        self.forgiven = self.unused = 0.0
        """What the limits cut off, in quality summed over turns: of shortfall, and of surplus."""

    def open(self) -> "Dual":
        """Another run."""
        return self._law.open()

    def choose(self, decision: Decision) -> Choice:
        """The edge where it is not slower, and where the rank is within the share.

        The fused score is by how much it is; 1 where the edge is not slower.
        """
        gap_s = decision.expected.gap_s
        if gap_s <= 0.0:
            return Choice(Site.EDGE, 1.0)
        turn = decision.turn
        toss = decision.luck.uniform("rank", turn.user_id, turn.session_id, turn.index)
        within = self.share - self._worth.rank(decision.score / gap_s, toss)
        return Choice(Site.EDGE if within > 0.0 else Site.DEVICE, within)

    def observe(self, decision: Decision, outcome: Outcome) -> None:
        """Remember what the turn was worth; if it was judged, move the share."""
        law, gap_s, turn = self._law, decision.expected.gap_s, decision.turn
        if gap_s > 0.0:
            self._worth.add(decision.score / gap_s)
        toss = decision.luck.uniform("judged", turn.user_id, turn.session_id, turn.index)
        if isnan(outcome.quality) or toss >= law.feedback_share:
            return
        short = law.target_quality - outcome.quality
        self.judged_turns, self.shortfall = self.judged_turns + 1, self.shortfall + short
        beyond = law.step * law.carried
        wanted = self.share + law.step * short
        self.share = min(max(wanted, -beyond), 1.0 + beyond)
        cut = (wanted - self.share) / law.step
        self.forgiven, self.unused = self.forgiven + max(cut, 0.0), self.unused + max(-cut, 0.0)


class Window:
    """The last so many numbers, and the place of another one among them."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._last: deque[float] = deque()
        self._sorted: list[float] = []

    def add(self, number: float) -> None:
        """It comes, and the oldest goes."""
        insort(self._sorted, number)
        self._last.append(number)
        if len(self._last) > self._size:
            self._sorted.pop(bisect_left(self._sorted, self._last.popleft()))

    def rank(self, number: float, toss: float) -> float:
        """Its place from the top, uniform on (0, 1) where `toss` is and `number` is one of their kind.

        Among equals the toss decides; with nobody there it is the rank.
        """
        below, not_above = bisect_left(self._sorted, number), bisect_right(self._sorted, number)
        above, equal = len(self._sorted) - not_above, not_above - below
        return (above + toss * (equal + 1)) / (len(self._sorted) + 1)
