"""The shares of time that maximise the sum of the logarithms of what everybody is carried.

Kelly, Maulloo and Tan, J. Oper. Res. Soc. 49, 1998, call them proportionally fair. Solved by the method of
Frank and Wolfe, Naval Res. Logist. Q. 3, 1956: give every piece of time to the user with the highest rate
over own mean, mix that into the shares so far, take the means anew.
"""

import numpy as np

from channels import Floats

SHORTFALL = 0.02
"""A mixture will do when the mean of the logarithms is surely no farther than this from the highest."""

MOST_ROUNDS = 100
"""Rounds after which any mixture will do. Ten users take about 15; 50, of rates up to 100 times apart, 50."""

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
    # Who never has a rate scores nothing, whatever the mean.
    least = np.where(alone > 0.0, alone * STARVED, 1.0)
    means = np.maximum(alone, least)
    enough = np.count_nonzero(alone) * (1.0 + SHORTFALL)
    shares, scores = np.zeros(rates_bps.size), np.empty_like(rates_bps)
    for turn in range(MOST_ROUNDS):
        best = np.multiply(rates_bps, (1.0 / means)[:, None], out=scores).max(axis=0)
        wins = np.flatnonzero(scores >= best * TIE)
        winners, won = np.divmod(wins, pieces)
        part = (1.0 / np.bincount(won))[won]
        # What the winners would be carried, over the means.
        gains = np.bincount(winners, part * (best * weights)[won], users)
        if turn and gains.sum() <= enough:
            break  # the logarithm is concave: the excess over `users` bounds what is still to be had
        # This step gives the rounds the weights 1, 2, 3 ... in the mixture.
        means = np.maximum(means * (1.0 + (gains - 1.0) * (2.0 / (turn + 2))), least)
        shares[wins] += part * (turn + 1)
    mixture: Floats = shares.reshape(users, pieces)
    mixture /= mixture.sum(axis=0)
    return mixture
