"""Sentences and tables out of figures: the words are chosen by the numbers."""

from collections.abc import Sequence

from analysis.reproduction.beyond.reading import Figure, Flip, flips

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
    digits = 0 if one.value >= 100.0 else 1 if one.value >= 10.0 else 2
    return f"{one.value:,.{digits}f} ± {one.half:,.{digits}f}"


def cell(effect: Figure, unit: str = "") -> str:
    """In a table: bold where it is surely against the paper, in brackets where it may be nothing."""
    text = f"{hundred(effect.value)} ± {hundred(effect.half)}{unit}"
    return f"**{text}**" if effect.sign < 0 else text if effect.sign > 0 else f"({text})"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """In Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def image(name: str, caption: str) -> str:
    """A figure with what stands below it."""
    return f"![{caption}]({FIGURES}{name}.png)\n\n*{caption}* [SVG]({FIGURES}{name}.svg)"


def listed(words: Sequence[str]) -> str:
    """ "a, b and c"."""
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def course(claim: str, loads: Sequence[float], effects: Sequence[Figure], unit: str = "%") -> str:
    """What becomes of a claim from the lightest load to the heaviest: one sentence."""
    first, last = effects[0], effects[-1]
    ends = f"{percent(first, unit)} at load {loads[0]:g}"
    if len(loads) > 1:
        ends += f", {percent(last, unit)} at {loads[-1]:g}"
    turned = list(flips(list(loads), list(effects)))
    if turned:
        return f"**{claim}: flips.** It is {_turns(turned, loads, effects)} ({ends})."
    doubtful = [f"{load:g}" for load, one in zip(loads, effects, strict=True) if one.sign == 0]
    if all(one.value > 0 for one in effects):
        if not doubtful:
            return f"**{claim}: holds at every load** ({ends})."
        if len(doubtful) == len(loads):
            return f"**{claim}: not to be told from nothing at any load** ({ends})."
        return f"**{claim}: does not flip**, but {OPEN} at load {listed(doubtful)} ({ends})."
    if len(doubtful) == len(loads):
        return f"**{claim}: not to be told from nothing at any load** ({ends})."
    against = "" if not doubtful else f", though it {OPEN} at load {listed(doubtful)}"
    return f"**{claim}: reversed at every load**{against} ({ends})."


def _turns(turned: Sequence[Flip], loads: Sequence[float], effects: Sequence[Figure]) -> str:
    known = dict(zip(loads, effects, strict=True))
    parts = []
    for flip in turned:
        sure = sum(known[load].sign != 0 for load in (flip.below, flip.above))
        doubt = ("", "; on one side it may be nothing", "; on both sides it may be nothing")[2 - sure]
        verb = "lost" if flip.falls else "won"
        parts.append(
            f"{verb} between load {flip.below:g} and {flip.above:g}, by a straight line at {flip.at:.2f}"
            + doubt
        )
    return listed(parts)
