"""Which site serves a user who moves, and the gaps when it changes."""

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from channels import Floats, Steps
from channels.mobility import Positions
from channels.parts.mean_gain import OneSite, gathered, linear

EPOCH_S = 32.0
"""Shortest time between two attachments to the best site [s]."""

EPOCH_STEPS = 64
"""Fewest steps in that time."""

KEPT = 4
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


def a3(strengths_db: Floats, offset_db: float, steps: int) -> tuple[NDArray[np.intp], list[int]]:
    """Event A3 of 3GPP TS 38.331, section 5.5.4.4, from the strongest site on.

    `strengths_db` has a row for each step and a column for each site. A neighbour that is better by more than
    `offset_db` for `steps` steps on end takes over at the end of the last of them. Returns who serves in
    each step, and the numbers of the steps that begin with a new one.
    """
    end = len(strengths_db)
    serving = np.empty(end, dtype=np.intp)
    now, changes = 0, list[int]()
    site = int(strengths_db[0].argmax())
    rows_db = np.ascontiguousarray(strengths_db.T)
    while True:
        rest_db = rows_db[:, now:]
        ripe = _lasting(rest_db > rest_db[site] + offset_db, steps)
        hits = ripe.any(axis=0)
        first = int(hits.argmax()) if hits.any() else end
        serving[now:] = site
        now += first + steps
        if now >= end:
            return serving, changes
        site = int(np.where(ripe[:, first], rows_db[:, now - 1], -math.inf).argmax())
        changes.append(now)


def _lasting(holds: NDArray[np.bool_], steps: int) -> NDArray[np.bool_]:
    """Where something holds in a column and in the next ones, `steps` in all; so fewer columns."""
    seen = 1
    while seen < steps and holds.size:
        further = min(seen, steps - seen)
        holds = holds[:, :-further] & holds[:, further:]
        seen += further
    return holds


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

    def __init__(self, sites: OneSite, step_s: float, *, offset_db: float, time_to_trigger_s: float) -> None:
        self._sites, self._step_s, self._offset_db = sites, step_s, offset_db
        self._steps = max(1, math.ceil(time_to_trigger_s / step_s))
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
