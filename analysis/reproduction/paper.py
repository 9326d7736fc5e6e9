"""Every number that the paper gives, and where it stands: the only figures of this folder typed by hand.

Bao, Xue, Sun, Chen, "Dynamic Quality-Latency Aware Routing for LLM Inference in Wireless Edge-Device
Networks", arXiv:2508.11291. Times are kept in seconds and shares as fractions; `told` writes them as the
paper does.
"""

from typing import NamedTuple

BENCHMARKS = {"mmlu": "MMLU", "gsm8k": "GSM8K", "mtbench101": "MT-Bench-101"}
"""As the points and as the paper name them."""


ALPHA, GAMMA = "\N{GREEK SMALL LETTER ALPHA}", "\N{GREEK SMALL LETTER GAMMA}"
"""Letters that look like Latin ones."""


class Number(NamedTuple):
    """One number of the paper."""

    where: str
    what: str
    value: float
    unit: str
    """A unit that `analysis.reproduction.units` can write."""


TABLE_1 = {
    "device_s_per_token": Number("Table I", f"{GAMMA}_s, the phone's time per token", 0.04, "s/token"),
    "edge_s_per_token": Number("Table I", f"{GAMMA}_e, the edge's time per token", 0.02, "s/token"),
    "tokens_per_s": Number("Table I", "B, bandwidth", 2e7, "tokens/s"),
    "overhead_s": Number("Table I", "δ, overhead of a message", 0.02, "s"),
    "alpha_mmlu": Number("Table I", f"{ALPHA}, MMLU", 0.03, "1/s"),
    "alpha_gsm8k": Number("Table I", f"{ALPHA}, GSM8K", 0.05, "1/s"),
}
"""What goes into every run."""

SITES = {
    "mmlu": {
        "device": (
            Number("Table II", "MMLU, SLM alone: accuracy", 0.6579, "accuracy"),
            Number("Table II", "MMLU, SLM: mean reply", 1254.4, "tokens"),
        ),
        "edge": (
            Number("Table II", "MMLU, LLM alone: accuracy", 0.8524, "accuracy"),
            Number("Table II", "MMLU, LLM: mean reply", 4567.9, "tokens"),
        ),
    },
    "gsm8k": {
        "device": (
            Number("Table II", "GSM8K, SLM alone: accuracy", 0.7309, "accuracy"),
            Number("Table II", "GSM8K, SLM: mean reply", 136.3, "tokens"),
        ),
        "edge": (
            Number("Table II", "GSM8K, LLM alone: accuracy", 0.8901, "accuracy"),
            Number("Table II", "GSM8K, LLM: mean reply", 460.1, "tokens"),
        ),
    },
    "mtbench101": {
        "device": (
            Number("Table III", "MT-Bench-101, SLM alone: score", 9.29, "score"),
            Number("Table III", "MT-Bench-101, SLM: mean reply", 226.37, "tokens"),
        ),
        "edge": (
            Number("Table III", "MT-Bench-101, LLM alone: score", 9.78, "score"),
            Number("Table III", "MT-Bench-101, LLM: mean reply", 879.16, "tokens"),
        ),
    },
}
"""Quality and reply length of each site alone, Tables II and III."""

TARGETS = {
    "mmlu": Number("Fig. 3 text", "MMLU: target accuracy", 0.76, "accuracy"),
    "mtbench101": Number("Fig. 6 text", "MT-Bench-101: target score", 9.53, "score"),
}
"""The quality that the published operating points share."""


class Operating(NamedTuple):
    """A published operating point: a router at the target quality."""

    latency: Number
    share: Number


def _operating(where: str, who: str, at: str, latency_s: float, share: float) -> Operating:
    return Operating(
        Number(where, f"{who}: latency at {at}", latency_s, "ms"),
        Number(where, f"{who}: LLM usage at {at}", share, "share"),
    )


OPERATING = {
    "mmlu": {
        "bert": _operating("Fig. 3 text", "MMLU, BERT", "76 %", 70.784, 0.35),
        "random": _operating("Fig. 3 text", "MMLU, Random", "76 %", 75.039, 0.54),
    },
    "mtbench101": {
        "bert": _operating("Fig. 6 text", "MT-Bench-101, BERT with context", "9.53", 11.157, 0.111),
        "bert_blind": _operating("Fig. 6 text", "MT-Bench-101, BERT without context", "9.53", 12.233, 0.222),
        "random": _operating("Fig. 6 text", "MT-Bench-101, Random with context", "9.53", 12.840, 0.444),
    },
}
"""Figs. 3 and 6, text: what each router takes for the target."""

LATENCY_CUT = (0.05, 0.15)
CALLS_CUT = (0.10, 0.20)
"""Abstract and conclusion: 5-15 % less latency, 10-20 % fewer calls of the large model."""
