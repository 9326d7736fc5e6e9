"""Hydra's errors in one line each, with the nearest valid choice."""

import re
from collections.abc import Sequence
from typing import Any

from simulator.config import CONF, GROUPS, compose
from simulator.mistakes import Mistake, nearest, unknown_key


def explain(error: Exception, overrides: Sequence[str]) -> Mistake:
    """The mistake behind an error of Hydra's or OmegaConf's."""
    text = str(error)
    choice = re.search(r"Could not find '([^']+)/([^'/]+)'", text)
    if choice:
        return _unknown_choice(*choice.groups())
    key = re.search(r"Could not (?:override|append|delete)[^']*'([^']+)'", text)
    if key:
        return _unknown_override(key.group(1), overrides, text)
    missing = re.search(r"Missing mandatory value: (\S+)", text)
    if missing:
        return Mistake(f"{missing.group(1)} must be set, e.g. {missing.group(1)}=VALUE")
    parse = re.search(r"Error (?:when )?parsing override '([^']*)'", text)
    if parse:
        return Mistake(f"cannot read {parse.group(1)!r}: an override is written KEY=VALUE, e.g. users=20")
    return Mistake(" ".join(text.split()))


def choices(group: str) -> list[str]:
    """The yamls of a group."""
    return sorted(file.stem for file in (CONF / group).glob("*.yaml"))


def _unknown_choice(group: str, name: str) -> Mistake:
    """No yaml of that name in the group."""
    known = choices(group)
    return Mistake(f"{group}={name}: {nearest(name, known)}{group} is one of {', '.join(known)}")


def _unknown_override(key: str, overrides: Sequence[str], text: str) -> Mistake:
    """A key, or a group, that the configuration does not have."""
    others = [override for override in overrides if not override.lstrip("+~").startswith(key)]
    try:
        parent = _walk(compose(others), key.split(".")[:-1])
    except Mistake:
        parent = None
    if parent is None:
        return Mistake(" ".join(text.split()))
    known = {name for name in parent if name != "_target_"}
    if key in known:
        return Mistake(" ".join(text.split()))
    return unknown_key(key, known | set(GROUPS) if "." not in key else known)


def _walk(config: Any, path: Sequence[str]) -> dict[str, Any] | None:
    """The part of the configuration at `path`, if there is one."""
    for step in path:
        config = config.get(step) if isinstance(config, dict) else None
    return config if isinstance(config, dict) else None
