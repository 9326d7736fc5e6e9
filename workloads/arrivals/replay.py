"""Recorded arrivals: the instants of a real trace, dealt to the users in turn."""

from collections.abc import Iterator
from functools import cached_property
from math import isfinite

from pydantic import PositiveFloat
from pydantic.dataclasses import dataclass

from workloads import STRICT, Start
from workloads.arrivals import Thinking
from workloads.columns import Columns, read_columns
from workloads.luck import Luck


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Replay(Thinking):
    """Session starts read from column `at_s` of a table; start number k goes to user k modulo `users`.

    The recorded load is shared by whatever number of users there is, so here, and only here, the number of
    users changes who gets which arrival. Raises ValueError when the instants are not finite and ascending.
    """

    path: str
    """A csv or parquet file, or the name of an embedded table."""
    speedup: PositiveFloat
    """Divides every instant: 2 means that the trace runs twice as fast."""

    def __post_init__(self) -> None:
        if not self._at_s:
            raise ValueError(f"{self.path}: the table has no rows")

    @cached_property
    def _at_s(self) -> list[float]:
        columns: Columns = read_columns(self.path, required={"at_s": float})
        at_s = [float(value) for value in columns["at_s"]]
        for row, (before_s, now_s) in enumerate(zip([0.0, *at_s], at_s, strict=False)):
            if not isfinite(now_s) or now_s < before_s:
                raise ValueError(f"{self.path}: at_s must ascend from 0, but row {row + 1} is {now_s:g}")
        return at_s

    def starts(self, user_id: int, users: int, luck: Luck) -> Iterator[Start]:
        """This user's share of the recorded instants."""
        for at_s in self._at_s[user_id::users]:
            yield Start(at_s / self.speedup, after_previous=False)
