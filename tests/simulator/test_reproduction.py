"""The paper's part: weighed curves, resamples, operating points, arithmetic, and the command."""

import json
import math
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.build import scenario_of
from simulator.config import compose
from simulator.empty_network import EmptyNetwork
from simulator.mistakes import Mistake
from simulator.points import Point
from simulator.reproduction import __main__ as command
from simulator.reproduction import curves, operating
from simulator.reproduction.arithmetic import arithmetic
from simulator.reproduction.asked import Asked
from simulator.reproduction.bootstrap import band, figure, resampled, weightings
from simulator.reproduction.changed import changed
from simulator.reproduction.crossing import crossing, last_crossing
from simulator.reproduction.paper import BENCHMARKS, BERT, ROUTERS
from simulator.reproduction.plan import points
from simulator.reproduction.results import rounded
from simulator.reproduction.sites import sites
from simulator.reproduction.sweep import Sweep, Weighed
from simulator.scenario import Scenario
from simulator.thresholds.calibrate import calibrated
from simulator.thresholds.curve import Pieces, curve, pieces
from simulator.thresholds.target import fewest_for, nearest_share

GSM8K = {"benchmark": "gsm8k", "seeds": 2, "resamples": 60, "every": 4}
DIALOGUES = {"benchmark": "mtbench101", "seeds": 2, "resamples": 40, "every": 8}


def network(benchmark: str, router: str, every: int) -> tuple[EmptyNetwork, Any]:
    asked = Asked(benchmark, 1, 0, every)
    return asked.network(router), asked.scenario(router).policy


@pytest.mark.parametrize(
    ("benchmark", "router"), [("gsm8k", "bert"), ("mtbench101", "bert_blind"), ("mtbench101", "random")]
)
def test_a_sweep_is_the_curve_of_any_weights(benchmark: str, router: str) -> None:
    """Whole weights are dialogues that stand in the table so often."""
    room, policy = network(benchmark, router, 12)
    sweep = Sweep.of(curve(room, policy))
    weights = np.random.default_rng(3).integers(0, 4, len(room.dialogues))
    ones, drawn = np.ones(len(weights)), weights.astype(float)
    found = sweep.weighed(np.array([ones, drawn]))
    many = [turns for turns, times in zip(room.dialogues, weights, strict=True) for _ in range(times)]
    repeated = EmptyNetwork(Asked(benchmark, 1, 0, 1).scenario(router), many)
    for row, parts in enumerate((pieces(curve(room, policy)), pieces(curve(repeated, policy)))):
        there = np.searchsorted(parts.low, sweep.thetas, side="right") - 1
        assert row or parts.low.tolist() == sweep.thetas.tolist()
        np.testing.assert_array_equal(found.edge_share[row], parts.edge_share[there])
        np.testing.assert_allclose(found.quality[row], parts.quality[there], rtol=1e-12)
        np.testing.assert_allclose(found.latency_s[row], parts.latency_s[there], rtol=1e-11)


STEPS = st.lists(
    st.tuples(st.integers(0, 10), st.integers(0, 10), st.integers(1, 10)), min_size=2, max_size=12
)


@given(steps=STEPS, target=st.integers(0, 10))
def test_steps_are_chosen_as_by_the_threshold_command(steps: list[tuple[int, int, int]], target: int) -> None:
    """Against `simulator.thresholds.target`, with its rule for ties."""
    share, quality, late = (np.array(column, float) for column in zip(*steps, strict=True))
    low = np.arange(len(steps), dtype=float)
    parts = Pieces(low, low + 1.0, share / 10, quality, late)
    found = Weighed((share / 10)[None], quality[None], lambda: late[None])
    near = int(found.nearest_share(target / 10)[0])
    assert parts[2:][0][near] == parts.edge_share[nearest_share(parts, target / 10)]
    assert late[near] == late[nearest_share(parts, target / 10)]
    step = int(found.fewest_for(float(target))[0])
    if step < 0:
        with pytest.raises(Mistake, match="out of reach"):
            fewest_for(parts, float(target))
        assert np.isnan(found.at(np.array([step]))).all()
    else:
        theirs = fewest_for(parts, float(target))
        assert (share[step], late[step]) == (share[theirs], late[theirs])
        assert found.at(np.array([step])).tolist() == [[share[step] / 10, quality[step], late[step]]]


