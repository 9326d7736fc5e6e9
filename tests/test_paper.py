"""The paper's equations, worked out here without the simulator's help, against what an empty network does."""

import csv
import math
from functools import cache
from itertools import groupby
from typing import Any

import numpy as np
import pytest

from simulator import latency
from simulator.estimators import Expected, Query
from simulator.policies import Decision
from simulator.policies.fused import Fused
from simulator.policies.threshold_only import ThresholdOnly
from tests import SIX_PARTS, Logs, part, run
from workloads import Site
from workloads.columns import TABLES

GAMMA = {"device": 0.04, "edge": 0.02}  # Table I, s/token
BANDWIDTH = 2e7  # Table I, tokens/s
DELTA_S = 0.02  # Table I
TAU_R = 0.003  # not in the paper; conf/device/paper.yaml says why
REPLY = {
    "mmlu": {"device": 1254.4, "edge": 4567.9},  # Table II
    "gsm8k": {"device": 136.3, "edge": 460.1},  # Table II
    "mtbench101": {"device": 226.37, "edge": 879.16},  # Table III
    "mtbench": {"device": 226.37, "edge": 879.16},  # Table III
}
ALWAYS = {
    "device": ["policy=threshold_only", "policy.threshold=2"],
    "edge": ["policy=threshold_only", "policy.threshold=-1"],
}
ONE_AT_A_TIME = ["arrivals=closed", "users=1", "horizon_s=null", "workload.order=in_order", "lengths=mean"]


def dialogues(name: str) -> list[list[float]]:
    """The prompts of every session of an embedded table, in tokens."""
    with (TABLES / f"{name}.csv").open(newline="") as lines:
        rows = groupby(csv.DictReader(lines), key=lambda row: row["session"])
        return [[float(row["prompt_tokens"]) for row in turns] for _, turns in rows]


def missed(said: list[tuple[str, float]], site: str, kv: str) -> float:
    """Delta C_t, out of who said how much so far (a prompt and its reply count as its answerer's)."""
    if kv == "none" or (kv == "keep_last" and said and said[-1][0] != site):
        return sum(tokens for _, tokens in said)
    unread = 0.0
    for who, tokens in reversed(said if kv == "keep_all" else []):
        if who == site:
            break
        unread += tokens
    return unread


def by_hand(
    prompts: list[float], sites: list[str], reply: dict[str, float], kv: str, tau_r: float
) -> list[dict[str, Any]]:
    """Eq. 1-8 for the turns of one dialogue."""
    said: list[tuple[str, float]] = []
    rows = []
    for prompt, site in zip(prompts, sites, strict=True):
        context = math.fsum(tokens for _, tokens in said)
        reprefill, response = missed(said, site, kv), reply[site]
        at_edge = site == "edge"
        row = {
            "prompt_tokens": prompt,
            "context_tokens": context,
            "reprefill_tokens": reprefill,
            "response_tokens": response,
            "router_s": tau_r * (context + prompt),  # Eq. 4
            "uplink_s": (context + prompt) / BANDWIDTH + DELTA_S if at_edge else 0.0,  # Eq. 2, 3
            "queue_s": 0.0,
            "prefill_s": GAMMA[site] * (reprefill + prompt),  # Eq. 1
            "decode_s": GAMMA[site] * response,  # Eq. 5
            "downlink_s": response / BANDWIDTH if at_edge else 0.0,  # Eq. 2, 3
        }
        row["e2e_s"] = math.fsum(row[name] for name in SIX_PARTS)  # Eq. 6-8
        row["expected_s"] = row["e2e_s"]
        rows.append(row)
        said.append((site, prompt + response))
    return rows


def assert_by_hand(logs: Logs, name: str, kv: str, tau_r: float = TAU_R) -> None:
    """Every turn of every session of the table, every figure to 1e-9.

    A time on the air is the distance of two instants; it cannot be finer than the clock at that instant.
    """
    sessions, sites = dialogues(name), [str(site) for site in logs.turns["site"]]
    assert logs.summary["turns"]["in_flight"] == 0
    expected, first = [], 0
    for prompts in sessions:
        expected += by_hand(prompts, sites[first : first + len(prompts)], REPLY[name], kv, tau_r)
        first += len(prompts)
    assert len(logs.turns) == len(expected) == first
    grain_s = 4 * math.ulp(float(logs.turns["done_at_s"].max()))
    for column in expected[0]:
        blur = grain_s if column in ("uplink_s", "downlink_s") else 0.0
        wanted = np.array([row[column] for row in expected])
        np.testing.assert_allclose(logs.turns[column], wanted, rtol=1e-9, atol=blur, err_msg=column)


