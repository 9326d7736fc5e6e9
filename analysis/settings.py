"""What a run's `summary.json` says: the settings it was started with, and its figures."""

import json
from collections.abc import Mapping
from math import nan
from pathlib import Path
from typing import Any

from analysis.logs import Unreadable

Setting = bool | int | float | str | None
_WORDS: dict[str, Setting] = {"true": True, "false": False, "null": None}
_NOT_FIGURES = ("overrides", "choices", "config")


def read_summary(folder: Path) -> dict[str, Any]:
    """The summary of one run. Raises `Unreadable`."""
    path = folder / "summary.json"
    try:
        summary = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Unreadable(f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise Unreadable(f"{path}: not JSON: {error}") from error
    if not isinstance(summary, dict):
        raise Unreadable(f"{path}: not the summary of a run: it holds a {type(summary).__name__}")
    return summary


def overrides_of(summary: Mapping[str, Any]) -> dict[str, Setting]:
    """The overrides a run was started with, `policy.threshold=0.4` as `{"policy.threshold": 0.4}`."""
    pairs = [text.partition("=") for text in summary.get("overrides", ()) if not text.startswith("~")]
    return {key.lstrip("+"): typed(text) for key, equals, text in pairs if equals}


def typed(text: str) -> Setting:
    """The value that is written in an override: a number, true, false, null, or a word."""
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    for number in (int, float):
        try:
            return number(text)
        except ValueError:
            pass
    quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "'\""
    return text[1:-1] if quoted else text


def configured(summary: Mapping[str, Any], key: str) -> Setting:
    """The value that a run has for `key`, a group or a dotted path, without overriding it; None for none."""
    value: Any = summary.get("choices", {}).get(key)
    if value is None:
        value = summary.get("config")
        for name in key.split("."):
            value = value.get(name) if isinstance(value, Mapping) else None
    return value if isinstance(value, bool | int | float | str) else None


def figures_of(summary: Mapping[str, Any]) -> dict[str, Any]:
    """The figures of a run, flat: `e2e_s.mean`, `e2e_s.ci95_low`, `turns.done`, `utilisation.edge`, ...

    Unknown figures are NaN. A run that was cut off has neither metrics nor counts.
    """
    row: dict[str, Any] = {}
    for key, value in summary.items():
        if key == "metrics":
            row |= _flat(value)
        elif key not in _NOT_FIGURES:
            row |= _flat({key: value})
    return row


def _flat(tree: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    row: dict[str, Any] = {}
    for key, value in tree.items():
        name = prefix + key
        if isinstance(value, Mapping):
            row |= _flat(value, f"{name}.")
        elif key == "ci95":
            row[f"{name}_low"], row[f"{name}_high"] = value or (nan, nan)
        elif isinstance(value, list):
            row[name] = "; ".join(map(str, value))
        else:
            row[name] = nan if value is None else value
    return row
