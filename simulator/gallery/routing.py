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
PAYLOADS = ((), ("attachments=images", "attachments.share=0.2"))
"""Words alone; and an image of 8 Mbit on average in every fifth prompt."""
OUTAGES_S = ((14.0, 2.5), (60.0, 10.0), (60.0, 60.0))
"""Mean times that the link is up and gone."""


class Seen(NamedTuple):
    """A run, by turn."""

    sites: dict[tuple[int, int, int], str]
    e2e_s: float


HEAD = """\
| link | words: changed | knows | believes | and images: changed | knows | believes |
|---|---|---|---|---|---|---|"""


def table(seed: int = 1, links: int | None = None) -> str:
    """The table, in Markdown; `links` cuts it short.

    A row is a link; `changed` is the share of decisions that are others than on the first link, `knows` and
    `believes` the mean times to a whole reply with a router that knows the rate, or that believes in Table I.
    """
    best = [_run(seed, *_steady(RATES_BPS[0]), *payload, *KNOWING) for payload in PAYLOADS]
    rows = {f"{_rate(bps)} both ways": _steady(bps) for bps in RATES_BPS}
    rows |= {f"1 Mbit/s, {up:g} s up, {gone:g} s gone": _broken(up, gone) for up, gone in OUTAGES_S}
    lines = [HEAD]
    for link, chosen in list(rows.items())[:links]:
        cells = [
            _cells(seed, (*chosen, *payload), first) for payload, first in zip(PAYLOADS, best, strict=True)
        ]
        lines.append(f"| {link} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _cells(seed: int, chosen: tuple[str, ...], best: Seen) -> str:
    knowing, believing = _run(seed, *chosen, *KNOWING), _run(seed, *chosen)
    return f"{_changed(best, knowing):.1%} | {knowing.e2e_s:.1f} s | {believing.e2e_s:.1f} s"


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