@cache
def whole_table(name: str, *overrides: str) -> Logs:
    return run(*ONE_AT_A_TIME, f"workload={name}", f"sessions_per_user={len(dialogues(name))}", *overrides)


@pytest.mark.parametrize("site", ["device", "edge"])
@pytest.mark.parametrize(
    ("name", "kv"),
    [("mmlu", "keep_last"), ("gsm8k", "keep_last"), ("gsm8k", "keep_all"), ("gsm8k", "none")]
    + [(name, kv) for name in ("mtbench101", "mtbench") for kv in ("keep_last", "keep_all", "none")],
)
def test_the_empty_network_is_eq_8(name: str, kv: str, site: str) -> None:
    logs = whole_table(name, f"kv_cache={kv}", *ALWAYS[site])
    assert set(logs.turns["site"]) == {site}
    assert_by_hand(logs, name, kv)


@pytest.mark.parametrize("kv", ["keep_last", "keep_all", "none"])
def test_mixed_dialogues_are_eq_8(kv: str) -> None:
    """A coin switches sites within a dialogue. It reads no score, so here Eq. 4 counts for nothing."""
    logs = whole_table("mtbench101", f"kv_cache={kv}", "policy=coin", "policy.edge_share=0.5")
    switches = logs.turns.groupby("session_id")["site"].nunique()
    assert (switches == 2).sum() > 500
    assert_by_hand(logs, "mtbench101", kv, tau_r=0.0)


def test_what_others_do_is_the_queue_and_nothing_else() -> None:
    """With contention, every part but the wait for a model is still Eq. 1-7."""
    logs = run("arrivals.sessions_per_s=0.003", "users=20", "scheduler.slots=1", "policy=always_edge")
    turns = logs.turns
    assert turns["queue_s"].max() > 10
    alone_s = turns["e2e_s"] - turns["queue_s"]
    assert alone_s.tolist() == pytest.approx(turns["expected_s"].tolist(), rel=1e-6)


STORY = """session,prompt_tokens,device_tokens,edge_tokens,score
1,10,100,200,0.1
1,20,100,200,0.9
1,30,100,200,0.1
"""


@pytest.mark.parametrize(
    ("kv", "third_s"),
    [
        # The phone reads again everything said, 330, and the prompt: 0.04 x 360 = 14.4.
        ("keep_last", {"router_s": 1.08, "prefill_s": 14.4, "decode_s": 4.0, "e2e_s": 19.48}),
        # The phone reads only the turn it missed, 20 + 200, and the prompt: 0.04 x 250 = 10.
        ("keep_all", {"router_s": 1.08, "prefill_s": 10.0, "decode_s": 4.0, "e2e_s": 15.08}),
    ],
)
def test_fig_2(kv: str, third_s: dict[str, float], tmp_path: Any) -> None:
    """The paper's three turns: phone, edge, phone. Prompts 10, 20, 30; replies 100 and 200 tokens."""
    table = tmp_path / "story.csv"
    table.write_text(STORY)
    turns = run(
        *ONE_AT_A_TIME,
        "sessions_per_user=1",
        "workload=table",
        f"workload.path={table}",
        "policy=threshold_only",
        "policy.threshold=0.5",
        f"kv_cache={kv}",
    ).turns
    assert turns["site"].tolist() == ["device", "edge", "device"]
    # 10 words arrive; 0.003 x 10, 0.04 x 10, 0.04 x 100.
    first = {
        "router_s": 0.03,
        "uplink_s": 0.0,
        "prefill_s": 0.4,
        "decode_s": 4.0,
        "downlink_s": 0.0,
        "e2e_s": 4.43,
    }
    # 110 were said; 20 are new. The edge has read nothing yet: 0.02 x 130; 130 and 200 tokens at 2e7/s.
    second = {
        "router_s": 0.39,
        "uplink_s": 0.0200065,
        "prefill_s": 2.6,
        "decode_s": 4.0,
        "downlink_s": 0.00001,
        "e2e_s": 7.0100165,
    }
    # 330 were said; 30 are new.
    third = {"uplink_s": 0.0, "downlink_s": 0.0, **third_s}
    assert turns["context_tokens"].tolist() == [0.0, 110.0, 330.0]
    for row, wanted in enumerate((first, second, third)):
        found = {name: float(turns[name][row]) for name in wanted}
        assert found == pytest.approx(wanted, rel=1e-9, abs=1e-12), f"turn {row + 1}"


