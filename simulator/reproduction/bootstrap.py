"""Intervals: the dialogues of a benchmark drawn again and again, with return.

A resample is a weight for each dialogue, how often it was drawn. All routers of a benchmark meet the same
resamples, and each is calibrated anew under every one of them, so that differences are paired and their
intervals hold what is lost by choosing a threshold on so many questions. Where luck matters (Random's scores,
laws of reply lengths), a figure is the mean over several seeds, and a dialogue that is drawn brings its luck
of all seeds along: an interval is that of this mean, over dialogues and their luck together. One run of one
seed scatters more.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from simulator.reproduction.sweep import Sweep, Weighed
from simulator.thresholds.figures import Floats
from workloads.luck import Luck

SEED = 1
"""Of the resamples."""
ENDS = (2.5, 97.5)
"""Percentiles: 95 % lie between."""
AT_ONCE = 16_000
"""So many weights are looked at in one go, or else one resample: arrays that stay in a processor's cache."""


def weightings(dialogues: int, resamples: int, width: int) -> Iterator[Floats]:
    """All weights [some, dialogues], first those of the table itself; `width` is what one row takes."""
    luck, rows = Luck(SEED), [np.ones(dialogues)]
    most = max(1, AT_ONCE // max(width, dialogues))
    for number in range(resamples):
        if len(rows) == most:
            yield np.array(rows)
            rows = []
        drawn = (luck.generator("bootstrap", number).random(dialogues) * dialogues).astype(np.int64)
        rows.append(np.bincount(drawn, minlength=dialogues).astype(np.float64))
    yield np.array(rows)


def resampled(
    sweeps: Mapping[str, Sequence[Sweep]], resamples: int, look: Callable[[str, Weighed], Floats]
) -> dict[str, Floats]:
    """What `look` sees of every router [1 + resamples, ...], mean over its seeds; first the table itself."""
    every = [sweep for own in sweeps.values() for sweep in own]
    seen: dict[str, list[Floats]] = {name: [] for name in sweeps}
    width = max(len(sweep.theta) for sweep in every)
    for weights in weightings(len(every[0].start.turns), resamples, width):
        for name, own in sweeps.items():
            looks = [look(name, sweep.weighed(weights)) for sweep in own]
            seen[name].append(np.mean(looks, axis=0))
    return {name: np.concatenate(parts) for name, parts in seen.items()}


def figure(values: Floats) -> dict[str, float | None]:
    """The value of the table itself, which comes first, and the ends of its 95 % interval."""
    low, high = _ends(values[1:])
    return {"value": number(values[0]), "low": number(low), "high": number(high)}


def band(values: Floats) -> dict[str, list[float | None]]:
    """The same for many figures at once [1 + resamples, figures]."""
    low, high = _ends(values[1:])
    return {"value": numbers(values[0]), "low": numbers(low), "high": numbers(high)}


def _ends(values: Floats) -> tuple[Any, Any]:
    """Of the interval. A resample without a value could have any: it counts beyond both ends."""
    if not len(values):
        nothing = np.full(values.shape[1:], np.nan)
        return nothing, nothing
    unknown = np.isnan(values)
    low = np.percentile(np.where(unknown, -np.inf, values), ENDS[0], axis=0, method="lower")
    high = np.percentile(np.where(unknown, np.inf, values), ENDS[1], axis=0, method="higher")
    return low, high


def number(value: Any) -> float | None:
    """As JSON has it: None where nothing is known."""
    return float(value) if np.isfinite(value) else None


def numbers(values: Floats) -> list[float | None]:
    """The same for many."""
    return [number(value) for value in values]
