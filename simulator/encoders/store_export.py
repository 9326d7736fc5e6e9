"""An encoding's values as a table: csv or parquet, one row a text, in the order of the digests."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.encoders.store import Store
from simulator.encoders.store_file import damaged, told
from simulator.encoders.stored import Stored
from simulator.mistakes import Mistake

_PER_LOOK = 1000

Some = list[tuple[str, NDArray[np.float32]]]
"""Some rows: the text's SHA-256 in hexadecimal, and its value."""


def export(store: Store, stored: Stored, file: Path) -> int:
    """Write `digest` and one column a number, named as in `logits_0`; how many rows.

    Numbers in a csv are the shortest that give the same float32 again. The file is there whole or not at all.
    Raises `Mistake` for another ending, a file that cannot be written and a damaged value.
    """
    if file.suffix not in (".csv", ".parquet"):
        raise Mistake(f"--out {file}: a table ends in .csv or .parquet, not in {file.suffix or 'nothing'}")
    partial = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        rows = _write(partial, _writer(file.suffix), stored, _values(store, stored))
        partial.replace(file)
    except OSError as error:
        raise Mistake(f"cannot write to {file}: {error.strerror or error}") from error
    finally:
        partial.unlink(missing_ok=True)
    return rows


def _values(store: Store, stored: Stored) -> Iterator[Some]:
    query = """SELECT digest, value, checksum FROM outputs
        WHERE encoding = ? AND digest > ? ORDER BY digest LIMIT ?"""
    last = b""
    while True:
        with told(store.path):
            rows = store.connection.execute(query, (stored.number, last, _PER_LOOK)).fetchall()
        some: Some = []
        for row in rows:
            value = stored.value(*row)
            if value is None:
                raise damaged(store.path)
            last = row[0]
            some.append((last.hex(), value))
        if not some:
            return
        yield some


def _writer(suffix: str) -> Callable[[Path, Any], AbstractContextManager[Any]]:
    if suffix == ".parquet":
        from pyarrow.parquet import ParquetWriter

        return ParquetWriter  # type: ignore[no-any-return]
    from pyarrow.csv import CSVWriter, WriteOptions

    return lambda file, schema: CSVWriter(file, schema, write_options=WriteOptions(quoting_style="none"))


def _write(
    file: Path,
    open_writer: Callable[[Path, Any], AbstractContextManager[Any]],
    stored: Stored,
    values: Iterator[Some],
) -> int:
    import pyarrow as pa

    names = [f"{stored.encoding.kind}_{place}" for place in range(stored.width)]
    schema = pa.schema([("digest", pa.string()), *((name, pa.float32()) for name in names)])
    rows = 0
    with open_writer(file, schema) as writer:
        for some in values:
            digests, vectors = zip(*some, strict=True)
            columns = [pa.array(digests), *map(pa.array, np.stack(vectors).T)]
            writer.write_table(pa.table(columns, schema=schema))
            rows += len(some)
    return rows
