"""What the terminal shows: a bar while a run lasts, a table when it is over."""

import sys
from collections.abc import Callable, Mapping
from time import monotonic
from typing import Any

from simulator.simulation import Simulation

LOOK_EVERY_S = 0.2
METRICS = {
    "edge_share": "turns answered at the edge",
    "quality": "quality of the answers",
    "e2e_s": "time to the whole reply [s]",
    "ttft_s": "time to the first token [s]",
    "air_s": "edge turns' time on the air [s]",
    "edge_queue_s": "wait for the edge [s]",
    "device_queue_s": "wait for the phone's NPU [s]",
    "outage_share": "edge turns that met an outage",
    "energy_j": "energy of a turn, phone [J]",
}
"""What is shown of it where it is known."""


def watcher(interrupted: Callable[[], bool]) -> tuple[Callable[[Simulation], bool], Callable[[], None]]:
    """A `watch` that moves a progress bar on a terminal and nowhere else, and the bar's end."""
    if not sys.stderr.isatty():
        return (lambda simulation: not interrupted()), (lambda: None)
    from tqdm import tqdm

    bar = tqdm(total=100.0, bar_format="{percentage:3.0f}% {bar} {desc} [{elapsed}<{remaining}]", leave=False)
    looked_at = monotonic()

    def watch(simulation: Simulation) -> bool:
        nonlocal looked_at
        if monotonic() - looked_at >= LOOK_EVERY_S:
            looked_at = monotonic()
            bar.n = 100 * simulation.progress()
            turns = f"{simulation.log.done_turns:,} turns"
            bar.set_description_str(f"{simulation.clock.now_s:,.0f} s simulated, {turns}")
        return not interrupted()

    return watch, bar.close


def table(summary: Mapping[str, Any]) -> str:
    """The figures of a run, for a terminal."""
    turns, used = summary["turns"], summary["utilisation"]
    lines = [f"{'':<32}{'mean':>10}  {'95 % interval':<20}{'p50':>9}{'p95':>9}{'p99':>9}"]
    for name, label in METRICS.items():
        figures = summary["metrics"].get(name, {"mean": None})
        if figures["mean"] is not None or figures.get("unstable"):
            lines.append(f"{label:<32}" + _row(figures))
    lines.append(
        f"{turns['done']:,} turns done, {turns['in_flight']:,} in flight after"
        f" {summary['simulated_s']:,.0f} simulated s;"
        f" edge busy {used['edge']:.0%}, phones {used['device']:.1%}"
    )
    lines += [*_edge_cache(summary), *_phones(summary.get("phones", {}))]
    lines += [f"warning: {warning}" for warning in summary["warnings"]]
    if not summary["complete"]:
        lines.append("interrupted: these are the figures up to here")
    return "\n".join(lines)


def _edge_cache(summary: Mapping[str, Any]) -> list[str]:
    """What was found of the contexts, where memory for them ends and there were any."""
    cache, preemptions = summary["edge_cache"], summary["preemptions"]
    if cache["memory_tokens"] is None or cache["hit_share"] is None:
        return []
    put_back = f"; jobs were put back {preemptions:,} times" if preemptions else ""
    found = f"{cache['hit_tokens']:,.0f} tokens of context found ({cache['hit_share']:.1%})"
    return [f"edge cache: {found}, {cache['missed_tokens']:,.0f} read again{put_back}"]


def _phones(phones: Mapping[str, Any]) -> list[str]:
    """How the phones are, as far as they say."""
    told = []
    if "battery_share" in phones:
        battery = phones["battery_share"]
        told.append(f"battery {battery['mean']:.1%} at the end ({battery['lowest']:.1%} on the emptiest)")
    if "temperature_c" in phones:
        told.append(f"chip at most {phones['temperature_c']['highest']:.1f} C")
    return [f"phones: {', '.join(told)}"] if told else []


def _row(figures: Mapping[str, Any]) -> str:
    if figures.get("unstable"):
        return f"{'unstable':>10}"
    interval = figures["ci95"]
    between = f"{_short(interval[0])} to {_short(interval[1])}" if interval else "(too few turns)"
    percentiles = "".join(f"{_short(figures[q]):>9}" for q in ("p50", "p95", "p99") if q in figures)
    return f"{_short(figures['mean']):>10}  {between:<20}{percentiles}"


def _short(value: float) -> str:
    return f"{value:.4g}" if abs(value) < 1e4 else f"{value:,.0f}"
