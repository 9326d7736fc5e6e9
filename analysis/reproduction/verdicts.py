"""What a figure of ours says about one of the paper's: a word for each, by rules that stand on the page."""

from enum import StrEnum

from analysis.reproduction.results import Measure

NEAR = 0.05
"""So near is near enough, relative to the paper's figure."""
NEAR_POINTS = 0.02
"""The same for shares and accuracies: two points."""
FEW = 0.10
"""So many points of a curve may be sure by chance: each is tested for itself."""
NEAR_INPUT = 0.001
"""An input is given back where a run's own figure is as near as this."""


class Word(StrEnum):
    """A verdict."""

    REPRODUCED = "reproduced"
    DIRECTION = "direction only"
    REVERSED = "reversed"
    OPEN = "open"
    IMPOSSIBLE = "not reproducible"
    GIVEN = "taken as given"
    MISSED = "not met"


RULES = f"""\
* **{Word.GIVEN}**: an input. Where a run gives it back, it is within {100 * NEAR_INPUT:.1f} % of the
  paper's or the interval holds it; else **{Word.MISSED}**.
* **{Word.REPRODUCED}**: the paper's figure lies in our 95 % interval, or ours within {100 * NEAR:.0f} %
  of it (shares and accuracies: {100 * NEAR_POINTS:.0f} points). A difference must also be surely on the
  paper's side of 0. A range of the paper: our interval meets it.
* **{Word.DIRECTION}**: another size, but the difference between the two routers compared is surely on the
  paper's side of 0.
* **{Word.REVERSED}**: that difference is surely on the other side.
* **{Word.OPEN}**: a difference whose interval holds 0.
* A claim about a curve is **{Word.REPRODUCED}** where more than {100 * FEW:.0f} % of its points are surely so
  and none surely the opposite, **{Word.DIRECTION}** where some are surely the opposite, but fewer;
  **{Word.REVERSED}** with both exchanged, else **{Word.OPEN}**. That a curve shows nothing is
  **{Word.REPRODUCED}** where no point is sure, **{Word.DIRECTION}** where less than half are, else
  **{Word.REVERSED}**.
* A router's own figure that is further off takes the verdict on its difference to the other router. The wider
  an interval, the more it holds: **{Word.REPRODUCED}** means that the data do not speak against the paper.
* **{Word.IMPOSSIBLE}**: the size is another, the direction is open or does not exist, and the paper does not
  give what would settle it; or its own figures exclude each other."""


def side(ours: Measure) -> int:
    """1 or -1 where the whole interval lies above or below 0, else 0; so too where no interval is known."""
    if ours.low is None or ours.high is None or ours.holds(0.0):
        return 0
    return 1 if ours.value > 0 else -1


def told(word: Word, paper: float, ours: Measure) -> str:
    """The word, and where only the direction is the paper's, which of both is larger."""
    if word is not Word.DIRECTION:
        return f"**{word}**"
    return f"**{word}**, {'larger' if abs(ours.value) > abs(paper) else 'smaller'} here"


def near(paper: float, ours: Measure, points: bool) -> bool:
    """Whether the paper's figure is ours, within the interval or the tolerance."""
    tolerance = NEAR_POINTS if points else NEAR * abs(paper)
    return ours.holds(paper) or abs(ours.value - paper) <= tolerance


def effect(paper: float, ours: Measure, points: bool) -> Word:
    """A difference between two routers, with its sign, against the paper's."""
    word = direction(paper, ours)
    return Word.REPRODUCED if word is Word.DIRECTION and near(paper, ours, points) else word


def direction(paper: float, ours: Measure) -> Word:
    """Only the side of 0 counts: `paper` is any number on the paper's."""
    found = side(ours)
    if found == 0:
        return Word.OPEN
    return Word.DIRECTION if (found > 0) == (paper > 0) else Word.REVERSED


def within(span: tuple[float, float], ours: Measure) -> Word:
    """A reduction of which the paper gives a range of positive numbers."""
    word = direction(1.0, ours)
    low, high = (ours.value if end is None else end for end in (ours.low, ours.high))
    return Word.REPRODUCED if word is Word.DIRECTION and low <= span[1] and high >= span[0] else word


def curve(ahead: int, behind: int, points: int) -> Word:
    """A claim about a whole curve: at how many points surely so, at how many surely not."""
    few = FEW * points
    if ahead > behind and ahead > few:
        return Word.DIRECTION if behind else Word.REPRODUCED
    return Word.REVERSED if behind >= ahead and behind > few else Word.OPEN


def absence(found: int, points: int) -> Word:
    """A claim that a curve shows nothing: at how many of its points it surely does."""
    if found == 0:
        return Word.REPRODUCED
    return Word.DIRECTION if 2 * found < points else Word.REVERSED


def level(paper: float, ours: Measure, points: bool, beside: Word, excluded: bool = False) -> Word:
    """A router's own figure. `beside` is the verdict on its difference to the router it is compared with.

    `excluded` where the paper's other figures leave no room for this one.
    """
    if near(paper, ours, points):
        return Word.REPRODUCED
    if excluded or beside in (Word.OPEN, Word.IMPOSSIBLE):
        return Word.IMPOSSIBLE
    return Word.REVERSED if beside is Word.REVERSED else Word.DIRECTION


def given(paper: float, ours: Measure) -> Word:
    """An input that a run gives back, or does not."""
    same = abs(ours.value - paper) <= NEAR_INPUT * abs(paper) or ours.holds(paper)
    return Word.GIVEN if same else Word.MISSED
