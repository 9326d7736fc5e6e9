"""The threshold that an operator asks for: which piece of a router's curve, and a short number in it.

A threshold between two equal fused scores does not exist, so shares come in steps. A step is met or not;
nothing is interpolated.
"""

from math import inf

import numpy as np

from simulator.mistakes import Mistake
from simulator.thresholds.curve import Pieces
from simulator.thresholds.figures import Floats

SLACK = 1e-9
"""Relative: so much of a target may be missed by rounding."""
MOST_DIGITS = 17
"""Enough for any float."""


def nearest_share(pieces: Pieces, edge_share: float) -> int:
    """The piece whose share of edge turns is nearest; of those equally near the quickest."""
    off = np.rint(np.abs(pieces.edge_share - edge_share) / SLACK)
    return _first(off, pieces.latency_s)


def fewest_for(pieces: Pieces, quality: float) -> int:
    """The piece with the fewest edge turns whose mean quality is at least this; of those the quickest.

    Raises `Mistake` where none is, or where the workload knows no quality.
    """
    known = pieces.quality[~np.isnan(pieces.quality)]
    if not known.size:
        raise Mistake(
            "--quality needs the quality of both answers: set workload.quality to a pair of columns"
        )
    short = np.flatnonzero(~(pieces.quality >= quality - SLACK * max(1.0, abs(quality))))
    if len(short) == len(pieces.quality):
        raise Mistake(f"--quality {quality:g} is out of reach: {_range(known)} at any threshold")
    share = pieces.edge_share.copy()
    share[short] = inf
    return _first(share, pieces.latency_s)


def best_within(pieces: Pieces, latency_s: float) -> int:
    """The piece of the best mean quality whose mean latency is at most this; of those the quickest.

    Where the workload knows no quality, the largest share of edge turns. Raises `Mistake` where none is.
    """
    late = ~(pieces.latency_s <= latency_s + SLACK * abs(latency_s))
    if late.all():
        raise Mistake(
            f"--latency-s {latency_s:g} is out of reach: {_range(pieces.latency_s)} s at any threshold"
        )
    unknown = bool(np.isnan(pieces.quality).all())
    loss = -(pieces.edge_share if unknown else np.nan_to_num(pieces.quality, nan=-inf))
    loss[late] = inf
    return _first(loss, pieces.latency_s)


def _first(loss: Floats, then: Floats) -> int:
    """Where `loss` is least, and `then` least among these."""
    return int(np.lexsort((then, loss))[0])


def _range(means: Floats) -> str:
    return f"the mean is from {means.min():.5g} to {means.max():.5g}"


def short_number(low: float, high: float) -> str:
    """A threshold from `low` to `high`, exclusively, in few digits: well inside if there is room.

    Either may be infinite, not both.
    """
    if low == -inf:
        low = high - max(1.0, abs(high))
    if high == inf:
        high = low + max(1.0, abs(low))
    middle = low + (high - low) / 2.0
    for digits in range(1, MOST_DIGITS + 1):
        text = f"{middle:.{digits}g}"
        if low < float(text) < high:
            return text
    return repr(low)  # neighbouring floats: a tie stays on the phone
