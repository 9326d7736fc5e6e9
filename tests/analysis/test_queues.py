import pandas as pd
import pytest

from analysis import load, queue_over_time


def _events(*rows, **more):
    return pd.DataFrame(rows, columns=["at_s", "kind", "entity"]).assign(**more)


def _job(entity, submitted_s, started_s, finished_s):
    return [
        (submitted_s, "submitted", entity),
        (started_s, "started", entity),
        (finished_s, "finished", entity),
    ]


def test_steps_of_a_queue_made_by_hand():
    events = _events(
        *_job("edge", 1, 1, 4), *_job("edge", 2, 4, 6), *_job("edge", 3, 6, 9), (5, "done", "phone")
    )
    steps = queue_over_time(events)
    assert list(steps.columns) == ["at_s", "waiting", "in_service"]
    assert steps.to_numpy().tolist() == [[1, 0, 1], [2, 1, 1], [3, 2, 1], [4, 1, 1], [6, 0, 1], [9, 0, 0]]


def test_entities_apart():
    events = _events(*_job("edge", 0, 1, 2), *_job("npu", 5, 5, 7))
    assert list(queue_over_time(events)["at_s"]) == [0, 1, 2]
    assert list(queue_over_time(events, "npu")["at_s"]) == [5, 7]


def test_runs_apart():
    events = pd.concat([_events(*_job("edge", 0, 0, 2), run="a"), _events(*_job("edge", 1, 1, 3), run="b")])
    steps = queue_over_time(events)
    assert steps["in_service"].tolist() == [1, 0, 1, 0]
    assert steps["run"].tolist() == ["a", "a", "b", "b"]


def test_rounding_does_not_make_a_slot_serve_two():
    events = _events(*_job("edge", 0, 0, 0.1 + 0.2), *_job("edge", 0.05, 0.3, 1))
    assert queue_over_time(events)["in_service"].max() == 1


def test_no_events_no_steps(run):
    steps = queue_over_time(load(run).events.iloc[:0])
    assert len(steps) == 0
    assert list(steps.columns) == ["run", "at_s", "waiting", "in_service"]


@pytest.fixture(scope="module")
def busy():
    """A run with a queue, in which every job is finished."""
    from simulator import simulate

    settings = ["users=30", "horizon_s=null", "sessions_per_user=3", "arrivals.sessions_per_s=0.01"]
    return simulate("policy=always_edge", "scheduler.slots=2", *settings)


def test_a_run_never_has_negative_counts_and_ends_empty(busy):
    steps = queue_over_time(busy.events)
    assert steps["waiting"].max() > 3
    assert steps[["waiting", "in_service"]].min().min() == 0
    assert steps["in_service"].max() == 2
    assert (steps.loc[steps["waiting"] > 0, "in_service"] == 2).all()
    assert steps[["waiting", "in_service"]].iloc[-1].tolist() == [0, 0]


def test_littles_law_holds_between_events_and_turns(busy):
    """The area under the queue's length is the sum of all waits."""
    steps = queue_over_time(busy.events)
    seconds = -steps["at_s"].diff(-1).fillna(0)
    turns = busy.turns
    assert (steps["waiting"] * seconds).sum() == pytest.approx(turns["queue_s"].sum(), abs=0.01)
    served_s = (turns["prefill_s"] + turns["decode_s"]).sum()
    assert (steps["in_service"] * seconds).sum() == pytest.approx(served_s, abs=0.01)
