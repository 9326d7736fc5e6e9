"""Numbers as the page writes them. The same number always gives the same text."""

from math import isnan

from analysis.reproduction.results import Measure

SCALE = {"ms": 1000.0, "share": 100.0, "accuracy": 100.0, "cut": 100.0, "points": 100.0}
"""Times are kept in seconds, shares as fractions."""
SUFFIX = {
    "ms": " ms",
    "share": " %",
    "accuracy": " %",
    "cut": " %",
    "points": " points",
    "tokens": " tokens",
    "tokens/s": " tokens/s",
    "s/token": " s/token",
    "s": " s",
    "1/s": " /s",
    "score": "",
    "": "",
}
"""What follows a number of each unit; `cut` is a reduction in percent, `points` one in points of share."""
IN_POINTS = ("share", "accuracy", "cut", "points")
"""Units whose differences are points."""
DIGITS = {
    "ms": 0,
    "share": 1,
    "accuracy": 2,
    "cut": 1,
    "points": 1,
    "tokens": 2,
    "tokens/s": 0,
    "score": 3,
    "s": 2,
}
"""Decimals of our own figures; other units take four significant digits."""


def said(value: float, unit: str) -> str:
    """A number of the paper, as the paper writes it."""
    scaled = value * _scale(unit)
    text = f"{scaled:,.0f}" if unit in ("ms", "tokens/s") else f"{scaled:,.6g}"
    return text + SUFFIX[unit]


def ours(measure: Measure, unit: str) -> str:
    """One of our figures, its interval in brackets."""
    text = number(measure.value, unit) + SUFFIX[unit]
    if measure.low is None or measure.high is None:
        return text
    return f"{text} ({number(measure.low, unit)} to {number(measure.high, unit)})"


def change(measure: Measure, unit: str) -> str:
    """A difference with its sign, the interval in brackets."""
    text = signed(measure.value, unit)
    if measure.low is None or measure.high is None:
        return text
    return f"{text} ({number(measure.low, unit)} to {number(measure.high, unit)})"


def number(value: float, unit: str) -> str:
    """A number in its unit, without the unit's name."""
    if isnan(value):
        return "unknown"
    scaled = value * _scale(unit)
    text = f"{scaled:,.{DIGITS[unit]}f}" if unit in DIGITS else f"{scaled:,.4g}"
    return text.removeprefix("-") if not text.strip("-0.,") else text  # never -0.0


def difference(paper: float, mine: float, unit: str) -> str:
    """Ours minus the paper's: shares in points, anything else also in percent of the paper's."""
    if unit in IN_POINTS:
        return signed(mine - paper, "points")
    if mine == paper:
        return "none"
    absolute = signed(mine - paper, unit)
    return f"{absolute} ({signed((mine - paper) / abs(paper), 'cut')})" if paper else absolute


def signed(value: float, unit: str) -> str:
    """A number with its sign and unit."""
    text = number(value, unit)
    plus = "+" if value > 0 and text.strip("0.,") else ""
    return plus + text + SUFFIX[unit]


def _scale(unit: str) -> float:
    return SCALE.get(unit, 1.0)