def test_table_1() -> None:
    """gamma_s = 0.04, gamma_e = 0.02 s/token, B = 2e7 tokens/s, delta = 0.02 s, alpha = 0.03 (MMLU)."""
    device, edge, channel = part("device", "paper"), part("edge", "paper"), part("channel", "fixed")
    assert device["prefill_s_per_token"] == device["decode_s_per_token"] == 0.04
    assert edge["prefill_s_per_token"] == edge["decode_s_per_token"] == 0.02
    assert channel["uplink_bps"] / part("payload", "text")["bits_per_token"] == 2e7
    assert channel["downlink_bps"] / part("payload", "text")["bits_per_token"] == 2e7
    assert part("delta", "constant")["delta_s"] == 0.02
    assert part("policy", "fused")["latency_weight_per_s"] == 0.03
    for name in ("nominal", "blind"):
        believed = part("estimator", name)
        assert believed["device_prefill_s_per_token"] == believed["device_decode_s_per_token"] == 0.04
        assert believed["edge_prefill_s_per_token"] == believed["edge_decode_s_per_token"] == 0.02
        assert believed["uplink_tokens_per_s"] == believed["downlink_tokens_per_s"] == 2e7
        assert believed["overhead_s"] == 0.02


@pytest.mark.parametrize("name", REPLY)
def test_tables_2_and_3(name: str) -> None:
    workload = part("workload", name)
    assert {"device": workload["device_tokens"], "edge": workload["edge_tokens"]} == REPLY[name]


@pytest.mark.parametrize(
    ("name", "device", "edge"),
    [("mmlu", 0.6579, 0.8524), ("gsm8k", 0.7309, 0.8901), ("mtbench101", 9.29, 9.78)],
)
def test_accuracies_of_tables_2_and_3_come_out_of_a_run(name: str, device: float, edge: float) -> None:
    """Every question once: the mean quality is the paper's, to half a question."""
    half_a_question = 0.5 / sum(map(len, dialogues(name)))
    for site, wanted in (("device", device), ("edge", edge)):
        quality = whole_table(name, "kv_cache=keep_last", *ALWAYS[site]).turns["quality"]
        assert quality.mean() == pytest.approx(wanted, abs=half_a_question + 1e-12)


def test_eq_1_to_8_by_hand() -> None:
    """C_t = 200, Delta C_t = 100, L_p = 50, L_r = 300; prices 0.5, 0.25; B 10 up, 20 down."""
    assert latency.computation_s(0.5, 100.0, 50.0) == 75.0  # Eq. 1
    assert latency.device_communication_s() == 0.0  # Eq. 2
    assert latency.edge_communication_s(250.0, 300.0, 10.0, 20.0, 2.0) == 25.0 + 2.0 + 15.0  # Eq. 3
    assert latency.router_s(0.125, 200.0, 50.0) == 31.25  # Eq. 4
    assert latency.generation_s(0.25, 300.0) == 75.0  # Eq. 5
    assert latency.device_total_s(75.0, 31.25, 150.0) == 256.25  # Eq. 6
    assert latency.edge_total_s(37.5, 42.0, 31.25, 75.0) == 185.75  # Eq. 7
    assert latency.total_s(True, 256.25, 185.75) == 256.25  # Eq. 8, d_t = 1: the phone
    assert latency.total_s(False, 256.25, 185.75) == 185.75  # Eq. 8, d_t = 0: the edge


def decision(score: float, device_s: float, edge_s: float) -> Decision:
    nobody: Any = None
    return Decision(score, Expected(device_s, edge_s), nobody, nobody, nobody)


def test_eq_11_by_hand() -> None:
    """p = 0.75, T^s = 10 s, T^e = 14 s, alpha = 0.0625/s: 0.75 - 0.0625 x 4 = 0.5."""
    choice = Fused(latency_weight_per_s=0.0625, threshold=0.4).choose(decision(0.75, 10.0, 14.0))
    assert choice == (Site.EDGE, 0.5)
    # A quicker edge adds to the score: 0.75 + 0.0625 x 4 = 1.
    assert Fused(latency_weight_per_s=0.0625, threshold=1.5).choose(decision(0.75, 14.0, 10.0)) == (
        Site.DEVICE,
        1.0,
    )