def test_the_quality_where_so_much_is_spent() -> None:
    """From all-phone on, which stands last; a dip in latency does not count."""
    late = np.array([[9.0, 7.0, 7.5, 5.0]])
    found = Weighed(late, np.array([[4.0, 3.0, 2.0, 1.0]]), lambda: late)
    grid = np.array([1.0, 5.0, 6.0, 7.5, 8.0, 9.0, 99.0])
    assert found.quality_over(late, grid).tolist() == [[1.0, 1.0, 2.0, 2.0, 4.0, 4.0, 4.0]]


def test_resamples_are_those_of_a_dialogue_drawn_with_return() -> None:
    rows = np.concatenate(list(weightings(50, 400, 1)))
    assert rows.shape == (401, 50)
    assert (rows[0] == 1).all()
    assert (rows.sum(axis=1) == 50).all()
    assert rows[1:].mean() == pytest.approx(1.0)
    assert rows[1:].var() == pytest.approx(49 / 50, rel=0.05)
    assert len({tuple(row) for row in rows}) == 401
    np.testing.assert_array_equal(rows, np.concatenate(list(weightings(50, 400, 150_000))))


def test_an_interval_is_the_textbooks() -> None:
    """Of a mean of 500 values: 1.96 standard errors each way."""
    values = np.random.default_rng(1).normal(3.0, 2.0, 500)
    means = np.concatenate([weights @ values / 500 for weights in weightings(500, 2000, 1)])
    found = figure(means)
    error = values.std() / math.sqrt(500)
    assert found["value"] == pytest.approx(values.mean())
    assert found["high"] - found["low"] == pytest.approx(2 * 1.96 * error, rel=0.08)  # type: ignore[operator]
    assert found["low"] < found["value"] < found["high"]  # type: ignore[operator]


def test_what_is_not_known_is_null() -> None:
    """A resample without a value counts beyond both ends: few widen an interval, more end it."""
    assert figure(np.array([1.0, 2.0, np.nan])) == {"value": 1.0, "low": None, "high": None}
    assert figure(np.array([np.nan])) == {"value": None, "low": None, "high": None}
    assert band(np.array([[1.0, np.nan], [2.0, 3.0]]))["value"] == [1.0, None]
    values = np.append(0.0, np.arange(100.0))
    assert figure(values) == {"value": 0.0, "low": 2.0, "high": 97.0}
    values[50] = np.nan
    assert figure(values) == {"value": 0.0, "low": 1.0, "high": 98.0}
    values[51:54] = np.nan
    assert figure(values) == {"value": 0.0, "low": None, "high": None}
    assert band(values[:, None])["low"] == [None]


def test_a_resampled_mean_is_over_seeds() -> None:
    asked = Asked.of(GSM8K)
    own = asked.sweeps_of("random")
    assert len(own) == 2
    both = resampled({"random": own}, 3, lambda _, found: found.at(found.nearest_share(0.4)))["random"]
    each = [
        resampled({"it": [one]}, 3, lambda _, found: found.at(found.nearest_share(0.4)))["it"] for one in own
    ]
    np.testing.assert_allclose(both, (each[0] + each[1]) / 2, rtol=1e-12)
    assert (each[0] != each[1]).any()


def test_an_operating_point_is_the_threshold_commands() -> None:
    found = operating.targets(**GSM8K)
    room, policy = network("gsm8k", "bert", 4)
    row = calibrated(room, policy, partial(fewest_for, quality=found["target"]))
    ours = found["routers"]["bert"]
    assert ours["theta"] == float(row.threshold)
    assert ours["edge_share"]["value"] == row.figures.edge_share.value
    assert ours["latency_s"]["value"] == pytest.approx(row.figures.latency_s.value, rel=1e-12)
    low, high = (sites(**GSM8K)[site]["quality"]["value"] for site in ("device", "edge"))
    assert found["target"] == pytest.approx((low + high) / 2)
    for name in ROUTERS["gsm8k"]:
        assert found["routers"][name]["quality"]["value"] >= found["target"] - 1e-9
        assert found["routers"][name]["quality"]["low"] >= found["target"] - 1e-9


def test_differences_are_paired() -> None:
    """A router beside itself is no different under any resample; thresholds are found anew each time."""
    found = operating.targets(**DIALOGUES)
    assert found["target"] == 9.53
    routers = found["routers"]
    for pair, less in found["differences"].items():
        one, other = (routers[name] for name in pair.split(" - "))
        for figure_name in ("latency_s", "edge_share"):
            value = one[figure_name]["value"] - other[figure_name]["value"]
            assert less[figure_name]["value"] == pytest.approx(value)
        ratio = one["latency_s"]["value"] / other["latency_s"]["value"] - 1
        assert less["latency_relative"]["value"] == pytest.approx(ratio)
        wide = sum(side["latency_s"]["high"] - side["latency_s"]["low"] for side in (one, other))
        assert less["latency_s"]["high"] - less["latency_s"]["low"] < wide
    assert len(found["differences"]) == 5
    assert routers["bert"]["edge_share"]["low"] < routers["bert"]["edge_share"]["high"]


