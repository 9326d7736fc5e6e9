"""What a run writes down: every row by its definition, every turn accounted for, whatever ends the run."""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from simulator import columns
from simulator import simulation as simulation_module
from simulator.simulation import Simulation
from tests import KEY, SIX_PARTS, Logs, run, settings

BUSY = [
    "users=8",
    "horizon_s=3000",
    "arrivals.sessions_per_s=0.002",
    "scheduler.slots=1",
    "lengths=lognormal",
]
RUNS = {
    "mixed": [*BUSY, "channel=rayleigh", "delta=shifted_lognormal"],
    "outages": [*BUSY, "channel=gilbert_elliott", "policy=always_edge"],
    "slow air": [*BUSY, "channel.uplink_bps=5000", "channel.downlink_bps=2000", "policy=always_edge"],
    "phones": [*BUSY, "policy=always_device", "kv_cache=keep_all"],
    "coin": [*BUSY, "policy=coin", "policy.edge_share=0.5", "kv_cache=keep_all"],
    "closed": ["users=8", "arrivals=closed", "arrivals.think_median_s=10", "horizon_s=3000", "kv_cache=none"],
    "finite": [
        "users=8",
        "sessions_per_user=2",
        "horizon_s=null",
        "policy=coin",
        "arrivals.sessions_per_s=0.01",
    ],
    "at once": ["users=8", "arrivals=replay", "arrivals.speedup=1000", "horizon_s=400", "workload=gsm8k"],
    "cut short": [*BUSY, "horizon_s=700.5"],
}
PATHS = {
    "device": ["arrived", "scored", "decided", "submitted", "started", "prefilled", "finished", "done"],
    "edge": [
        "arrived",
        "scored",
        "decided",
        "uploaded",
        "submitted",
        "started",
        "prefilled",
        "finished",
        "done",
    ],
}


@cache
def logs_of(name: str) -> Logs:
    return run(*RUNS[name])


@pytest.fixture(params=RUNS)
def logs(request: pytest.FixtureRequest) -> Logs:
    return logs_of(request.param)


def test_schema_is_the_columns_page(tmp_path: Path) -> None:
    run(*RUNS["cut short"], folder=tmp_path)
    kinds = {"int32": pa.int32(), "int16": pa.int16(), "float64": pa.float64()}
    for name, documented in (("turns", columns.TURNS), ("events", columns.EVENTS)):
        schema = parquet.read_schema(tmp_path / f"{name}.parquet")
        assert schema.names == [column.name for column in documented]
        for field, column in zip(schema, documented, strict=True):
            if column.kind == "category":
                assert pa.types.is_dictionary(field.type), column.name
            else:
                assert field.type == kinds[column.kind], column.name
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "events.parquet",
        "summary.json",
        "turns.parquet",
    ]


def test_words_are_those_that_are_documented(logs: Logs) -> None:
    assert set(logs.events["kind"]) <= set(columns.KINDS)
    assert set(logs.events["entity"]) <= set(columns.ENTITIES)
    assert set(logs.turns["site"]) <= {"device", "edge"}
    assert len(logs.turns) > 10


def test_six_parts_add_up(logs: Logs) -> None:
    turns = logs.turns
    np.testing.assert_allclose(turns["e2e_s"], turns[SIX_PARTS].sum(axis=1), rtol=1e-12)
    np.testing.assert_allclose(turns["done_at_s"], turns["arrived_at_s"] + turns["e2e_s"], rtol=1e-12)
    assert (turns[SIX_PARTS] >= 0).all(axis=None)


def test_time_to_first_token(logs: Logs) -> None:
    """On the phone until the first of the equal tokens is out; at the edge until all is there (Eq. 3)."""
    device, edge = (logs.turns[logs.turns["site"] == site] for site in ("device", "edge"))
    first_s = device[["router_s", "queue_s", "prefill_s"]].sum(axis=1) + device["decode_s"] / np.maximum(
        device["response_tokens"], 1
    )
    np.testing.assert_allclose(device["ttft_s"], first_s, rtol=1e-12)
    np.testing.assert_allclose(edge["ttft_s"], edge["e2e_s"], rtol=1e-12)
    assert (logs.turns["ttft_s"] <= logs.turns["e2e_s"] * (1 + 1e-12)).all()


