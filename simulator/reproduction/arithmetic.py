"""What the paper's own numbers imply: arithmetic on Tables I to III and the words of the prompts, no run."""

from typing import Any

import numpy as np

from simulator import latency
from simulator.context import Context
from simulator.points import Measured
from simulator.reproduction.asked import Asked
from simulator.reproduction.concentration import concentration
from simulator.reproduction.paper import ACCURACIES, BENCHMARKS, BERT, LATENCIES_S, RANDOM, SHARES
from simulator.scenario import Scenario

FINEST = 1000
"""The largest denominator that is tried."""
CONTEXT_TOKENS = 4000.0
"""A long dialogue, for the weight of an upload."""


def arithmetic() -> Measured:
    """Every figure under the audit point that it belongs to; mean lengths in words, prices as in Table I."""
    asked = {name: Asked(name, 1, 0, 1) for name in BENCHMARKS}
    scenarios = {name: own.scenario(BERT) for name, own in asked.items()}
    return {
        "inputs": {name: _inputs(asked[name], scenario) for name, scenario in scenarios.items()},
        "gap": {name: _gap(asked[name], scenario) for name, scenario in scenarios.items()},
        "latency_at_share": {
            name: {router: _at_share(asked[name], router) for router in SHARES[name]} for name in BENCHMARKS
        },
        "router_price": _router_price(asked["mmlu"]),
        "common_fraction": _common_fraction(list(SHARES["mtbench101"].values())),
        "concentration": concentration(asked["mtbench101"]),
        "upload_s": CONTEXT_TOKENS / _believed(scenarios["mtbench101"]).uplink_tokens_per_s,
    }


def _inputs(asked: Asked, scenario: Scenario) -> dict[str, float]:
    """Tables I to III as the scenario has them."""
    believed = _believed(scenario)
    return {
        "device_s_per_token": scenario.device.decode_s_per_token,
        "edge_s_per_token": scenario.edge.decode_s_per_token,
        "tokens_per_s": believed.uplink_tokens_per_s,
        "overhead_s": believed.overhead_s,
        "alpha_per_s": scenario.policy.latency_weight_per_s,
        "router_s_per_token": scenario.device.router_s_per_token,
        "device_tokens": scenario.workload.device_tokens,
        "edge_tokens": scenario.workload.edge_tokens,
        "prompt_tokens": _prompt_tokens(asked),
        "device_quality": ACCURACIES[asked.benchmark][0],
        "edge_quality": ACCURACIES[asked.benchmark][1],
    }


def _gap(asked: Asked, scenario: Scenario) -> dict[str, float]:
    """T_e - T_s of first turns [s], and what Eq. 11 makes of it."""
    network = asked.network(BERT)
    router = network.router(scenario.policy)
    first = [network.weigh(router, turns[0], Context()) for turns in network.dialogues]
    gap_s = np.array([decision.expected.gap_s for decision in first])
    alpha = scenario.policy.latency_weight_per_s
    return {
        "mean_s": float(gap_s.mean()),
        "std_s": float(gap_s.std(ddof=1)),
        "min_s": float(gap_s.min()),
        "max_s": float(gap_s.max()),
        "alpha_times_mean": float(alpha * gap_s.mean()),
        "alpha_times_std": float(alpha * gap_s.std(ddof=1)),
        "highest_fused_score_of_1": float(1.0 - alpha * gap_s.min()),
        "highest_fused_score": max(router.policy.choose(decision).fused_score for decision in first),
        "share_above_0_with_score_1": float(np.mean(1.0 - alpha * gap_s > 0.0)),
    }


def _at_share(asked: Asked, router: str) -> dict[str, float]:
    """Mean latency of questions of one turn at the paper's share, from means alone, and what is left over."""
    device_s, edge_s = _total_s(asked, decode_only=False)
    device_decode_s, edge_decode_s = _total_s(asked, decode_only=True)
    share, paper_s = SHARES[asked.benchmark][router], LATENCIES_S[asked.benchmark][router]
    mixed_s = (1.0 - share) * device_s + share * edge_s
    decode_s = (1.0 - share) * device_decode_s + share * edge_decode_s
    return {
        "share": share,
        "paper_s": paper_s,
        "decode_s": decode_s,
        "without_router_and_context_s": mixed_s,
        "paper_less_decode_s": paper_s - decode_s,
        "paper_less_mixed_s": paper_s - mixed_s,
    }


def _router_price(asked: Asked) -> dict[str, float]:
    """tau_r, were what is left over on MMLU all T_router [s a word]; nothing is left over for Random."""
    left_s = {router: _at_share(asked, router)["paper_less_mixed_s"] for router in (BERT, RANDOM)}
    words = _prompt_tokens(asked)
    return {
        "bert_left_s": left_s[BERT],
        "random_left_s": left_s[RANDOM],
        "implied_s_per_token": left_s[BERT] / words,
        "implied_s_a_prompt": left_s[BERT],
    }


def _total_s(asked: Asked, decode_only: bool) -> tuple[float, float]:
    """Eq. 6 and 7 of a mean first turn, without T_router."""
    scenario = asked.scenario(BERT)
    believed, words = _believed(scenario), 0.0 if decode_only else _prompt_tokens(asked)
    device, edge, replies = scenario.device, scenario.edge, scenario.workload
    air_s = latency.edge_communication_s(
        words,
        replies.edge_tokens,
        believed.uplink_tokens_per_s,
        believed.downlink_tokens_per_s,
        believed.overhead_s,
    )
    return (
        device.decode_s_per_token * replies.device_tokens + device.prefill_s_per_token * words,
        edge.decode_s_per_token * replies.edge_tokens
        + edge.prefill_s_per_token * words
        + (0.0 if decode_only else air_s),
    )


def _prompt_tokens(asked: Asked) -> float:
    return float(np.mean([turn.prompt_tokens for turns in asked.dialogues(BERT) for turn in turns]))


def _common_fraction(shares: list[float]) -> dict[str, Any]:
    """The smallest denominator of which all shares are whole parts, to a tenth of a per cent."""
    for whole in range(1, FINEST + 1):
        parts = [round(share * whole) for share in shares]
        if all(round(part / whole, 3) == share for part, share in zip(parts, shares, strict=True)):
            return {"denominator": whole, "numerators": parts}
    return {"denominator": None, "numerators": []}


def _believed(scenario: Scenario) -> Any:
    return scenario.estimator
