"""Where the air changes decisions at all: the same turns over slower, broken and better known links.

Every run has the default workload, policy and seed; a decision counts as changed where the turn's site is
another than on the paper's link under the same estimator. Two are asked: one that knows the rate of
this instant (`reported` with the report `exact`) and the paper's, which believes in Table I whatever happens.
"""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from simulator.build import scenario_of
from simulator.config import compose
from simulator.run import execute

KNOWING = ("estimator=reported", "estimator/report=exact")
EXTENT = ("users=100", "horizon_s=7200")
RATES_BPS = (9e8, 1e7, 1e6, 3e5, 1e5, 3e4, 1e4)
PAYLOADS = {
    "words (45 bit)": (),
    "words, 8-Mbit image in every fifth prompt": ("attachments=images", "attachments.share=0.2"),
}
OUTAGES_S = ((14.0, 2.5), (60.0, 10.0), (60.0, 60.0))
"""Mean times that the link is up and gone."""


class Seen(NamedTuple):
    """A run, by turn."""

    sites: dict[tuple[int, int, int], str]
    e2e_s: float


def table(seed: int = 1) -> str:
    """The table, in Markdown."""
    lines = [
        "| link | payload | decisions changed | latency | latency, if the router believes Table I |",
        "|---|---|---|---|---|",
    ]
    for payload, chosen in PAYLOADS.items():
        best = _run(seed, *_steady(RATES_BPS[0]), *chosen, *KNOWING)
        for bps in RATES_BPS:
            lines.append(_row(seed, f"{_rate(bps)} both ways", payload, (*_steady(bps), *chosen), best))
        for up_s, gone_s in OUTAGES_S:
            link = f"1 Mbit/s, gone {gone_s:g} s after {up_s:g} s"
            lines.append(_row(seed, link, payload, (*_broken(up_s, gone_s), *chosen), best))
    return "\n".join(lines)


def _row(seed: int, link: str, payload: str, chosen: tuple[str, ...], best: Seen) -> str:
    knowing, believing = _run(seed, *chosen, *KNOWING), _run(seed, *chosen)
    changed = _changed(best, knowing)
    return f"| {link} | {payload} | {changed:.1%} | {knowing.e2e_s:.1f} s | {believing.e2e_s:.1f} s |"


def _changed(one: Seen, other: Seen) -> float:
    """Share of the turns of both runs whose site differs."""
    both = one.sites.keys() & other.sites.keys()
    return sum(one.sites[turn] != other.sites[turn] for turn in both) / len(both)


def _run(seed: int, *overrides: str) -> Seen:
    from pyarrow import parquet

    configuration = compose([f"seed={seed}", *EXTENT, *overrides])
    with TemporaryDirectory() as folder:
        summary = execute(scenario_of(configuration.settings), configuration, Path(folder))
        columns = ["user_id", "session_id", "turn_index", "site"]
        rows = parquet.read_table(Path(folder) / "turns.parquet", columns=columns).to_pydict()
    turns: Any = zip(*(rows[name] for name in columns[:3]), strict=True)
    return Seen(dict(zip(turns, rows["site"], strict=True)), summary["metrics"]["e2e_s"]["mean"])


def _steady(bps: float) -> tuple[str, ...]:
    return ("channel=fixed", f"channel.uplink_bps={bps}", f"channel.downlink_bps={bps}")


def _broken(up_s: float, gone_s: float) -> tuple[str, ...]:
    return (
        *("channel=gilbert_elliott", "channel.uplink.good_bps=1e6", "channel.downlink.good_bps=1e6"),
        *(f"channel.mean_good_s={up_s}", f"channel.mean_bad_s={gone_s}"),
    )


def _rate(bps: float) -> str:
    for unit, name in ((1e6, "Mbit/s"), (1e3, "kbit/s")):
        if bps >= unit:
            return f"{bps / unit:g} {name}"
    return f"{bps:g} bit/s"
