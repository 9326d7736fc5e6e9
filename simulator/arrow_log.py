"""One log on disk: rows of plain numbers, streamed as Arrow record batches, turned to Parquet at the end.

During the run a log is an Arrow IPC stream (`NAME.arrows`): whatever kills the process, every batch written
so far can be read. A plain Parquet file would be unreadable without its footer.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import inf
from pathlib import Path
from typing import Any

import numpy as np

from simulator.columns import Column

Numbers = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


Words = Mapping[str, Iterable[str]]


class ArrowLog:
    """A log of `columns`, written to `folder`/`name`.arrows and, by `close`, to `folder`/`name`.parquet.

    `words` holds the dictionary of each category column; it may grow between batches.
    `to_columns` makes one array per column of the transposed rows that were added.
    """

    def __init__(
        self,
        folder: Path,
        name: str,
        columns: Sequence[Column],
        words: Words,
        to_columns: Callable[[Numbers], Sequence[Numbers]],
    ) -> None:
        import pyarrow as pa

        self._folder, self._name, self._columns, self._words = folder, name, columns, words
        self._to_columns = to_columns
        self._rows: list[Numbers] = []
        self.schema = pa.schema([(column.name, _arrow_type(column.kind)) for column in columns])
        self._stream = pa.OSFile(str(self._path(".arrows")), "wb")
        self._writer = pa.ipc.new_stream(
            self._stream, self.schema, options=pa.ipc.IpcWriteOptions(compression="lz4")
        )
        empty = [_array(column, np.empty(0), self._words) for column in columns]
        self._writer.write_batch(pa.record_batch(empty, schema=self.schema))  # now the schema is on disk

    def _path(self, ending: str) -> Path:
        return self._folder / (self._name + ending)

    def add(self, rows: Numbers) -> None:
        """Let rows, one line each, wait for the next batch."""
        self._rows.append(rows)

    @property
    def waiting(self) -> int:
        """How many rows wait."""
        return sum(map(len, self._rows))

    def flush(self) -> None:
        """Write the waiting rows as one batch."""
        if not self.waiting:
            return
        import pyarrow as pa

        values = self._to_columns(np.concatenate(self._rows).T)
        arrays = [
            _array(column, cells, self._words) for column, cells in zip(self._columns, values, strict=True)
        ]
        self._writer.write_batch(pa.record_batch(arrays, schema=self.schema))
        self._rows.clear()

    def close(self, end: float = inf) -> Path:
        """End the stream and make a Parquet file of it, without rows whose first column is above `end`.

        Such rows are announced ends of work that a stopped run never reached. On an error, a full disk say,
        the stream stays.
        """
        self.flush()
        self._writer.close()
        self._stream.close()
        _to_parquet(self._path(".arrows"), self._path(".parquet"), self.schema, end)
        self._path(".arrows").unlink()
        return self._path(".parquet")


def _to_parquet(source: Path, target: Path, schema: Any, end: float) -> None:
    """Copy an Arrow stream to a Parquet file, batch by batch, up to `end` in the first column."""
    import pyarrow as pa
    from pyarrow import parquet

    categories = [field.name for field in schema if pa.types.is_dictionary(field.type)]
    with (
        pa.OSFile(str(source)) as file,  # a name would be mapped into memory, whole
        pa.ipc.open_stream(file) as batches,
        parquet.ParquetWriter(
            str(target), schema, compression="zstd", compression_level=1, use_dictionary=categories
        ) as writer,
    ):
        for batch in batches:
            kept = numpy_of(batch[0]) <= end
            if not kept.all():
                arrays = [_rows(array, kept) for array in batch.columns]
                batch = pa.record_batch(arrays, schema=schema)
            if len(batch):
                writer.write_batch(batch)


# `pyarrow.array` and `to_numpy` import pandas, `filter` imports pyarrow.compute: together they would double
# the time that a small run takes. So arrays are made from, and seen as, their buffers.


def _array(column: Column, values: Numbers, words: Words) -> Any:
    """The Arrow array of one column."""
    if column.kind == "category":
        return _categories(values.astype(np.int32), list(words[column.name]))
    return _plain(values.astype(column.kind))


def _plain(values: Any) -> Any:
    """An Arrow array over a NumPy array's memory."""
    import pyarrow as pa

    kind = pa.from_numpy_dtype(values.dtype)
    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(np.ascontiguousarray(values))])


def _categories(codes: Any, words: list[str]) -> Any:
    """An Arrow dictionary array."""
    import pyarrow as pa

    letters = [word.encode() for word in words]
    ends = np.cumsum([0, *map(len, letters)]).astype(np.int32)
    dictionary = pa.StringArray.from_buffers(len(words), pa.py_buffer(ends), pa.py_buffer(b"".join(letters)))
    return pa.DictionaryArray.from_arrays(_plain(codes), dictionary)


def numpy_of(array: Any) -> Any:
    """A NumPy view of an Arrow array of numbers without nulls."""
    dtype = array.type.to_pandas_dtype()
    return np.frombuffer(array.buffers()[1], dtype)[array.offset : array.offset + len(array)]


def _rows(array: Any, keep: Any) -> Any:
    """The rows of an Arrow array where `keep` is true."""
    import pyarrow as pa

    if pa.types.is_dictionary(array.type):
        return pa.DictionaryArray.from_arrays(_plain(numpy_of(array.indices)[keep]), array.dictionary)
    return _plain(numpy_of(array)[keep])


def _arrow_type(kind: str) -> Any:
    import pyarrow as pa

    return pa.dictionary(pa.int32(), pa.string()) if kind == "category" else pa.type_for_alias(kind)
