"""Runs that were cut off: what is on disk can be read."""

import contextlib
import json
import shutil

import pandas as pd
import pyarrow as pa
import pytest

from analysis import load
from analysis.logs import columns_of
from simulator.build import scenario_of
from simulator.config import compose
from simulator.simulation import Simulation

SETTINGS = ["users=40", "horizon_s=4000", "arrivals.sessions_per_s=0.01"]
FLUSHES = 4


@pytest.fixture(scope="module")
def cut_off(tmp_path_factory):
    """A run that was flushed now and then and never closed, as SIGKILL leaves it."""
    folder = tmp_path_factory.mktemp("cut")
    simulation = Simulation(scenario_of(compose(SETTINGS).settings), folder)
    for _ in range(FLUSHES):
        for _ in range(600):
            simulation.clock.env.step()
        simulation.log.flush()
    summary = {"complete": False, "seed": 1, "overrides": SETTINGS}
    (folder / "summary.json").write_text(json.dumps(summary))
    yield folder
    simulation.log.close(simulation.clock.now_s)


@pytest.fixture
def copy(cut_off, tmp_path):
    return shutil.copytree(cut_off, tmp_path / "copy")


def _batches(path):
    batches = []
    with pa.ipc.open_stream(str(path)) as reader, contextlib.suppress(StopIteration):
        while True:
            batches.append(reader.read_next_batch())
    return batches


def _cut(path, share):
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])


def test_everything_on_disk_is_read(copy):
    runs = load(copy)
    batches = _batches(copy / "turns.arrows")
    assert len(runs.turns) == sum(batch.num_rows for batch in batches) > 0
    assert list(runs.summary["complete"]) == [False]
    assert runs.turns["site"].isin(["device", "edge"]).all()
    assert set(runs.turns["users"]) == {40}


def test_a_cut_in_mid_message_costs_the_last_batch_alone(copy):
    batches = _batches(copy / "turns.arrows")
    content = (copy / "turns.arrows").read_bytes()
    (copy / "turns.arrows").write_bytes(content[:-100])
    turns = load(copy).turns
    assert len(turns) == sum(batch.num_rows for batch in batches[:-1]) > 0
    expected = pa.Table.from_batches(batches[:-1]).unify_dictionaries().to_pandas()
    assert list(turns["task"]) == list(expected["task"])
    assert list(turns["e2e_s"]) == list(expected["e2e_s"])


@pytest.mark.parametrize("share", [0, 0.001, 0.02, 0.3, 0.5, 0.77, 0.99])
def test_any_cut_can_be_read(copy, share):
    for name in ("turns", "events"):
        _cut(copy / f"{name}.arrows", share)
    runs = load(copy)
    assert list(runs.turns.columns[-len(columns_of("turns")) :]) == list(columns_of("turns"))
    assert runs.events["at_s"].is_monotonic_increasing


def test_an_empty_stream_gives_empty_frames(copy):
    whole = load(copy)
    for name in ("turns", "events"):
        (copy / f"{name}.arrows").write_bytes(b"")
    for empty, full in zip(load(copy)[:2], whole[:2], strict=True):
        assert len(empty) == 0
        assert list(empty.columns) == list(full.columns)
        assert (empty.dtypes == "category").equals(full.dtypes == "category")


def test_announced_events_beyond_the_last_arrival_or_reply_are_left_out(copy):
    raw = pa.Table.from_batches(_batches(copy / "events.arrows")).unify_dictionaries().to_pandas()
    last_s = raw.loc[raw["kind"].isin(["arrived", "done"]), "at_s"].max()
    assert (raw["at_s"] > last_s).any()
    events = load(copy).events
    assert events["at_s"].max() == last_s
    assert len(events) == (raw["at_s"] <= last_s).sum()


def test_a_stream_is_preferred_to_the_parquet_file_that_is_being_made_of_it(copy):
    (copy / "turns.parquet").write_bytes(b"PAR1 without its end")
    assert len(load(copy).turns) > 0


def test_a_killed_run_among_finished_ones(copy, run):
    shutil.copytree(run, copy / "finished")
    summary = load(copy).summary.set_index("complete")
    assert pd.isna(summary["e2e_s.mean"][False])
    assert summary["e2e_s.mean"][True] > 0
