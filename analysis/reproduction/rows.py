"""One line of the comparison: a number or a claim of the paper, ours, and the verdict."""

from collections.abc import Sequence
from typing import NamedTuple

from analysis.reproduction import units
from analysis.reproduction.paper import Number
from analysis.reproduction.results import Measure
from analysis.reproduction.verdicts import Word


class Row(NamedTuple):
    """Ready to be printed, but for the verdict, by which other sentences are chosen."""

    where: str
    what: str
    paper: str
    ours: str
    difference: str
    verdict: Word
    why: str = ""


def of_number(number: Number, ours: Measure, verdict: Word, why: str = "") -> Row:
    """The row of a number that the paper prints."""
    return Row(
        number.where,
        number.what,
        units.said(number.value, number.unit),
        units.ours(ours, number.unit),
        units.difference(number.value, ours.value, number.unit),
        verdict,
        why,
    )


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown; bars inside cells are kept."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines)


def listed(rows: list[Row]) -> str:
    """Rows as the page shows them."""
    head = ("where", "what", "paper", "ours (95 % interval)", "difference", "verdict", "why")
    return table(head, [(*row[:5], f"**{row.verdict}**", row.why) for row in rows])


def joined(names: Sequence[str]) -> str:
    """A list in a sentence."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"
