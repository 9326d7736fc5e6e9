"""Hydra's errors in one line each, with the nearest valid choice."""

import re
from collections.abc import Sequence
from typing import Any

from simulator.config import CONF, GROUPS, Configuration, compose
from simulator.mistakes import Mistake, nearest, unknown_key

NO_CHOICE = "Config group override must be"
"""How Hydra begins where a group is given no name."""


def explain(error: Exception, overrides: Sequence[str]) -> Mistake:
    """The mistake behind an error of Hydra's or OmegaConf's."""
    text = str(error)
    if NO_CHOICE in text:
        return Mistake("a group cannot be null or a number: choose one of its names, or leave it out")
    choice = re.search(r"Could not find '([^']+)/([^'/]*)'", text)
    if choice:
        return _unknown_choice(choice.group(1), choice.group(2), text)
    key = re.search(r"Could not (?:override|append|delete)[^']*'([^']+)'", text)
    if key and "/" in key.group(1):
        return _no_such_part(key.group(1), overrides)
    if key:
        return _unknown_override(key.group(1), overrides, text)
    if text.startswith("Missing mandatory value"):
        name = getattr(error, "full_key", None) or text.rpartition(" ")[2]
        return Mistake(f"{name} must be set, as in {name}=VALUE")
    written = getattr(error, "override", None)
    if written is None and "parsing override" in text:
        written = text.split("'")[1]
    if written is not None:
        return Mistake(
            f"cannot read {written!r}: an override is written KEY=VALUE without blanks, as in users=20"
        )
    if "Ambiguous value" in text:
        return Mistake("several values for one key need -m, as in python -m simulator -m users=10,20")
    return _first_sentence(text)


def _first_sentence(text: str) -> Mistake:
    return Mistake(" ".join(text.split()))


def _unknown_choice(group: str, name: str, text: str) -> Mistake:
    """No yaml of that name in the group."""
    listed = re.findall(r"^\t(\S+)$", text, re.MULTILINE)
    if not listed:
        return _first_sentence(text)
    return Mistake(f"{group}={name}: {nearest(name, listed)}{group} is one of {', '.join(listed)}")


def _no_such_part(inner: str, overrides: Sequence[str]) -> Mistake:
    """A part of a part that has no such part, or one that is in no part at all."""
    group, _, name = inner.rpartition("/")
    if inner not in GROUPS:
        return Mistake(f"unknown group {inner!r}: {nearest(inner, GROUPS)}groups are {', '.join(GROUPS)}")
    files = sorted((CONF / group).glob("*.yaml"))
    hosts = [file.stem for file in files if f"\n  - {name}: " in file.read_text(encoding="utf-8")]
    have = " and ".join(f"{group}={host}" for host in hosts) + " and their presets"
    composed = _without(f"{inner}=", overrides)
    if composed is None:
        return Mistake(f"{inner}: only {have} have a part {name!r}")
    return Mistake(f"{inner}: {group}={composed.choices[group]} has no part {name!r}; {have} have one")


def _without(key: str, overrides: Sequence[str]) -> Configuration | None:
    """What the other overrides ask for, if that is one run."""
    others = [
        override
        for override in overrides
        if not override.startswith("-") and not override.lstrip("+~").startswith(key)
    ]
    try:
        return compose(others)
    except Mistake:
        return None


def _unknown_override(key: str, overrides: Sequence[str], text: str) -> Mistake:
    """A key, or a group, that the configuration does not have."""
    composed = _without(key, overrides)
    parent = composed and _walk(composed.settings, key.split(".")[:-1])
    if parent is None:
        return _first_sentence(text)
    known = {name for name in parent if name != "_target_"}
    if key.rpartition(".")[2] in known:
        return _first_sentence(text)
    groups = {group for group in GROUPS if "/" not in group}
    return unknown_key(key, known | groups if "." not in key else known)


def _walk(config: Any, path: Sequence[str]) -> dict[str, Any] | None:
    """The part of the configuration at `path`, if there is one."""
    for step in path:
        config = config.get(step) if isinstance(config, dict) else None
    return config if isinstance(config, dict) else None