def test_eq_12_a_tie_goes_to_the_phone() -> None:
    assert (
        Fused(latency_weight_per_s=0.0625, threshold=0.5).choose(decision(0.75, 10.0, 14.0)).site
        is Site.DEVICE
    )
    below = math.nextafter(0.5, 0.0)
    assert (
        Fused(latency_weight_per_s=0.0625, threshold=below).choose(decision(0.75, 10.0, 14.0)).site
        is Site.EDGE
    )
    assert ThresholdOnly(threshold=0.5).choose(decision(0.5, 0.0, 0.0)).site is Site.DEVICE
    assert ThresholdOnly(threshold=below).choose(decision(0.5, 0.0, 0.0)).site is Site.EDGE


def test_eq_11_and_12_in_a_run() -> None:
    """alpha and theta of the yaml, gap from the logged expectations, and the decision that follows."""
    alpha, theta = part("policy", "fused")["latency_weight_per_s"], part("policy", "fused")["threshold"]
    turns = run("arrivals.sessions_per_s=0.003", "users=40", "horizon_s=3600").turns
    fused = turns["score"] - alpha * (turns["expected_edge_s"] - turns["expected_device_s"])
    assert turns["fused_score"].tolist() == pytest.approx(fused.tolist(), abs=1e-12)
    assert ((turns["fused_score"] > theta) == (turns["site"] == "edge")).all()
    assert 0.05 < (turns["site"] == "edge").mean() < 0.95


def test_alpha_0_is_the_threshold_alone() -> None:
    common = ["arrivals.sessions_per_s=0.003", "users=10"]
    fused = run(*common, "policy=fused", "policy.latency_weight_per_s=0", "policy.threshold=0.2")
    assert fused.turns_bytes == run(*common, "policy=threshold_only", "policy.threshold=0.2").turns_bytes
    assert set(fused.turns["site"]) == {"device", "edge"}


def query(**changes: Any) -> Query:
    known = {
        "at_s": 7.0,
        "prompt_tokens": 50.0,
        "context_tokens": 200.0,
        "device_reprefill_tokens": 200.0,
        "edge_reprefill_tokens": 80.0,
        "mean_device_tokens": 300.0,
        "mean_edge_tokens": 900.0,
        "uplink_bits": 11_250.0,
        "mean_downlink_bits": 40_500.0,
        "router_s": 0.75,
        "phone": None,
        "edge": None,
        "turn": None,
        "payload": None,
    }
    return Query(**(known | changes))


def test_nominal_by_hand() -> None:
    """C_t = 200, L_p = 50; Delta C_t = 200 on the phone and 80 at the edge."""
    believed = part("estimator", "nominal")
    expected = _build(believed).expect(query())
    assert expected.device_s == pytest.approx(10.0 + 0.75 + 12.0, rel=1e-12)
    assert expected.edge_s == pytest.approx(2.6 + 0.0000125 + 0.02 + 0.000045 + 0.75 + 18.0, rel=1e-12)
    assert expected.gap_s == expected.edge_s - expected.device_s


def test_blind_is_nominal_of_a_first_turn() -> None:
    first = query(context_tokens=0.0, device_reprefill_tokens=0.0, edge_reprefill_tokens=0.0)
    blind, nominal = _build(part("estimator", "blind")), _build(part("estimator", "nominal"))
    assert blind.expect(query()) == nominal.expect(first)
    assert blind.expect(query()) != nominal.expect(query())
    assert blind.expect(first) == nominal.expect(first)


def test_blind_in_a_run() -> None:
    """Expectations do not grow with the context; what happens does."""
    turns = run("arrivals.sessions_per_s=0.003", "users=10", "estimator=blind").turns
    prompt, router_s = turns["prompt_tokens"], turns["router_s"]
    assert turns["context_tokens"].max() > 1000
    device_s = 0.04 * prompt + router_s + 0.04 * 226.37
    edge_s = 0.02 * prompt + prompt / 2e7 + 0.02 + 879.16 / 2e7 + router_s + 0.02 * 879.16
    assert turns["expected_device_s"].tolist() == pytest.approx(device_s.tolist(), rel=1e-12)
    assert turns["expected_edge_s"].tolist() == pytest.approx(edge_s.tolist(), rel=1e-12)


def _build(believed: dict[str, Any]) -> Any:
    from simulator.build import build

    return build(believed, "estimator")
