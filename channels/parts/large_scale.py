"""Path loss, lines of sight and shadowing between sites and places."""

import numpy as np
from numpy.typing import NDArray

from channels import Floats
from channels.mobility import Positions
from channels.parts.field import PEAK, WAVES, Field
from channels.path_loss import PathLoss, Sight

_ELSEWHERE = 1000.0
"""Shadowing without a line of sight is the same field so many decorrelation distances away: uncorrelated."""


class LargeScale:
    """What some sites offer one user at any place: the same place, the same gain.

    Sites shadow independently (TR 38.901, section 7.5, step 4).
    """

    __slots__ = ("_carrier_hz", "_fields", "_hidden", "_key", "_law", "_nearest_m", "_seen", "_sites")

    def __init__(
        self,
        law: PathLoss,
        sites: Positions,
        key: NDArray[np.uint64],
        *,
        carrier_hz: float,
        nearest_m: float,
    ) -> None:
        """`key` holds all that is random; more sites leave the first ones' luck as it was."""
        self._law, self._sites, self._key = law, sites, key
        self._carrier_hz, self._nearest_m = carrier_hz, nearest_m
        self._hidden, self._seen = law.shadowing(False), law.shadowing(True)
        self._fields: tuple[Field, Field] | None = None

    def _built(self) -> tuple[Field, Field]:
        """The fields of lines of sight and of shadowing, on first use: nobody has them who sends nothing."""
        if self._fields is None:
            generator = np.random.Generator(np.random.Philox(key=self._key))
            luck = generator.random((len(self._sites), 2, 3, WAVES))
            self._fields = Field(luck[:, 0]), Field(luck[:, 1])
        return self._fields

    @property
    def peak_db(self) -> float:
        """A gain that is never exceeded [dB]."""
        nearest_m, sight = np.full(2, self._nearest_m), np.array([False, True])
        peak_db = np.array([self._hidden.sd_db, self._seen.sd_db]) * PEAK
        return float((peak_db - self._law.loss_db(nearest_m, sight, self._carrier_hz)).max())

    def gains_db(self, places: Positions) -> Floats:
        """Gain [dB], below 0 but for luck, from each place (rows) to each site (columns)."""
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
        from scipy.special import ndtr

        lines, _ = self._built()
        sight: Sight = ndtr(lines.at(x / self._law.sight_m, y / self._law.sight_m)) < probability
        return sight

    def _shadowing_db(self, x: Floats, y: Floats, sight: Sight) -> Floats:
        hidden, seen = self._hidden, self._seen
        if not (hidden.sd_db or seen.sd_db):
            return np.zeros(x.shape)
        _, shades = self._built()
        per_m = np.where(sight, 1.0 / seen.decorrelation_m, 1.0 / hidden.decorrelation_m)
        shadowing_db = shades.at(x * per_m + np.where(sight, 0.0, _ELSEWHERE), y * per_m)
        shadowing_db *= np.where(sight, seen.sd_db, hidden.sd_db)
        return shadowing_db