def test_a_quality_out_of_reach_is_null() -> None:
    """Of a score that is always wrong: all of the phone's, or all of the edge's."""
    found = operating.targets(**GSM8K, overrides=["workload.quality=routellm"])
    low, high = Asked.of({**GSM8K, "overrides": ["workload.quality=routellm"]}).qualities()
    assert found["target"] == pytest.approx((low + high) / 2)
    sweeps = Asked.of(GSM8K).sweeps_of(BERT)
    seen = resampled({BERT: sweeps}, 2, lambda _, curve: curve.at(curve.fewest_for(1.1)))
    assert np.isnan(seen[BERT]).all()
    assert operating._theta(sweeps, partial(Weighed.fewest_for, quality=1.1)) is None


def test_at_the_papers_shares() -> None:
    found = operating.shares(**DIALOGUES)
    assert list(found["routers"]) == ["bert", "bert_blind", "random"]
    for name, share in found["shares"].items():
        assert found["routers"][name]["edge_share"]["value"] == pytest.approx(share, abs=0.01)


def test_a_drawn_curve_goes_from_the_edge_to_the_phone() -> None:
    found = curves.curves("random", **GSM8K)
    alone = sites(**GSM8K)
    assert found["edge_share"][0] == 1.0
    assert found["edge_share"][-1] == 0.0
    assert found["quality"][0] == pytest.approx(alone["edge"]["quality"]["value"])
    assert found["quality"][-1] == pytest.approx(alone["device"]["quality"]["value"])
    assert found["latency_s"][0] == pytest.approx(alone["edge"]["latency_s"]["value"])
    assert found["theta"] == sorted(found["theta"])
    assert found["dialogues"] == found["turns"] == 330
    assert found["seeds"] == [1, 2]
    for over, axis in (("over_latency", "latency_s"), ("over_share", "edge_share")):
        part = found[over]
        assert len({len(part[key]) for key in (axis, "quality", "low", "high")}) == 1
        rows = zip(part["low"], part["quality"], part["high"], strict=True)
        assert all(low <= high for low, _, high in rows)
        inside = np.interp(part[axis], found[axis][::-1], found["quality"][::-1])
        assert np.abs(inside - part["quality"]).max() < 0.03
    assert curves.curves("bert", **GSM8K)["seeds"] == [1]


def test_who_dominates_whom() -> None:
    found = curves.dominance(**GSM8K, bert_overrides=["scorer=oracle"])
    over = found["over_share"]["bert - random"]
    assert min(over["low"][5:40]) > 0.0, "a score that knows the outcome beats any other"
    assert len(found["over_latency"]["latency_s"]) == len(found["over_latency"]["bert - random"]["value"])


@pytest.mark.parametrize(
    ("difference", "where"),
    [
        ([-1.0, -1.0, 1.0, 2.0], 2.5),
        ([1.0, -1.0, -1.0, 3.0], 3.25),
        ([-1.0, 1.0, -1.0, 1.0], 3.5),
        ([-1.0, 1.0, 1.0, -1.0], None),
        ([1.0, 1.0, 1.0, 1.0], None),
        ([-1.0, -1.0, -1.0, -1.0], None),
    ],
)
def test_where_an_advantage_ends(difference: list[float], where: float | None) -> None:
    found = last_crossing(np.array([1.0, 2.0, 3.0, 4.0]), np.array(difference))
    assert math.isnan(found) if where is None else found == pytest.approx(where)


def test_the_crossing_is_between_its_neighbours() -> None:
    found = crossing(**GSM8K)
    value = found["difference_s"]["value"]
    assert len(value) == len(found["quality"]) == len(found["difference_edge_share"]["low"])
    if found["crossing"]:
        at = int(np.searchsorted(found["quality"], found["crossing"]["value"]))
        assert value[at - 1] <= 0 <= value[at]
    assert 0 <= found["resamples_with_crossing"] <= 1


