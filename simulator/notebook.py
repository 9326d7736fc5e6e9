"""Runs from Python and Jupyter."""

import re
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import pandas as pd


class Run(NamedTuple):
    """A finished run."""

    turns: "pd.DataFrame"
    """One row per turn; the columns are explained in `analysis/COLUMNS.md`."""
    events: "pd.DataFrame"
    """One row per state change, in the order of time."""
    summary: dict[str, Any]
    """The figures, the whole configuration and the versions: `summary.json`."""


def simulate(*overrides: str, folder: str | Path | None = None, **settings: Any) -> Run:
    """Run a configuration, written as on the command line, and return its logs.

    `simulate("channel=rayleigh", "policy.threshold=0.1", users=20)` is the run of
    `python -m simulator channel=rayleigh policy.threshold=0.1 users=20`. The files are kept in `folder`, if
    one is given. Nothing of Hydra's global state is left behind. Raises `simulator.mistakes.Mistake`, whose
    text is one line, for settings that do not fit.
    """
    from simulator.build import scenario_of
    from simulator.config import compose
    from simulator.run import execute

    written = [*overrides, *(f"{key}={_written(value)}" for key, value in settings.items())]
    configuration = compose(written)
    scenario = scenario_of(configuration.settings)
    with TemporaryDirectory() as scratch:
        where = Path(scratch if folder is None else folder)
        summary = execute(scenario, configuration, where)
        return Run(*_frames(where), summary)


def _written(value: Any) -> str:
    """A value as an override writes it."""
    if value is None:
        return "null"
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{key}:{_written(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(_written, value)) + "]"
    text = str(value)
    if not isinstance(value, str | Path) or re.fullmatch(r"[\w./+-]+", text):
        return text
    return "'" + text.replace("'", r"\'") + "'"


def _frames(folder: Path) -> "tuple[pd.DataFrame, pd.DataFrame]":
    import pandas as pd

    events = pd.read_parquet(folder / "events.parquet").sort_values("at_s", kind="stable", ignore_index=True)
    return pd.read_parquet(folder / "turns.parquet"), events
