"""Path loss, lines of sight and shadowing between sites and places."""

import math

import numpy as np
from numpy.typing import NDArray

from channels import Floats
from channels.mobility import Positions
from channels.parts.field import PEAK, WAVES, Field, rough, smooth
from channels.path_loss import PathLoss, Sight

_ELSEWHERE = 1000.0
"""Shadowing without a line of sight is the same field so many decorrelation distances away: uncorrelated."""

_NORMAL = np.linspace(-PEAK, PEAK, 1025)
_SHARES = np.array([math.erfc(-x / math.sqrt(2.0)) / 2.0 for x in _NORMAL])
"""The normal distribution function, to 1e-5 between these points."""


class LargeScale:
    """What some sites offer one user at any place: the same place, the same gain.

    Each site has lines of sight of its own. So is its shadowing, but for a share that depends on the place
    alone: then the shadowing of two sites has that correlation.
    """

    __slots__ = (
        "_carrier_hz",
        "_common",
        "_fields",
        "_hidden",
        "_key",
        "_law",
        "_nearest_m",
        "_seen",
        "_sites",
    )

    def __init__(
        self,
        law: PathLoss,
        sites: Positions,
        key: NDArray[np.uint64],
        *,
        carrier_hz: float,
        nearest_m: float,
        site_correlation: float = 0.0,
    ) -> None:
        """`key` holds all that is random; more sites leave the first ones' luck as it was."""
        self._law, self._sites, self._key = law, sites, key
        self._carrier_hz, self._nearest_m = carrier_hz, nearest_m
        self._hidden, self._seen = law.shadowing(False), law.shadowing(True)
        self._common = site_correlation if len(sites) > 1 else 0.0
        self._fields: tuple[Field, Field, Field] | None = None

    def _built(self) -> tuple[Field, Field, Field]:
        """Lines of sight, shadowing, what sites share, on first use: nobody has them who sends nothing."""
        if self._fields is None:
            generator = np.random.Generator(np.random.Philox(key=self._key))
            luck = generator.random((1 + len(self._sites), 2, 3, WAVES))
            lines, shades, shared = luck[1:, 0], luck[1:, 1], luck[:1, 1]
            self._fields = Field(lines, smooth), Field(shades, rough), Field(shared, rough)
        return self._fields

    @property
    def peak_db(self) -> float:
        """A gain that is never exceeded [dB]."""
        nearest_m, sight = np.full(2, self._nearest_m), np.array([False, True])
        peak = PEAK * (math.sqrt(self._common) + math.sqrt(1.0 - self._common))
        peak_db = np.array([self._hidden.sd_db, self._seen.sd_db]) * peak
        return float((peak_db - self._law.loss_db(nearest_m, sight, self._carrier_hz)).max())

    def median_db(self, distance_m: float) -> float:
        """Gain [dB] at a distance from a site, without shadowing, with the likelier line of sight."""
        at_m = np.array([distance_m])
        sight = self._law.sight_probability(at_m) >= 0.5
        return -self._law.loss_db(at_m, sight, self._carrier_hz).item()

    def gains_db(self, places: Positions) -> Floats:
        """Gain [dB] from each place (rows) to each site (columns)."""
        x = places.real[:, None] - self._sites.real
        y = places.imag[:, None] - self._sites.imag
        distance_m = np.maximum(np.hypot(x, y), self._nearest_m)
        sight = self._sight(x, y, distance_m)
        gains_db = self._shadowing_db(x, y, sight)
        gains_db -= self._law.loss_db(distance_m, sight, self._carrier_hz)
        return gains_db

    def _sight(self, x: Floats, y: Floats, distance_m: Floats) -> Sight:
        probability = self._law.sight_probability(distance_m)
        if probability.min() >= 1.0:
            return np.ones(probability.shape, dtype=np.bool_)
        lines, _, _ = self._built()
        shares = np.interp(lines.at(x / self._law.sight_m, y / self._law.sight_m), _NORMAL, _SHARES)
        sight: Sight = shares < probability
        return sight

    def _shadowing_db(self, x: Floats, y: Floats, sight: Sight) -> Floats:
        hidden, seen = self._hidden, self._seen
        if not (hidden.sd_db or seen.sd_db):
            return np.zeros(x.shape)
        _, shades, shared = self._built()
        per_m = np.where(sight, 1.0 / seen.decorrelation_m, 1.0 / hidden.decorrelation_m)
        away = np.where(sight, 0.0, _ELSEWHERE)
        shadowing_db = shades.at(x * per_m + away, y * per_m)
        if self._common:
            shadowing_db *= math.sqrt(1.0 - self._common)
            # Seen from the first site, which is in the middle: the same place for all sites.
            scales = np.array([1.0 / hidden.decorrelation_m, 1.0 / seen.decorrelation_m])
            both = shared.at(x[:, :1] * scales + np.array([_ELSEWHERE, 0.0]), y[:, :1] * scales)
            shadowing_db += math.sqrt(self._common) * np.where(sight, both[:, 1:], both[:, :1])
        shadowing_db *= np.where(sight, seen.sd_db, hidden.sd_db)
        return shadowing_db
