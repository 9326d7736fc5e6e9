"""From settings to objects: `_target_` names a class, the class is the schema.

A short loader of our own, for errors that name the key as the user wrote it. It knows nothing of Hydra.
"""

from collections.abc import Mapping
from dataclasses import fields
from importlib import import_module
from typing import Any

from pydantic import ValidationError
from pydantic.dataclasses import is_pydantic_dataclass

from simulator.mistakes import Mistake, nearest, unknown_key
from simulator.scenario import Scenario

Settings = Mapping[str, Any]


def scenario_of(settings: Settings) -> Scenario:
    """The scenario that a whole configuration describes, with the scores at hand. Raises `Mistake`."""
    scenario: Scenario = _make(Scenario, _parts_built(settings, ""), "")
    _ = scenario.scores  # text is read now, before the run
    return scenario


def build(settings: Settings, where: str) -> Any:
    """The object that `settings` describe; `where` is its key, for errors. Raises `Mistake`."""
    arguments = {key: value for key, value in settings.items() if key != "_target_"}
    return _make(_find(str(settings["_target_"]), where), _parts_built(arguments, f"{where}."), where)


def _parts_built(settings: Settings, prefix: str) -> dict[str, Any]:
    """The settings, with an object in the place of every part."""
    return {
        key: build(value, prefix + key) if isinstance(value, Mapping) and "_target_" in value else value
        for key, value in settings.items()
    }


def _find(target: str, where: str) -> type:
    """The class that `_target_` names."""
    module_name, _, class_name = target.rpartition(".")
    try:
        module = import_module(module_name)
    except (ImportError, ValueError) as error:
        raise Mistake(f"{where}._target_: cannot import {module_name!r} ({error})") from error
    found = getattr(module, class_name, None)
    if found is None:
        classes = [name for name, value in vars(module).items() if isinstance(value, type)]
        raise Mistake(
            f"{where}._target_: {module_name} has no {class_name!r}; {nearest(class_name, classes)}".rstrip(
                "; "
            )
        )
    if not (isinstance(found, type) and is_pydantic_dataclass(found)):
        raise Mistake(f"{where}._target_: {target} must be a pydantic dataclass, which checks its settings")
    return found


def _make(cls: type, arguments: dict[str, Any], where: str) -> Any:
    """Construct, and turn what goes wrong into one line."""
    known = [field.name for field in fields(cls) if field.init]
    prefix = f"{where}." if where else ""
    for key in arguments:
        if key not in known:
            raise unknown_key(f"{prefix}{key}", known)
    try:
        return cls(**arguments)
    except ValidationError as error:
        raise _first_mistake(error, arguments, prefix) from error
    except (ValueError, OSError) as error:
        raise Mistake(f"{where}: {_one_line(error)}") from error


def _first_mistake(error: ValidationError, arguments: Settings, prefix: str) -> Mistake:
    """The first problem that pydantic found, with the key as the user writes it."""
    problems = error.errors(include_url=False)
    problem = min(problems, key=lambda found: "missing" in found["type"])  # a misspelt key misses its name
    key = prefix + ".".join(map(str, problem["loc"]))
    message, value = problem["msg"], problem["input"]
    if problem["type"] == "value_error":
        return Mistake(f"{key.rstrip('.')}: {message.removeprefix('Value error, ')}".removeprefix(": "))
    if "missing" in problem["type"]:
        return Mistake(f"{key} must be set, as in {key}=VALUE")
    if problem["type"] in ("unexpected_keyword_argument", "extra_forbidden"):
        beside = arguments
        for step in problem["loc"][:-1]:
            beside = beside[str(step)]
        missing = {str(other["loc"][-1]) for other in problems if "missing" in other["type"]}
        return unknown_key(key, set(beside) - {problem["loc"][-1]} | missing)
    return Mistake(f"{key}={value}: {message[0].lower()}{message[1:]}")


def _one_line(error: Exception) -> str:
    text = str(error) if not isinstance(error, OSError) or error.strerror is None else error.strerror
    name = getattr(error, "filename", None)
    return " ".join(f"{name}: {text}".split() if name else text.split())
