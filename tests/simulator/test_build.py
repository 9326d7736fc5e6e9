"""Settings become objects, and what is wrong with them becomes one line that names the key."""

import sys
from pathlib import Path
from typing import Any

import pytest

from channels.fixed import Fixed
from simulator.build import build, scenario_of
from simulator.mistakes import Mistake, nearest, unknown_key
from simulator.scenario import Scenario
from tests import part, settings


def test_a_yaml_becomes_its_object() -> None:
    assert build(part("channel", "fixed"), "channel") == Fixed(uplink_bps=9e8, downlink_bps=9e8)


def test_nested_settings_become_nested_objects() -> None:
    channel = build(part("channel", "rayleigh"), "channel")
    assert channel.uplink.mean_snr_db == 5.0
    assert type(channel.uplink) is type(channel.downlink)


def test_a_whole_configuration_becomes_a_scenario() -> None:
    scenario = scenario_of(settings("users=7"))
    assert isinstance(scenario, Scenario)
    assert scenario.users == 7
    assert type(scenario.policy).__name__ == "Fused"


def mistake(config: dict[str, Any]) -> str:
    with pytest.raises(Mistake) as caught:
        scenario_of(config)
    text = str(caught.value)
    assert "\n" not in text
    return text


def changed(path: str, value: Any, *overrides: str) -> dict[str, Any]:
    config = settings(*overrides)
    *steps, last = path.split(".")
    inner = config
    for step in steps:
        inner = inner[step]
    inner[last] = value
    return config


@pytest.mark.parametrize(
    ("path", "value", "overrides", "parts"),
    [
        (
            "channel.uplink_pbs",
            1.0,
            [],
            ["'channel.uplink_pbs'", "did you mean channel.uplink_bps?", "downlink_bps"],
        ),
        ("policy.treshold", 0.1, [], ["'policy.treshold'", "did you mean policy.threshold?"]),
        ("user", 3, [], ["'user'", "did you mean users?"]),
        ("channel.uplink.snr", 3, ["channel=rayleigh"], ["channel.uplink.snr"]),
        (
            "channel.uplink.mean_snr_db",
            "loud",
            ["channel=rayleigh"],
            ["channel.uplink.mean_snr_db=loud", "number"],
        ),
        ("channel.uplink_bps", -5.0, [], ["channel.uplink_bps=-5", "greater than 0"]),
        ("channel.uplink_bps", float("nan"), [], ["channel.uplink_bps=nan", "finite"]),
        ("users", 0, [], ["users=0", "greater than or equal to 1"]),
        ("users", 2.5, [], ["users=2.5", "integer"]),
        ("seed", -1, [], ["seed=-1"]),
        ("scheduler.slots", 0, [], ["scheduler.slots=0"]),
        ("policy.edge_share", 1.5, ["policy=coin"], ["policy.edge_share=1.5", "less than or equal to 1"]),
        ("workload.path", "mlmu", [], ["mlmu", "did you mean mmlu?"]),
        ("workload.order", "shuffled", [], ["workload.order=shuffled", "random", "in_order"]),
        ("workload.quality", "papr", [], ["papr_device_quality"]),
        (
            "policy._target_",
            "simulator.policies.fused.Fussed",
            [],
            ["policy._target_", "did you mean Fused?"],
        ),
        (
            "policy._target_",
            "simulator.policies.fuse.Fused",
            [],
            ["policy._target_", "simulator.policies.fuse"],
        ),
        ("policy._target_", "math.pi", [], ["policy._target_", "math", "pi"]),
        ("policy._target_", "Fused", [], ["policy._target_"]),
        ("warmup_s", 8000.0, [], ["warmup_s=8000", "horizon_s=7200"]),
    ],
)
def test_mistakes_name_the_key_and_the_way_out(
    path: str, value: Any, overrides: list[str], parts: list[str]
) -> None:
    text = mistake(changed(path, value, *overrides))
    for piece in parts:
        assert piece in text


def test_a_missing_key_is_named() -> None:
    config = settings("channel=rayleigh")
    del config["channel"]["uplink"]["bandwidth_hz"]
    assert mistake(config).startswith("channel.uplink.bandwidth_hz ")
    config = settings()
    del config["users"]
    assert mistake(config).startswith("users ")


def test_a_run_without_an_end_is_refused() -> None:
    assert "would never end" in mistake(settings("horizon_s=null"))


def test_mistakes_inside_nested_settings_are_told_with_their_value() -> None:
    config = settings("channel=gilbert_elliott", "channel.uplink.good_bps=0")
    text = mistake(config)
    assert "channel.uplink" in text
    assert "good_bps" in text


def test_a_users_own_class_is_as_good_as_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Any dataclass on the path; a plain class is refused with the reason."""
    (tmp_path / "own_parts.py").write_text(
        "from pydantic.dataclasses import dataclass\n@dataclass\nclass Mine:\n    x: int = 3\n"
        "class Plain:\n    pass\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    assert build({"_target_": "own_parts.Mine", "x": 4}, "policy").x == 4
    with pytest.raises(Mistake, match="dataclass"):
        build({"_target_": "own_parts.Plain"}, "policy")
    with pytest.raises(Mistake, match=r"unknown key 'policy.y'"):
        build({"_target_": "own_parts.Mine", "y": 4}, "policy")
    del sys.modules["own_parts"]


def test_nearest() -> None:
    assert nearest("raleigh", ["fixed", "rayleigh"]) == "did you mean rayleigh? "
    assert nearest("xyz", ["fixed", "rayleigh"]) == ""


def test_unknown_key() -> None:
    assert (
        str(unknown_key("a.b.cod", ["code", "x"]))
        == "unknown key 'a.b.cod': did you mean a.b.code? a.b has code, x"
    )
    assert str(unknown_key("q", ["x"])) == "unknown key 'q': the configuration has x"
