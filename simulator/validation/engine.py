"""A machine and a scheduler out of the configuration, for a replay."""

from typing import Any, NamedTuple

from simulator.build import build
from simulator.config import CONF, compose, normalise
from simulator.machines import Machine
from simulator.mistakes import Mistake
from simulator.schedulers import Scheduler

GROUPS = ("edge", "scheduler")
"""What a replay has; all else of a run (phones, air, users) is not there."""


class Engine(NamedTuple):
    """What serves."""

    machine: Machine
    scheduler: Scheduler


def engine(*overrides: str) -> Engine:
    """The edge that these overrides of the ordinary configuration choose.

    `scheduler=continuous` goes without saying, and a word is one token, since recorded lengths are tokens.
    Raises `Mistake` for an override that does not fit, or that is about anything else than the edge.
    """
    words = normalise(overrides)
    for word in words:
        if word.lstrip("+~").partition("=")[0].replace("/", ".").split(".")[0] not in (*GROUPS, "hydra"):
            raise Mistake(f"{word}: a replay has no such part, only {' and '.join(GROUPS)}")
    presets = ", ".join(sorted(file.stem for file in (CONF / "edge").glob("*.yaml")))
    if not any(word.startswith("edge=") for word in words):
        raise Mistake(f"which machine? Choose one, as in edge=NAME; edge is one of {presets}")
    if not any(word.startswith("scheduler=") for word in words):
        words = ["scheduler=continuous", *words]
    settings: dict[str, Any] = compose(words).settings
    if "tokens_per_word" in settings["edge"]:
        settings["edge"]["tokens_per_word"] = 1.0
    return Engine(*(build(settings[group], group) for group in GROUPS))
