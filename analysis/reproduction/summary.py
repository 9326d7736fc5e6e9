"""The first lines of the page, chosen by the numbers."""

from collections import Counter

from analysis.reproduction import units
from analysis.reproduction.clashes import clashes
from analysis.reproduction.pairs import LATENCY, NAMES, SHARE, difference, implied
from analysis.reproduction.paper import CALLS_CUT, LATENCY_CUT, TARGETS
from analysis.reproduction.results import Results
from analysis.reproduction.rows import Row, joined
from analysis.reproduction.verdicts import Word, effect, told

ARITHMETIC = "paper/arithmetic"
EXACT = 1e-9
"""So near the fast way and the event loop must be."""
CHECKED = ("quality", "latency_relative", "edge_share", "curve_quality", "curve_latency_relative")


def lines(results: Results, rows: list[Row]) -> list[str]:
    """What the paper claims, what holds and what does not: one line each."""
    return [
        "**The claim.** At equal quality a router that reads the prompt (BERT) beats one that guesses "
        "(Random), and one that counts the cost of a switch beats one that does not.",
        f"**MMLU.** {_pair(results, 'mmlu', 'bert - random')}",
        _gsm8k(rows),
        f"**MT-Bench-101** (synthetic judge scores). {_pair(results, 'mtbench101', 'bert - random')}",
        f"**Context.** {_pair(results, 'mtbench101', 'bert - bert_blind')}",
        _abstract(rows),
        clashes(results),
        _missing(rows),
    ]


def counts(rows: list[Row]) -> str:
    """How many rows have which verdict."""
    found = Counter(row.verdict for row in rows)
    each = [f"{found[word]} {word}" for word in Word if found[word]]
    return f"{len(rows)} numbers and claims: {joined(each)}."


def checks(results: Results) -> str:
    """The fast way against the event loop."""
    worst = {key: results.number("paper/checks/event_loop", "worst", key) for key in CHECKED}
    elsewhere = results.number("paper/checks/event_loop", "worst", "sites")
    largest = max(worst.values())
    good = largest <= EXACT and elsewhere == 0
    verdict = "agree" if good else "DISAGREE"
    return (
        f"Curves are exact and need no event loop; both {verdict}: over all experiments of the paper the "
        f"largest difference in a turn's site, quality or latency, or in a mean, is {largest:.1e} (relative "
        f"for latencies; {elsewhere:g} turns went elsewhere)."
    )


def _pair(results: Results, benchmark: str, pair: str) -> str:
    """Latency and calls of one router less another's at the target, beside the paper's."""
    parts = []
    for column, unit, what in ((LATENCY, "cut", "latency"), (SHARE, "points", "LLM calls")):
        relative = column is LATENCY
        paper = implied(benchmark, pair, column, relative)
        ours = difference(results, benchmark, pair, column.relative if relative else column.key)
        word = effect(paper, ours, not relative)
        parts.append(
            f"{what} {units.change(ours, unit)}, paper {units.signed(paper, unit)}: {told(word, paper, ours)}"
        )
    target = TARGETS[benchmark]
    names = " against ".join(NAMES[name] for name in pair.split(" - "))
    return f"{names} at {units.said(target.value, target.unit)}: {'; '.join(parts)}."


def _gsm8k(rows: list[Row]) -> str:
    own = [row for row in rows if row.what.startswith("GSM8K, ") and row.where.startswith("Fig")]
    return (
        "**GSM8K.** "
        + "; ".join(f"{row.what.removeprefix('GSM8K, ')}: **{row.verdict}**" for row in own)
        + "."
    )


def _abstract(rows: list[Row]) -> str:
    """How many of the comparisons fall in the abstract's ranges."""
    told = []
    for start, span in (
        ("latency, relative", LATENCY_CUT),
        ("LLM calls, relative", CALLS_CUT),
        ("LLM calls, points", CALLS_CUT),
    ):
        own = [row for row in rows if row.where == "abstract" and f", {start}" in row.what]
        good = sum(row.verdict is Word.REPRODUCED for row in own)
        wrong = sum(row.verdict is Word.REVERSED for row in own)
        name = (
            f"{units.said(span[0], 'share').removesuffix(' %')} to {units.said(span[1], 'share')} of {start}"
        )
        told.append(f"{name}: {good} of {len(own)} comparisons" + (f", {wrong} reversed" if wrong else ""))
    quality = [row for row in rows if row.where == "abstract" and "full inference quality" in row.what]
    lost = sum(row.verdict is not Word.REPRODUCED for row in quality)
    kept = (
        f"full quality is not kept at {lost} of the {len(quality)} operating points"
        if lost
        else "full quality is kept"
    )
    return f"**The abstract.** {'; '.join(told)}; {kept}."


def _missing(rows: list[Row]) -> str:
    """What the paper does not say enough about."""
    own = [row.what for row in rows if row.verdict is Word.IMPOSSIBLE]
    if not own:
        return "**Not reproducible.** Nothing: all could be computed."
    why = "because the paper leaves out what is needed or contradicts itself"
    return f"**Not reproducible**, {why}: {'; '.join(own)}."
