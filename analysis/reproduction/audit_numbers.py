"""Evidence of the audit that is arithmetic on the paper's own numbers."""

from analysis.reproduction.pairs import LATENCY, implied
from analysis.reproduction.paper import ALPHA, BENCHMARKS, OPERATING
from analysis.reproduction.results import Results
from analysis.reproduction.rows import joined
from analysis.reproduction.units import number, said, signed

POINT = "paper/arithmetic"
LITTLE = 0.01
"""A relative change below this is none."""


def unit_of_alpha(results: Results) -> str:
    """How large alpha times the gap is, and what a threshold of 0 does."""
    parts, never = [], []
    for benchmark, name in BENCHMARKS.items():
        gap_s, product = (
            results.number(POINT, "gap", benchmark, key) for key in ("mean_s", "alpha_times_mean")
        )
        parts.append(f"{name} {number(gap_s, 's')} s and {product:.2f}")
        if results.number(POINT, "gap", benchmark, "highest_fused_score") <= 0.0:
            never.append(name)
    told = f"The mean gap T^e - T^s of first turns, and {ALPHA} times it: {'; '.join(parts)}."
    if not never:
        return f"{told} With this score table some fused score is above 0 on each benchmark."
    few = results.number(POINT, "gap", "mmlu", "share_above_0_with_score_1")
    return (
        f"{told} On {joined(never)} every fused score of our table is below 0, so with θ in [0, 1] nothing "
        f"is ever offloaded; were every p = 1, {number(few, 'share')} % of MMLU's questions would be. "
        f"The paper reports {said(OPERATING['mmlu']['bert'].share.value, 'share')}."
    )


def constant_gap(results: Results) -> str:
    """How much the gap varies, and what alpha changes."""
    spread, weighed = (results.number(POINT, "gap", "mmlu", key) for key in ("std_s", "alpha_times_std"))
    gap_s = results.number(POINT, "gap", "mmlu", "mean_s")
    told = (
        f"On MMLU the gap is {number(gap_s, 's')} s with a standard deviation of {number(spread, 's')} s "
        f"over questions: {weighed:.3f} of the score."
    )
    without = "paper/sensitivity/alpha/mmlu/0"
    if without not in results.points:
        return told
    fused = results.number("paper/targets/mmlu", "routers", "bert", "latency_s", "value")
    plain = results.number(without, "routers", "bert", "latency_s", "value")
    change = plain / fused - 1.0
    verdict = "hardly matters there" if abs(change) < LITTLE else "matters there"
    return (
        f"{told} With {ALPHA} = 0 BERT's latency at the target changes by {signed(change, 'cut')}: the "
        f"fusion {verdict}."
    )


def router_price(results: Results) -> str:
    """tau_r as Fig. 3 implies it, and what it does elsewhere."""
    bert_s, random_s, price = (
        results.number(POINT, "router_price", key)
        for key in ("bert_left_s", "random_left_s", "implied_s_per_token")
    )
    own, decode = (
        results.number(POINT, "inputs", "mmlu", key) for key in ("router_s_per_token", "device_s_per_token")
    )
    more = "more than" if price > decode else "less than"
    told = (
        f"Means alone leave {number(random_s, 's')} s of Random's published latency on MMLU unexplained and "
        f"{number(bert_s, 's')} s of BERT's. Were that T_router, τ_r would be {price:.3f} s a word, {more} "
        f"the {decode:g} s in which the phone writes one. Ours is {own:g} s, measured."
    )
    return f"{told}{_elsewhere(results, price)}"


def router_price_elsewhere(results: Results, price: float) -> float | None:
    """BERT less Random on MT-Bench-101 with this tau_r, relative latency; None where it was not measured."""
    point = f"paper/sensitivity/tau_r/mtbench101/{price:.3f}"
    if point not in results.points:
        return None
    return results.number(point, "differences", "bert - random", "latency_relative", "value")


def _elsewhere(results: Results, price: float) -> str:
    """The same price on MT-Bench-101."""
    change, paper = (
        router_price_elsewhere(results, price),
        implied("mtbench101", "bert - random", LATENCY, True),
    )
    if change is None:
        return ""
    clash = "Figs. 3 and 6 exclude each other" if change > 0 > paper else "that fits Fig. 6's direction"
    return (
        f" With {price:.3f} s BERT takes {signed(change, 'cut')} against Random on MT-Bench-101, where the "
        f"paper has {signed(paper, 'cut')}: {clash}, unless τ_r differs between them."
    )


def ninths(results: Results) -> str:
    """The common denominator, and Random's latency beside what its share must take."""
    found = results.get(POINT, "common_fraction")
    whole, parts = found.get("denominator"), found.get("numerators", [])
    said_shares = [said(one.share.value, "share") for one in OPERATING["mtbench101"].values()]
    told = (
        f"{joined(said_shares)} have no common denominator that is small."
        if not whole
        else (
            f"{joined(said_shares)} are {joined([f'{part:g}/{whole:g}' for part in parts])}: a small sample, "
            "or a coarse grid."
        )
    )
    least, decode, paper = (
        results.number(POINT, "latency_at_share", "mtbench101", "random", key)
        for key in ("without_router_and_context_s", "decode_s", "paper_s")
    )
    ours = results.number("paper/shares/mtbench101", "routers", "random", "latency_s", "value")
    below = f"{'below' if paper < least else 'not below'} the {number(least, 'ms')} ms"
    end = (
        "so lengths must have gone with the choice, or were not the means"
        if paper < least
        else "so it is possible"
    )
    return (
        f"{told} Random's {number(paper, 'ms')} ms is {below} that its usage takes with mean lengths and no "
        f"context ({number(decode, 'ms')} ms of it decoding), {end}. Ours at that usage: "
        f"{number(ours, 'ms')} ms."
    )
