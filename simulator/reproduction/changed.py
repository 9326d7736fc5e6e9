"""The paper's experiments with something changed, without composing a configuration for each change."""

from dataclasses import replace
from functools import lru_cache, reduce
from typing import Any

from simulator.build import build, scenario_of
from simulator.config import compose
from simulator.scenario import Scenario


@lru_cache
def changed(experiment: str, *overrides: str) -> Scenario:
    """An experiment with overrides as on the command line: `group=choice`, and `group.setting=value`."""
    return reduce(_with, overrides, _experiment(experiment))


def _with(scenario: Scenario, override: str) -> Scenario:
    key, _, value = override.partition("=")
    group, _, setting = key.partition(".")
    part = replace(getattr(scenario, group), **{setting: value}) if setting else _chosen(group, value)
    changes: dict[str, Any] = {group: part}
    return replace(scenario, **changes)


@lru_cache
def _experiment(name: str) -> Scenario:
    return scenario_of(compose([f"experiment={name}"]).settings)


@lru_cache
def _chosen(group: str, choice: str) -> Any:
    return build(compose([f"{group}={choice}"]).settings[group], group)
