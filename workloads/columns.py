"""Reading a table's columns from csv, parquet or jsonl, with errors that a user can act on."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from math import nan
from pathlib import Path

from workloads.jsonl import read_jsonl

csv.field_size_limit(2**31 - 1)  # prompts may be long

TABLES = Path(__file__).parent / "tables"
"""Where the embedded figure tables lie."""

IN_WORDS: dict[object, float] = {
    None: nan,
    "": nan,
    **dict.fromkeys(("True", "true", "TRUE"), 1.0),
    **dict.fromkeys(("False", "false", "FALSE"), 0.0),
}
"""Cells that are numbers in other words: right and wrong outcomes are often written so."""

Cells = Mapping[str, Sequence[object]]
Columns = dict[str, list[float] | list[str]]


def find_table(path: str) -> Path:
    """The file that `path` means: an embedded table's name, or a file's path.

    Raises FileNotFoundError, naming the embedded tables, when there is neither.
    """
    embedded = TABLES / f"{path}.csv"
    file = embedded if embedded.is_file() else Path(path).expanduser()
    if file.is_file():
        return file
    names = sorted(table.stem for table in TABLES.glob("*.csv"))
    raise FileNotFoundError(
        f"no table {path!r}: {_nearest(path, names)}give a csv, parquet or jsonl file,"
        f" or one of {', '.join(names)}"
    )


def _nearest(word: str, choices: Iterable[str]) -> str:
    """A hint "did you mean X? " where a choice is close to `word`, else nothing."""
    near = get_close_matches(word, list(choices), n=1)
    return f"did you mean {near[0]}? " if near else ""


def read_columns(
    path: str, required: Mapping[str, type], optional: Mapping[str, type] | None = None
) -> Columns:
    """The asked columns of a table, as lists of floats or strings; optional ones only where they exist.

    An empty cell is NaN or "". Raises FileNotFoundError for an absent file and ValueError for a missing
    column, a cell that is not a number, an unreadable file or an ending other than .csv or .parquet.
    """
    cells = _cells(find_table(path), path)
    for name in required:
        if name not in cells:
            raise ValueError(
                f"{path}: no column {name!r}; {_nearest(name, cells)}the table has {', '.join(cells)}"
            )
    for name in optional or {}:
        if name not in cells:
            near = get_close_matches(name, set(cells) - {*required, *(optional or {})}, n=1, cutoff=0.8)
            if near and not near[0].startswith(name):
                raise ValueError(f"{path}: column {near[0]!r} is not known; did you mean {name}?")
    wanted = {**required, **{name: kind for name, kind in (optional or {}).items() if name in cells}}
    return {
        name: _numbers(cells[name], name, path) if kind is float else _words(cells[name], name, path)
        for name, kind in wanted.items()
    }


def column_names(path: str) -> list[str]:
    """What a table's columns are called. Raises as `read_columns` does."""
    return list(_cells(find_table(path), path))


def _cells(file: Path, path: str) -> Cells:
    """All columns, as they stand in the file."""
    if file.suffix == ".jsonl":
        return read_jsonl(file, path)
    try:
        if file.suffix == ".csv":
            return _read_csv(file, path)
        if file.suffix == ".parquet":
            from pyarrow import parquet

            columns: Cells = parquet.read_table(file).to_pydict()
            return columns
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: not in UTF-8 ({error.reason}): save it so") from error
    except (csv.Error, OSError, ValueError) as error:
        raise ValueError(f"{path}: not a readable table ({str(error).splitlines()[0]})") from error
    raise ValueError(f"{path}: a table ends in .csv, .parquet or .jsonl, not in {file.suffix or 'nothing'}")


def _read_csv(file: Path, path: str) -> Cells:
    with file.open(newline="", encoding="utf-8-sig") as lines:
        rows = csv.reader(lines)
        header = next(rows, [])
        body = [row for row in rows if row]
    for name in header:
        if header.count(name) > 1:
            raise ValueError(f"there are {header.count(name)} columns {name!r}")
    for number, row in enumerate(body, start=1):
        if len(row) != len(header):
            hint = "; cells are separated by commas" if ";" in ",".join(header) else ""
            raise ValueError(f"row {number} has {len(row)} cells, the header {len(header)}{hint}")
    return dict(zip(header, zip(*body, strict=True) if body else [()] * len(header), strict=True))


def _numbers(cells: Sequence[object], name: str, path: str) -> list[float]:
    numbers = []
    for row, cell in enumerate(cells, start=1):
        try:
            numbers.append(IN_WORDS[cell] if cell in IN_WORDS else float(cell))  # type: ignore
        except (TypeError, ValueError):
            raise ValueError(f"{path}: {name} must be a number, but row {row} is {str(cell)!r}") from None
    return numbers


def _words(cells: Sequence[object], name: str, path: str) -> list[str]:
    for row, cell in enumerate(cells, start=1):
        if isinstance(cell, list | dict):
            raise ValueError(f"{path}: {name} must be text, but row {row} is a list: save dialogues as jsonl")
    return ["" if cell is None or cell != cell else str(cell) for cell in cells]
