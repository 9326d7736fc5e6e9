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
from simulator.config import NAMED_RUNS, Configuration, compose
from simulator.run import execute
from simulator.scenario import Scenario
from simulator.simulation import Simulation

ROOT = Path(__file__).parents[1]
CONF = ROOT / "conf"
GROUPS = sorted(folder.name for folder in CONF.iterdir() if folder.is_dir())
PARTS = [group for group in GROUPS if group not in NAMED_RUNS]
"""The groups whose yamls are one object each."""
INNER = sorted(
    f"{folder.parent.name}/{folder.name}" for folder in CONF.glob("*/*/") if folder.parent.name in PARTS
)
"""The groups of parts inside a part: `channel/fading`."""
CHOICES = [(group, file.stem) for group in PARTS for file in sorted((CONF / group).glob("*.yaml"))]
INNER_CHOICES = [(group, file.stem) for group in INNER for file in sorted((CONF / group).glob("*.yaml"))]
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


def part(group: str, choice: str, *inner: str) -> dict[str, Any]:
    """The settings of one yaml; with `inner` choices such as `channel/fading=rician`, of parts inside it."""
    config = deepcopy(_yaml(CONF / group / f"{choice}.yaml"))
    return deepcopy(_composed(group, choice, *inner)) if "defaults" in config else config


@cache
def _composed(group: str, choice: str, *inner: str) -> Any:
    """Hydra's work, where a yaml is made of others."""
    if "/" not in group:
        return compose([f"{group}={choice}", *inner]).settings[group]
    outer, _, name = group.partition("/")
    return compose([host(group), f"{group}={choice}"]).settings[outer][name]


def host(inner: str, choice: str | None = None) -> str:
    """A choice that has a part of the group `inner`: `channel=cell` for `channel/mobility`.

    One whose part is `choice` by default, if there is one.
    """
    group, _, name = inner.partition("/")
    own, changed = dict[str, str](), dict[str, str]()
    for file in sorted((CONF / group).glob("*.yaml")):
        for entry in _yaml(file).get("defaults", ()):
            for key, part in entry.items() if isinstance(entry, dict) else ():
                if key.removeprefix("override ") == name:
                    (own if key == name else changed)[file.stem] = part
    assert own, f"nothing has a part {inner}"
    fitting = [host for host, part in (own | changed).items() if part == choice]
    return f"{group}={[*fitting, *own][0]}"


def settings(*overrides: str) -> dict[str, Any]:
    """The whole configuration as plain values: the defaults, then `group=choice` and `key.key=value`."""
    main = deepcopy(_yaml(CONF / "config.yaml"))
    main.pop("hydra")
    entries = [entry for entry in main.pop("defaults") if entry != "_self_"]
    chosen = {group: name for entry in entries for group, name in entry.items() if group in GROUPS}
    pairs = [override.split("=", 1) for override in overrides]
    asked = {key: value for key, value in pairs if key in chosen}
    for group in NAMED_RUNS:
        if asked.get(group, "null") != "null":
            chosen |= _named(group, asked[group])
    chosen |= asked
    inner = [f"{key}={value}" for key, value in pairs if "/" in key]
    for group, name in chosen.items():
        if group in PARTS:
            main[group] = part(group, name, *(choice for choice in inner if choice.startswith(f"{group}/")))
    for key, value in pairs:
        if key not in chosen and "/" not in key:
            *path, last = key.split(".")
            found = main
            for step in path:
                found = found[step]
            assert last in found, key
            found[last] = yaml.safe_load(value)
    return main


def _named(group: str, name: str) -> dict[str, str]:
    """What a named run chooses. One that also sets anything is for Hydra alone."""
    config = _yaml(CONF / group / f"{name}.yaml")
    assert set(config) == {"defaults"}, f"{group}={name} sets something: compose it"
    return {
        key.removeprefix("override /"): value for entry in config["defaults"] for key, value in entry.items()
    }


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
