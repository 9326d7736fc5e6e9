"""Least squares of relative errors: every batch counts alike, however long it takes."""

from collections.abc import Sequence

import numpy as np

from channels import Floats
from simulator.step_times import Batch, StepTime
from simulator.step_times.fit.sample import Sample
from simulator.step_times.linear import Linear
from simulator.step_times.parts.pairs import prefill_pairs
from simulator.step_times.regimes import Regime, Regimes

DIGITS = 4
"""Significant ones of every coefficient, so that what is printed is what was judged."""


def times_s(law: StepTime, batches: Sequence[Batch]) -> Floats:
    """What a law says of each."""
    return np.array([law.step_s(batch) for batch in batches])


def errors(law: StepTime, truth: StepTime, batches: Sequence[Batch]) -> Floats:
    """Relative errors, without their signs."""
    return np.abs(times_s(law, batches) / times_s(truth, batches) - 1)


def fit_linear(truth: StepTime, batches: Sample) -> Linear:
    """One formula for all; decoding, reading, and both at once weigh alike."""
    rows, weights = _alike(*batches.values())
    columns = np.array(
        [
            (1, batch.prefill_tokens, batch.sequences, batch.context_tokens, prefill_pairs(batch))
            for batch in rows
        ],
        dtype=float,
    )
    found = _printed(_prices(columns, times_s(truth, rows), weights), columns)
    names = ("t0_s", "s_per_prefill_token", "s_per_sequence", "s_per_context_token", "s_per_prefill_pair")
    return Linear(**dict(zip(names, found, strict=True)))


def fit_regimes(truth: StepTime, batches: Sample) -> Regimes:
    """Two formulas: one for decoding alone, one for reading alone and for both, which weigh alike."""
    decode, _ = _fit_regime(truth, *_alike(batches["decode"]))
    mixed, s_per_prefill_pair = _fit_regime(truth, *_alike(batches["prefill"], batches["mixed"]))
    return Regimes(decode=decode, mixed=mixed, s_per_prefill_pair=s_per_prefill_pair)


def _alike(*parts: Sequence[Batch]) -> tuple[list[Batch], Floats]:
    """All batches, and weights with which every part weighs alike."""
    weights = np.concatenate([np.full(len(part), len(part) ** -0.5) for part in parts])
    return [batch for part in parts for batch in part], weights


def _fit_regime(truth: StepTime, batches: Sequence[Batch], weights: Floats) -> tuple[Regime, float]:
    """The best of several starts: where the second line takes over is not known beforehand."""
    from scipy.optimize import least_squares

    taken_s = times_s(truth, batches)
    tokens = np.array([batch.prefill_tokens + batch.sequences for batch in batches], dtype=float)
    others = np.array([(batch.context_tokens, prefill_pairs(batch)) for batch in batches], dtype=float)
    line = np.column_stack([np.ones_like(tokens), tokens])
    columns = np.column_stack([line, line, others])
    units = taken_s.mean() / np.maximum(columns.max(axis=0), 1)  # seconds, and seconds a token, are far apart

    def wrong(scaled: Floats) -> Floats:
        prices = scaled * units
        lines_s = np.maximum(line @ prices[:2], line @ prices[2:4])
        off: Floats = weights * ((lines_s + others @ prices[4:]) / taken_s - 1)
        return off

    fits = []
    for border in np.unique(np.quantile(tokens, (0.2, 0.35, 0.5, 0.65, 0.8))):
        below = (tokens <= border)[:, None]
        apart = np.column_stack([line * below, line * ~below, others])
        start = np.maximum(_prices(apart, taken_s, weights) / units, 1e-9)
        fits.append(least_squares(wrong, start, bounds=(0, np.inf), max_nfev=2000))
    best = min(fits, key=lambda fit: float(fit.cost))
    found = best.x * units
    found[:4] = _in_order(found[:2], found[2:4], line)
    *prices, s_per_prefill_pair = _printed(found, columns)
    names = ("floor_s", "floor_s_per_token", "base_s", "base_s_per_token", "s_per_context_token")
    return Regime(**dict(zip(names, prices, strict=True))), s_per_prefill_pair


def _in_order(one: Floats, other: Floats, line: Floats) -> Floats:
    """The flatter line first; zeros in the place of one that is never the greater."""
    ones_s, others_s = line @ one, line @ other
    one, other = one * (ones_s > others_s).any(), other * (others_s > ones_s).any()
    return np.concatenate([one, other] if one[1] <= other[1] else [other, one])


def _prices(columns: Floats, taken_s: Floats, weights: Floats) -> Floats:
    """Of each column, at least 0."""
    from scipy.optimize import nnls

    scale = np.maximum(columns.max(axis=0), 1)
    found, _ = nnls(columns / scale * (weights / taken_s)[:, None], weights)
    return np.asarray(found / scale)


def _printed(prices: Floats, columns: Floats) -> list[float]:
    """As they are printed; 0 where the whole column never comes to 10 ns."""
    most_s = prices * columns.max(axis=0)
    return [
        float(f"{price:.{DIGITS - 1}e}") if whole_s > 1e-8 else 0.0
        for price, whole_s in zip(prices.tolist(), most_s.tolist(), strict=True)
    ]
