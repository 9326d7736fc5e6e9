import json
import shutil

import numpy as np
import pandas as pd
import pytest

from analysis import Runs, load
from analysis.logs import columns_of
from analysis.settings import typed
from simulator.columns import EVENTS, TURNS
from tests.analysis.conftest import POLICIES


def test_the_columns_page_is_the_schema():
    assert columns_of("turns") == {column.name: column.kind for column in TURNS}
    assert columns_of("events") == {column.name: column.kind for column in EVENTS}


def test_a_multirun_is_one_set_of_tidy_frames(multirun):
    runs = load(multirun)
    assert isinstance(runs, Runs)
    assert list(runs.summary["run"]) == ["0", "1", "2"]
    assert list(runs.summary["policy"]) == POLICIES
    for frame, log in ((runs.turns, "turns"), (runs.events, "events")):
        files = [pd.read_parquet(multirun / name / f"{log}.parquet") for name in ("0", "1", "2")]
        assert frame["run"].value_counts().to_dict() == dict(zip("012", map(len, files), strict=True))
        labels = list(frame.columns[: -len(columns_of(log))])
        assert sorted(labels) == sorted(
            ["run", "seed", "policy", "users", "horizon_s", "channel", "arrivals.sessions_per_s"]
        )
        assert list(frame.columns[len(labels) :]) == list(columns_of(log))


def test_labels_match_their_run(multirun):
    turns = load(multirun).turns
    assert turns.groupby("run", observed=True)["policy"].first().to_dict() == dict(
        zip("012", POLICIES, strict=True)
    )
    assert (turns.loc[turns["policy"] == "always_device", "site"] == "device").all()


def test_events_are_in_the_order_of_time_within_a_run(multirun):
    for _, events in load(multirun).events.groupby("run", observed=True):
        assert events["at_s"].is_monotonic_increasing


def test_events_of_one_instant_keep_the_order_of_the_log(write_run, run):
    log = pd.read_parquet(run / "events.parquet").head(3).assign(at_s=[5.0, 1.0, 5.0], value=[1.0, 2.0, 3.0])
    turns = pd.read_parquet(run / "turns.parquet")
    folder = write_run("ties", {"seed": 1}, events=log, turns=turns)
    assert list(load(folder).events["value"]) == [2.0, 1.0, 3.0]


def test_one_run_has_the_shape_of_many(multirun, run):
    one, many = load(run), load(multirun)
    assert list(one.summary["run"]) == ["0"]
    for alone, among in zip(one, many, strict=True):
        assert list(alone.columns) == list(among.columns)
    first = many.turns[many.turns["run"] == "0"]
    numbers = list(first.select_dtypes("number"))
    pd.testing.assert_frame_equal(one.turns[numbers], first[numbers].reset_index(drop=True))


def test_overrides_are_typed(multirun):
    for frame in load(multirun):
        assert frame["users"].dtype == np.int64
        assert frame["arrivals.sessions_per_s"].dtype == np.float64
        assert frame[["run", "policy", "channel"]].dtypes.eq("category").all()
        assert set(frame["users"]) == {3}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", 3),
        ("-0.15", -0.15),
        ("1e-3", 0.001),
        ("true", True),
        ("False", False),
        ("null", None),
        ("fused", "fused"),
        ("'7'", "7"),
        ("", ""),
        ("[1,2]", "[1,2]"),
        ("2026-11-22", "2026-11-22"),
    ],
)
def test_typed(text, value):
    assert typed(text) == value
    assert type(typed(text)) is type(value)


def test_the_summary_is_flat(multirun):
    summary = load(multirun, events=False).summary
    written = json.loads((multirun / "1" / "summary.json").read_text())
    row = summary[summary["run"] == "1"].iloc[0]
    assert row["e2e_s.mean"] == written["metrics"]["e2e_s"]["mean"]
    assert row["edge_share.mean"] == 1
    assert row["turns.done"] == written["turns"]["done"]
    assert row["utilisation.edge"] == written["utilisation"]["edge"]
    assert np.isnan(row["e2e_s.ci95_low"])  # too few turns for an interval
    assert summary["complete"].dtype == bool


def test_an_interval_becomes_two_columns(write_run, run):
    logs = {name: pd.read_parquet(run / f"{name}.parquet") for name in ("turns", "events")}
    metrics = {"e2e_s": {"mean": 2.0, "ci95": [1.5, 2.5]}}
    summary = load(write_run("a", {"seed": 1, "metrics": metrics}, **logs)).summary
    assert summary["e2e_s.ci95_low"].item() == 1.5
    assert summary["e2e_s.ci95_high"].item() == 2.5


def test_an_override_never_hides_a_column_of_the_logs(write_run, run):
    logs = {name: pd.read_parquet(run / f"{name}.parquet") for name in ("turns", "events")}
    overrides = ["site=mars", "seed=7", "at_s=3", "complete=true"]
    runs = load(write_run("a", {"seed": 7, "complete": False, "overrides": overrides}, **logs))
    assert set(runs.turns["site"]) <= {"device", "edge"}
    assert set(runs.turns["override.site"]) == set(runs.events["override.site"]) == {"mars"}
    assert set(runs.turns["override.at_s"]) == {3}
    assert set(runs.turns["seed"]) == {7}
    assert list(runs.summary["complete"]) == [False]
    for frame in runs:
        assert frame.columns.is_unique


def test_a_run_without_an_override_has_its_configured_value(write_run, run):
    logs = {name: pd.read_parquet(run / f"{name}.parquet") for name in ("turns", "events")}
    overridden = {"overrides": ["policy.threshold=0.4", "channel=rayleigh"], "seed": 1}
    write_run("runs/9", overridden, **logs)
    write_run("runs/10", {"overrides": [], "seed": 1, "config": {"policy": {"threshold": -0.2}}}, **logs)
    summary = load(write_run("runs/1", {"seed": 1}, **logs).parent).summary.set_index("run")
    assert list(summary.index) == ["1", "9", "10"]
    assert summary["policy.threshold"]["10"] == -0.2
    assert np.isnan(summary["policy.threshold"]["1"])
    assert summary["channel"].isna().to_dict() == {"1": True, "9": False, "10": True}


def test_the_large_log_can_stay_unread(multirun, tmp_path):
    copy = shutil.copytree(multirun, tmp_path / "copy")
    (copy / "1" / "events.parquet").write_bytes(b"unread")
    runs = load(copy, events=False)
    assert len(runs.events) == 0
    assert list(runs.events.columns) == list(load(multirun).events.columns)
    assert len(runs.turns) > 0
