"""Queue lengths, out of the events."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

_WAITING = {"submitted": 1, "started": -1, "preempted": 1}
_IN_SERVICE = {"started": 1, "finished": -1, "preempted": -1}


def queue_over_time(events: "pd.DataFrame", entity: str = "edge") -> "pd.DataFrame":
    """How many jobs wait, and how many are served, as a step function of time.

    A row holds from its `at_s` until the next row of the same `run`; before the first row there are no jobs.
    Columns: `run` (where the events have it), `at_s` [s], `waiting` and `in_service` [jobs]. All state
    changes within a microsecond make one row: a job that need not wait is never counted as waiting, and one
    that takes over a slot is not served beside its predecessor.
    `entity` is `edge`, or `npu` for all phones together; for one phone pass that user's events alone.
    """
    kinds = events["kind"].astype(str)
    relevant = (events["entity"] == entity) & kinds.isin([*_WAITING, *_IN_SERVICE])
    where = ["run", "at_s"] if "run" in events else ["at_s"]
    steps = events.loc[relevant, where].assign(
        at_s=events["at_s"].round(6),
        waiting=kinds[relevant].map(_WAITING).fillna(0).astype(int),
        in_service=kinds[relevant].map(_IN_SERVICE).fillna(0).astype(int),
    )
    changes = steps.groupby(where, observed=True, as_index=False)[["waiting", "in_service"]].sum()
    counts = changes[["waiting", "in_service"]]
    running = counts.groupby(changes["run"], observed=True).cumsum() if "run" in changes else counts.cumsum()
    return changes[where].join(running)
