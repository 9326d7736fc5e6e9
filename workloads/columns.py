"""Reading a table's columns from csv or parquet, with errors that a user can act on."""

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path

TABLES = Path(__file__).parent / "tables"
"""Where the embedded figure tables lie."""

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
    near = get_close_matches(path, names, n=1)
    hint = f"did you mean {near[0]}? " if near else ""
    raise FileNotFoundError(
        f"no such table: {path!r} ({hint}a csv or parquet file, or one of {', '.join(names)})"
    )


def read_columns(
    path: str, required: Mapping[str, type], optional: Mapping[str, type] | None = None
) -> Columns:
    """The asked columns of a table, as lists of floats or strings; optional ones only where they exist.

    Raises FileNotFoundError for an absent file and ValueError for a missing column, a cell that is not a
    number, an unreadable file or an ending other than .csv or .parquet.
    """
    file = find_table(path)
    table = _read(file, path)
    missing = [name for name in required if name not in table.column_names]
    if missing:
        near = get_close_matches(missing[0], table.column_names, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise ValueError(f"{path}: no column {missing[0]!r}{hint} It has {', '.join(table.column_names)}")
    wanted = {
        **required,
        **{name: kind for name, kind in (optional or {}).items() if name in table.column_names},
    }
    return {name: _cells(table.column(name), name, kind, path) for name, kind in wanted.items()}


def _read(file: Path, path: str):  # type: ignore[no-untyped-def]  # pyarrow has no types
    import pyarrow as pa

    try:
        if file.suffix == ".parquet":
            from pyarrow import parquet

            return parquet.read_table(file)
        if file.suffix == ".csv":
            from pyarrow import csv

            return csv.read_csv(file)
    except (pa.ArrowInvalid, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: not a readable table ({str(error).splitlines()[0]})") from error
    raise ValueError(f"{path}: a table ends in .csv or .parquet, not in {file.suffix or 'nothing'}")


def _cells(column, name: str, kind: type, path: str) -> list[float] | list[str]:  # type: ignore[no-untyped-def]
    import pyarrow as pa

    try:
        values = column.cast(pa.float64() if kind is float else pa.string()).to_pylist()
    except pa.ArrowInvalid as error:
        raise ValueError(
            f"{path}: column {name!r} must hold numbers ({str(error).splitlines()[0]})"
        ) from error
    blank: float | str = float("nan") if kind is float else ""
    return [blank if value is None else value for value in values]
