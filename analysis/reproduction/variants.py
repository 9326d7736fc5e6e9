"""Sensitivities: the operating points where one thing is taken otherwise, and whether verdicts change."""

from collections import Counter
from typing import NamedTuple

from analysis.reproduction import units
from analysis.reproduction.pairs import LATENCY, SHARE, Column, implied
from analysis.reproduction.paper import ALPHA, BENCHMARKS, OPERATING, TARGETS, Number
from analysis.reproduction.results import Measure, Results
from analysis.reproduction.rows import joined, table
from analysis.reproduction.verdicts import Word, direction, effect

PREFIX = "paper/sensitivity/"
KINDS = {
    "tau_r": ("The router's price, τ_r [s/word]", "τ_r"),
    "alpha": (f"The weight of a second, {ALPHA} [1/s]", ALPHA),
    "length_law": ("The law of reply lengths", "lengths"),
    "kv_cache": ("What is read again after a switch", "kv_cache"),
    "quality_pair": ("Whose answers", "answers"),
    "score_table": ("Whose scores BERT has", "scores"),
    "thinking": ("Thoughts of the edge's model", "thinking"),
}
"""What is taken otherwise: the title, and a word for it; other kinds have their own name for both."""
BOUNDS = ("score_table",)
"""Kinds that bound what a router could do: no candidates for what the paper may have used."""


class Compared(NamedTuple):
    """A comparison whose verdict may change."""

    pair: str
    column: Column
    name: str


COMPARED = (
    Compared("bert - random", LATENCY, "BERT less Random: latency"),
    Compared("bert - random", SHARE, "BERT less Random: LLM usage"),
    Compared("bert - bert_blind", LATENCY, "BERT with context less without: latency"),
)


class Variant(NamedTuple):
    """One point of a sensitivity."""

    kind: str
    benchmark: str
    value: str
    point: str


def variants(results: Results) -> list[Variant]:
    """All of them, in the file's order."""
    found = []
    for name in results.named(PREFIX):
        kind, _, rest = name.removeprefix(PREFIX).partition("/")
        benchmark, _, value = rest.partition("/")
        if benchmark in BENCHMARKS and value:
            found.append(Variant(kind, benchmark, value, name))
    return found


def nearest(results: Results, benchmark: str, router: str, key: str, said: Number) -> list[str]:
    """Which variant of the same target comes nearer to the paper's number than the run itself, if any."""
    base = results.measure(f"paper/targets/{benchmark}", "routers", router, key)
    best, told = abs(base.value - said.value), list[str]()
    for one in variants(results):
        same = one.benchmark == benchmark and abs(_target(results, one) - TARGETS[benchmark].value) < 1e-9
        if one.kind in BOUNDS or not same or not results.knows(one.point, "routers", router, key):
            continue
        ours = results.measure(one.point, "routers", router, key)
        if abs(ours.value - said.value) < best:
            best = abs(ours.value - said.value)
            word = KINDS.get(one.kind, (one.kind, one.kind))[1]
            told = [f"nearest: {word} `{one.value}` gives {units.ours(Measure(ours.value), said.unit)}"]
    return told


def section(results: Results) -> str:
    """A sentence and a table for each kind."""
    every = variants(results)
    kinds = dict.fromkeys([*(kind for kind in KINDS if any(one.kind == kind for one in every))])
    kinds |= dict.fromkeys(one.kind for one in every)
    return "\n\n".join(_kind(results, kind, [one for one in every if one.kind == kind]) for kind in kinds)


def verdict(results: Results, point: str, benchmark: str, one: Compared) -> tuple[Measure, Word] | None:
    """The relative latency, or the points of share, and the word; None where the pair does not exist."""
    if not results.knows(point, "differences", one.pair, one.column.key):
        return None
    share = one.column is SHARE
    ours = results.measure(point, "differences", one.pair, one.column.key if share else one.column.relative)
    if benchmark not in OPERATING:
        return ours, direction(-1.0, ours)
    return ours, effect(implied(benchmark, one.pair, one.column, not share), ours, share)


def _kind(results: Results, kind: str, every: list[Variant]) -> str:
    """One kind: a row for each comparison, a column for each value."""
    found = dict[tuple[str, str], dict[str, tuple[Measure, Word, str]]]()
    for one in every:
        for compared in COMPARED:
            told = verdict(results, one.point, one.benchmark, compared)
            if told is not None:
                unit = "points" if compared.column is SHARE else "cut"
                found.setdefault((one.benchmark, compared.name), {})[one.value] = (*told, unit)
    values = list(dict.fromkeys(one.value for one in every))
    rows = []
    for (benchmark, name), by_value in sorted(
        found.items(), key=lambda item: list(BENCHMARKS).index(item[0][0])
    ):
        cells = [_cell(*by_value[value]) if value in by_value else "" for value in values]
        rows.append((f"{BENCHMARKS[benchmark]}, {name}", *cells))
    words = {
        f"{BENCHMARKS[benchmark]}, {name}": {value: cell[1] for value, cell in by_value.items()}
        for (benchmark, name), by_value in found.items()
    }
    title = KINDS.get(kind, (kind, kind))[0]
    head = ("", *(f"`{value}`" for value in values))
    return f"**{title}.** {sentence(words)}\n\n{table(head, rows)}"


def _cell(ours: Measure, word: Word, unit: str) -> str:
    return f"{units.signed(ours.value, unit)}, {word}"


def sentence(words: dict[str, dict[str, Word]]) -> str:
    """Which verdicts hang on it: those of some values that differ from what most values give."""
    changes = []
    for name, by_value in words.items():
        most = Counter(by_value.values()).most_common(1)[0][0]
        others = dict.fromkeys(word for word in by_value.values() if word is not most)
        if others:
            each = (
                f"{word} with {joined([f'`{value}`' for value, own in by_value.items() if own is word])}"
                for word in others
            )
            changes.append(f"{name} ({', '.join(each)}, else {most})")
    if not changes:
        return f"None of the {len(words)} verdicts changes."
    verb = "changes" if len(changes) == 1 else "change"
    return f"{len(changes)} of {len(words)} verdicts {verb}: {'; '.join(changes)}."


def _target(results: Results, one: Variant) -> float:
    return results.number(one.point, "target")
