"""Studies made of points: each is measured once, kept in a file, and found again by the next run.

A point is a function by name and its arguments; what it measures is plain JSON. Points do not know one
another, so any number of processes may share them out, and a study that was interrupted goes on.
"""

from typing import Any, NamedTuple

Measured = dict[str, Any]
"""What was measured: numbers, strings, lists and dictionaries of them, as JSON has them; NaN is None."""


class Point(NamedTuple):
    """One thing to measure."""

    name: str
    """Of its file, with slashes for folders: "mmlu/random/seed_3"."""
    measure: str
    """The function, "package.module.function". It takes `arguments` by name and gives `Measured`."""
    arguments: dict[str, Any]
    """As JSON has them."""
    cost: float = 1.0
    """How long it takes beside others: the longest are begun first."""