def test_what_the_papers_own_numbers_imply() -> None:
    """The figures of the audit, worked out there by hand."""
    found = arithmetic()
    gap = found["gap"]
    assert gap["mmlu"]["mean_s"] == pytest.approx(39.6, abs=0.05)
    assert gap["mmlu"]["alpha_times_mean"] == pytest.approx(1.19, abs=0.005)
    assert gap["gsm8k"]["alpha_times_mean"] == pytest.approx(0.14, abs=0.005)
    assert gap["mtbench101"]["mean_s"] == pytest.approx(8.3, abs=0.05)
    assert gap["mmlu"]["highest_fused_score"] < 0.0
    at = found["latency_at_share"]
    assert at["mmlu"]["random"]["without_router_and_context_s"] == pytest.approx(74.7, abs=0.05)
    assert at["mmlu"]["bert"]["without_router_and_context_s"] == pytest.approx(67.2, abs=0.05)
    assert found["router_price"]["implied_s_per_token"] == pytest.approx(0.046, abs=0.0005)
    assert at["mtbench101"]["random"]["decode_s"] == pytest.approx(12.84, abs=0.005)
    assert at["mtbench101"]["random"]["paper_less_decode_s"] < 0.0
    assert found["common_fraction"] == {"denominator": 9, "numerators": [1, 2, 4]}
    needed = found["concentration"]["needed"]["bert"]
    assert needed["gain_of_sent"] == pytest.approx(2.16, abs=0.005)
    assert needed["times_mean"] == pytest.approx(4.4, abs=0.05)
    brought = found["concentration"]["brought_by_score"]
    assert brought["paper"]["by_score"]["bert"] == pytest.approx(0.392, abs=0.001)
    assert brought["paper_rho0"]["by_score"]["bert_blind"] == pytest.approx(0.210, abs=0.001)
    assert brought["mtbench_real"]["by_score"]["random"] == pytest.approx(0.768, abs=0.001)
    assert brought["mtbench_real"]["by_gain"]["bert"] == pytest.approx(0.78, abs=0.01)
    assert found["upload_s"] == pytest.approx(2e-4)
    assert found["inputs"]["mmlu"]["prompt_tokens"] == pytest.approx(78.5, abs=0.05)


def test_the_plan_has_the_same_points_at_both_sizes() -> None:
    quick, full = points(True), points(False)
    assert [point.name for point in quick] == [point.name for point in full]
    names = {point.name for point in full}
    assert len(names) == len(full)
    assert all(name.startswith("paper/") for name in names)
    assert all(point.cost > 0 for point in full)
    for benchmark in BENCHMARKS:
        assert {f"paper/curves/{benchmark}/{router}" for router in ROUTERS[benchmark]} < names
        assert {f"paper/{kind}/{benchmark}" for kind in ("targets", "sites", "dominance")} < names
    json.dumps([point.arguments for point in full], allow_nan=False)
    full_seeds = {point.name: point.arguments.get("resamples") for point in full}
    assert full_seeds["paper/targets/mmlu"] >= 1000


def test_a_value_that_changes_nothing_is_the_experiments_own() -> None:
    """As the yamls have it."""
    for point in points(True):
        if point.name.startswith("paper/sensitivity") and not (
            point.arguments["overrides"] or point.arguments["bert_overrides"]
        ):
            kind, benchmark, value = point.name.split("/")[2:]
            known = Asked(benchmark, 1, 0, 1).scenario(BERT)
            own = {
                "tau_r": f"{known.device.router_s_per_token:g}",
                "alpha": f"{known.policy.latency_weight_per_s:g}",
                "length_law": type(known.lengths).__name__.lower(),
                "quality_pair": known.workload.quality,
                "score_table": known.workload.score,
                "kv_cache": {"KeepLast": "keep_last"}.get(type(known.kv_cache).__name__),
                "thinking": {"NoThinking": "none"}.get(type(known.thinking).__name__),
            }
            assert own[kind] == value


def same(one: Scenario, other: Scenario) -> bool:
    return all(getattr(one, part) == getattr(other, part) for part in vars(other) if part != "scores")


def test_what_is_changed_here_is_what_hydra_would_compose() -> None:
    """One override of every key that a sensitivity changes."""
    of_key = {
        override.partition("=")[0]: (point.arguments["benchmark"], override)
        for point in points(True)
        for key in ("overrides", "bert_overrides")
        for override in point.arguments.get(key, ())
    }
    assert len(of_key) == 8
    for benchmark, override in of_key.values():
        experiment = f"paper_{benchmark}".replace("mmlu", "gsm8k")
        theirs = scenario_of(compose([f"experiment={experiment}", override]).settings)
        assert same(changed(experiment, override), theirs), override
        assert changed(experiment, override).scores == theirs.scores


