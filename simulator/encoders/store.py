"""What an encoder said of texts, kept: one SQLite file for all checkpoints.

A value is found again by who computed it (`Encoding`) and by the text's digest, and comes back bit for bit.
A checksum over the value, its digest and its encoding stands beside it: damage is told, never returned.
"""

import json
import os
from collections.abc import Collection, Mapping
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from simulator.encoders.store_file import damaged, open_file, told, transaction
from simulator.encoders.stored import COLUMNS, Encoding, Stored, of_row
from simulator.mistakes import Mistake

__all__ = ["Encoding", "Store", "default_path"]

_AT_ONCE = 500
"""Digests asked for in one statement: old SQLites take 999 variables."""


def default_path() -> Path:
    """Where the store lies if nobody says.

    `scores.sqlite` in $EDGEWISE_CACHE, else in $XDG_CACHE_HOME/edgewise, else in ~/.cache/edgewise.
    """
    own, shared = os.environ.get("EDGEWISE_CACHE"), os.environ.get("XDG_CACHE_HOME")
    folder = Path(own) if own else Path(shared or "~/.cache") / "edgewise"
    try:
        return folder.expanduser() / "scores.sqlite"
    except RuntimeError as error:  # a user without a home
        raise Mistake(f"no folder for the store of scores ({error}): set EDGEWISE_CACHE=FOLDER") from error


class Store:
    """The store at a path, made with its folders where there is none; read only where nothing can be written.

    Any number of processes may use one file; one of these objects stays in its process and thread. Every
    method raises `Mistake`, one line that names the file, where it cannot be read or written or is damaged.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.connection = open_file(path)

    def read(self, encoding: Encoding, digests: Collection[bytes]) -> dict[bytes, NDArray[np.float32]]:
        """The values of those texts that the store knows, each of shape (width,)."""
        known = self.find(encoding)
        found: dict[bytes, NDArray[np.float32]] = {}
        rest = iter(digests)
        while known and (some := list(islice(rest, _AT_ONCE))):
            places = ",".join("?" * len(some))
            query = f"SELECT digest, value, checksum FROM outputs WHERE encoding = ? AND digest IN ({places})"
            with told(self.path):
                rows = self.connection.execute(query, (known.number, *some)).fetchall()
            for row in rows:
                value = known.value(*row)
                if value is None:
                    raise damaged(self.path)
                found[row[0]] = value
        return found

    def write(
        self, encoding: Encoding, about: Mapping[str, str], values: Mapping[bytes, NDArray[np.float32]]
    ) -> None:
        """Add the values, all or none of them; a value that is there already stays.

        `about` tells people what the encoding is; the first writer's words stay.
        Raises ValueError for values that are not float32 rows of one width.
        """
        if not values:
            return
        kinds = {(value.dtype.name, value.shape) for value in values.values()}
        (dtype, shape), *others = kinds
        if others or dtype != "float32" or len(shape) != 1:
            raise ValueError(f"values must be float32 rows of one width, not {kinds}")
        row = (*encoding, shape[0], json.dumps(dict(about), sort_keys=True))
        with told(self.path), transaction(self.connection) as connection:
            if self.find(encoding) is None:  # an insert that is ignored would use up a number
                connection.execute("INSERT INTO encodings VALUES (NULL, ?, ?, ?, ?, ?)", row)
            known = self.find(encoding)
            if known is None or known.width != shape[0]:
                raise damaged(self.path)
            connection.executemany(
                "INSERT OR IGNORE INTO outputs VALUES (NULL, ?, ?, ?, ?)",
                (known.cells(digest, value) for digest, value in values.items()),
            )

    def find(self, encoding: Encoding) -> Stored | None:
        """The encoding as it stands in the store; None if it has no value there."""
        query = f"SELECT {COLUMNS} FROM encodings WHERE identity = ? AND kind = ? AND options = ?"
        with told(self.path):
            row = self.connection.execute(query, encoding).fetchone()
        return of_row(*row) if row else None

    def about(self, encoding: Encoding) -> dict[str, str]:
        """What the first writer said of the encoding; empty if there was none."""
        known = self.find(encoding)
        try:
            return dict(json.loads(known.about)) if known else {}
        except (ValueError, TypeError) as error:
            raise damaged(self.path) from error

    def commit(self, checkpoint: str, revision: str) -> str | None:
        """Which commit a branch or tag of a checkpoint meant when it was last remembered."""
        query = "SELECT meant FROM refs WHERE checkpoint = ? AND revision = ?"
        with told(self.path):
            row = self.connection.execute(query, (checkpoint, revision)).fetchone()
        return str(row[0]) if row else None

    def remember(self, checkpoint: str, revision: str, commit: str) -> None:
        """Keep which commit a branch or tag means now."""
        with told(self.path), transaction(self.connection) as connection:
            connection.execute("REPLACE INTO refs VALUES (?, ?, ?)", (checkpoint, revision, commit))

    def encodings(self) -> dict[Stored, int]:
        """All encodings, the oldest first, and how many values each has."""
        count = "SELECT count(*) FROM outputs WHERE encoding = number"
        with told(self.path):
            rows = self.connection.execute(
                f"SELECT {COLUMNS}, ({count}) FROM encodings ORDER BY 1"
            ).fetchall()
        return {of_row(*row[:-1]): row[-1] for row in rows}

    def close(self) -> None:
        """Let go of the file."""
        self.connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
