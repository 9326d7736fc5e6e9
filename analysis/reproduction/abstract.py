"""The abstract: less latency, fewer calls, full quality, each range read in every way it can be."""

from typing import NamedTuple

from analysis.reproduction import units
from analysis.reproduction.pairs import LATENCY, NAMES, SHARE, Column, difference, implied
from analysis.reproduction.paper import BENCHMARKS, CALLS_CUT, LATENCY_CUT, OPERATING
from analysis.reproduction.results import Results
from analysis.reproduction.rows import Row, joined
from analysis.reproduction.verdicts import Word, within

WHERE = "abstract"
PAIRS = {
    "mmlu": ("bert - random",),
    "gsm8k": ("bert - random",),
    "mtbench101": ("bert - random", "bert - bert_blind"),
}
"""The competitive baselines of each benchmark."""


class Reading(NamedTuple):
    """One way to understand a range of the abstract."""

    name: str
    span: tuple[float, float]
    column: Column
    relative: bool


GIVEN_UP = "the paper's own point gives it up: its target is below its LLM's quality"
READINGS = (
    Reading("latency, relative", LATENCY_CUT, LATENCY, True),
    Reading("LLM calls, relative", CALLS_CUT, SHARE, True),
    Reading("LLM calls, points of all turns", CALLS_CUT, SHARE, False),
)


def rows(results: Results) -> list[Row]:
    """Each reading on each benchmark, then the quality."""
    found = []
    for reading in READINGS:
        for benchmark, pairs in PAIRS.items():
            found += [_row(results, reading, benchmark, pair) for pair in pairs]
    return found + [_quality(results, benchmark) for benchmark in OPERATING]


def own_numbers() -> str:
    """Which of the paper's own operating points lie within the abstract's ranges."""
    lines = []
    for reading in READINGS:
        inside, outside = list[str](), list[str]()
        unit = "cut" if reading.relative else "points"
        for benchmark in OPERATING:
            for pair in PAIRS[benchmark]:
                cut = -implied(benchmark, pair, reading.column, reading.relative)
                fits = reading.span[0] <= round(cut, 3) <= reading.span[1]
                text = f"{units.number(cut, unit)}{units.SUFFIX[unit]}"
                text += f" ({BENCHMARKS[benchmark]}, against {_other(pair)})"
                (inside if fits else outside).append(text)
        told = [f"within are {joined(inside)}"] if inside else ["none is within"]
        told += [f"outside {joined(outside)}"] if outside else []
        lines.append(f"* {reading.name}, {_span(reading)}: {'; '.join(told)}.")
    return "\n".join(lines)


def _row(results: Results, reading: Reading, benchmark: str, pair: str) -> Row:
    key = reading.column.relative if reading.relative else reading.column.key
    cut = -difference(results, benchmark, pair, key)
    shown = units.ours(cut, "cut" if reading.relative else "points")
    gap = min(0.0, cut.value - reading.span[0]) or max(0.0, cut.value - reading.span[1])
    gap = round(gap, 3)  # a tenth of a point, as it is shown
    return Row(
        WHERE,
        f"{BENCHMARKS[benchmark]}, {reading.name}, against {_other(pair)}",
        f"{_span(reading)} less",
        f"{shown} less",
        units.signed(gap, "points") if gap else "within",
        word := within(reading.span, cut),
        _why(benchmark, pair, reading, gap, word),
    )


def _why(benchmark: str, pair: str, reading: Reading, gap: float, word: Word) -> str:
    """Why the verdict is not better."""
    if benchmark not in OPERATING:
        return "the paper names no point; ours is half-way between the sites"
    if word is Word.DIRECTION:
        return "more than the paper says" if gap > 0 else "less than the paper says"
    return "see Fig. 6" if word is Word.REVERSED else ""


def _quality(results: Results, benchmark: str) -> Row:
    """The quality at the operating point beside the edge's own: the claim is that nothing is lost."""
    met = results.measure(f"paper/targets/{benchmark}", "routers", "bert", "quality")
    edge = results.measure(f"paper/sites/{benchmark}", "edge", "quality")
    lost = edge.value - met.value
    unit = "score" if benchmark == "mtbench101" else "accuracy"
    low = edge.value if edge.low is None else edge.low
    word = Word.REPRODUCED if met.value >= low else Word.REVERSED
    suffix = units.SUFFIX[unit]
    return Row(
        WHERE,
        f"{BENCHMARKS[benchmark]}, full inference quality is maintained at the operating point",
        "no loss against the LLM",
        f"{units.number(met.value, unit)}{suffix} of the edge's {units.number(edge.value, unit)}{suffix}",
        units.signed(-lost, "points" if unit == "accuracy" else unit),
        word,
        "" if word is Word.REPRODUCED else GIVEN_UP,
    )


def _other(pair: str) -> str:
    return NAMES[pair.split(" - ")[1]]


def _span(reading: Reading) -> str:
    low, high = (units.said(end, "cut").removesuffix(" %") for end in reading.span)
    return f"{low} to {high} {'%' if reading.relative else 'points'}"
