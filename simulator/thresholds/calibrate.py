"""A calibrated threshold, its figures, and what it is held against."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from simulator.empty_network import EmptyNetwork
from simulator.mistakes import Mistake
from simulator.policies.always_device import AlwaysDevice
from simulator.policies.always_edge import AlwaysEdge
from simulator.policies.coin import Coin
from simulator.thresholds.curve import NO_THRESHOLD, Curve, Pieces, curve, pieces
from simulator.thresholds.figures import Figures, figures_of, sums_of, tossed
from simulator.thresholds.target import nearest_share, short_number
from simulator.walk import walk

Target = Callable[[Pieces], int]
"""Which piece of a curve is meant."""


class Row(NamedTuple):
    """A router and its figures."""

    router: str
    threshold: str
    """As a configuration writes it; empty for routers without."""
    figures: Figures


def calibrated(network: EmptyNetwork, policy: Any, target: Target) -> Row:
    """The policy at the threshold that `target` chooses, walked through anew.

    Raises `Mistake` where the policy does not decide by its fused score and threshold, and as `target` does.
    """
    whole = curve(network, policy)
    parts = pieces(whole)
    row = _at(whole, parts, target(parts))
    walked = sums_of(walk(network, replace(policy, threshold=float(row.threshold))))
    if not np.array_equal(walked.edge_turns, whole.at(float(row.threshold)).edge_turns):
        raise Mistake(NO_THRESHOLD)
    return row


def swept(network: EmptyNetwork, policy: Any, shares: int) -> Iterator[Row]:
    """The curve at so many equal steps of the share of edge turns, from none to all; none is told twice."""
    whole = curve(network, policy)
    parts = pieces(whole)
    chosen = [nearest_share(parts, share) for share in np.linspace(0.0, 1.0, shares)]
    for piece in dict.fromkeys(chosen):
        yield _at(whole, parts, piece)


def references(network: EmptyNetwork, edge_share: float) -> Iterator[Row]:
    """A coin with this share, and either site alone: what a router must beat.

    None of them spends time on a score. In dialogues of one turn the coin's figures are means over all
    tosses, else those of one toss a turn.
    """
    device, edge = (sums_of(walk(network, policy)) for policy in (AlwaysDevice(), AlwaysEdge()))
    if device.turns.max() == 1:
        coin = tossed(device, edge, edge_share)
    else:
        coin = sums_of(walk(network, Coin(edge_share=edge_share)))
    for name, sums in (("coin", coin), ("always_device", device), ("always_edge", edge)):
        yield Row(name, "", figures_of(sums))


def _at(whole: Curve, parts: Pieces, piece: int) -> Row:
    threshold = short_number(float(parts.low[piece]), float(parts.high[piece]))
    return Row("", threshold, figures_of(whole.at(float(threshold))))
