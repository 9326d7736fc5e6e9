"""Every law of the air that has a yaml, and the small ones that the tests of the laws share."""

from importlib import import_module
from pathlib import Path
from typing import Any

import yaml

CONF = Path(__file__).parents[2] / "conf"


def read(file: Path) -> tuple[type, dict[str, Any]]:
    """The class and the settings of a yaml."""
    settings = yaml.safe_load(file.read_text())
    module, _, name = settings.pop("_target_").rpartition(".")
    return getattr(import_module(module), name), settings


def pytest_generate_tests(metafunc):
    """`channel_file` and `delta_file` run a test over all that is found: a new law needs no new test."""
    for group in ("channel", "delta"):
        if f"{group}_file" in metafunc.fixturenames:
            files = sorted((CONF / group).glob("*.yaml"))
            metafunc.parametrize(f"{group}_file", files, ids=[file.stem for file in files])
