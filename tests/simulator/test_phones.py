"""The phones of `conf/device` in whole runs."""

from pathlib import Path

import numpy as np
import pytest

from simulator.simulation import Simulation
from tests import CONF, KEY, SIX_PARTS, Logs, part, run, scenario, settings

PHONES = sorted(file.stem for file in (CONF / "device").glob("*.yaml") if file.stem != "paper")
CPU = "device=oneplus_12_cpu"
NPU = "device=snapdragon_8_elite_npu"
MEASURED = {
    "snapdragon_8_elite_npu": (23.5, 128 / 0.088),
    "snapdragon_8_elite_gen5_npu": (29.5, 128 / 0.058),
    "galaxy_s24_npu": (13.0, 128 / 0.147),
    "snapdragon_8_elite_npu_7b": (15.4, 128 / 0.136),
    "oneplus_12_cpu": (19.7, 89.7),
}
"""Tokens written and read in a second."""


@pytest.mark.parametrize("name", MEASURED)
def test_a_preset_is_the_phone_that_was_measured(name: str) -> None:
    law = part("device", name)
    written, read = MEASURED[name]
    assert 1.0 / law["decode_s_per_token"] == pytest.approx(written, rel=1e-3)
    assert law["chunk_tokens"] / law["chunk_s"] == pytest.approx(read, rel=1e-3)


@pytest.mark.parametrize("name", PHONES)
def test_a_run(name: str) -> None:
    """Both sites answer, the parts add up, and the phone's body is plausible."""
    logs = run(f"device={name}", "users=20")
    turns, law = logs.turns, part("device", name)
    assert logs.summary["warnings"] == []
    at_edge = turns["site"] == "edge"
    assert 0.05 < at_edge.mean() < 0.95
    assert (turns[SIX_PARTS].sum(axis=1) - turns["e2e_s"]).abs().max() < 1e-9
    assert (turns["done_at_s"] - turns["arrived_at_s"] - turns["e2e_s"]).abs().max() < 1e-8
    heat = law["thermal"]
    assert turns["temperature_c"].between(heat["idle_c"], heat["idle_c"] + heat["rise_c"]).all()
    assert turns["temperature_c"][~at_edge].mean() > turns["temperature_c"][at_edge].mean()
    for _, of_user in turns.groupby("user_id"):
        assert (np.diff(of_user.sort_values("done_at_s", kind="stable")["battery_share"]) < 0).all()
        left = 1.0 - of_user["energy_j"].sum() / law["battery_j"]
        assert of_user["battery_share"].min() == pytest.approx(left)
    reply_j = law["decode_j_per_token"] * 1.3 * 226.37
    assert turns["energy_j"][~at_edge].between(reply_j, 2.5 * reply_j).all()
    assert turns["energy_j"][~at_edge].median() < 1.1 * reply_j
    assert turns["energy_j"][at_edge].between(1.0, 15.0).all()


def busy(device: str, *more: str) -> Logs:
    """Users who ask on at once, on the phone."""
    return run(
        device, "users=2", "arrivals=closed", "arrivals.think_median_s=0", "policy=always_device", *more
    )


def test_throttling_shows_where_nobody_rests() -> None:
    """Half the speed is gone on the CPU, a third on the NPU; without heat none is."""
    for device, loss in ((CPU, 0.5), (NPU, 0.33)):
        turns = busy(device, "horizon_s=3600").turns
        per_token_s = turns["decode_s"] / (np.ceil(1.3 * turns["response_tokens"]) - 1.0)
        fresh_s = part("device", device.partition("=")[2])["decode_s_per_token"]
        late = turns["done_at_s"] > 2400.0
        assert per_token_s[late].mean() == pytest.approx(fresh_s / (1.0 - loss), rel=0.01)
        assert per_token_s[turns["done_at_s"] < 20.0].max() < 1.1 * fresh_s
        cold = busy(device, "horizon_s=600", "device/thermal=none").turns
        assert (
            cold["decode_s"] / (np.ceil(1.3 * cold["response_tokens"]) - 1.0)
        ).to_numpy() == pytest.approx(np.full(len(cold), fresh_s))
        assert cold["temperature_c"].isna().all()


def test_the_router_slows_the_model_where_they_share_a_chip() -> None:
    """Two sessions at once now and then: a score beside a reply costs both time, on the CPU alone."""
    crowd = ["users=3", "arrivals.sessions_per_s=0.004", "device/thermal=none", "scorer=uniform"]
    crowd += ["policy.threshold=10", "estimator=blind", "horizon_s=20000"]
    for device, shared in ((CPU, True), (NPU, False)):
        turns = run(device, *crowd).turns
        assert (turns["site"] == "device").all()
        written = np.ceil(1.3 * turns["response_tokens"]) - 1.0
        alone_s = part("device", device.partition("=")[2])["decode_s_per_token"] * written
        assert ((turns["decode_s"] > alone_s + 1e-6).mean() > 0.05) == shared
        assert (turns["decode_s"] > alone_s - 1e-9).all()


def test_memory_for_more_sessions_reads_less_again() -> None:
    again = [
        run(
            NPU,
            "users=10",
            "policy=always_device",
            "arrivals.sessions_per_s=0.004",
            f"device.kv_sessions={most}",
        )
        .turns["reprefill_tokens"]
        .mean()
        for most in (0, 1, 2, 100)
    ]
    assert again == sorted(again, reverse=True)
    assert again[0] > 200.0
    assert again[1] > again[2] > again[3] == 0.0


def test_energy_of_the_radio_is_that_of_being_on() -> None:
    """Text weighs next to nothing: the tail and the overhead are what counts; Wi-Fi hardly has any."""
    joules = {
        modem: run(NPU, f"device/modem={modem}", "users=10", "policy=always_edge").turns["energy_j"].mean()
        for modem in ("three_states", "lte", "nr_mmwave", "wifi", "none")
    }
    assert joules["nr_mmwave"] > 3 * joules["three_states"] > 3 * joules["lte"] > 6 * joules["wifi"] > 0
    assert joules["none"] == 0.0


def events_made(tmp_path: Path, *overrides: str) -> tuple[int, int]:
    """Events of a run, and its turns."""
    simulation = Simulation(scenario(*overrides), tmp_path)
    simulation.run()
    made = next(simulation.clock.env._eid)
    return made, simulation.log.done_turns


@pytest.mark.parametrize(("device", "most"), [(NPU, 0.0), (CPU, 2.1)])
def test_events_beyond_the_papers_phone(tmp_path: Path, device: str, most: float) -> None:
    """None on an NPU. Two a turn on a CPU that is shared, as an end may move; meetings add a few more."""
    around = ["users=20", "scorer=uniform", "policy.threshold=10", "estimator=blind", "horizon_s=20000"]
    made = {}
    for number, phone in enumerate(("device=paper", device)):
        (tmp_path / str(number)).mkdir()
        events, turns = events_made(tmp_path / str(number), phone, *around)
        made[phone] = events / turns
    assert made[device] - made["device=paper"] < most + 0.02


def test_same_seed_same_bits() -> None:
    one, two = (run(CPU, "users=5") for _ in range(2))
    assert one.turns_bytes == two.turns_bytes
    assert not one.turns[KEY].duplicated().any()
    assert settings(CPU)["device"]["runs_on"] == "cpu"
