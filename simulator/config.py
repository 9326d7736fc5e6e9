"""Configurations by name and override: the place where Hydra composes them."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

_HERE = Path(__file__).resolve().parent
CONF = _HERE / "conf" if (_HERE / "conf").is_dir() else _HERE.parent / "conf"
"""The yamls: inside the package when it was installed from a wheel, beside it in a checkout."""
GROUPS = tuple(sorted(folder.name for folder in CONF.iterdir() if folder.is_dir()))
_PLUS = re.compile(rf"^\+(?=(?:{'|'.join(GROUPS)})=)")


def hydra_version_base() -> dict[str, str]:
    """The argument that Hydra 1.3 asks for and Hydra 1.4 does away with."""
    import hydra

    major, minor = map(int, hydra.__version__.split(".")[:2])
    return {} if (major, minor) >= (1, 4) else {"version_base": "1.3"}


def normalise(overrides: Iterable[str]) -> list[str]:
    """`+channel=rayleigh` as `channel=rayleigh`, for every group: both forms mean the same.

    All groups have a default, and Hydra takes no plus before a group that has one.
    """
    return [_PLUS.sub("", override) for override in overrides]


def compose(overrides: Sequence[str]) -> dict[str, Any]:
    """The whole configuration as plain values; nothing of Hydra's global state stays behind.

    Raises `Mistake` for an override that does not fit.
    """
    from hydra import compose as hydra_compose
    from hydra import initialize_config_dir
    from hydra.errors import HydraException

    from simulator.explain import explain

    overrides = normalise(overrides)
    try:
        with initialize_config_dir(str(CONF), **hydra_version_base()):
            config = hydra_compose("config", overrides)
    except HydraException as error:
        raise explain(error, overrides) from error
    return plain(config, overrides)


def plain(config: Any, overrides: Sequence[str]) -> dict[str, Any]:
    """A Hydra configuration as plain dicts, every interpolation resolved, without the empty experiment.

    Raises `Mistake` where a value is missing or an interpolation leads nowhere.
    """
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    from simulator.explain import explain

    try:
        values = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    except OmegaConfBaseException as error:
        raise explain(error, overrides) from error
    assert isinstance(values, dict)
    return {str(key): value for key, value in values.items() if key != "experiment"}
