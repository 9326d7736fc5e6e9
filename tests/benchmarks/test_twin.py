"""The simulator against its textbook twin: every column of both logs, to 1e-9."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from simulator import simulate
from simulator.build import scenario_of
from simulator.columns import EVENTS, KINDS, TURNS
from simulator.config import compose
from tests.benchmarks.textbook import Textbook

BUSY = ["users=40", "horizon_s=null", "sessions_per_user=2", "arrivals.think_median_s=2", "scheduler.slots=2"]
"""So many sessions at once that phones, radios and edge all have queues."""
OPEN = [*BUSY, "arrivals.sessions_per_s=0.02"]
CROWDED = [*OPEN, "policy.threshold=-0.12"]
CLOSED = [*BUSY, "arrivals=closed", "policy.threshold=-0.12"]
WHOSE = ["user_id", "session_id", "turn_index"]

SCENARIOS = {
    "fixed": CROWDED,
    "rayleigh": [*CROWDED, "channel=rayleigh"],
    "gilbert_elliott": [*CROWDED, "channel=gilbert_elliott"],
    "gilbert_elliott, bad but not dead": [
        *CROWDED,
        "channel=gilbert_elliott",
        "channel.uplink.good_bps=3e5",
        "channel.uplink.bad_bps=2e3",
        "delta=shifted_lognormal",
    ],
    "closed, more slots": [*CLOSED, "scheduler.slots=5", "channel=rayleigh"],
    "lognormal, keep_all": [*CROWDED, "lengths=lognormal", "kv_cache=keep_all", "channel=rayleigh"],
    "lognormal, none": [*CROWDED, "lengths=lognormal", "kv_cache=none"],
    "one-turn sessions": [*CROWDED, "workload=mmlu", "policy.threshold=-1.0", "channel=rayleigh"],
    "no score": [*OPEN, "policy=coin", "delta=shifted_lognormal"],
    "cut": [*CROWDED, "horizon_s=150", "channel=rayleigh"],
    "cut, closed": [*CLOSED, "horizon_s=300", "channel=gilbert_elliott"],
}


@pytest.mark.parametrize("overrides", SCENARIOS.values(), ids=SCENARIOS)
def test_simulator_and_textbook_agree_on_every_column(overrides: list[str], tmp_path: Path) -> None:
    run = simulate(*overrides, folder=tmp_path)
    twin = Textbook(scenario_of(compose(overrides).settings)).run()

    assert 50 < len(run.turns) == len(twin.turns)
    assert 0.1 < (run.turns["site"] == "edge").mean() < 0.9
    assert (run.turns["queue_s"] > 1.0).mean() > 0.1
    _agree(run.turns, twin.turns, [column.name for column in TURNS], WHOSE)

    places = {kind: place for place, kind in enumerate(KINDS)}
    order = [*WHOSE, "place"]
    events = run.events.assign(place=run.events["kind"].map(places).astype(int))
    others = [row | {"place": places[row["kind"]]} for row in twin.events]
    _agree(events, others, [column.name for column in EVENTS], order)


def _agree(ours: pd.DataFrame, rows: list[dict[str, object]], names: list[str], order: list[str]) -> None:
    """The same rows, in the order of their names; numbers to 1e-9, near zero absolutely."""
    theirs = pd.DataFrame(rows).sort_values(order, ignore_index=True)
    ours = ours.sort_values(order, ignore_index=True)
    assert len(ours) == len(theirs)
    for name in names:
        if theirs[name].dtype.kind in "if":
            np.testing.assert_allclose(ours[name], theirs[name], rtol=1e-9, atol=1e-9, err_msg=name)
        else:
            assert ours[name].astype(str).tolist() == theirs[name].astype(str).tolist(), name
