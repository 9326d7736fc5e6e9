"""What is damaged in the store, and reading what is not."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from simulator.encoders.store_file import code_of, open_file, told
from simulator.encoders.stored import COLUMNS, Stored, of_row

_PER_LOOK = 1000
"""Values read in one statement: between two of them others may write."""
_ROW_BYTES = 40
"""A value takes at least so much of the file beside its numbers, mostly for the digest."""

Row = tuple[int, int, bytes, bytes, int]
"""Of the table `outputs`: row, encoding, digest, value, checksum."""


class Damage(NamedTuple):
    """A value that does not fit its checksum."""

    row: int
    encoding: int
    digest: str
    """Hexadecimal."""


class Health(NamedTuple):
    """What a look at every value has shown."""

    file: list[str]
    """What SQLite has against the file; empty where its structure is sound."""
    intact: int
    """Values that can be read and fit their checksums."""
    damaged: list[Damage]
    """Those that can be read and do not."""


def health(path: Path) -> Health:
    """Look at the file and at every value; writes nothing."""
    intact, damaged = 0, []
    with told(path), closing(open_file(path, cut_off=True)) as connection:
        file, known = _objections(connection), known_in(connection)
        for row in readable(connection, path, known):
            if fits(known, row):
                intact += 1
            else:
                digest = row[2].hex() if isinstance(row[2], bytes) else str(row[2])
                damaged.append(Damage(row[0], row[1], digest))
    return Health(file, intact, damaged)


def _objections(connection: sqlite3.Connection) -> list[str]:
    try:
        found = [str(line) for (line,) in connection.execute("PRAGMA integrity_check(10)")]
    except sqlite3.DatabaseError as error:
        _unless_damaged(error)
        found = [str(error)]
    lines = [line for text in found for line in text.splitlines() if not line.startswith("***")]
    return [] if lines == ["ok"] else lines


def known_in(connection: sqlite3.Connection) -> dict[int, Stored]:
    """The encodings that can be read, by number."""
    rows = up_to_damage(connection, f"SELECT {COLUMNS} FROM encodings")
    return {stored.number: stored for stored in (of_row(*row) for row in rows)}


def fits(known: dict[int, Stored], row: Row) -> bool:
    """Whether a value is as it was written."""
    _, encoding, *cells = row
    return encoding in known and known[encoding].value(*cells) is not None


def readable(connection: sqlite3.Connection, path: Path, known: dict[int, Stored]) -> Iterator[Row]:
    """All values that can be read, in the order of their writing; steps over what cannot."""
    narrowest = min((stored.width for stored in known.values()), default=1)
    most = path.stat().st_size // (_ROW_BYTES + 4 * narrowest)  # more than a gap can have held
    query = "SELECT row, encoding, digest, value, checksum FROM outputs WHERE row > ? ORDER BY row LIMIT ?"
    last, missed = 0, 0
    while missed <= most:
        before = last
        try:
            for row in connection.execute(query, (last, _PER_LOOK)):
                last, missed = row[0], 0
                yield row
            if last == before:
                return
        except sqlite3.DatabaseError as error:
            if not _unless_damaged(error):
                return
            last, missed = last + 1, missed + 1


def up_to_damage(connection: sqlite3.Connection, query: str) -> Iterator[Any]:
    """The rows of a query, as far as they can be read."""
    try:
        yield from connection.execute(query)
    except sqlite3.DatabaseError as error:
        _unless_damaged(error)


def _unless_damaged(error: sqlite3.DatabaseError) -> bool:
    """Pass over a damaged file: True for a part of it, False for a table that is gone. Raises the rest."""
    if code_of(error) == sqlite3.SQLITE_CORRUPT:
        return True
    if "no such table" in str(error):
        return False
    raise error
