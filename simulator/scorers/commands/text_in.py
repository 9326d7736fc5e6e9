"""Text that is to be scored: a file, or rows from elsewhere, as the columns of one table."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby, islice
from pathlib import Path
from typing import Any

from simulator.mistakes import Mistake, nearest
from workloads import Exchange, Transcript
from workloads.columns import read_columns
from workloads.dialogues import SPOKEN
from workloads.jsonl import cells_of, rows_of

Row = Mapping[str, Any]
Cells = dict[str, list[Any]]
ENDINGS = (".jsonl", ".csv", ".parquet")


class Texts:
    """What scorers read of a workload: every turn, word for word."""

    def __init__(self, cells: Cells) -> None:
        said = map(Exchange, cells["prompt"], cells["reply"])
        named = groupby(zip(map(str, cells["session"]), said, strict=True), key=lambda turn: turn[0])
        self.dialogues = [tuple(exchange for _, exchange in turns) for _, turns in named]

    def transcripts(self) -> Iterator[Transcript]:
        """Every turn with all that was said before it, in the order of the rows."""
        for dialogue in self.dialogues:
            for turns in range(1, len(dialogue) + 1):
                yield dialogue[:turns]


def columns(rows: Iterable[Row], where: str, text: str | None, limit: int | None) -> Cells:
    """The turns of these rows as columns (`workloads/jsonl.py`): of the first `limit` dialogues, or of all.

    `text` is the column that holds the prompts, where it has another name. Raises `Mistake` for rows that
    hold no text and where there are none.
    """
    if text is not None:
        rows = _renamed(rows, where, text)
    try:
        cells: Cells = cells_of(rows, where)
    except ValueError as error:
        hint = "" if text or ": no words in its keys" not in str(error) else "; or name the column by --text"
        raise Mistake(f"{error}{hint}") from error
    if not cells["prompt"]:
        raise Mistake(f"{where}: no rows, so nothing to score")
    return cells if limit is None else _cut(cells, limit)


def rows_in(file: Path) -> Iterator[Row]:
    """The rows of a jsonl, csv or parquet file. Raises `Mistake` where it is none."""
    if file.suffix not in ENDINGS:
        raise Mistake(f"{file}: text comes from a file ending in {', '.join(ENDINGS)}, or by --dataset")
    if not file.is_file():
        raise Mistake(f"no file {file}; a data set of the Hugging Face hub is named by --dataset")
    try:
        yield from {".jsonl": _jsonl, ".csv": _csv, ".parquet": _parquet}[file.suffix](file)
    except ValueError as error:
        raise Mistake(str(error).splitlines()[0]) from error


def _jsonl(file: Path) -> Iterator[Row]:
    return rows_of(file, str(file))


def _csv(file: Path) -> Iterator[Row]:
    """The same reader as that of tables, which is strict; all cells are words."""
    with file.open(newline="", encoding="utf-8-sig") as lines:
        names = next(csv.reader(lines), [])
    cells = read_columns(str(file), dict.fromkeys(names, str))
    return (dict(zip(cells, row, strict=True)) for row in zip(*cells.values(), strict=True))


def _parquet(file: Path) -> Iterator[Row]:
    from pyarrow import ArrowException, parquet

    try:
        for batch in parquet.ParquetFile(file).iter_batches():
            yield from batch.to_pylist()
    except ArrowException as error:
        raise ValueError(f"{file}: not a readable table ({error})") from error


def _renamed(rows: Iterable[Row], where: str, text: str) -> Iterator[Row]:
    for row in rows:
        if text not in row:
            hint = nearest(text, row)
            raise Mistake(f"--text {text}: {hint}{where} has {', '.join(row) or 'no columns'}")
        yield {key: row[key] for key in row if key not in SPOKEN - {"reply"}} | {"prompt": row[text]}


def _cut(cells: Cells, dialogues: int) -> Cells:
    """The first so many dialogues."""
    named = islice(groupby(map(str, cells["session"])), dialogues)
    rows = sum(len(list(turns)) for _, turns in named)
    return {name: column[:rows] for name, column in cells.items()}
