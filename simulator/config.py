"""Configurations by name and override: the place where Hydra composes them."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

_HERE = Path(__file__).resolve().parent
CONF = _HERE / "conf" if (_HERE / "conf").is_dir() else _HERE.parent / "conf"
"""The yamls: inside the package when it was installed from a wheel, beside it in a checkout."""
GROUPS = tuple(sorted(str(folder.relative_to(CONF)) for folder in CONF.rglob("*/")))
"""Those of parts inside parts included: `channel/fading`."""
NAMED_RUNS = ("air", "hardware", "experiment")
"""Groups whose choices choose among other groups; none is chosen by default."""
NO_NAMED_RUN = tuple(f"{group}=null" for group in NAMED_RUNS)
_PLUS = re.compile(rf"^\+(?=(?:{'|'.join(GROUPS)})=)")


def hydra_version_base() -> dict[str, str]:
    """The argument that Hydra 1.3 asks for and Hydra 1.4 does away with."""
    import hydra

    major, minor = map(int, hydra.__version__.split(".")[:2])
    return {} if (major, minor) >= (1, 4) else {"version_base": "1.3"}


def normalise(overrides: Iterable[str]) -> list[str]:
    """`+channel=rayleigh` as `channel=rayleigh`, for every group: both forms mean the same.

    All groups have a default, and Hydra takes no plus before a group that has one. A named run that is null
    is none, as it stands in the configuration; Hydra takes no null.
    """
    plain = [_PLUS.sub("", override) for override in overrides]
    return [override for override in plain if override not in NO_NAMED_RUN]


class Configuration(NamedTuple):
    """A composed configuration, as plain values."""

    settings: dict[str, Any]
    """Every setting, resolved."""
    choices: dict[str, str | None]
    """Which yaml each group is: `{"channel": "rayleigh", ...}`."""
    overrides: list[str]
    """What was asked for, as written."""


def compose(overrides: Sequence[str]) -> Configuration:
    """The configuration that these overrides ask for; Hydra's global state is left as it was.

    Raises `Mistake` for an override that does not fit.
    """
    from hydra import compose as hydra_compose
    from hydra import initialize_config_dir
    from hydra.core.global_hydra import GlobalHydra
    from hydra.errors import HydraException

    from simulator.explain import explain

    overrides = normalise(overrides)
    users_own = GlobalHydra.instance().hydra
    GlobalHydra.instance().clear()
    try:
        with initialize_config_dir(str(CONF), **hydra_version_base()):
            config = hydra_compose("config", overrides, return_hydra_config=True)
    except (HydraException, ValueError) as error:  # a group that is null
        raise explain(error, overrides) from error
    finally:
        GlobalHydra.instance().hydra = users_own  # not the instance of before: Hydra has replaced it
    return configuration_of(config, config.hydra.runtime.choices, overrides)


def configuration_of(config: Any, choices: Any, overrides: Sequence[str]) -> Configuration:
    """What Hydra composed, without Hydra's own part and the empty groups of named runs.

    Raises `Mistake` where a value is missing or an interpolation leads nowhere.
    """
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    from simulator.explain import explain

    keys = [key for key in config if key not in ("hydra", *NAMED_RUNS)]
    try:
        settings = OmegaConf.to_container(
            OmegaConf.masked_copy(config, keys), resolve=True, throw_on_missing=True
        )
    except OmegaConfBaseException as error:
        raise explain(error, overrides) from error
    assert isinstance(settings, dict)
    chosen = {group: choices[group] for group in GROUPS if group in choices}
    return Configuration({str(key): value for key, value in settings.items()}, chosen, list(overrides))
