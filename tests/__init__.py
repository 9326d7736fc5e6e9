"""Runs for the tests: settings straight from the yamls; without Hydra a run costs what it simulates."""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import pandas as pd
import yaml

from simulator.build import scenario_of
from simulator.config import Configuration
from simulator.run import execute
from simulator.scenario import Scenario
from simulator.simulation import Simulation

ROOT = Path(__file__).parents[1]
CONF = ROOT / "conf"
GROUPS = sorted(folder.name for folder in CONF.iterdir() if folder.is_dir())
PARTS = [group for group in GROUPS if group != "experiment"]
"""The groups whose yamls are one object each."""
CHOICES = [(group, file.stem) for group in PARTS for file in sorted((CONF / group).glob("*.yaml"))]
KEY = ["user_id", "session_id", "turn_index"]
"""The columns that name a turn."""
SIX_PARTS = ["router_s", "uplink_s", "queue_s", "prefill_s", "decode_s", "downlink_s"]


Watch = Callable[[Simulation], bool]


def until_the_end(simulation: Simulation) -> bool:
    """Watch a run and let it be."""
    return True


class Logs(NamedTuple):
    """What a run left behind."""

    turns: pd.DataFrame
    events: pd.DataFrame
    """Rows as they stand in the file."""
    summary: dict[str, Any]
    turns_bytes: bytes
    events_bytes: bytes


@cache
def _yaml(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def part(group: str, choice: str) -> dict[str, Any]:
    """The settings of one yaml."""
    return deepcopy(_yaml(CONF / group / f"{choice}.yaml"))


def settings(*overrides: str) -> dict[str, Any]:
    """The whole configuration as plain values: the defaults, then `group=choice` and `key.key=value`."""
    main = deepcopy(_yaml(CONF / "config.yaml"))
    main.pop("hydra")
    entries = [entry for entry in main.pop("defaults") if entry != "_self_"]
    chosen = {group: name for entry in entries for group, name in entry.items() if group in GROUPS}
    pairs = [override.split("=", 1) for override in overrides]
    chosen |= {key: value for key, value in pairs if key in chosen}
    chosen.pop("experiment", None)
    main |= {group: part(group, name) for group, name in chosen.items()}
    for key, value in pairs:
        if key not in chosen:
            *path, last = key.split(".")
            inner = main
            for step in path:
                inner = inner[step]
            assert last in inner, key
            inner[last] = yaml.safe_load(value)
    return main


def scenario(*overrides: str) -> Scenario:
    """The parts of a run."""
    return scenario_of(settings(*overrides))


def run(*overrides: str, watch: Watch = until_the_end, folder: Path | None = None) -> Logs:
    """Run the default configuration with `overrides`; keep the files in `folder`, if one is given."""
    return run_settings(settings(*overrides), overrides, watch, folder)


def run_settings(
    config: Mapping[str, Any],
    overrides: Sequence[str] = (),
    watch: Watch = until_the_end,
    folder: Path | None = None,
) -> Logs:
    """Run a whole configuration."""
    configuration = Configuration(dict(config), {}, list(overrides))
    with TemporaryDirectory() as scratch:
        where = folder or Path(scratch)
        summary = execute(scenario_of(config), configuration, where, watch)
        turns, events = where / "turns.parquet", where / "events.parquet"
        return Logs(
            pd.read_parquet(turns), pd.read_parquet(events), summary, turns.read_bytes(), events.read_bytes()
        )
