"""An encoding's values as a table: csv or parquet, one row a text, in the order of the digests."""

import csv
import os
from collections.abc import Iterator
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

    The file is there whole or not at all. Raises `Mistake` for another ending, a file that cannot be written
    and a damaged value.
    """
    writers = {".csv": _write_csv, ".parquet": _write_parquet}
    if file.suffix not in writers:
        raise Mistake(f"--out {file}: a table ends in .csv or .parquet, not in {file.suffix or 'nothing'}")
    names = ["digest", *(f"{stored.encoding.kind}_{place}" for place in range(stored.width))]
    partial = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        rows = writers[file.suffix](partial, names, _values(store, stored))
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


def _write_csv(file: Path, names: list[str], values: Iterator[Some]) -> int:
    rows = 0
    with file.open("w", newline="", encoding="utf-8") as lines:
        writer = csv.writer(lines, lineterminator="\n")
        writer.writerow(names)
        for some in values:
            # A float32's own shortest digits: reading them back as float32 gives the same number.
            writer.writerows([digest, *map(str, value)] for digest, value in some)
            rows += len(some)
    return rows


def _write_parquet(file: Path, names: list[str], values: Iterator[Some]) -> int:
    import pyarrow as pa
    from pyarrow import parquet

    schema = pa.schema([(name, pa.float32() if place else pa.string()) for place, name in enumerate(names)])
    rows = 0
    with parquet.ParquetWriter(file, schema) as writer:
        for some in values:
            digests, vectors = zip(*some, strict=True)
            columns: list[Any] = [pa.array(digests), *map(pa.array, np.stack(vectors).T)]
            writer.write_table(pa.table(columns, schema=schema))
            rows += len(some)
    return rows