def test_expected_is_that_of_the_chosen_site(logs: Logs) -> None:
    turns = logs.turns
    at_edge = turns["site"] == "edge"
    wanted = turns["expected_edge_s"].where(at_edge, turns["expected_device_s"])
    assert (turns["expected_s"] == wanted).all()


def test_context_grows_by_prompt_and_reply(logs: Logs) -> None:
    """Row by row; and turns of a session come one after another, without a gap in their numbers."""
    turns = logs.turns.sort_values(KEY)
    before = turns.groupby(["user_id", "session_id"]).shift()
    first = turns["turn_index"] == 0
    said = before["context_tokens"] + before["prompt_tokens"] + before["response_tokens"]
    np.testing.assert_allclose(turns["context_tokens"], said.where(~first, 0.0), rtol=1e-12)
    assert (turns["turn_index"][~first] == before["turn_index"][~first] + 1).all()
    assert (turns["arrived_at_s"][~first] >= before["done_at_s"][~first] - 1e-9).all()
    assert turns["reprefill_tokens"].between(0.0, turns["context_tokens"]).all()


def test_rates_are_those_of_the_edges_turns(logs: Logs) -> None:
    at_edge = logs.turns["site"] == "edge"
    for column in ("uplink_bps", "downlink_bps"):
        assert (logs.turns[column].notna() == at_edge).all()
        assert (logs.turns.loc[at_edge, column] >= 0).all()


def test_turns_are_in_the_order_in_which_they_finish(logs: Logs) -> None:
    assert (logs.turns["done_at_s"].diff().iloc[1:] > -1e-9).all()
    assert not logs.turns.duplicated(KEY).any()


def test_every_arrived_turn_is_done_or_in_flight(logs: Logs) -> None:
    """In the summary, in the events and in the turns."""
    counts, kinds = logs.summary["turns"], logs.events["kind"].value_counts()
    assert counts["arrived"] == counts["done"] + counts["in_flight"] == kinds["arrived"]
    assert counts["done"] == len(logs.turns) == kinds["done"]
    done = logs.events[logs.events["kind"] == "done"]
    assert set(zip(*(done[k] for k in KEY), strict=True)) == set(
        zip(*(logs.turns[k] for k in KEY), strict=True)
    )
    arrived = logs.events[logs.events["kind"] == "arrived"]
    assert not arrived.duplicated(KEY).any()


def test_a_run_that_ends_by_itself_leaves_nothing_in_flight() -> None:
    logs = logs_of("finite")
    assert logs.summary["turns"]["in_flight"] == 0
    assert logs.turns.groupby("user_id")["session_id"].nunique().tolist() == [2] * 8
    assert logs.summary["simulated_s"] == pytest.approx(logs.turns["done_at_s"].max(), rel=1e-12)


def test_each_turn_goes_its_way_step_by_step(logs: Logs) -> None:
    """All of its events, once each, in the order of its path; an unfinished turn's stop on the way."""
    events = logs.events.astype({"kind": str, "entity": str})
    models = events[events["kind"] == "decided"].set_index(KEY)["entity"].rename("model")
    events = events.join(models, on=KEY)
    events["site"] = np.where(events["model"] == "npu", "device", "edge")
    steps = {(site, kind): step for site, path in PATHS.items() for step, kind in enumerate(path)}
    events["step"] = [steps[pair] for pair in zip(events["site"], events["kind"], strict=True)]
    events = events.sort_values([*KEY, "step"], ignore_index=True)
    turn = events.groupby(KEY)
    assert (events["step"] == turn.cumcount()).all()  # none left out before the last
    assert (turn["at_s"].diff().dropna() >= -1e-9).all()
    last = turn.last().join(logs.turns.set_index(KEY)["site"].astype(str).rename("answered"))
    done = last[last["kind"] == "done"]
    assert len(done) == len(logs.turns)
    assert (done["answered"] == done["site"]).all()


