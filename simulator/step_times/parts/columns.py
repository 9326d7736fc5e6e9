"""Reading a profile's csv files, with errors that a user can act on."""

import csv
import gzip
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from simulator.mistakes import nearest

TABLES = Path(__file__).parents[1] / "tables"
"""Where the embedded profiles lie, a folder each."""


class Rows(NamedTuple):
    """What a file says, one row a measurement."""

    file: str
    """For errors."""
    keys: list[tuple[str, ...]]
    times_us: list[float]

    def whole(self, column: int, name: str) -> list[int]:
        """A column of the keys as whole numbers. Raises ValueError where one is not, or is below 0."""
        try:
            found = [int(key[column]) for key in self.keys]
        except ValueError:
            found = [-1]
        if min(found, default=0) < 0:
            bad = next(key[column] for key in self.keys if not key[column].isdigit())
            raise ValueError(f"{self.file}: {name} must be a whole number from 0 on, not {bad!r}")
        return found


def find_profile(path: str) -> Path:
    """The folder that `path` means: an embedded profile's name, or a folder's path.

    Raises FileNotFoundError, naming the embedded profiles, when there is neither.
    """
    embedded = TABLES / path
    folder = embedded if path and _is_profile(embedded) else Path(path).expanduser()
    if path and folder.is_dir():
        return folder
    names = sorted(each.name for each in TABLES.iterdir() if _is_profile(each))
    raise FileNotFoundError(
        f"no profile {path!r}: {nearest(path, names)}give a folder, or one of {', '.join(names)}"
    )


def _is_profile(folder: Path) -> bool:
    return folder.is_dir() and any(folder.glob("*.csv*"))


def read_rows(folder: Path, name: str, columns: Sequence[str]) -> Rows:
    """The rows of `name`.csv: the named columns as they stand there, and `time_us`.

    The file may begin with "profile_" and end in ".gz". Raises FileNotFoundError for an absent file and
    ValueError for a missing column, for no rows, and for a time that is not a number above 0.
    """
    files = [f"{prefix}{name}.csv{suffix}" for prefix in ("", "profile_") for suffix in ("", ".gz")]
    found = [folder / file for file in files if (folder / file).is_file()]
    if not found:
        raise FileNotFoundError(
            f"{folder}: no {name}.csv; a profile has attention.csv, dense.csv and per_sequence.csv"
        )
    file = found[0]
    try:
        header, *rows = filter(None, csv.reader(_lines(file)))
    except (OSError, EOFError, zlib.error, UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"{file}: not a readable csv ({str(error).splitlines()[0]})") from error
    except ValueError:  # nothing to unpack
        header, rows = [], []
    for column in (*columns, "time_us"):
        if column not in header:
            hint = nearest(column, {*header} - {*columns})
            raise ValueError(f"{file}: no column {column!r}; {hint}it has {', '.join(header)}")
    if not rows:
        raise ValueError(f"{file}: no rows")
    places, time = [header.index(column) for column in columns], header.index("time_us")
    for number, row in enumerate(rows, start=1):
        if len(row) != len(header):
            raise ValueError(f"{file}: row {number} has {len(row)} cells, the header {len(header)}")
    keys = [tuple(row[place] for place in places) for row in rows]
    return Rows(
        str(file), keys, [_time_us(file, number, row[time]) for number, row in enumerate(rows, start=1)]
    )


def _lines(file: Path) -> Iterator[str]:
    data = file.read_bytes()
    return iter((gzip.decompress(data) if file.suffix == ".gz" else data).decode("utf-8-sig").splitlines())


def _time_us(file: Path, number: int, cell: str) -> float:
    try:
        time_us = float(cell)
    except ValueError:
        time_us = -1.0
    if not 0 < time_us < float("inf"):
        raise ValueError(f"{file}: time_us must be a number above 0, but row {number} is {cell!r}")
    return time_us
