"""Pairs of routers at the same quality, and what the paper's points say about their difference."""

from typing import NamedTuple

from analysis.reproduction.paper import OPERATING
from analysis.reproduction.results import Measure, Results

BESIDE = {
    "mmlu": {"bert": "bert - random", "random": "bert - random"},
    "mtbench101": {"bert": "bert - random", "bert_blind": "bert - bert_blind", "random": "bert - random"},
}
"""The difference that each router's figures stand for: BERT with context is ahead in both."""


class Column(NamedTuple):
    """A figure of an operating point."""

    key: str
    relative: str
    unit: str


LATENCY = Column("latency_s", "latency_relative", "ms")
SHARE = Column("edge_share", "edge_share_relative", "share")
NAMES = {"bert": "BERT", "random": "Random", "bert_blind": "BERT without context"}


def difference(results: Results, benchmark: str, pair: str, key: str) -> Measure:
    """A paired difference at the target."""
    return results.measure(f"paper/targets/{benchmark}", "differences", pair, key)


def implied(benchmark: str, pair: str, column: Column, relative: bool) -> float:
    """The difference between two published points, in the column's unit or relative to the second router."""
    mine, theirs = (OPERATING[benchmark][name] for name in pair.split(" - "))
    a, b = ((said.latency if column is LATENCY else said.share).value for said in (mine, theirs))
    return a / b - 1.0 if relative else a - b
