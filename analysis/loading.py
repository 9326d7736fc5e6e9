"""From a folder to frames: one run, or all the runs below it."""

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from analysis.logs import Unreadable, columns_of, read_log
from analysis.settings import configured, figures_of, overrides_of, read_summary

if TYPE_CHECKING:
    import pandas as pd

    Frames = list[pd.DataFrame]


class Runs(NamedTuple):
    """The logs of one run or of many.

    Each frame begins with the columns `run`, the run's folder relative to the loaded one (its own name, if it
    is the loaded one), and `seed`. Then comes one column per setting that any of the runs overrides, named
    and typed as written: `channel`, `policy.threshold`. A run that does not override it has its configured
    value there, or none. Settings whose name a log or a summary uses already get the prefix `override.`.
    """

    turns: "pd.DataFrame"
    """One row per finished turn, in the order in which turns finish, run after run."""
    events: "pd.DataFrame"
    """One row per state change, in the order of time, run after run; no rows under `load(events=False)`."""
    summary: "pd.DataFrame"
    """One row per run: `complete`, `turns.done`, `e2e_s.mean`, `e2e_s.ci95_low`, `utilisation.edge`, ..."""


def load(path: str | PathLike[str], *, events: bool = True) -> Runs:
    """Read the run in folder `path`, or all runs below it.

    A run that was killed, or that still lasts, gives what is on disk; its `complete` is False. Of its events
    those are left out that were announced for instants after the last arrival or reply on disk.
    `events=False` leaves the large log unread. Raises `Unreadable`, in one line.
    """
    folders = _folders(Path(path))
    summaries = [read_summary(folder) for folder in folders.values()]
    names = list(folders)
    turns = [read_log(folder, "turns") for folder in folders.values()]
    changes = [read_log(folder, "events") for folder in folders.values()] if events else []
    labels = _labels(names, summaries)
    return Runs(
        _labelled(turns, labels, "turns"),
        _labelled(changes, labels, "events"),
        _summary(summaries, labels),
    )


def _folders(path: Path) -> dict[str, Path]:
    """The folders of runs by name, in the order of their names, 9 before 10."""
    if not path.exists():
        raise Unreadable(f"{path}: no such folder{_hint(path)}")
    if not path.is_dir():
        raise Unreadable(f"{path}: not a folder; name the folder of the run: {path.parent}")
    found = [file.parent for file in path.rglob("summary.json")]
    if not found:
        raise Unreadable(f"{path}: no runs here or below (a run's folder has a summary.json)")
    by_name = {_name(folder, path, len(found)): folder for folder in found}
    return {name: by_name[name] for name in sorted(by_name, key=_natural)}


def _name(folder: Path, root: Path, count: int) -> str:
    """A run's folder below `root`; `root` itself is known by its own name where it is the only run."""
    return root.resolve().name if count == 1 and folder == root else folder.relative_to(root).as_posix()


def _natural(name: str) -> list[tuple[int, int | str]]:
    parts = re.split(r"(\d+)", name)
    return [(0, int(part)) if part.isdecimal() else (1, part) for part in parts]


def _hint(path: Path) -> str:
    """A nearest name beside the first part of `path` that does not exist."""
    missing = next((p for p in [*reversed(path.parents), path] if not p.exists()), path)
    beside = [p.name for p in missing.parent.iterdir()] if missing.parent.is_dir() else []
    near = get_close_matches(missing.name, beside, n=1, cutoff=0.5)
    return f"; did you mean {missing.parent / near[0]}?" if near else ""


def _labels(names: Sequence[str], summaries: Sequence[Mapping[str, Any]]) -> "pd.DataFrame":
    """One row per run: its name, its seed and its settings."""
    import pandas as pd

    overrides = [overrides_of(summary) for summary in summaries]
    taken = {
        "run",
        *columns_of("turns"),
        *columns_of("events"),
        *(k for s in summaries for k in figures_of(s)),
    }
    labels = {"run": _column(names), "seed": _column([summary.get("seed") for summary in summaries])}
    for key in dict.fromkeys(key for own in overrides for key in own):
        pairs = zip(overrides, summaries, strict=True)
        values = [own[key] if key in own else configured(summary, key) for own, summary in pairs]
        labels[f"override.{key}" if key in taken - {"seed"} else key] = _column(values)
    return pd.DataFrame(labels)


def _column(values: Sequence[Any]) -> "pd.Series[Any]":
    """Numbers as numbers, truth values as such, all else as categories in the order of their appearance."""
    import pandas as pd

    kinds = {type(value) for value in values}
    if kinds in ({int}, {bool}):
        return pd.Series(values)
    if kinds & {int, float} and kinds <= {int, float, type(None)}:
        return pd.Series(values, dtype=float)
    words = list(dict.fromkeys(value for value in values if value is not None))
    return pd.Series(pd.Categorical(list(values), categories=words))


def _labelled(frames: "Frames", labels: "pd.DataFrame", name: str) -> "pd.DataFrame":
    """The runs' frames under one another, with their labels as first columns."""
    import numpy as np
    import pandas as pd

    if not frames:
        frames = [pd.DataFrame({key: pd.Series(dtype=kind) for key, kind in columns_of(name).items()})]
        labels = labels.iloc[:0] if len(labels) != 1 else labels
    rows = labels.iloc[np.repeat(np.arange(len(frames)), [len(frame) for frame in frames])]
    return pd.concat([rows.reset_index(drop=True), _stacked(frames)], axis=1)


def _stacked(frames: "Frames") -> "pd.DataFrame":
    """The frames under one another; categories stay categories."""
    import pandas as pd

    for column in [name for name, kind in frames[0].dtypes.items() if kind == "category"]:
        words = list(dict.fromkeys(word for frame in frames for word in frame[column].cat.categories))
        for frame in frames:
            frame[column] = frame[column].cat.set_categories(words)
    return pd.concat(frames, ignore_index=True)


def _summary(summaries: Sequence[Mapping[str, Any]], labels: "pd.DataFrame") -> "pd.DataFrame":
    import pandas as pd

    figures = pd.DataFrame([figures_of(summary) for summary in summaries])
    return pd.concat([labels, figures.drop(columns=labels.columns, errors="ignore")], axis=1)
