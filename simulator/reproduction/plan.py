"""The points of the paper's part."""

from collections.abc import Iterator, Sequence
from typing import Any

from simulator.points import Point
from simulator.reproduction.paper import BENCHMARKS, ROUTERS, SHARES
from simulator.reproduction.size import FULL, QUICK, Size

HERE = "simulator.reproduction"
COST = {"mmlu": 10.0, "gsm8k": 1.0, "mtbench101": 8.0}
"""Beside one another."""

Overrides = list[str]
Values = dict[str, tuple[Overrides, Overrides]]
"""By name: what changes for all routers, and what for those with scores of the table."""


def points(quick: bool) -> list[Point]:
    """All of them; a quick study has the same names."""
    size = QUICK if quick else FULL
    return [*_main(size), *_sensitivities(size)]


def _main(size: Size) -> Iterator[Point]:
    for name in BENCHMARKS:
        arguments, cost = size.arguments(name), COST[name]
        for router in ROUTERS[name]:
            measure = f"{HERE}.curves.curves"
            yield Point(f"paper/curves/{name}/{router}", measure, {**arguments, "router": router}, 2 * cost)
        yield Point(f"paper/dominance/{name}", f"{HERE}.curves.dominance", arguments, 3 * cost)
        yield Point(f"paper/sites/{name}", f"{HERE}.sites.sites", arguments, 0.5 * cost)
        yield Point(f"paper/targets/{name}", f"{HERE}.operating.targets", arguments, 3 * cost)
        if SHARES[name]:
            yield Point(f"paper/shares/{name}", f"{HERE}.operating.shares", arguments, 2 * cost)
    yield Point("paper/crossing/gsm8k", f"{HERE}.crossing.crossing", size.arguments("gsm8k"), 5.0)
    yield Point("paper/arithmetic", f"{HERE}.arithmetic.arithmetic", {}, 4.0)
    sessions = {"sessions": size.event_loop_sessions}
    yield Point("paper/checks/event_loop", f"{HERE}.checks.event_loop", sessions, 20.0)


def _sensitivities(size: Size) -> Iterator[Point]:
    for name in BENCHMARKS:
        for kind, values in _kinds(name).items():
            for value, (overrides, bert_overrides) in values.items():
                arguments: dict[str, Any] = size.arguments(name, few=True)
                arguments |= {"overrides": overrides, "bert_overrides": bert_overrides}
                where = f"paper/sensitivity/{kind}/{name}/{value}"
                yield Point(where, f"{HERE}.operating.targets", arguments, COST[name])


def _kinds(benchmark: str) -> dict[str, Values]:
    """What is varied. One value of each kind is the experiment's own, which changes nothing."""
    single = benchmark != "mtbench101"
    pairs = ("routellm",) if single else ("paper_rho0", "paper_rho1")
    alpha = "0.05" if benchmark == "gsm8k" else "0.03"
    alphas = [value for value in ("0", "0.01", "0.03", "0.05", "0.1", "0.3") if value != alpha]
    tables: Values = {"score": ([], []), "uniform": ([], ["scorer=uniform"])}
    tables |= {"oracle": ([], ["scorer=oracle"])}
    if benchmark == "gsm8k":
        tables["score_tuned"] = ([], ["workload.score=score_tuned"])
    kinds = {
        "tau_r": _each("device.router_s_per_token", "0.003", ("0", "0.006", "0.046"), scored=True),
        "alpha": _each("policy.latency_weight_per_s", alpha, alphas),
        "length_law": _each("lengths", "mean", ("lognormal", "exponential")),
        "quality_pair": _each("workload.quality", "paper", pairs),
        "score_table": tables,
    }
    if not single:
        kinds["kv_cache"] = _each("kv_cache", "keep_last", ("keep_all", "none"))
        kinds["thinking"] = _each("thinking", "none", ("share",))
    return kinds


def _each(key: str, own: str, others: Sequence[str], scored: bool = False) -> Values:
    """One setting at its own value, and at others."""
    values: Values = {own: ([], [])}
    for value in others:
        change = [f"{key}={value}"]
        values[value] = ([], change) if scored else (change, [])
    return values