def few(part: str, quick: bool) -> list[Point]:
    """Three points, of which one takes Random's luck."""
    here = "simulator.reproduction"
    return [
        Point("paper/targets/gsm8k", f"{here}.operating.targets", GSM8K),
        Point("paper/sites/gsm8k", f"{here}.sites.sites", GSM8K),
        Point("paper/arithmetic/of", f"{here}.crossing.crossing", {**GSM8K, "resamples": 5}),
    ]


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the program that writes the page is asked for."""
    asked: list[Any] = []
    monkeypatch.setattr(command, "planned", few)
    monkeypatch.setattr(command, "_page", lambda file, options: asked.append((file, options.page)) or 0)
    return asked


def test_the_results_do_not_depend_on_who_measures(tmp_path: Path, shown: list[Any], capsys: Any) -> None:
    """One process, two, and a run that goes on after another was interrupted: the same bytes."""
    one, two, again = (tmp_path / name for name in ("one", "two", "again"))
    for folder, workers in ((one, "1"), (two, "2")):
        words = ["--part", "paper", "--quick", "--workers", workers, "--results", str(folder)]
        assert command.main(words) == 0
    (again / "points_quick").mkdir(parents=True)
    kept = one / "points_quick" / "paper" / "targets" / "gsm8k.json"
    (again / "points_quick" / "paper" / "targets").mkdir(parents=True)
    (again / "points_quick" / "paper" / "targets" / "gsm8k.json").write_bytes(kept.read_bytes())
    words = ["--part", "paper", "--quick", "--workers", "1", "--results", str(again)]
    assert command.main(words) == 0
    results = [(folder / "results.json").read_bytes() for folder in (one, two, again)]
    assert results[0] == results[1] == results[2]
    found = json.loads(results[0])
    assert list(found["points"]) == [point.name for point in few("paper", True)]
    assert found["about"]["quick"] is True
    assert len(found["about"]["source"]) == 16
    assert found["points"]["paper/sites/gsm8k"]["arguments"] == GSM8K
    assert len(shown) == 3
    assert capsys.readouterr().out.split() == [str(f / "results.json") for f in (one, two, again)]


def test_numbers_have_twelve_digits() -> None:
    assert rounded({"a": [1 / 3, 2, None, "x"], "b": {"c": 1e-17 / 3}}) == {
        "a": [0.333333333333, 2, None, "x"],
        "b": {"c": 3.33333333333e-18},
    }


def test_ctrl_c_is_told_and_the_next_run_goes_on(
    tmp_path: Path, shown: list[Any], monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    def interrupt(**_: Any) -> None:
        raise KeyboardInterrupt

    words = ["--part", "paper", "--quick", "--workers", "1", "--results", str(tmp_path)]
    with monkeypatch.context() as patch:
        patch.setattr("simulator.reproduction.sites.sites", interrupt)
        assert command.main(words) == 130
    assert capsys.readouterr().err == "interrupted\n"
    assert [file.stem for file in (tmp_path / "points_quick").rglob("*.json")] == ["gsm8k"]
    assert not (tmp_path / "results.json").exists()
    assert command.main(words) == 0


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["--workers", "0"], "--workers 0: must be at least 1"),
        (["--workers", "x"], "argument --workers: invalid int value: 'x'; see python -m simulator.repro"),
        (["--part", "papr"], "argument --part: invalid choice: 'papr'"),
        (["--qick"], "unrecognized arguments: --qick; see"),
        (["--page", "no/page.md"], "--page no/page.md: no is no folder"),
        (["--results", "file"], "--results file: is no folder"),
        (["--figures", "file"], "--figures file: is no folder"),
        (["--results", "file/inner"], "file/inner: Not a directory"),
    ],
)
def test_mistakes_are_one_line(
    words: list[str],
    line: str,
    tmp_path: Path,
    shown: list[Any],
    monkeypatch: pytest.MonkeyPatch,
    capsys: Any,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("file").write_text("")
    assert command.main(["--quick", *words]) == 1
    told = capsys.readouterr()
    assert told.err.startswith(f"error: {line}")
    assert told.err.count("\n") == 1
    assert told.out == ""
    assert not shown


def test_the_pages_exit_code_is_passed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "planned", lambda part, quick: [])
    monkeypatch.setattr(command, "PAGE", "no.such.program")
    assert command.main(["--quick", "--results", str(tmp_path)]) == 1
    assert json.loads((tmp_path / "results.json").read_text())["points"] == {}
