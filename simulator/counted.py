"""The turns that count, read from `turns.parquet` chunk by chunk."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from simulator.arrow_log import numpy_of
from simulator.statistics import Pass, Values

KEPT_ROWS = 32_768
"""A log with more rows is read anew for every pass, so that memory stays flat."""

Table = dict[str, Any]


class Counted:
    """The turns that arrived from `warmup_s` on, in the order in which they finished."""

    def __init__(self, turns: Path, warmup_s: float, columns: list[str]) -> None:
        from pyarrow import parquet

        self._turns, self._warmup_s = turns, warmup_s
        few = parquet.read_metadata(turns).num_rows <= KEPT_ROWS
        self._kept = list(self._read(columns)) if few else None

    def values(self, of: Callable[..., Values], *columns: str, where: str | None = None) -> Pass:
        """What `of` makes of these columns; `where` keeps one site."""

        def chunks() -> Iterator[Values]:
            for rows in self.rows(*columns, where=where):
                yield of(*rows)

        if self._kept is None:
            return chunks
        kept = list(chunks())
        return lambda: iter(kept)

    def rows(self, *columns: str, where: str | None = None) -> Iterator[tuple[Values, ...]]:
        """These columns, chunk by chunk. A site is 1 at the edge."""
        for table in self._kept if self._kept is not None else self._read([*columns, "site"]):
            if where is None:
                yield tuple(table[column] for column in columns)
            else:
                keep = table["site"] == (where == "edge")
                yield tuple(table[column][keep] for column in columns)

    def _read(self, columns: list[str]) -> Iterator[Table]:
        from pyarrow import parquet

        wanted = list({*columns, "site", "arrived_at_s"})
        with parquet.ParquetFile(self._turns) as file:
            for group in range(file.num_row_groups):
                table = file.read_row_group(group, columns=wanted)
                keep = _numbers(table["arrived_at_s"]) >= self._warmup_s
                yield {name: _column(table, name)[keep] for name in wanted}


def _column(table: Any, name: str) -> Any:
    return _is_edge(table[name]).astype(float) if name == "site" else _numbers(table[name])


def _numbers(column: Any) -> Any:
    return np.concatenate([numpy_of(chunk) for chunk in column.chunks])


def _is_edge(site: Any) -> Any:
    """A dictionary column against the word, chunk by chunk."""
    chunks = [numpy_of(chunk.indices) == chunk.dictionary.to_pylist().index("edge") for chunk in site.chunks]
    return np.concatenate(chunks)
