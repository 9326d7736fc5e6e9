"""Rows of dialogues and prompts, as in jsonl files and public data sets, turned into a table's columns.

What a row says is read in `workloads/dialogues.py`, which lists the known shapes. Its `session`, `id` or
`question_id` names the dialogue, else its number does; neighbouring rows of one `prompt` each and of one name
are the turns of one dialogue. `task`, `category` or `subject` is its task.

Every other number, true or false (1 or 0) and string of a row is a column of its own, repeated for its turns;
a list of numbers, one for each turn, is spread over them: {"turns": ["a", "b"], "device_quality": [1, 0]}.
Anything else (other lists, objects) is left out, but for a column that tables read, where it is an error.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from workloads import Exchange
from workloads.dialogues import SPOKEN, Row, said_in

SESSION, TASK = ("session", "id", "question_id"), ("task", "category", "subject")
NO_COLUMNS = SPOKEN | {"turn", *SESSION, *TASK}
READ = ("_quality", "_tokens", "score")
"""How the columns end that tables read turn by turn."""
_NAMES = "a name belongs to one dialogue, and only rows of one prompt each, neighbours, may share it"


def read_jsonl(file: Path, where: str) -> dict[str, list[object]]:
    """The columns of a jsonl file, one row in a line; blank lines do not count. `where` names it in errors.

    Raises ValueError, in one line, for a line that is no JSON object, and as `cells_of` does.
    """
    return cells_of(rows_of(file, where), where)


def rows_of(file: Path, where: str) -> Iterator[Row]:
    """The objects of a jsonl file, one after the other. Raises ValueError as `read_jsonl` does."""
    with file.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                row = json.loads(line.decode("utf-8-sig"))
            except UnicodeDecodeError as error:
                raise ValueError(f"{where}: line {number} is not UTF-8 ({error.reason})") from error
            except (ValueError, RecursionError) as error:
                raise ValueError(f"{where}: line {number} is not JSON ({error})") from error
            if not isinstance(row, dict):
                raise ValueError(f'{where}: line {number} is not an object such as {{"prompt": "..."}}')
            yield row


def cells_of(rows: Iterable[Row], where: str) -> dict[str, list[object]]:
    """Columns `session`, `prompt`, `reply`, `task` where any row has one, and the rows' own; one cell a turn.

    A cell that its row does not have is None. Raises ValueError, in one line that names `where` and the row
    (from 1), for a row of no known shape, a dialogue in which the user says nothing, words that are no text,
    figures that do not fit the turns, and two dialogues of one name.
    """
    cells: dict[str, list[object]] = {"session": [], "prompt": [], "reply": []}
    begun: dict[str, int] = {}
    numbered = set[str]()
    last = ""
    for number, row in enumerate(rows, start=1):
        try:
            own = _first(row, SESSION)
            session = own if own is not None else number if str(number) not in begun else f"row {number}"
            name = str(session)  # 1 and "1" are one name once they stand in a csv file
            if own is not None and name in numbered:
                raise ValueError(
                    f"session {session!r} is the number of a row without a name: name all or none"
                )
            goes_on = own is not None and name == last and isinstance(row.get("prompt"), str)
            if name in begun and not goes_on:
                raise ValueError(f"session {session!r} is row {begun[name]}'s: {_NAMES}")
            more = _columns(row, said_in(row), session)
        except ValueError as error:
            raise ValueError(f"{where}: row {number}: {error}") from error
        for column in [new for new in more if new not in cells]:
            cells[column] = [None] * len(cells["prompt"])
        for column, known in cells.items():
            known.extend(more.get(column, [None] * len(more["prompt"])))
        begun.setdefault(last := name, number)
        if own is None:
            numbered.add(name)
    return cells


def _first(row: Row, keys: Sequence[str]) -> object:
    """The name or number that the row has under the first of these keys; None if it has none."""
    values = (row.get(key) for key in keys)
    return next((value for value in values if isinstance(value, str | int | float) and value != ""), None)


def _columns(row: Row, said: Sequence[Exchange], session: object) -> dict[str, list[object]]:
    """The cells of one row's turns."""
    columns: dict[str, list[object]] = {"session": [session] * len(said)}
    columns["prompt"] = [exchange.prompt for exchange in said]
    columns["reply"] = [exchange.reply for exchange in said]
    task = _first(row, TASK)
    if task is not None:
        columns["task"] = [task] * len(said)
    for name, value in row.items():
        own = None if name in NO_COLUMNS else _own(name, value, len(said))
        if own is not None:
            columns[name] = own
    return columns


def _own(name: str, value: object, turns: int) -> list[object] | None:
    """A column of the row's own: a scalar at every turn, a list at one each; None for anything else."""
    cells = value if isinstance(value, list) else [value] * turns
    figures = all(isinstance(cell, bool | int | float | None) for cell in cells)
    if len(cells) == turns and (figures or isinstance(value, str)):
        return [int(cell) if isinstance(cell, bool) else cell for cell in cells]
    if name.endswith(READ):
        found = f"{len(cells)} of them" if isinstance(value, list) and figures else f"{value!r:.40}"
        raise ValueError(f"{name} must be a number, or a list of one for each of {turns} turns, not {found}")
    return None
