"""Sentences and tables out of figures: the words are chosen by the numbers."""

from collections.abc import Sequence

from analysis.reproduction.beyond.reading import Figure, Flip, flips
from analysis.reproduction.rows import joined

OPEN = "may be nothing"
FIGURES = "FIGURES/"
"""As `analysis.reproduction.page` has it: stands for the folder of the figures."""


def percent(effect: Figure, unit: str = "%") -> str:
    """An effect with its interval, in percent or points."""
    text = f"{hundred(effect.value)} {unit}"
    if effect.low is None or effect.high is None:
        return text
    return f"{text} ({hundred(effect.low)} to {hundred(effect.high)})"


def hundred(value: float) -> str:
    """A hundred times the value, to one decimal; whole numbers beyond 100."""
    text = f"{100.0 * value:,.1f}" if abs(value) < 1.0 else f"{100.0 * value:,.0f}"
    return text.removeprefix("-") if not text.strip("-0.,") else text  # never -0.0


def seconds(one: Figure) -> str:
    """A time with half of its interval."""
    digits = 0 if abs(one.value) >= 100.0 else 1 if abs(one.value) >= 10.0 else 2
    return f"{one.value:,.{digits}f} ± {one.half:,.{digits}f}"


def cell(effect: Figure, unit: str = "") -> str:
    """In a table: bold where it is surely against the paper, in brackets where it may be nothing."""
    text = f"{hundred(effect.value)} ± {hundred(effect.half)}{unit}"
    return f"**{text}**" if effect.sign < 0 else text if effect.sign > 0 else f"({text})"


def image(name: str, caption: str) -> str:
    """A figure with what stands below it."""
    return f"![{caption}]({FIGURES}{name}.png)\n\n*{caption}* [SVG]({FIGURES}{name}.svg)"


def course(claim: str, loads: Sequence[float], effects: Sequence[Figure], unit: str = "%") -> str:
    """What becomes of a claim from the lightest load to the heaviest: one sentence.

    A side is taken where a whole interval is on it.
    """
    ends = f"{percent(effects[0], unit)} at load {loads[0]:g}"
    if len(loads) > 1:
        ends += f", {percent(effects[-1], unit)} at {loads[-1]:g}"
    held, reversed_, doubtful = (
        [load for load, one in zip(loads, effects, strict=True) if one.sign == sign] for sign in (1, -1, 0)
    )
    doubt = f"; it {OPEN} at load {_numbers(doubtful)}" if doubtful else ""
    turned = list(flips(list(loads), list(effects)))
    if held and reversed_:
        return (
            f"**{claim}: flips**, {_turns(turned)}; surely so at load {_numbers(held)}, surely not at"
            f" {_numbers(reversed_)}{doubt} ({ends})."
        )
    if not held and not reversed_:
        return f"**{claim}: not to be told from nothing at any load** ({ends})."
    verdict = "holds" if held else "reversed"
    where = "at every load" if not doubtful else f"surely at load {_numbers(held or reversed_)}"
    crossed = f", {_turns(turned)}" if turned else ""
    return f"**{claim}: {verdict}** {where}{crossed}{doubt} ({ends})."


def sides(loads: Sequence[float], effects: Sequence[Figure]) -> str:
    """The same in few words: at which loads it surely holds, and at which it surely does not."""
    words = {1: "surely holds", -1: "is surely reversed"}
    told = []
    for sign, word in words.items():
        sure = [load for load, one in zip(loads, effects, strict=True) if one.sign == sign]
        if len(sure) == len(loads):
            return f"{word} at every load"
        told += [f"{word} at {_numbers(sure)}"] if sure else []
    return f"{joined(told)}, is open at the other loads" if told else "is nowhere to be told from nothing"


def _turns(turned: Sequence[Flip]) -> str:
    """Where the sign changes."""
    places = []
    for flip in turned:
        verb = "lost" if flip.falls else "won"
        line = f"by a straight line at {flip.at:.2f}"
        places.append(f"is {verb} between load {flip.below:g} and {flip.above:g}, {line}")
    return f"the sign {joined(places)}"


def _numbers(loads: Sequence[float]) -> str:
    return joined([f"{load:g}" for load in loads])
