"""A finished run's folder: its configuration, and what became of its turns."""

import json
from collections.abc import Mapping
from math import isclose
from pathlib import Path
from typing import Any, NamedTuple

from simulator.build import scenario_of
from simulator.mistakes import Mistake
from simulator.policies.replay import NAME
from simulator.regret import Name
from simulator.regret.bench import Answered
from simulator.regret.empty import ROUNDING
from simulator.scenario import Scenario
from workloads import Site

ANSWERED = ("arrived_at_s", "site", "e2e_s")


class Recorded(NamedTuple):
    """A run."""

    settings: dict[str, Any]
    """The whole configuration."""
    scenario: Scenario
    version: str
    """Of Edgewise, that made it."""


def read(folder: Path) -> Recorded:
    """The run in `folder`. Raises `Mistake` where none is, or none that is complete and builds."""
    summary = _summary(folder)
    if summary.get("complete") is not True:
        raise Mistake(
            f"the run in {folder} is not complete: it was ended early, or is under way; run it again"
        )
    version = (summary.get("versions") or {}).get("edgewise", "unknown")
    try:
        settings = dict(summary["config"])
        return Recorded(settings, scenario_of(settings), version)
    except (KeyError, TypeError) as error:
        raise Mistake(f"{folder / 'summary.json'} does not hold a run's configuration") from error
    except Mistake as mistake:
        raise Mistake(
            f"the run in {folder}, of version {version}, cannot be made again: {mistake}"
        ) from mistake


def answered(folder: Path) -> dict[Name, Answered]:
    """What became of the turns of the run in `folder`. Raises `Mistake`."""
    from pyarrow import ArrowInvalid, parquet

    try:
        rows = parquet.read_table(folder / "turns.parquet", columns=[*NAME, *ANSWERED]).to_pydict()
    except FileNotFoundError as error:
        raise Mistake(f"no whole run in {folder}: it has no turns.parquet") from error
    except ArrowInvalid as error:
        raise Mistake(f"{folder / 'turns.parquet'}: {str(error).splitlines()[0]}") from error
    names: Any = zip(*(rows[column] for column in NAME), strict=True)
    figures = zip(*(rows[column] for column in ANSWERED), strict=True)
    return {
        name: Answered(arrived_at_s, Site(site), e2e_s)
        for name, (arrived_at_s, site, e2e_s) in zip(names, figures, strict=True)
    }


def check_same(recorded: Mapping[Name, Answered], again: Mapping[Name, Answered], folder: Path) -> None:
    """That a run made again is the one on record. Raises `Mistake`."""
    for name in sorted(recorded.keys() | again.keys()):
        one, other = recorded.get(name), again.get(name)
        alike = one and other and one.site is other.site and isclose(one.e2e_s, other.e2e_s, rel_tol=ROUNDING)
        if not alike:
            raise Mistake(
                f"the run in {folder} cannot be made again here: turn {list(name)} comes out differently; its"
                " version, tables or scores are others than those of today; run it again"
            )


def _summary(folder: Path) -> dict[str, Any]:
    file = folder / "summary.json"
    try:
        return dict(json.loads(file.read_text(encoding="utf-8")))
    except (FileNotFoundError, NotADirectoryError) as error:
        below = sorted(folder.rglob("summary.json")) if folder.is_dir() else []
        hint = f"; did you mean {below[-1].parent}?" if below else ": a run's folder holds a summary.json"
        raise Mistake(f"no run in {folder}{hint}") from error
    except (ValueError, TypeError) as error:
        raise Mistake(f"{file} is no summary of a run: {error}") from error
