"""Calibrated thresholds for a reader: a table, what is not in its figures, and a csv file."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from simulator.scenario import Scenario
from simulator.steady_air import steady
from simulator.thresholds.calibrate import Row
from simulator.thresholds.figures import Mean

COLUMNS = ("edge_share", "quality", "latency_s")


def table(rows: Sequence[Row]) -> str:
    """A line for each router; beside every figure its standard error. Quality only where it is known."""
    known = any(row.figures.quality.value == row.figures.quality.value for row in rows)
    titles = ["edge share", *(["quality"] if known else []), "latency [s]"]
    width = 2 + max(len(row.router) for row in rows)
    lines = [f"{'':<{width}}{'threshold':>12}" + "".join(f"{title:>13}{'s.e.':>9}" for title in titles)]
    for row in rows:
        share, quality, latency_s = row.figures
        means = [share, *([quality] if known else []), latency_s]
        cells = "".join(f"{_short(mean.value, 4):>13}{_short(mean.error, 2):>9}" for mean in means)
        lines.append(f"{row.router:<{width}}{row.threshold:>12}{cells}".rstrip())
    return "\n".join(lines)


def notes(scenario: Scenario, choices: Mapping[str, str | None], lengths: Sequence[int]) -> Iterator[str]:
    """What the figures are of, and what is not in them. `lengths` are those of the dialogues, in turns."""
    turns, dialogues = sum(lengths), len(lengths)
    yield f"means over {turns:,} turns; s.e.: standard error, over {dialogues:,} dialogues"
    weight = getattr(scenario.policy, "latency_weight_per_s", None)
    alpha = "" if weight is None else f", policy.latency_weight_per_s={weight:g}"
    yield f"the threshold holds for these scores and estimator={choices['estimator']}{alpha}"
    yield "latency: idle machines, nobody else served; queues, heat and fading are not in it"
    if not steady(scenario):
        air = " ".join(f"{group}={choices[group]}" for group in ("channel", "delta", "sharing"))
        yield f"air: the steady link in which estimator={choices['estimator']} believes, not {air}"
    if choices["lengths"] != "mean":
        yield f"replies: as lengths={choices['lengths']} draws them for seed={scenario.seed}"


def write_csv(file: Path, rows: Sequence[Row]) -> None:
    """The figures in full; empty where nothing is known."""
    with file.open("w", newline="", encoding="utf-8") as lines:
        writer = csv.writer(lines)
        titles = [f"{name}{end}" for name in COLUMNS for end in ("", "_error")]
        writer.writerow(["router", "threshold", *titles])
        for row in rows:
            means: tuple[Mean, ...] = row.figures
            cells = ["" if figure != figure else figure for mean in means for figure in mean]
            writer.writerow([row.router, row.threshold, *cells])


def _short(value: float, digits: int) -> str:
    """So many digits; nothing where nothing is known."""
    if value != value:
        return ""
    return f"{value:#.{digits}g}".rstrip(".") if abs(value) < 1e4 else f"{value:,.0f}"
