"""The figures of a run, out of its `turns.parquet`, in flat memory (`simulator.statistics`)."""

from collections.abc import Collection
from math import nan
from pathlib import Path
from typing import Any

import numpy as np

from simulator.counted import Counted
from simulator.statistics import PERCENTILES, Figures, Pass, Values, mean_of, spread_of

_COLUMNS = [
    *("user_id", "arrived_at_s", "site", "prompt_tokens", "context_tokens", "reprefill_tokens"),
    *("response_tokens", "uplink_s", "queue_s", "downlink_s", "ttft_s", "e2e_s", "uplink_bps"),
    *("downlink_bps", "quality", "preemptions", "energy_j", "battery_share", "temperature_c"),
]
GROWING = {"edge": ("edge_queue_s", "e2e_s", "ttft_s"), "device": ("device_queue_s", "e2e_s", "ttft_s")}
"""Times that grow with the length of the run where a site has more work than it can do. All others do not:
prefill, decoding and air of a turn are bounded, however long it waits."""


def summarise(
    turns: Path,
    warmup_s: float,
    outage_bps: float,
    unstable: Collection[str] = (),
    window_words: float = float("inf"),
) -> dict[str, Any]:
    """What matters, over the turns that arrived from `warmup_s` on.

    `metrics`: means, intervals and percentiles; of the sites that are `unstable`, those that grow with the
    run have none, and say so. `edge_cache`: what became of the contexts that the edge was asked to go on
    with, by a model that takes `window_words` at most. `preemptions`: of all jobs. `phones`: how they are, if
    they say.
    """
    counted = Counted(turns, warmup_s, _COLUMNS)
    growing = {name for site in unstable for name in GROWING[site]}
    metrics = _metrics(counted, outage_bps, growing)
    energy_j = mean_of(_known(counted, "energy_j"))
    if energy_j["mean"] is not None:
        metrics["energy_j"] = energy_j
    found: dict[str, Any] = {
        "metrics": metrics,
        "edge_cache": _edge_cache(counted, window_words),
        "preemptions": int(sum(preempted.sum() for (preempted,) in counted.rows("preemptions"))),
    }
    phones = _phones(counted)
    return found | ({"phones": phones} if phones else {})


def _metrics(counted: Counted, outage_bps: float, growing: Collection[str]) -> dict[str, Any]:
    def spread(name: str, column: str, where: str | None = None) -> Any:
        return _unstable() if name in growing else spread_of(counted.values(_same, column, where=where))

    def outage(up_bps: Values, down_bps: Values) -> Values:
        return ((up_bps <= outage_bps) | (down_bps <= outage_bps)).astype(float)

    return {
        "edge_share": mean_of(counted.values(_same, "site")),
        "quality": mean_of(_known(counted, "quality")),
        "e2e_s": spread("e2e_s", "e2e_s"),
        "ttft_s": spread("ttft_s", "ttft_s"),
        "air_s": spread_of(counted.values(np.add, "uplink_s", "downlink_s", where="edge")),
        "edge_queue_s": spread("edge_queue_s", "queue_s", "edge"),
        "device_queue_s": spread("device_queue_s", "queue_s", "device"),
        "outage_share": mean_of(counted.values(outage, "uplink_bps", "downlink_bps", where="edge")),
    }


def _unstable() -> dict[str, Any]:
    """No number: it would be one of the length of the run."""
    return {"mean": None, "ci95": None, **{f"p{q}": None for q in PERCENTILES}, "unstable": True}


def _same(values: Values) -> Values:
    return values


def _known(counted: Counted, column: str) -> Pass:
    """Without the unknown ones."""
    return counted.values(lambda values: values[~np.isnan(values)], column)


def _edge_cache(counted: Counted, window_words: float) -> Figures:
    """Tokens of context that the edge had in its cache, and those that it read again.

    What did not fit into the model's window is neither.
    """
    hit_tokens = missed_tokens = 0.0
    columns = ("context_tokens", "reprefill_tokens", "prompt_tokens", "response_tokens")
    for context, again, prompt, response in counted.rows(*columns, where="edge"):
        shown = np.minimum(context, np.maximum(window_words - prompt - response, 0.0))
        hit_tokens += float(np.maximum(shown - again, 0.0).sum())
        missed_tokens += float(again.sum())
    asked_tokens = hit_tokens + missed_tokens
    share = hit_tokens / asked_tokens if asked_tokens else None
    return {"hit_tokens": hit_tokens, "missed_tokens": missed_tokens, "hit_share": share}


def _phones(counted: Counted) -> dict[str, Any]:
    """How the phones are after the last turn of each, and how hot one of them ever was, if they say."""
    left, hottest_c = np.empty(0), nan
    for users, battery, temperature_c in counted.rows("user_id", "battery_share", "temperature_c"):
        newcomers = int(users.max(initial=-1)) + 1 - left.size
        left = np.append(left, np.full(max(newcomers, 0), nan))
        latest, rows = np.unique(users[::-1], return_index=True)
        left[latest] = battery[::-1][rows]
        hottest_c = float(np.fmax.reduce(temperature_c, initial=hottest_c))
    known = left[~np.isnan(left)]
    found: dict[str, Any] = {}
    if known.size:
        found["battery_share"] = {"mean": float(known.mean()), "lowest": float(known.min())}
    if hottest_c == hottest_c:
        found["temperature_c"] = {"highest": hottest_c}
    return found
