"""What routers and claims are called, and how they are drawn: colours that colour-blind eyes tell apart."""

from typing import NamedTuple

from analysis.axes import SITES
from analysis.reproduction.marks import ROUTERS as PAPER

ALPHA = "\N{GREEK SMALL LETTER ALPHA}"


class Style(NamedTuple):
    """A router in words and in a figure."""

    name: str
    colour: str
    line: str
    marker: str


PURPLE, GREY, BLACK = "#CC79A7", "#8A8A8A", "#000000"
ROUTERS = {
    "bert": Style("BERT", PAPER["bert"][1], "-", "o"),
    "bert_blind": Style("BERT without context", PAPER["bert_blind"][1], "-", "s"),
    "random": Style("Random", PAPER["random"][1], "--", "v"),
    "score": Style(f"score alone, {ALPHA} = 0", GREY, "--", "D"),
    "gentle": Style(f"BERT, {ALPHA}/10", BLACK, "-.", "P"),
    "device": Style("phone alone", SITES["device"][0], ":", SITES["device"][1]),
    "edge": Style("edge alone", SITES["edge"][0], ":", SITES["edge"][1]),
    "informed": Style(f"informed, {ALPHA}/10", PURPLE, "-", "*"),
    "informed_sharp": Style(f"informed, {ALPHA}", PURPLE, "--", "X"),
    "constrained": Style("constrained", "#B8860B", "-.", "<"),
    "constrained_informed": Style("constrained, informed", "#B8860B", "-", ">"),
    "all_knowing": Style(f"all-knowing, {ALPHA}/10", "#0072B2", ":", "d"),
}
CLAIMS = {
    "random": "(i) BERT is faster than Random",
    "context": "(ii) context makes BERT faster",
    "edge": "(iii) routing is faster than the edge alone",
    "fusing": "(iv) weighing latency is faster than the score alone",
    "calls": "(v) BERT asks the edge less than Random",
}
SHORT = {
    "random": "(i) faster than Random",
    "context": "(ii) faster with context",
    "edge": "(iii) faster than the edge",
    "fusing": "(iv) faster than the score",
    "calls": "(v) fewer edge turns",
}
HARDWARE = {
    "paper": "the paper's edge, 4 slots",
    "h100_qwq_32b": "QwQ-32B on an H100, batching",
    "rtx4090_llama_8b": "Llama-3.1-8B on an RTX 4090, batching",
}


def aged(name: str) -> float | None:
    """The age of the reports of an informed router [s]; None for others."""
    if name == "informed":
        return 0.0
    tail = name.removeprefix("informed_")
    return float(tail) if tail != name and tail[:1].isdigit() else None


def called(name: str) -> str:
    """A router in words."""
    age_s = aged(name)
    if name in ROUTERS:
        return ROUTERS[name].name
    return name if age_s is None else f"informed {age_s:g} s late, {ALPHA}/10"


def machine(hardware: str) -> str:
    """Hardware in words."""
    return HARDWARE.get(hardware, f"`{hardware}`")
