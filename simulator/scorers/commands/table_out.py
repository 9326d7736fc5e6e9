"""A scored table on disk, without the words, and the record beside it."""

import csv
import json
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from io import TextIOWrapper
from itertools import groupby
from math import isnan
from pathlib import Path
from typing import IO, Any

from simulator.mistakes import Mistake

Columns = dict[str, list[Any]]
ENDINGS = (".csv", ".parquet")
NAMES = ("session", "turn", "task", "prompt", "reply")
"""Columns of which no numbers are asked."""
TRUE_OR_FALSE = {"true": 1, "false": 0}


def record_of(table: Path) -> Path:
    """Where the record of a table stands: beside it."""
    return table.with_name(f"{table.name}.json")


def check(table: Path, force: bool) -> None:
    """Raise `Mistake` where a table cannot be written, or would take the place of a file that is there."""
    if table.suffix not in ENDINGS:
        raise Mistake(f"--out {table}: a table ends in {' or '.join(ENDINGS)}")
    if not table.parent.is_dir():
        raise Mistake(f"--out {table}: no folder {table.parent}")
    for file in (table, record_of(table)):
        if file.exists() and not (force and file.is_file()):
            raise Mistake(f"--out {table}: {file} is there already; --force writes it anew")


def figures(cells: Columns, scores: str) -> tuple[Columns, list[str]]:
    """What a table keeps of a text's columns, and the names of those that it leaves out, which hold words.

    Raises `Mistake` where one is called as the `scores` shall be.
    """
    table: Columns = {"session": cells["session"], "turn": _turns(cells["session"])}
    if "task" in cells:
        table["task"] = cells["task"]
    table["prompt_tokens"] = [len(prompt.split()) for prompt in cells["prompt"]]
    left_out = []
    for name in (name for name in cells if name not in NAMES):
        numbers = numbers_of(cells[name])
        if numbers is None:
            left_out.append(name)
        else:
            table[name] = numbers
    if scores in table or scores in NAMES:
        raise Mistake(f"--column {scores}: the text has a column of that name; call the scores otherwise")
    return table, left_out


def numbers_of(column: Sequence[Any]) -> list[float | int | None] | None:
    """The cells as numbers, true and false as 1 and 0, empty ones None; None for a column that has others."""
    found: list[float | int | None] = []
    for cell in column:
        if cell is None or cell == "" or (isinstance(cell, float) and isnan(cell)):
            found.append(None)
        elif str(cell).lower() in TRUE_OR_FALSE:
            found.append(TRUE_OR_FALSE[str(cell).lower()])
        else:
            try:
                found.append(cell if isinstance(cell, int | float) else _number(cell))
            except ValueError:
                return None
    return found if any(cell is not None for cell in found) else None


def _number(text: str) -> float | int:
    try:
        return int(text)
    except ValueError:
        return float(text)


def _turns(sessions: Sequence[Any]) -> list[int]:
    return [turn for _, rows in groupby(map(str, sessions)) for turn, _ in enumerate(rows, start=1)]


def write(table: Path, columns: Columns, record: Mapping[str, Any]) -> None:
    """The table and its record: each whole or not at all."""
    _whole(table, lambda stream: (_csv if table.suffix == ".csv" else _parquet)(stream, columns))
    text = json.dumps(record, indent=2, ensure_ascii=False) + "\n"
    _whole(record_of(table), lambda stream: stream.write(text.encode()))


def _whole(file: Path, fill: Callable[[IO[bytes]], object]) -> None:
    """Write beside it, then rename: nobody finds half a file."""
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as stream:
            fill(stream)
        part.replace(file)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise


def _csv(stream: IO[bytes], columns: Columns) -> None:
    lines = TextIOWrapper(stream, encoding="utf-8", newline="", write_through=True)
    # A carriage return in a sentence would end the line: csv puts no quotes round it by itself.
    writer = csv.writer(
        lines,
        lineterminator="\n",
        quoting=csv.QUOTE_NONNUMERIC,
    )
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    lines.detach()


def _parquet(stream: IO[bytes], columns: Columns) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    parquet.write_table(pa.table({name: _alike(cells) for name, cells in columns.items()}), stream)


def _alike(cells: list[Any]) -> list[Any]:
    """All words where any cell is: a parquet column has one kind."""
    if not any(isinstance(cell, str) for cell in cells):
        return cells
    return [None if cell is None else str(cell) for cell in cells]
