"""The fast way is the event loop's: walks and exact curves, turn by turn, wherever nothing ever waits."""

from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator.build import scenario_of
from simulator.config import compose
from simulator.empty_network import EmptyNetwork, dialogues_of
from simulator.reproduction.checks import event_loop
from simulator.reproduction.paper import EXPERIMENT, ROUTERS
from simulator.scenario import Scenario
from simulator.thresholds.curve import Curve, curve
from simulator.walk import Walked, walk
from tests import Logs, run, run_settings, scenario

EXACT = 1e-9
"""Relative. Of whole replies, which take seconds and more; the event loop's clock is no finer."""
EXPERIMENTS = [f"paper_{name}{EXPERIMENT[router]}" for name, routers in ROUTERS.items() for router in routers]
MOST_DIALOGUES = 250
OTHER_THETA = {"paper_mmlu": -1.05, "paper_gsm8k": 0.02, "paper_mtbench101": -0.2}
OTHER_THETA |= {"paper_mmlu_random": -0.9, "paper_gsm8k_random": 0.2}


def assert_same(walked: Walked, logs: Logs) -> None:
    """Every figure of every turn."""
    turns, many = logs.turns, len(logs.turns)
    assert walked.edge[:many].tolist() == (turns["site"] == "edge").tolist()
    assert walked.dialogue[:many].tolist() == turns["session_id"].tolist()
    np.testing.assert_allclose(walked.fused_score[:many], turns["fused_score"], rtol=EXACT, atol=EXACT)
    np.testing.assert_array_equal(walked.quality[:many], turns["quality"])
    np.testing.assert_allclose(walked.latency_s[:many], turns["e2e_s"], rtol=EXACT)


def assert_curve(found: Curve, theta: float, logs: Logs) -> None:
    """The course that every dialogue takes at `theta`, summed over its turns."""
    by_dialogue = logs.turns.assign(edge=logs.turns["site"] == "edge").groupby("session_id")
    sums = found.at(theta)
    many = by_dialogue.ngroups
    np.testing.assert_array_equal(sums.turns[:many], by_dialogue.size())
    np.testing.assert_array_equal(sums.edge_turns[:many], by_dialogue["edge"].sum())
    np.testing.assert_allclose(sums.latency_s[:many], by_dialogue["e2e_s"].sum(), rtol=EXACT)
    np.testing.assert_allclose(sums.quality[:many], by_dialogue["quality"].sum(), rtol=EXACT)


@cache
def composed(name: str) -> tuple[dict[str, Any], Scenario, EmptyNetwork, Curve]:
    """An experiment of the paper, its empty network, and its curve."""
    config = compose([f"experiment={name}", f"sessions_per_user={MOST_DIALOGUES}"]).settings
    known = scenario_of(config)
    laws = known.lengths, known.attachments, known.thinking
    some = dialogues_of(known.workload, *laws, known.seed, MOST_DIALOGUES)
    network = EmptyNetwork(known, some)
    return config, known, network, curve(network, known.policy)


@pytest.mark.parametrize("name", EXPERIMENTS)
@pytest.mark.parametrize("own", [True, False], ids=["own theta", "another theta"])
def test_the_papers_experiments(name: str, own: bool) -> None:
    config, known, network, found = composed(name)
    theta = known.policy.threshold if own else OTHER_THETA.get(name, 0.1)
    policy = {**config["policy"], "threshold": theta}
    logs = run_settings({**config, "policy": policy})
    assert logs.turns["session_id"].nunique() == MOST_DIALOGUES
    assert 0 < (logs.turns["site"] == "edge").mean() < 1
    walked = walk(network, type(known.policy)(**{k: v for k, v in policy.items() if k != "_target_"}))
    assert_same(walked, logs)
    assert_curve(found, theta, logs)


names = count()
ROWS = st.lists(
    st.lists(
        st.tuples(
            st.integers(0, 300),  # words of the prompt
            st.integers(0, 900),  # mean words of the phone's reply
            st.integers(0, 2000),  # of the edge's
            st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.9, 1.0]),  # ties are frequent
            st.integers(1, 10),
            st.integers(1, 10),
        ),
        min_size=1,
        max_size=6,
    ),
    min_size=1,
    max_size=8,
)
TITLES = "session,prompt_tokens,device_tokens,edge_tokens,score,device_quality,edge_quality\n"


def table(folder: Path, dialogues: list[list[tuple[Any, ...]]]) -> Path:
    file = folder / f"{next(names)}.csv"
    lines = [",".join(map(str, (number, *turn))) for number, turns in enumerate(dialogues) for turn in turns]
    file.write_text(TITLES + "\n".join(lines) + "\n")
    return file


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tables")


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(
    dialogues=ROWS,
    kv_cache=st.sampled_from(["keep_last", "keep_all", "none"]),
    estimator=st.sampled_from(["nominal", "blind", "unloaded"]),
    lengths=st.sampled_from(["mean", "lognormal", "exponential"]),
    scorer=st.sampled_from(["table", "uniform", "oracle"]),
    thinking=st.sampled_from(["none", "share"]),
    alpha=st.sampled_from([0.0, 0.01, 0.05, 1.0]),
    theta=st.floats(-1.0, 1.0).map(lambda theta: round(theta, 3)),
    seed=st.integers(0, 3),
)
def test_any_small_table(
    folder: Path, dialogues: list[list[tuple[Any, ...]]], theta: float, alpha: float, seed: int, **laws: str
) -> None:
    """Lengths drawn by a law are those of the event loop too."""
    overrides = [
        *("workload=table", f"workload.path={table(folder, dialogues)}", 'workload.quality=""'),
        *("workload.order=in_order", "arrivals=closed", "arrivals.think_median_s=0.0", "users=1"),
        *("horizon_s=null", f"sessions_per_user={len(dialogues)}", f"seed={seed}"),
        *(f"{group}={choice}" for group, choice in laws.items()),
        *(f"policy.threshold={theta}", f"policy.latency_weight_per_s={alpha}"),
    ]
    logs, known = run(*overrides), scenario(*overrides)
    network = EmptyNetwork(known)
    assert_same(walk(network, known.policy), logs)
    assert_curve(curve(network, known.policy), theta, logs)


def test_the_reproductions_own_check_is_of_this_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulator.reproduction.checks.ROUTERS", {"gsm8k": ("bert", "random")})
    found = event_loop(sessions=20)
    assert list(found["experiments"]) == ["gsm8k/bert", "gsm8k/random"]
    assert all(one["turns"] == 20 for one in found["experiments"].values())
    assert found["worst"]["sites"] == 0
    assert max(found["worst"].values()) < EXACT


def test_the_check_can_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    """A walk that sends one turn elsewhere, and one that takes a little longer."""

    def astray(network: EmptyNetwork, policy: Any) -> Walked:
        walked = walk(network, policy)
        walked.edge[3] = ~walked.edge[3]
        walked.latency_s[5] *= 1.0 + 1e-6
        return walked

    monkeypatch.setattr("simulator.reproduction.checks.walk", astray)
    monkeypatch.setattr("simulator.reproduction.checks.ROUTERS", {"gsm8k": ("bert",)})
    worst = event_loop(sessions=8)["worst"]
    assert worst["sites"] == 1
    assert worst["latency_relative"] == pytest.approx(1e-6, rel=1e-3)
    assert worst["curve_edge_turns"] == 1
