"""What the paper reads off its curves: who is ahead, where, and how surely."""

from analysis.reproduction import units
from analysis.reproduction.results import Results
from analysis.reproduction.rows import Row
from analysis.reproduction.tallies import Tally, band
from analysis.reproduction.verdicts import Word, absence, curve

CROSSING = "paper/crossing/gsm8k"
SURE = 0.95
"""So many resamples must show a crossing."""
FIG_6 = {
    "bert - random": "BERT above Random, both with context",
    "bert_blind - random_blind": "BERT above Random, both without context",
    "bert - bert_blind": "BERT with context above BERT without",
    "random - random_blind": "Random with context above Random without",
}
"""Semantic routing above Random, context above none: who is held against whom."""


def mmlu(results: Results) -> Row:
    """Fig. 3: higher accuracy at any latency."""
    return _above(results, "mmlu", "bert - random", "Fig. 3 text", "BERT's curve is above Random's", "points")


def mtbench101(results: Results) -> list[Row]:
    """Fig. 6: the same for four pairs."""
    return [_above(results, "mtbench101", pair, "Fig. 6 text", what, "score") for pair, what in FIG_6.items()]


def gsm8k(results: Results) -> list[Row]:
    """Figs. 4 and 5: ahead at low accuracy, behind at high; no better than Random in LLM usage there."""
    quality = results.column(CROSSING, "quality")
    middle = (quality[0] + quality[-1]) / 2.0
    times, usage = (
        list(zip(quality, band(results, CROSSING, key), strict=True))
        for key in ("difference_s", "difference_edge_share")
    )
    low = Tally.of((at, one) for at, one in times if at <= middle)
    high = Tally.of((at, one) for at, one in times if at > middle)
    calls = Tally.of((at, one) for at, one in usage if at > middle)
    half = f"{units.number(middle, 'accuracy')} %"
    return [
        _row(
            results,
            f"BERT is ahead in the low-accuracy region (below {half})",
            "faster at equal accuracy",
            low,
            curve(low.below, low.above, low.points),
        ),
        _row(
            results,
            f"BERT falls behind at high accuracy (above {half})",
            "slower at equal accuracy",
            high,
            curve(high.above, high.below, high.points),
        ),
        _crossing(results),
        Row(
            "Fig. 5 text",
            f"GSM8K, BERT needs no fewer LLM calls at high accuracy (above {half})",
            "not significantly fewer",
            calls.told("more", "fewer"),
            calls.mean_told("points"),
            absence(calls.below, calls.points),
            "" if calls.below or calls.above else _few(results),
        ),
    ]


def _above(results: Results, benchmark: str, pair: str, where: str, what: str, unit: str) -> Row:
    """One curve above another at all latencies that both reach."""
    point = f"paper/dominance/{benchmark}"
    grid = results.column(point, "over_latency", "latency_s")
    tally = Tally.of(zip(grid, band(results, point, "over_latency", pair), strict=True))
    word = curve(tally.above, tally.below, tally.points)
    name = "MMLU" if benchmark == "mmlu" else "MT-Bench-101"
    why = f"surely below {tally.where(-1, 'ms')}" if tally.below else ""
    told = tally.told("above", "below")
    return Row(where, f"{name}, {what}", "consistently", told, tally.mean_told(unit), word, why)


def _row(results: Results, what: str, paper: str, tally: Tally, word: Word) -> Row:
    """A claim of Fig. 4 about one half of the accuracies."""
    why = [_few(results)] if word is Word.OPEN else []
    if tally.above:
        why.append(f"surely slower {tally.where(1, 'accuracy')}; T_router is paid on every question")
    told = tally.told("slower", "faster")
    return Row("Fig. 4 text", f"GSM8K, {what}", paper, told, tally.mean_told("ms"), word, "; ".join(why))


def _few(results: Results) -> str:
    dialogues = results.number("paper/sites/gsm8k", "dialogues")
    return f"smaller differences than {dialogues:,.0f} questions can tell"


def _crossing(results: Results) -> Row:
    """Where the curves cross, if they do, and in how many resamples they do."""
    if results.get(CROSSING, "crossing") is None:
        text, word = "the curves do not cross", Word.REVERSED
    else:
        often = results.number(CROSSING, "resamples_with_crossing")
        text = units.ours(results.measure(CROSSING, "crossing"), "accuracy")
        text += f", in {units.number(often, 'share')} % of the resamples"
        word = Word.REPRODUCED if often >= SURE else Word.OPEN
    return Row("Fig. 4 text", "GSM8K, the advantage reverses at some accuracy", "no number", text, "", word)
