"""One log of one run on disk: a Parquet file, or the Arrow stream of a run that was cut off."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

_PAGE = Path(__file__).with_name("COLUMNS.md")
_LIVE_KINDS = ("arrived", "done")
"""Events that are written at the instant at which they happen; ends of work are announced beforehand."""


class Unreadable(Exception):
    """A folder or file that cannot be read as logs. Its text is one line, with the path and the way out."""


@cache
def columns_of(name: str) -> dict[str, str]:
    """The columns of the log `name` (`turns` or `events`) and their types, as `COLUMNS.md` lists them."""
    section = _PAGE.read_text(encoding="utf-8").split(f"## `{name}.parquet`")[1].split("\n#")[0]
    rows = [line.split("|") for line in section.splitlines() if line.startswith("| `")]
    return {row[1].strip(" `"): row[2].strip() for row in rows}


def read_log(folder: Path, name: str) -> "pd.DataFrame":
    """The log `name` of one run, in the order of time.

    A run that still lasts, or was killed, has left `NAME.arrows`: what is whole in it is read. A run killed
    while it turned that stream into Parquet has both, and then only the stream is whole. Raises `Unreadable`.
    """
    stream, parquet = folder / f"{name}.arrows", folder / f"{name}.parquet"
    if stream.exists():
        frame = _read_stream(stream, name)
    elif parquet.exists():
        frame = _read_parquet(parquet)
    else:
        raise Unreadable(f"{folder}: neither {parquet.name} nor {stream.name} beside summary.json")
    if "at_s" in frame:
        frame = frame.sort_values("at_s", kind="stable", ignore_index=True)
    return frame


def _read_parquet(path: Path) -> "pd.DataFrame":
    import pandas as pd
    from pyarrow import ArrowException

    try:
        return pd.read_parquet(path)
    except (ArrowException, OSError) as error:
        raise Unreadable(f"{path}: not a whole Parquet file: {_first_line(error)}") from error


def _read_stream(path: Path, name: str) -> "pd.DataFrame":
    """What a stream holds up to its end, or to where it was cut."""
    import pyarrow as pa

    batches = _whole_batches(path)
    if not batches:
        return _no_rows(name)
    frame: pd.DataFrame = pa.Table.from_batches(batches).unify_dictionaries().to_pandas()
    return _reached(frame) if "at_s" in frame else frame


def _whole_batches(path: Path) -> list[Any]:
    """Batch by batch until the stream ends; one cut in mid-message ends with an Arrow error.

    A run killed before its first batch leaves an empty file.
    """
    import pyarrow as pa

    batches: list[Any] = []
    try:
        with pa.ipc.open_stream(str(path)) as reader:
            while True:
                batches.append(reader.read_next_batch())
    except StopIteration:
        pass
    except (pa.ArrowInvalid, OSError) as error:
        if isinstance(error, FileNotFoundError | PermissionError):
            raise Unreadable(f"{path}: {error.strerror}") from error
    return batches


def _reached(events: "pd.DataFrame") -> "pd.DataFrame":
    """The events without those announced for instants that the run is not known to have reached."""
    last_s = events.loc[events["kind"].isin(_LIVE_KINDS), "at_s"].max()
    reached: pd.DataFrame = events[~(events["at_s"] > last_s)]
    return reached


def _no_rows(name: str) -> "pd.DataFrame":
    import pandas as pd

    return pd.DataFrame({column: pd.Series(dtype=kind) for column, kind in columns_of(name).items()})


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
