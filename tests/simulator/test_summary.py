"""The figures of a run, against figures worked out from its rows the plain way."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from simulator import summary
from simulator.summary import BATCHES, FEWEST_VALUES, STUDENT_T, mean_of, percentiles_of
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
    assert summary.PERCENTILES == (50, 95, 99)
