"""Taking things out of the store, and saving what a broken file still holds."""

import shutil
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from simulator.encoders.store import Store
from simulator.encoders.store_file import open_file, told, transaction
from simulator.encoders.store_health import fits, known_in, readable, up_to_damage


def remove_encodings(store: Store, numbers: Iterable[int]) -> None:
    """Take out whole encodings."""
    with told(store.path), transaction(store.connection) as connection:
        for number in numbers:
            connection.execute("DELETE FROM outputs WHERE encoding = ?", (number,))
            connection.execute("DELETE FROM encodings WHERE number = ?", (number,))


def remove_rows(store: Store, rows: Iterable[int]) -> None:
    """Take out single values, and encodings that have none left."""
    with told(store.path), transaction(store.connection) as connection:
        connection.executemany("DELETE FROM outputs WHERE row = ?", ((row,) for row in rows))
        connection.execute("DELETE FROM encodings WHERE number NOT IN (SELECT encoding FROM outputs)")


def remove_all(store: Store) -> None:
    """Take out everything, what branches and tags meant included."""
    with told(store.path), transaction(store.connection) as connection:
        for table in ("outputs", "encodings", "refs"):
            connection.execute(f"DELETE FROM {table}")


def shrink(store: Store) -> None:
    """Give the file system back what removed values took."""
    with told(store.path):
        store.connection.execute("VACUUM")


def salvage(path: Path) -> tuple[Path, int]:
    """Put what a broken file still holds in its place; the copy of the broken file, and how many values.

    The same file gets its new content in one transaction, so that whoever has it open goes on.
    """
    old = _free_name(path)
    with told(path), closing(open_file(path, cut_off=True)) as broken:
        try:
            shutil.copy2(path, old)
            with TemporaryDirectory(prefix=".salvage-", dir=path.parent) as folder:
                with Store(Path(folder) / "fresh.sqlite") as fresh, transaction(fresh.connection) as sound:
                    found = _copy(broken, path, sound)
                with Store(Path(folder) / "fresh.sqlite") as fresh:
                    fresh.connection.backup(broken)
        except BaseException:
            old.unlink(missing_ok=True)
            raise
    return old, found


def _copy(broken: sqlite3.Connection, path: Path, sound: sqlite3.Connection) -> int:
    """All that can be read and fits its checksum; how many values."""
    known = known_in(broken)
    for number, stored in known.items():
        cells = (number, *stored.encoding, stored.width, stored.about)
        sound.execute("INSERT OR IGNORE INTO encodings VALUES (?, ?, ?, ?, ?, ?)", cells)
    rows = (row for row in readable(broken, path, known) if fits(known, row))
    found = sound.executemany("INSERT OR IGNORE INTO outputs VALUES (?, ?, ?, ?, ?)", rows).rowcount
    sound.execute("DELETE FROM encodings WHERE number NOT IN (SELECT encoding FROM outputs)")
    for ref in up_to_damage(broken, "SELECT checkpoint, revision, meant FROM refs"):
        sound.execute("INSERT OR IGNORE INTO refs VALUES (?, ?, ?)", ref)
    return found


def _free_name(path: Path) -> Path:
    names = (path.with_name(f"{path.name}.damaged{number or ''}") for number in range(10_000))
    return next(name for name in names if not name.exists())
