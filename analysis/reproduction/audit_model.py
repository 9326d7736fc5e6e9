"""Evidence of the audit that comes from taking one part of the model otherwise."""

from analysis.reproduction.paper import OPERATING, SITES, TARGETS
from analysis.reproduction.results import Results
from analysis.reproduction.rows import joined
from analysis.reproduction.units import number, said, signed
from analysis.reproduction.verdicts import side

KV = "paper/sensitivity/kv_cache/mtbench101/"
MAIN = "paper/targets/mtbench101"


def readings(results: Results) -> str:
    """Which reading the figures use, and what the other would give."""
    base = results.number(MAIN, "routers", "bert", "latency_s", "value")
    parts, own = [], []
    for point in results.named(KV):
        name = point.removeprefix(KV)
        if not results.knows(point, "differences", "bert - bert_blind", "latency_s"):
            continue
        with_s, without_s = (
            results.number(point, "routers", router, "latency_s", "value")
            for router in ("bert", "bert_blind")
        )
        saved = results.measure(point, "differences", "bert - bert_blind", "latency_relative")
        sure = "" if side(saved) else ", not surely"
        parts.append(
            f"`{name}` {number(with_s, 'ms')} ms with context, {number(without_s, 'ms')} ms without "
            f"({signed(saved.value, 'cut')}{sure})"
        )
        if abs(with_s - base) < 1e-9 * base:
            own.append(f"`{name}`")
    used = f"The figures use {own[0]}" if own else "The figures use another rule"
    same = f" (with context {joined(own[1:])} gives the same)" if own[1:] else ""
    return f"{used}{same}. BERT at the target: {'; '.join(parts)}."


def scores(results: Results) -> str:
    """What a score is worth: ours, none, and one that knows both answers."""
    parts = []
    for name in ("score", "uniform", "oracle"):
        point = f"paper/sensitivity/score_table/mmlu/{name}"
        share = results.number(point, "routers", "bert", "edge_share", "value")
        parts.append(f"{number(share, 'share')} % with `{name}`")
    target = said(TARGETS["mmlu"].value, "accuracy")
    return (
        "The checkpoint is a softmax over three labels that reads the text alone, without L_p and without a "
        "sigmoid, and was made for the last message. Our table is Eq. 10 with another encoder "
        f"(all-MiniLM-L6-v2) and a head out of fold. Edge turns for {target} on MMLU: {joined(parts)}; "
        f"the paper {said(OPERATING['mmlu']['bert'].share.value, 'share')}."
    )


def prices(results: Results) -> str:
    """How much of the gain from context stands on the price of reading."""
    saved = results.measure(MAIN, "differences", "bert - bert_blind", "latency_s")
    faster = (
        f"saves {number(-saved.value, 'ms')} ms a turn at the target" if saved.value < 0 else "saves nothing"
    )
    beyond = any(name.startswith("beyond/prices/") for name in results.points)
    where = (
        "what is left of it at measured prices stands beyond the paper"
        if beyond
        else "here nothing is at measured prices"
    )
    return (
        "Real machines read a token far more cheaply than they write one. At Table I's one price the "
        f"router that looks at the context {faster}; {where}."
    )


def names(results: Results) -> str:
    """The single sites, as the logs have them."""
    device, edge = (results.number("paper/sites/mmlu", site, "edge_share", "value") for site in SITES["mmlu"])
    right = "as it must be" if (device, edge) == (0.0, 1.0) else "which is wrong"
    return f"Edge share of the phone alone: {device:g}; of the edge alone: {edge:g}, {right}."


def thoughts(results: Results) -> str:
    """What shorter histories change."""
    told = []
    for name in ("none", "share"):
        point = f"paper/sensitivity/thinking/mtbench101/{name}"
        saved = results.measure(point, "differences", "bert - bert_blind", "latency_relative")
        sure = "surely" if side(saved) else "not surely"
        told.append(f"{signed(saved.value, 'cut')} with `{name}` ({sure} different from 0)")
    return f"What context changes in BERT's latency on MT-Bench-101 at the target: {joined(told)}."
