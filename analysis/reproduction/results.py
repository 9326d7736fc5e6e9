"""What `python -m simulator.reproduction` measured: one JSON file, read point by point."""

import json
from difflib import get_close_matches
from math import isfinite
from pathlib import Path
from typing import Any, NamedTuple

from analysis.logs import Unreadable

FILE = "results.json"
COMMAND = "python -m simulator.reproduction"


class Measure(NamedTuple):
    """A figure and its 95 % interval; the ends are None where no interval is known."""

    value: float
    low: float | None = None
    high: float | None = None

    def __neg__(self) -> "Measure":
        """The other sign; the interval turns round."""
        return Measure(-self.value, *(None if end is None else -end for end in (self.high, self.low)))

    def holds(self, value: float) -> bool:
        """Whether the interval holds `value`; without one only the figure itself does."""
        low, high = (self.value if end is None else end for end in (self.low, self.high))
        return low <= value <= high


class Results(NamedTuple):
    """The whole file. Whatever is asked for and not there raises `Unreadable`, one line."""

    file: Path
    about: dict[str, Any]
    points: dict[str, Any]

    def require(self, names: list[str]) -> None:
        """Raises `Unreadable` where one of these points is missing."""
        missing = [name for name in names if name not in self.points]
        if missing:
            more = f" and {len(missing) - 1} more points" if len(missing) > 1 else ""
            raise Unreadable(f"{self.file} lacks {missing[0]}{more}: make it anew with {COMMAND}")

    def named(self, prefix: str) -> list[str]:
        """The points whose name begins so, in the file's order."""
        return [name for name in self.points if name.startswith(prefix)]

    def arguments(self, point: str) -> dict[str, Any]:
        """What the point was asked to measure."""
        self.require([point])
        found = self.points[point].get("arguments", {})
        return dict(found) if isinstance(found, dict) else {}

    def get(self, point: str, *path: str) -> Any:
        """What was measured, down the keys of `path`."""
        self.require([point])
        found, walked = self.points[point].get("measured"), point
        for key in path:
            if not isinstance(found, dict) or key not in found:
                known = list(found) if isinstance(found, dict) else []
                near = get_close_matches(key, known, n=1)
                hint = f"did you mean {near[0]}? " if near else ""
                raise Unreadable(f"{self.file}: {walked} has no {key!r}; {hint}make it anew with {COMMAND}")
            found, walked = found[key], f"{walked}, {key}"
        return found

    def knows(self, point: str, part: str, name: str, key: str) -> bool:
        """Whether such a figure has a value: a target may be out of reach, or a router not among those."""
        found = self.get(point, part).get(name)
        return isinstance(found, dict) and found.get(key, {}).get("value") is not None

    def number(self, point: str, *path: str) -> float:
        """A plain number."""
        return self._number(self.get(point, *path), point, path)

    def measure(self, point: str, *path: str) -> Measure:
        """A figure with its interval; a plain number has none."""
        found = self.get(point, *path)
        if not isinstance(found, dict):
            return Measure(self._number(found, point, path))
        value = self._number(found.get("value"), point, path)
        ends = (found.get("low"), found.get("high"))
        low, high = (None if end is None else self._number(end, point, path) for end in ends)
        return Measure(value, low, high)

    def column(self, point: str, *path: str) -> list[float]:
        """A list of numbers; None becomes NaN."""
        found = self.get(point, *path)
        if not isinstance(found, list) or not found:
            raise Unreadable(f"{self.file}: {', '.join((point, *path))} is no list of numbers")
        return [float("nan") if item is None else self._number(item, point, path) for item in found]

    def _number(self, found: Any, point: str, path: tuple[str, ...]) -> float:
        if isinstance(found, bool) or not isinstance(found, int | float) or not isfinite(found):
            raise Unreadable(f"{self.file}: {', '.join((point, *path))} is {found!r}, not a number")
        return float(found)


def read(path: Path) -> Results:
    """The results in a file, or in a folder's `results.json`. Raises `Unreadable`."""
    file = path / FILE if path.is_dir() else path
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise Unreadable(f"{file}: there is no such file; {COMMAND} writes one") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error).splitlines()[0]
        raise Unreadable(f"{file} cannot be read as JSON: {reason}") from error
    if not isinstance(found, dict) or not all(
        isinstance(found.get(key), dict) for key in ("about", "points")
    ):
        raise Unreadable(f"{file} is JSON, but not results: they have 'about' and 'points'")
    broken = [name for name, point in found["points"].items() if not isinstance(point, dict)]
    if broken:
        raise Unreadable(f"{file}: the point {broken[0]} holds nothing: make it anew with {COMMAND}")
    return Results(file, found["about"], found["points"])
