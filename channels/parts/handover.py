"""Which site serves a user who moves, and the gaps when it changes."""

import math
from functools import lru_cache
from typing import Annotated, NamedTuple

import numpy as np
from pydantic import Field, PositiveFloat
from pydantic.dataclasses import dataclass

from channels import STRICT, Floats, Steps
from channels.mobility import Positions
from channels.parts.a3 import a3
from channels.parts.mean_gain import OneSite, gathered, linear

EPOCH_S = 16.0
"""Shortest time between two attachments to the best site [s]; 64 s make 3 % more handovers (measured)."""

EPOCH_STEPS = 64
"""Fewest steps in that time."""

KEPT = 8
"""Epochs remembered per user."""


def hexagon(site_distance_m: float, radius_m: float) -> Positions:
    """Sites of a hexagonal grid whose cells touch the disc, the one in its middle first."""
    most = math.ceil(2.0 * (radius_m / site_distance_m + 1.0))
    axis = np.arange(-most, most + 1)
    sites: Positions = site_distance_m * (axis[:, None] + axis * np.exp(1j * math.pi / 3.0)).ravel()
    # Half a diagonal of a cell: further sites are nowhere in the disc the nearest.
    sites = sites[np.abs(sites) <= radius_m + site_distance_m / math.sqrt(3.0)]
    order = np.lexsort((np.angle(sites).round(6), np.abs(sites).round(6)))
    return sites[order]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Handover:
    """Event A3 (3GPP TS 38.331, section 5.5.4.4) between the sites of a hexagonal grid, one in the middle.

    Left out: filters of the measurements (layer 3), failures, sectors, load.
    """

    site_distance_m: PositiveFloat
    """Distance of neighbouring sites [m]; TR 38.901, table 7.2-1: 200 for UMi, 500 for UMa."""

    offset_db: Annotated[float, Field(ge=0.0, le=30.0)] = 3.0
    """By how much a neighbour must be better [dB]; 2 to 4 is common."""

    time_to_trigger_s: Annotated[float, Field(ge=0.0, le=5.12)] = 0.32
    """For how long [s]; TS 38.331 allows up to 5.12."""

    interruption_s: Annotated[float, Field(ge=0.0, le=10.0)] = 0.05
    """Time without a link at each handover [s]; 0 with two active stacks (DAPS)."""

    site_correlation: Annotated[float, Field(ge=0.0, le=1.0)] = 0.5
    """Correlation of the shadowing of two sites; 0.5 in TR 36.814, table A.2.1.1-1, 0 in TR 38.901."""


class Epoch(NamedTuple):
    """What happens between two attachments."""

    gains: Floats
    """Linear gain of the serving site in each step."""
    handovers_s: Floats
    """Instants of the handovers [s], rising."""


class Attachment:
    """`channels.parts.mean_gain.Gains` of a user whom the best of several sites serves.

    A3 has a memory: who serves depends on who served. To stay a function of time with random access, the user
    is attached to the strongest site at the start of numbered epochs, as a phone that releases its connection
    and resumes it at the best cell, and A3 runs from there to the end of the epoch. Attachment costs no gap.
    """

    __slots__ = ("_epoch", "_epoch_steps", "_offset_db", "_sites", "_step_s", "_steps")

    def __init__(self, sites: OneSite, step_s: float, rule: Handover) -> None:
        self._sites, self._step_s, self._offset_db = sites, step_s, rule.offset_db
        self._steps = max(1, math.ceil(rule.time_to_trigger_s / step_s))
        self._epoch_steps = max(int(EPOCH_S / step_s), EPOCH_STEPS)
        self._epoch = lru_cache(maxsize=KEPT)(self._built)

    def _built(self, number: int) -> Epoch:
        first, count = number * self._epoch_steps, self._epoch_steps
        strengths_db = self._sites.strengths_db(first, count)
        serving, changes = a3(strengths_db, self._offset_db, self._steps)
        gains = linear(strengths_db[np.arange(count), serving])
        return Epoch(gains, (first + np.array(changes, dtype=np.float64)) * self._step_s)

    def gains(self, first: int, count: int) -> Floats:
        """The serving site's."""
        return gathered(lambda number: self._epoch(number).gains, self._epoch_steps, first, count)

    def handovers_s(self, start_s: float, end_s: float) -> Floats:
        """Instants of the handovers after `start_s`, before `end_s` [s]."""
        epoch_s = self._epoch_steps * self._step_s
        numbers = range(math.floor(start_s / epoch_s), math.floor(end_s / epoch_s) + 1)
        all_s = np.concatenate([self._epoch(number).handovers_s for number in numbers])
        return all_s[(start_s < all_s) & (all_s < end_s)]


class Interruptions:
    """A gate (`channels.parts.process.Process`): 0 for `interruption_s` from each handover on."""

    __slots__ = ("_attachment", "_interruption_s")
    grid_s, peak = 0.0, 1.0

    def __init__(self, attachment: Attachment, interruption_s: float) -> None:
        self._attachment, self._interruption_s = attachment, interruption_s

    def during(self, start_s: float, duration_s: float) -> Steps:
        """The gate in any window."""
        handovers_s = self._attachment.handovers_s(start_s - self._interruption_s, start_s + duration_s)
        if not len(handovers_s):
            return Steps(np.array([0.0, duration_s]), np.ones(1))
        begins_s = np.maximum(handovers_s - start_s, 0.0)
        ends_s = np.clip(handovers_s - start_s + self._interruption_s, 0.0, duration_s)
        offsets_s = np.unique(np.concatenate([[0.0, duration_s], begins_s, ends_s]))
        last = begins_s.searchsorted(offsets_s[:-1], "right") - 1
        # Each gap is as long as the others: whoever is in none after the last handover is in none at all.
        gone = (last >= 0) & (offsets_s[:-1] < ends_s[last])
        return Steps(offsets_s, np.where(gone, 0.0, 1.0))
