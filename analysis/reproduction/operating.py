"""Figs. 3 and 6, text: the published operating points, each router's own figures and their differences."""

from analysis.reproduction import units, variants
from analysis.reproduction.pairs import BESIDE, LATENCY, NAMES, SHARE, Column, difference, implied
from analysis.reproduction.paper import ALPHA, OPERATING, TARGETS, Number
from analysis.reproduction.results import Measure, Results
from analysis.reproduction.rows import Row, of_number, table
from analysis.reproduction.verdicts import Word, effect, level

ARITHMETIC = "paper/arithmetic"
UNSAID = {
    "mmlu": {
        "latency_s": "τ_r is not given, nor are the outcomes of each question",
        "edge_share": "the outcomes of each question are not given",
    },
    "mtbench101": {
        "latency_s": f"{ALPHA}, τ_r and the judge's scores of each turn are not given",
        "edge_share": f"{ALPHA} and the judge's scores of each turn are not given",
    },
}
"""What the paper would have to say for a figure to be computed instead of guessed."""

CONTEXT_BINDS = (
    "whoever weighs the cost of a switch stays where the dialogue is, so its choices follow the score less "
    "and equal quality takes more calls; it saves reading, not calls"
)


def rows(results: Results, benchmark: str) -> list[Row]:
    """The target, each router's latency and share, and what they imply."""
    target = TARGETS[benchmark]
    met = results.measure(f"paper/targets/{benchmark}", "routers", "bert", "quality")
    word = effectively(target.value, met)
    found = [of_number(target, met, word, "by calibration of θ")]
    for router, said in OPERATING[benchmark].items():
        found += [_level(results, benchmark, router, LATENCY, said.latency)]
        found += [_level(results, benchmark, router, SHARE, said.share)]
    for pair in dict.fromkeys(BESIDE[benchmark].values()):
        found += [
            row for column in (LATENCY, SHARE) for row in _differences(results, benchmark, pair, column)
        ]
    return found


def effectively(target: float, met: Measure) -> Word:
    """Whether the calibration reached its target: from the target's own last digit on it has."""
    return Word.REPRODUCED if met.value >= target * (1 - 1e-9) else Word.MISSED


def _level(results: Results, benchmark: str, router: str, column: Column, said: Number) -> Row:
    ours = results.measure(f"paper/targets/{benchmark}", "routers", router, column.key)
    pair, points = BESIDE[benchmark][router], column is SHARE
    between = difference(results, benchmark, pair, column.key)
    beside = effect(implied(benchmark, pair, column, False), between, points)
    least_s = least(results, benchmark, router) if column is LATENCY else 0.0
    word = level(said.value, ours, points, beside, excluded=said.value < least_s)
    why = []
    if word is not Word.REPRODUCED:
        why = [UNSAID[benchmark][column.key]]
        if said.value < least_s:
            share = units.said(OPERATING[benchmark][router].share.value, "share")
            why.append(
                f"with mean lengths and {share} edge turns Eq. 1 to 8 give at least "
                f"{units.number(least_s, 'ms')} ms"
            )
        why += variants.nearest(results, benchmark, router, column.key, said)
    return of_number(said, ours, word, "; ".join(why))


def least(results: Results, benchmark: str, router: str) -> float:
    """What the paper's own edge share and mean lengths take without router and context [s]."""
    return results.number(ARITHMETIC, "latency_at_share", benchmark, router, "without_router_and_context_s")


def _differences(results: Results, benchmark: str, pair: str, column: Column) -> list[Row]:
    """Relative, and for shares also in points."""
    found = []
    names = " less ".join(NAMES[name] for name in pair.split(" - "))
    at = units.said(TARGETS[benchmark].value, TARGETS[benchmark].unit)
    what = "latency" if column is LATENCY else "LLM usage"
    for relative in (False, True) if column is SHARE else (True,):
        paper = implied(benchmark, pair, column, relative)
        ours = difference(results, benchmark, pair, column.relative if relative else column.key)
        unit, reading = ("cut", "relative") if relative else ("points", "points")
        word = effect(paper, ours, not relative)
        row = Row(
            f"{TARGETS[benchmark].where}, implied",
            f"{names}: {what} at {at}, {reading}",
            units.signed(paper, unit),
            units.change(ours, unit),
            units.difference(paper, ours.value, unit),
            word,
            reason(benchmark, pair, column, word, larger=abs(ours.value) > abs(paper)),
        )
        found.append(row)
    return found


def reason(benchmark: str, pair: str, column: Column, word: Word, larger: bool) -> str:
    """Why a difference is another one."""
    if word is Word.REPRODUCED:
        return ""
    if word is Word.REVERSED and column is SHARE and pair == "bert - bert_blind":
        return CONTEXT_BINDS
    size = f"{'larger' if larger else 'smaller'} here; " if word is Word.DIRECTION else ""
    return f"{size}{UNSAID[benchmark][column.key]}"


def at_shares(results: Results) -> str:
    """What each router brings at the share of edge turns that the paper reports for it."""
    found = []
    for benchmark, routers in OPERATING.items():
        point, target = f"paper/shares/{benchmark}", TARGETS[benchmark]
        for router, said in routers.items():
            quality, latency_s = (
                results.measure(point, "routers", router, key) for key in ("quality", "latency_s")
            )
            found.append(
                (
                    f"{said.share.what.split(':')[0]}, {units.said(said.share.value, 'share')}",
                    units.said(target.value, target.unit),
                    units.ours(quality, target.unit),
                    units.said(said.latency.value, "ms"),
                    units.ours(latency_s, "ms"),
                )
            )
    return table(("router, LLM usage", "quality: paper", "ours", "latency: paper", "ours"), found)
