"""What `calibrate-router` tells: the timings, the line through them, and tau_r with its errors."""

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from simulator.encoders.timing import Timing
from simulator.scorers.commands.router_price import Price, Turns, picked
from simulator.scorers.commands.router_timing import Measured

TITLE, COLUMN = 36, 13
"""Widths of a table's columns."""


class Reading(NamedTuple):
    """One way in which a scorer may read the turns, and the prices that follow."""

    told: str
    """What is read."""
    takes_s: tuple[float, ...]
    """The mean, then the turns that `router_price.picked` picks [s]."""
    prices: Mapping[str, Price]
    """By the words that choose the device: "device=paper"."""
    extra: Mapping[str, str]
    """More words to paste, by the same."""

    def lines(self) -> list[str]:
        """What to paste."""
        return [
            f"{device} device.router_s_per_token={price.tau_s:.3g}{self.extra[device]}"
            for device, price in self.prices.items()
        ]


def print_machine(measured: Measured, rounds: int) -> None:
    """Where these seconds come from."""
    machine = measured.machine
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    load = machine["load_average"]
    idle = max(0.5, machine["cores"] - machine["threads"])
    others = "" if load is None or load <= idle else ", so other work makes these seconds longer"
    busy = "" if load is None else f"; load average before {load:.1f}{others}"
    threads = f"{machine['threads']} thread" + ("s" if machine["threads"] > 1 else "")
    print(f"one text at a time, tokenising included; {rounds} rounds after one to warm up")
    print(
        f"{machine['processor']}, {machine['architecture']}, {machine['cores']} cores; {threads},"
        f" {machine['device']}, {machine['dtype']}{busy}"
    )
    print(versions)
    print("these are this machine's seconds: the core of a server or laptop is not that of a phone")


def print_timings(timings: Sequence[Timing], max_tokens: int) -> None:
    """One line for a text."""
    print(f"\n{'words':>7}{'tokens':>8}{'median [s]':>12}{'25 %':>10}{'75 %':>10}")
    for words, tokens, seconds in timings:
        low, middle, high = (f"{value:.3g}" for value in np.quantile(seconds, [0.25, 0.5, 0.75]))
        cut = "  cut" if tokens == max_tokens else ""
        print(f"{words:>7,}{tokens:>8,}{middle:>12}{low:>10}{high:>10}{cut}")


def print_line(measured: Measured) -> None:
    """What a prompt and a token take, and where it ends."""
    reader, cost = measured.reader, measured.reader.cost
    most_s = float(reader.seconds_of(np.array([np.inf]))[0])
    print(
        f"\na prompt takes {cost.per_prompt_s:.3g} s{_error(cost.per_prompt_error_s)} and a token"
        f" {cost.per_token_s:.3g} s{_error(cost.per_token_error_s)};"
        f" the medians lie within {cost.farthest * 100:.0f} % of that"
    )
    print(
        f"a word has {reader.tokens_per_word:.3g} tokens in these texts and takes"
        f" {cost.per_token_s * reader.tokens_per_word:.3g} s; a text is cut at {reader.max_tokens:,} tokens,"
        f" {reader.max_words:,.0f} words, and takes {most_s:.3g} s however long it is"
    )
    if reader.tokens[-1] < reader.max_tokens:
        print(f"above {reader.tokens[-1]:,.0f} tokens nothing was measured: {most_s:.3g} s is that line's")


def _error(error_s: float | None) -> str:
    return "" if error_s is None else f" (s.e. {error_s:.1g})"


def print_prices(workload: str, turns: Turns, readings: Sequence[Reading]) -> None:
    """How far Eq. 4 is from what was measured, and the prices."""
    said = turns.context + turns.prompt
    print(
        f"\nEq. 4, tau_r (C_t + L_p), has no constant and no limit. Over the {len(said):,} turns of"
        f" workload={workload},\nhalf of the replies from each site,"
        f" these prices make the mean right; single turns are charged more or less:\n\n{'':<{TITLE}}"
        + "".join(f"{title:>{COLUMN}}" for title in ("mean of all", "mean length", "shortest", "longest"))
    )
    _row("C_t + L_p [words]", [f"{words:,.0f}" for words in (said.mean(), *picked(said, turns))])
    for reading in readings:
        _row(f"{reading.told} [s]", [f"{seconds:.3g}" for seconds in reading.takes_s])
        for device, price in reading.prices.items():
            _row(f"  {device}", [f"{seconds:.3g}" for seconds in price.charged_s])
    for reading in readings:
        print(f"\n{reading.told}:")
        print("\n".join(reading.lines()))


def _row(title: str, cells: Sequence[str]) -> None:
    print(f"{title:<{TITLE}}" + "".join(f"{cell:>{COLUMN}}" for cell in cells))


def write(file: Path, measured: Measured, settings: Mapping[str, Any], readings: Sequence[Reading]) -> None:
    """Every timing; in JSON with all that belongs to it."""
    rows = [
        {"words": words, "tokens": tokens, "round": number, "seconds": took_s}
        for words, tokens, seconds in measured.timings
        for number, took_s in enumerate(seconds, start=1)
    ]
    if file.suffix == ".csv":
        with file.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        return
    reader = measured.reader
    record = {
        "machine": measured.machine,
        "scorer": settings,
        "cost": reader.cost._asdict(),
        "tokens_per_word": reader.tokens_per_word,
        "max_tokens": reader.max_tokens,
        "overrides": {reading.told: reading.lines() for reading in readings},
        "timings": rows,
    }
    file.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