def test_events_are_where_they_belong(logs: Logs) -> None:
    places = {"arrived": {"phone"}, "scored": {"cpu"}, "uploaded": {"uplink"}, "done": {"phone"}}
    model = {"npu", "edge"}
    for kind, rows in logs.events.groupby("kind", observed=True):
        assert set(rows["entity"]) <= places.get(str(kind), model)
    per_turn = logs.events[logs.events["entity"].isin(model)].groupby(KEY)["entity"].nunique()
    assert (per_turn == 1).all()


def test_events_tell_the_same_as_turns(logs: Logs) -> None:
    """Values and instants of each event against the row of its turn."""
    turns = logs.turns
    wide = {kind: logs.events[logs.events["kind"] == kind].set_index(KEY) for kind in columns.KINDS}
    keys = pd.MultiIndex.from_frame(turns[KEY])
    values = {
        "arrived": turns["prompt_tokens"],
        "scored": turns["router_s"],
        "decided": turns["fused_score"],
        "submitted": turns["reprefill_tokens"] + turns["prompt_tokens"],
        "started": turns["queue_s"],
        "prefilled": turns["prefill_s"],
        "finished": turns["decode_s"],
        "done": turns["e2e_s"],
    }
    scored_s = turns["arrived_at_s"] + turns["router_s"]
    submitted_s = scored_s + turns["uplink_s"]
    instants = {
        "arrived": turns["arrived_at_s"],
        "scored": scored_s,
        "decided": scored_s,
        "submitted": submitted_s,
        "started": submitted_s + turns["queue_s"],
        "prefilled": submitted_s + turns["queue_s"] + turns["prefill_s"],
        "finished": submitted_s + turns["queue_s"] + turns["prefill_s"] + turns["decode_s"],
        "done": turns["done_at_s"],
    }
    for kind, value in values.items():
        rows = wide[kind].loc[keys]
        np.testing.assert_allclose(rows["value"], value, rtol=1e-12, atol=1e-12, err_msg=kind)
        np.testing.assert_allclose(rows["at_s"], instants[kind], rtol=1e-11, atol=1e-9, err_msg=kind)
    edge = (turns["site"] == "edge").to_numpy()
    uploaded = wide["uploaded"].loc[keys[edge]]
    np.testing.assert_allclose(uploaded["value"], turns["uplink_s"][edge], rtol=1e-12)
    np.testing.assert_allclose(uploaded["at_s"], submitted_s[edge], rtol=1e-11)


def test_nothing_is_later_than_the_end(logs: Logs) -> None:
    end_s = logs.summary["simulated_s"]
    assert logs.events["at_s"].max() <= end_s
    assert logs.turns["done_at_s"].max() <= end_s * (1 + 1e-12)


@pytest.mark.parametrize("name", ["coin", "cut short", "closed"])
def test_the_horizon_is_the_end(name: str) -> None:
    horizon_s = float(settings(*RUNS[name])["horizon_s"])
    logs = logs_of(name)
    assert logs.summary["complete"]
    assert logs.summary["simulated_s"] == horizon_s
    assert logs.summary["turns"]["in_flight"] > 0


def test_a_shorter_run_is_the_beginning_of_a_longer_one() -> None:
    """The horizon cuts and changes nothing: the same rows up to it, no others."""
    long, short = run(*BUSY), run(*BUSY, "horizon_s=700.5")
    events = long.events.sort_values("at_s", kind="stable")
    pd.testing.assert_frame_equal(
        events[events["at_s"] < 700.5].reset_index(drop=True),
        short.events.sort_values("at_s", kind="stable", ignore_index=True),
        check_exact=True,
        check_categorical=False,
    )
    turns = long.turns[long.turns["done_at_s"] < 700.5].reset_index(drop=True)
    for column in turns:
        assert turns[column].astype(str).tolist() == short.turns[column].astype(str).tolist(), column


