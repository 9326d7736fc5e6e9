"""All that was measured, in one file."""

import json
from importlib.metadata import version
from pathlib import Path
from platform import python_version
from typing import Any

from simulator.mistakes import Mistake
from simulator.points import Measured, Point
from simulator.points.kept import source
from simulator.reproduction.size import FULL, QUICK

DIGITS = 12
"""Significant ones of every number, fewer than another machine's last bits may move."""
LIBRARIES = ("numpy", "scipy", "simpy", "pydantic")


def write(file: Path, points: list[Point], measured: dict[str, Measured], quick: bool) -> None:
    """`{"about": ..., "points": {name: {"arguments", "measured"}}}`. Raises `Mistake`."""
    size = QUICK if quick else FULL
    about = {
        "quick": quick,
        "seeds": list(range(1, size.seeds + 1)),
        "seeds_of_sensitivities": list(range(1, size.few_seeds + 1)),
        "resamples": size.resamples,
        "source": source(),
        "versions": {"python": python_version(), **{name: version(name) for name in LIBRARIES}},
    }
    found = {point.name: {"arguments": point.arguments, "measured": measured[point.name]} for point in points}
    text = json.dumps(rounded({"about": about, "points": found}), indent=1, allow_nan=False)
    partial = file.with_name(f".{file.name}")
    try:
        partial.write_text(text + "\n", encoding="utf-8")
        partial.replace(file)
    except OSError as error:
        raise Mistake(f"cannot write {file}: {error.strerror or error}") from error


def rounded(value: Any) -> Any:
    """The same with every number to `DIGITS` significant digits."""
    if isinstance(value, dict):
        return {key: rounded(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(inner) for inner in value]
    return float(f"{value:.{DIGITS}g}") if isinstance(value, float) else value
