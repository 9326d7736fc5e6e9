"""Event A3: a neighbour that stays better takes over."""

import math

import numpy as np
from numpy.typing import NDArray

from channels import Floats


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
