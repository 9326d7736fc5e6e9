"""The file of the store: how it is opened and laid out, and its troubles told in one line.

SQLite with a rollback journal: the processes of a machine share it as a plain file, and one that is killed
leaves each of its writes whole or not at all. Foreign files and later layouts are never written to.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from simulator.mistakes import Mistake

APPLICATION_ID = 0x65647769
"""Stands in the file's header, where other programs have other numbers: "edwi"."""
VERSION = 1
"""Of the tables below; a higher one is a later edgewise's."""
WAIT_S = 60.0
"""How long another process may hold the file before we give up."""
COMMAND = "python -m simulator.scorers cache"
_TABLES = (
    # Numbers are never used twice: what was listed before a pruning cannot mean another encoding after it.
    """CREATE TABLE encodings (
        number INTEGER PRIMARY KEY AUTOINCREMENT, identity TEXT NOT NULL, kind TEXT NOT NULL,
        options TEXT NOT NULL, width INTEGER NOT NULL, about TEXT NOT NULL,
        UNIQUE (identity, kind, options))""",
    # In the order of writing, with the digests in an index: in a tree of digests, rows of 3 kB overflow.
    """CREATE TABLE outputs (
        row INTEGER PRIMARY KEY, encoding INTEGER NOT NULL, digest BLOB NOT NULL, value BLOB NOT NULL,
        checksum INTEGER NOT NULL, UNIQUE (encoding, digest))""",
    """CREATE TABLE refs (
        checkpoint TEXT NOT NULL, revision TEXT NOT NULL, meant TEXT NOT NULL,
        PRIMARY KEY (checkpoint, revision)) WITHOUT ROWID""",
)
_KEPT = "what was stored before is safe"
_REASONS = {
    sqlite3.SQLITE_NOTADB: "not a store of scores: no SQLite file; move it away, or name another store",
    sqlite3.SQLITE_CORRUPT: f"damaged: `{COMMAND} prune --damaged` keeps what can still be read",
    sqlite3.SQLITE_FULL: f"the disk is full; {_KEPT}",
    sqlite3.SQLITE_IOERR: f"cannot be read or written: is the disk full, or failing? {_KEPT}",
    sqlite3.SQLITE_READONLY: "cannot be written: the file or its folder is read only",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened: no permission for the file or its folder",
    sqlite3.SQLITE_PERM: "cannot be opened: no permission for the file or its folder",
}


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Whatever SQLite or the file system has against the store, as a `Mistake` of one line that names it."""
    try:
        yield
    except sqlite3.ProgrammingError:  # ours, not the user's
        raise
    except sqlite3.Error as error:
        raise Mistake(f"{path}: {_reason(error)}") from error
    except (FileExistsError, NotADirectoryError) as error:
        file = next((parent for parent in path.parents if parent.is_file()), path.parent)
        raise Mistake(f"{path}: {file} is a file, not a folder") from error
    except OSError as error:
        raise Mistake(f"{error.filename or path}: {error.strerror or error}") from error


def _reason(error: sqlite3.Error) -> str:
    if code_of(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return f"another process has locked it for more than {WAIT_S:g} s"
    if "LOCK" in getattr(error, "sqlite_errorname", ""):
        return "its file system cannot lock files; name a store on a local disk"
    return _REASONS.get(code_of(error), f"SQLite says: {error}")


def code_of(error: sqlite3.Error) -> int:
    """SQLite's primary result code, as in `sqlite3.SQLITE_CORRUPT`."""
    return int(getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)) & 0xFF


def damaged(path: Path) -> Mistake:
    """The mistake of a store that holds what nobody wrote."""
    return Mistake(
        f"{path}: damaged: a checksum does not fit; `{COMMAND} verify --store {path}` shows where,"
        f" `{COMMAND} prune --damaged --store {path}` removes it"
    )


def open_file(path: Path, *, cut_off: bool = False) -> sqlite3.Connection:
    """The store at `path`, made where there is none, in autocommit mode; read only where it must be.

    `cut_off` opens a file whose end is missing, too. Raises `Mistake` for a path that cannot be opened, for a
    file that is not a store, and for a store of a later layout.
    """
    with told(path):
        if path.is_dir():
            raise Mistake(f"{path} is a folder; a store is a file, as in {path / 'scores.sqlite'}")
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(path.absolute(), timeout=WAIT_S, isolation_level=None)
        try:
            connection.text_factory = lambda text: text.decode(errors="replace")  # checksums tell damage
            connection.execute("PRAGMA cell_size_check = ON")
            connection.execute(f"PRAGMA writable_schema = {'ON' if cut_off else 'OFF'}")
            with transaction(connection, "DEFERRED"):  # one view: others may lay it out meanwhile
                laid_out = _is_ours(connection, path)
            if not laid_out:
                with transaction(connection):
                    if not _is_ours(connection, path):  # nobody was faster
                        _lay_out(connection)
        except BaseException:
            connection.close()
            raise
        return connection


def _is_ours(connection: sqlite3.Connection, path: Path) -> bool:
    """Whether the tables are there; False for an empty file. Raises `Mistake` for one that is not ours."""
    application, version = (
        connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")
    )
    if application == APPLICATION_ID and version == VERSION:
        return True
    if application == APPLICATION_ID:
        raise Mistake(
            f"{path}: a store of layout {version}, but this edgewise reads layout {VERSION}:"
            " update edgewise, or name another store"
        )
    if application or version or connection.execute("SELECT 1 FROM sqlite_master").fetchone():
        raise Mistake(f"{path}: not a store of scores but another program's SQLite file; name another store")
    return False


def _lay_out(connection: sqlite3.Connection) -> None:
    for table in _TABLES:
        connection.execute(table)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {VERSION}")


@contextmanager
def transaction(connection: sqlite3.Connection, kind: str = "IMMEDIATE") -> Iterator[sqlite3.Connection]:
    """All of it or nothing; waits for other writers before it begins, unless it is DEFERRED, for reading."""
    connection.execute(f"BEGIN {kind}")
    try:
        yield connection
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # a full disk has ended it already
            connection.execute("ROLLBACK")
        raise
