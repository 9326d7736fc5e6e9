"""Everything but attention, as it was measured: for so many tokens, and for so many sequences."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from simulator.step_times.parts.columns import read_rows
from simulator.step_times.parts.grid import place

LAYER = {
    "layernorm": 2,
    "qkv_proj": 1,
    "rotary_emb": 1,
    "o_proj": 1,
    "gate_up_proj": 1,
    "act_fn": 1,
    "down_proj": 1,
}
"""How often a layer of the model runs each."""
SOME_HAVE = {"qk_norm": 1}
ONCE = {"embedding": 1, "final_layernorm": 1}
LAST = {"lm_head": 1, "sampler": 1}
"""Run for every sequence that gets a token."""


class Dense:
    """Times of `dense.csv` and `per_sequence.csv` in microseconds.

    A GPU multiplies matrices in tiles: so many tokens take as long as the next larger size that was measured,
    and beyond the largest in proportion. Between numbers of sequences time is linear, then constant.
    """

    def __init__(self, folder: Path) -> None:
        sizes, times_us = _tables(folder, "dense", "tokens", LAYER | ONCE, SOME_HAVE)
        self._tokens = sizes
        self._layer_us = _sum(times_us, LAYER | SOME_HAVE)
        self._once_us = _sum(times_us, ONCE)
        self._sequences, last_us = _tables(folder, "per_sequence", "sequences", LAST, {})
        self._last_us = _sum(last_us, LAST)

    def layer_us(self, tokens: int) -> float:
        """One layer without attention."""
        return self._step(self._layer_us, tokens)

    def once_us(self, tokens: int, sequences: int) -> float:
        """Before and after the layers; so many sequences get a token."""
        known = self._sequences
        at = min(max(sequences, known[0]), known[-1])
        lower, share = place(known, at)
        few, many = self._last_us[lower], self._last_us[lower + 1]
        return self._step(self._once_us, tokens) + few + share * (many - few)

    def _step(self, times_us: Sequence[float], tokens: int) -> float:
        if tokens > self._tokens[-1]:
            return times_us[-1] * tokens / self._tokens[-1]
        return times_us[bisect_left(self._tokens, tokens)]


def _tables(
    folder: Path, name: str, size: str, needed: Mapping[str, int], possible: Mapping[str, int]
) -> tuple[list[int], dict[str, list[float]]]:
    """The sizes of a file, ascending, and every layer's times at them."""
    rows = read_rows(folder, name, ("layer", size))
    times_us: dict[str, dict[int, float]] = {}
    for (layer, _), tokens, time_us in zip(rows.keys, rows.whole(1, size), rows.times_us, strict=True):
        times_us.setdefault(layer, {})[tokens] = time_us
    missing = [layer for layer in needed if layer not in times_us]
    unknown = [layer for layer in times_us if layer not in needed and layer not in possible]
    if missing or unknown:
        what = f"no layer {missing[0]!r}" if missing else f"a layer {unknown[0]!r} that is not known here"
        raise ValueError(f"{rows.file}: {what}; a dense model has {', '.join([*needed, *possible])}")
    sizes = sorted(times_us[next(iter(needed))])
    for layer, known in times_us.items():
        if sorted(known) != sizes:
            raise ValueError(f"{rows.file}: {layer} must have the same {size} as {next(iter(needed))}")
    if len(sizes) < 2:
        raise ValueError(f"{rows.file}: needs at least two different values of {size}")
    return sizes, {layer: [known[at] for at in sizes] for layer, known in times_us.items()}


def _sum(times_us: Mapping[str, Sequence[float]], often: Mapping[str, int]) -> list[float]:
    parts = [count * np.array(times_us[layer]) for layer, count in often.items() if layer in times_us]
    total: list[float] = np.sum(parts, axis=0).tolist()
    return total