def test_sessions_are_limited_per_user() -> None:
    """The first ones, the same as without a limit."""
    free = run("users=4", "arrivals=closed", "horizon_s=4000", "arrivals.think_median_s=20")
    limited = run(
        "users=4", "arrivals=closed", "horizon_s=null", "arrivals.think_median_s=20", "sessions_per_user=2"
    )
    assert set(limited.turns["session_id"]) == {0, 1}
    firsts = free.turns[free.turns["session_id"] < 2]
    firsts = firsts[firsts["done_at_s"] < free.summary["simulated_s"]]
    assert len(firsts) == len(limited.turns)


@pytest.mark.parametrize("looks", [1, 2, 3])
def test_an_interrupted_run_is_consistent_up_to_where_it_came(
    looks: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped by `watch`: marked as incomplete, its files as consistent as ever."""
    monkeypatch.setattr(simulation_module, "STEPS_BETWEEN_LOOKS", 777)
    seen: list[float] = []

    def watch(simulation: Simulation) -> bool:
        seen.append(simulation.progress())
        return len(seen) < looks

    logs = run(*BUSY, "users=60", "policy=coin", watch=watch)
    assert logs.summary["complete"] is False
    assert len(seen) == looks
    assert seen == sorted(seen)
    assert 0 <= seen[0] <= seen[-1] < 1
    if looks == 1:
        assert logs.summary["turns"] == {"arrived": 0, "done": 0, "in_flight": 0}
        assert len(logs.turns) == len(logs.events) == 0
        return
    assert 0 < logs.summary["simulated_s"] < 3000
    test_every_arrived_turn_is_done_or_in_flight(logs)
    test_nothing_is_later_than_the_end(logs)
    test_six_parts_add_up(logs)
    test_each_turn_goes_its_way_step_by_step(logs)


def test_a_run_without_a_single_turn_is_a_run(tmp_path: Path) -> None:
    logs = run("users=1", "horizon_s=0.001")
    assert logs.summary["complete"]
    assert logs.summary["metrics"]["e2e_s"]["mean"] is None
    assert len(logs.turns) == 0
    assert [str(kind) for kind in logs.turns.dtypes[:3]] == ["int32", "int32", "int32"]


def test_batches_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows that were flushed ten at a time are those that were flushed at once, words included."""
    from simulator import record

    overrides = [*BUSY, "workload=mmlu", "policy=coin"]
    whole = run(*overrides)
    monkeypatch.setattr(record, "FIRST_BATCH_EVENTS", 10)
    monkeypatch.setattr(record, "BATCH_EVENTS", 10)
    pieces = run(*overrides)
    assert whole.turns["task"].nunique() > 5
    for name in ("turns", "events"):
        a, b = getattr(whole, name), getattr(pieces, name)
        pd.testing.assert_frame_equal(a.astype(_plain(a)), b.astype(_plain(b)), check_exact=True)
    assert pieces.summary["metrics"] == whole.summary["metrics"]


def _plain(frame: pd.DataFrame) -> dict[str, Any]:
    return {name: str for name in frame if frame[name].dtype == "category"}


def test_tasks_of_any_letters_survive(tmp_path: Path) -> None:
    table = tmp_path / "tasks.csv"
    table.write_text('prompt_tokens,task\n1,ärger\n1,"a,b"\n1,\n1,日本\n', encoding="utf-8")
    turns = run(
        "workload=table",
        f"workload.path={table}",
        "workload.device_tokens=1",
        "workload.edge_tokens=1",
        "workload.order=in_order",
        "scorer=uniform",
        "users=1",
        "sessions_per_user=4",
        "horizon_s=null",
    ).turns
    assert turns.sort_values("session_id")["task"].tolist() == ["ärger", "a,b", "", "日本"]
