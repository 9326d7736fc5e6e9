"""The figures of a run, against figures worked out from its rows the plain way."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from simulator import counted, statistics
from simulator.arrow_log import numpy_of
from simulator.columns import TURNS
from simulator.report import table
from simulator.statistics import BATCHES, FEWEST_VALUES, STUDENT_T, mean_of, percentiles_of
from simulator.summary import summarise
from tests import run

RNG = np.random.default_rng(1)
DATA: dict[str, Any] = {
    "one": [3.5],
    "two": [2.0, 1.0],
    "hundred": RNG.permutation(100) + 1.0,
    "uniform": RNG.random(50_000),
    "constant": np.full(30_000, 7.25),
    "two values": RNG.permutation(np.repeat([1.0, 1e9], [90_000, 10_000])),
    "heavy tail": np.exp(3 * RNG.standard_normal(120_000)),
    "infinite variance": RNG.pareto(0.8, 70_001),
    "many ties": RNG.integers(0, 5, 60_000).astype(float),
    "mostly zero": np.where(RNG.random(45_000) < 0.97, 0.0, RNG.random(45_000)),
    "ascending": np.arange(100_003.0),
    "periodic": np.tile(np.arange(5.0), 25_000),
    "negative": -np.exp(RNG.standard_normal(25_000)),
    "a rare spike": np.append(np.zeros(99_000), np.full(1_001, 1e300)),
}


def chunked(values: Any, sizes: int = 3_000) -> Any:
    """The values as `summary` reads them: chunk by chunk, again and again; some chunks are empty."""
    values = np.asarray(values, float)

    def chunks() -> Iterator[Any]:
        yield values[:0]
        for start in range(0, len(values), sizes):
            yield values[start : start + sizes]
            yield values[:0]

    return chunks


def nearest_rank(values: Any, q: int) -> float:
    """Value number ceil(q N / 100), with whole numbers alone."""
    ordered = np.sort(np.asarray(values, float))
    return float(ordered[-(-q * len(ordered) // 100) - 1])


@pytest.mark.parametrize("name", DATA)
@pytest.mark.parametrize("size", [1, 997, 1_000_000])
def test_percentiles_are_exact(name: str, size: int) -> None:
    values = DATA[name][:2_000] if size == 1 else DATA[name]
    found = percentiles_of(chunked(values, size))
    assert found == {f"p{q}": nearest_rank(values, q) for q in (50, 95, 99)}
    for q in (50, 95, 99):
        assert found[f"p{q}"] == np.percentile(values, q, method="inverted_cdf")


@given(st.lists(st.floats(-1e300, 1e300), min_size=1, max_size=300), st.integers(1, 50))
def test_percentiles_of_anything(values: list[float], size: int) -> None:
    assert percentiles_of(chunked(values, size)) == {f"p{q}": nearest_rank(values, q) for q in (50, 95, 99)}


def test_nothing_has_no_figures() -> None:
    assert percentiles_of(chunked([])) == {"p50": None, "p95": None, "p99": None}
    assert mean_of(chunked([])) == {"mean": None, "ci95": None}


def test_student_t() -> None:
    assert pytest.approx(stats.t.ppf(0.975, BATCHES - 1), abs=5e-4) == STUDENT_T


@pytest.mark.parametrize("count", [FEWEST_VALUES, 1_000, 12_345])
@pytest.mark.parametrize("size", [7, 5_000])
def test_interval_by_batch_means(count: int, size: int) -> None:
    """Twenty batches of consecutive values, as equal as can be; their means' t interval."""
    values = np.cumsum(RNG.standard_normal(count)) / 30 + 5
    found = mean_of(chunked(values, size))
    sizes = np.bincount(np.arange(count) * BATCHES // count)
    assert sizes.max() - sizes.min() <= 1
    means = [batch.mean() for batch in np.split(values, np.cumsum(sizes)[:-1])]
    half = stats.t.ppf(0.975, BATCHES - 1) * np.std(means, ddof=1) / math.sqrt(BATCHES)
    assert found["mean"] == pytest.approx(values.mean(), rel=1e-12)
    assert found["ci95"] == pytest.approx([values.mean() - half, values.mean() + half], rel=1e-4)


def test_too_few_values_have_no_interval() -> None:
    assert mean_of(chunked(np.arange(FEWEST_VALUES - 1.0)))["ci95"] is None
    assert mean_of(chunked(np.arange(FEWEST_VALUES - 1.0)))["mean"] == pytest.approx((FEWEST_VALUES - 2) / 2)


def test_constant_values_have_an_interval_of_no_width() -> None:
    assert mean_of(chunked(np.full(1_000, 0.1))) == {
        "mean": pytest.approx(0.1),
        "ci95": [pytest.approx(0.1, abs=1e-12)] * 2,
    }


def test_what_is_not_known_has_no_mean() -> None:
    assert mean_of(chunked([1.0, math.nan, 2.0])) == {"mean": None, "ci95": None}


def test_intervals_cover_the_mean_as_often_as_they_say() -> None:
    """Values that follow one another are alike (AR(1), 0.8): 95 % of 400 intervals, within 3 errors."""
    covered = 0
    for _ in range(400):
        noise = RNG.standard_normal(2_500)
        values = np.zeros(2_500)
        for index in range(1, 2_500):
            values[index] = 0.8 * values[index - 1] + noise[index]
        low, high = mean_of(chunked(values[100:], 2_400))["ci95"]  # type: ignore[misc]
        covered += low < 0.0 < high
    assert covered / 400 == pytest.approx(0.95, abs=3 * math.sqrt(0.95 * 0.05 / 400))


OVERRIDES = ["users=40", "arrivals.sessions_per_s=0.003", "horizon_s=3000", "scheduler.slots=6"]


@pytest.mark.parametrize("warmup_s", [0, 1000])
def test_figures_of_a_run(warmup_s: int) -> None:
    """Every metric from the rows that arrived from `warmup_s` on."""
    logs = run(*OVERRIDES, "channel=gilbert_elliott", f"warmup_s={warmup_s}", "policy=coin")
    turns = logs.turns[logs.turns["arrived_at_s"] >= warmup_s]
    assert len(turns) > 300
    edge, device = (turns[turns["site"] == site] for site in ("edge", "device"))
    outage = (edge["uplink_bps"] == 0) | (edge["downlink_bps"] == 0)
    assert 0.02 < outage.mean() < 0.5
    series = {
        "edge_share": (turns["site"] == "edge").astype(float),
        "quality": turns["quality"],
        "e2e_s": turns["e2e_s"],
        "ttft_s": turns["ttft_s"],
        "edge_queue_s": edge["queue_s"],
        "device_queue_s": device["queue_s"],
        "air_s": edge["uplink_s"] + edge["downlink_s"],
        "outage_share": outage.astype(float),
    }
    metrics = logs.summary["metrics"]
    assert set(metrics) == set(series)
    for name, values in series.items():
        assert metrics[name]["mean"] == pytest.approx(values.mean(), rel=1e-12), name
        wanted = mean_of(chunked(values.to_numpy()))["ci95"]
        assert metrics[name]["ci95"] == (wanted and pytest.approx(wanted, rel=1e-9)), name
        for q in (50, 95, 99):
            if f"p{q}" in metrics[name]:
                assert metrics[name][f"p{q}"] == nearest_rank(values, q), name
    assert {name for name in metrics if "p95" in metrics[name]} == {n for n in metrics if n.endswith("_s")}


def test_outages_are_rates_at_or_below_the_limit() -> None:
    logs = run(*OVERRIDES, "channel=rayleigh", "outage_bps=2.0e+5", "policy=always_edge")
    low = (logs.turns["uplink_bps"] <= 2e5) | (logs.turns["downlink_bps"] <= 2e5)
    assert 0 < low.mean() < 1
    assert logs.summary["metrics"]["outage_share"]["mean"] == pytest.approx(low.mean(), rel=1e-12)


@pytest.mark.parametrize(("site", "absent"), [("device", "edge_queue_s"), ("edge", "device_queue_s")])
def test_a_site_that_nobody_uses_has_no_figures(site: str, absent: str) -> None:
    metrics = run(*OVERRIDES, f"policy=always_{site}").summary["metrics"]
    assert metrics[absent] == {"mean": None, "ci95": None, "p50": None, "p95": None, "p99": None}
    assert metrics["edge_share"]["mean"] == (site == "edge")
    if site == "device":
        assert metrics["outage_share"] == {"mean": None, "ci95": None}


def test_a_workload_without_qualities_has_no_quality() -> None:
    metrics = run(*OVERRIDES, "workload.quality=null").summary["metrics"]
    assert metrics["quality"] == {"mean": None, "ci95": None}


def test_a_warm_up_that_leaves_nothing_leaves_no_figures() -> None:
    metrics = run("users=2", "sessions_per_user=1", "horizon_s=null", "warmup_s=1.0e+9").summary["metrics"]
    assert {figures["mean"] for figures in metrics.values()} == {None}


def test_memory_does_not_grow_with_the_run() -> None:
    """A million values: what is held at once is far less than they are."""
    import tracemalloc

    def chunks() -> Iterator[Any]:
        rng = np.random.default_rng(2)
        for _ in range(100):
            yield np.exp(rng.standard_normal(10_000))

    tracemalloc.start()
    percentiles_of(chunks)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2_500_000
    assert statistics.PERCENTILES == (50, 95, 99)


def write(folder: Path, columns: dict[str, Any]) -> Path:
    """A log of turns, in several row groups: what is not said is 0."""
    import pyarrow as pa
    from pyarrow import parquet

    count = len(columns["user_id"])
    kinds = {"int32": pa.int32(), "float64": pa.float64()}
    arrays = {}
    for column in TURNS:
        values = columns.get(column.name, np.zeros(count))
        if column.kind == "category":
            words = pa.array(["device", "edge"])
            arrays[column.name] = pa.DictionaryArray.from_arrays(
                pa.array(np.asarray(values, np.int16)), words
            )
        else:
            arrays[column.name] = pa.array(np.asarray(values)).cast(kinds[column.kind])
    file = folder / "turns.parquet"
    parquet.write_table(pa.table(arrays), file, row_group_size=7)
    assert numpy_of(pa.array(np.array([1.0, math.nan]))).size == 2  # NaN stays a number
    return file


@pytest.fixture(params=["kept", "read anew"])
def reading(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Short logs are kept in memory, long ones are not."""
    if request.param == "read anew":
        monkeypatch.setattr(counted, "KEPT_ROWS", 0)


@pytest.mark.usefixtures("reading")
def test_long_logs_are_read_anew_and_give_the_same(tmp_path: Path) -> None:
    logs = run(*OVERRIDES, "policy=coin", folder=tmp_path)
    again = summarise(tmp_path / "turns.parquet", 0.0, 1e5)
    assert again["metrics"] == logs.summary["metrics"]
    assert again["preemptions"] == logs.summary["preemptions"] == 0
    memory = {"memory_tokens": None}
    assert again["edge_cache"] | memory == logs.summary["edge_cache"]
    assert "phones" not in again
    assert "energy_j" not in again["metrics"]


@pytest.mark.usefixtures("reading")
def test_the_edges_cache_is_what_edge_turns_had_and_missed(tmp_path: Path) -> None:
    """Turns on the phone, first turns and turns before the warm-up do not count; preemptions do anywhere."""
    file = write(
        tmp_path,
        {
            "user_id": [0, 1, 2, 3, 4],
            "arrived_at_s": [0.0, 10.0, 11.0, 12.0, 13.0],
            "site": [1, 1, 0, 1, 1],
            "context_tokens": [500.0, 100.0, 900.0, 0.0, 300.0],
            "reprefill_tokens": [500.0, 40.0, 900.0, 0.0, 0.0],
            "preemptions": [7, 2, 1, 0, 3],
        },
    )
    found = summarise(file, 5.0, 0.0)
    assert found["edge_cache"] == {"hit_tokens": 360.0, "missed_tokens": 40.0, "hit_share": 0.9}
    assert found["preemptions"] == 6


def test_context_that_the_model_is_not_shown_is_no_hit(tmp_path: Path) -> None:
    """A window of 1,000 words: of 900 words beside 200 others 800 are shown, and all of these read again."""
    file = write(
        tmp_path,
        {
            "user_id": [0, 0],
            "site": [1, 1],
            "prompt_tokens": [50.0, 50.0],
            "response_tokens": [150.0, 150.0],
            "context_tokens": [900.0, 700.0],
            "reprefill_tokens": [800.0, 100.0],
        },
    )
    cache = summarise(file, 0.0, 0.0, window_words=1000.0)["edge_cache"]
    assert cache == {"hit_tokens": 600.0, "missed_tokens": 900.0, "hit_share": 0.4}


def test_no_context_no_share(tmp_path: Path) -> None:
    cache = summarise(write(tmp_path, {"user_id": [0], "site": [1]}), 0.0, 0.0)["edge_cache"]
    assert cache == {"hit_tokens": 0.0, "missed_tokens": 0.0, "hit_share": None}


@pytest.mark.usefixtures("reading")
def test_phones_are_as_after_their_last_turn(tmp_path: Path) -> None:
    """Twenty turns of three users, the energy of one unknown: against pandas."""
    rng = np.random.default_rng(3)
    columns: dict[str, Any] = {
        "user_id": rng.integers(0, 3, 20) * 2,
        "energy_j": np.append(rng.random(19), math.nan),
        "battery_share": rng.random(20),
        "temperature_c": np.append(math.nan, 30 + rng.random(19)),
    }
    found = summarise(write(tmp_path, columns), 0.0, 0.0)
    last = pd.DataFrame(columns).groupby("user_id").last()["battery_share"]
    assert found["phones"] == {
        "battery_share": {"mean": pytest.approx(last.mean()), "lowest": last.min()},
        "temperature_c": {"highest": np.nanmax(columns["temperature_c"])},
    }
    assert found["metrics"]["energy_j"] == {
        "mean": pytest.approx(np.nanmean(columns["energy_j"])),
        "ci95": None,
    }


def test_of_phones_only_what_they_say(tmp_path: Path) -> None:
    unknown = np.full(3, math.nan)
    columns = {"user_id": np.arange(3), "energy_j": unknown, "battery_share": unknown}
    found = summarise(write(tmp_path, columns | {"temperature_c": [30.0, 41.0, 35.0]}), 0.0, 0.0)
    assert found["phones"] == {"temperature_c": {"highest": 41.0}}
    assert "energy_j" not in found["metrics"]


@pytest.mark.parametrize("site", ["edge", "device"])
def test_what_grows_with_the_run_is_no_number(site: str) -> None:
    """A queue with twice the work it can do; the other figures stay, and so does the other site's queue."""
    busy = ["arrivals.sessions_per_s=0.2", "users=10", "horizon_s=1500", "workload=gsm8k"]
    summary = run(*busy, "scheduler.slots=1", f"policy=always_{site}").summary
    metrics = summary["metrics"]
    other = "device" if site == "edge" else "edge"
    growing = {"e2e_s", "ttft_s", f"{site}_queue_s"}
    assert {name for name in metrics if metrics[name].get("unstable")} == growing
    for name in growing:
        assert metrics[name] == {
            **dict.fromkeys(["mean", "ci95", "p50", "p95", "p99"]),
            "unstable": True,
        }
    assert "unstable" not in metrics[f"{other}_queue_s"]
    assert metrics["edge_share"]["mean"] == (site == "edge")
    assert metrics["quality"]["mean"] > 0
    shown = table(summary).splitlines()
    assert sum(line.endswith("unstable") for line in shown) == 3
    assert any(line.startswith("warning: ") and "unstable" in line for line in shown)


def test_the_terminal_tells_of_cache_and_phones_where_there_is_something_to_tell() -> None:
    summary = run(*OVERRIDES, "policy=always_edge").summary
    assert summary["edge_cache"]["hit_share"] == 1.0
    assert "edge cache" not in table(summary)
    assert "phones:" not in table(summary)
    summary["edge_cache"]["memory_tokens"] = 5e5
    assert "edge cache: " in table(summary)
    assert "tokens of context found (100.0%), 0 read again\n" in table(summary) + "\n"
    summary |= {"preemptions": 12}
    assert "; jobs were put back 12 times" in table(summary)
    summary["metrics"]["energy_j"] = {"mean": 12.5, "ci95": [12.0, 13.0]}
    summary["phones"] = {
        "battery_share": {"mean": 0.9, "lowest": 0.5},
        "temperature_c": {"highest": 41.25},
    }
    assert "energy of a turn, phone [J]           12.5  12 to 13" in table(summary)
    assert "phones: battery 90.0% at the end (50.0% on the emptiest), chip at most 41.2 C" in table(summary)
