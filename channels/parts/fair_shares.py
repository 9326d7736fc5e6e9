"""The shares of time that maximise the sum of the logarithms of what everybody is carried.

Kelly, Maulloo and Tan, J. Oper. Res. Soc. 49, 1998, call them proportionally fair. Solved by the method of
Frank and Wolfe, Naval Res. Logist. Q. 3, 1956: give every piece of time to the user with the highest rate
over own mean, mix that into the shares so far, take the means anew.
"""

import numpy as np

from channels import Floats

SHORTFALL = 0.01
"""A mixture will do when the mean of the logarithms is surely no farther than this from the highest."""

MOST_ROUNDS = 100
"""Rounds after which any mixture will do. Ten users take about 20; 50, of rates up to 100 times apart, 70."""

TIE = 1.0 - 1e-9
"""Users within this factor of the best are equal: rounding must not decide a race."""

STARVED = 1e-3
"""Nobody's mean is taken for less than this part of what they would have alone."""


def fair_shares(rates_bps: Floats, weights: Floats) -> Floats:
    """Each user's share of every piece of time: one row a user, one column a piece; columns add up to 1.

    `weights` are the lengths of the pieces, and add up to 1. Who has no rate in a piece has no share of it,
    unless nobody has one. Swapped users have swapped shares.
    """
    users, pieces = rates_bps.shape
    alone = (rates_bps * weights).sum(axis=1)
    means, least = alone.copy(), alone * STARVED
    shares, scores = np.zeros_like(rates_bps), np.empty_like(rates_bps)
    for turn in range(MOST_ROUNDS):
        # Who never has a rate has no mean, and wins only where nobody has one.
        prices = np.divide(1.0, means, out=np.zeros(users), where=means > 0.0)
        best = np.multiply(rates_bps, prices[:, None], out=scores).max(axis=0)
        winners, won = np.divmod(np.flatnonzero(scores >= best * TIE), pieces)
        part = (1.0 / np.bincount(won))[won]
        # What the winners would be carried, over the means.
        gains = np.bincount(winners, part * (best * weights)[won], users)
        if turn and gains.sum() <= np.count_nonzero(prices) * (1.0 + SHORTFALL):
            break  # the logarithm is concave: the excess bounds what is still to be had
        # This step gives the rounds the weights 1, 2, 3 ... in the mixture.
        step = 2.0 / (turn + 2)
        means = np.maximum(means * (1.0 + (gains - 1.0) * step), least)
        shares[winners, won] += part * (turn + 1)
    shares /= shares.sum(axis=0)
    return shares
