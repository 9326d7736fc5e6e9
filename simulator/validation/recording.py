"""Recorded requests: what was asked of a server, and, where it was measured, when it answered.

Two kinds of file are read. One JSON object a line, as LLMServingSim's benchmark of vLLM writes them:
`arrival_time`, `input_toks`, `output_toks`, and measured `queued_ts`, `first_token_ts`, `last_token_ts`, the
first on another clock than the last three. Or a csv or parquet table with the columns of `COLUMNS`.
"""

import json
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np

from channels import Floats
from simulator.mistakes import Mistake
from workloads.columns import read_columns

ASKED = ("arrival_s", "input_tokens", "output_tokens")
MEASURED = ("queued_s", "first_token_s", "last_token_s")
COLUMNS = (*ASKED, *MEASURED)
RAW = ("arrival_time", "input_toks", "output_toks", "queued_ts", "first_token_ts", "last_token_ts")
"""The names of `COLUMNS` in a file of JSON lines."""

Columns = Mapping[str, Sequence[float]]


class Requests(NamedTuple):
    """What was asked, one element per request, in the order of arrival."""

    arrival_s: Floats
    """Instant at which it came."""
    input_tokens: Floats
    """Length of the prompt, in the model's own tokens; whole."""
    output_tokens: Floats
    """Length of the reply, likewise."""


class Served(NamedTuple):
    """When it was answered, one element per request."""

    queued_s: Floats
    """Instant at which the server had it in its queue."""
    first_token_s: Floats
    """Instant of the first token."""
    last_token_s: Floats
    """Instant of the last."""


class Recording(NamedTuple):
    """A recorded run."""

    requests: Requests
    served: Served | None
    """As it was measured; None where the file says nothing about it."""


def read(path: str | Path) -> Recording:
    """The recording in a file, `.jsonl`, `.csv` or `.parquet`, in the order of arrival.

    In JSON lines, instants count from the first arrival, and measured ones from when that was queued. In a
    table, `queued_s` may be left out: `arrival_s` stands for it. Raises `Mistake` for a file that is absent
    or cannot be read, for a missing column, and for an impossible value.
    """
    file = Path(path).expanduser()
    if not file.is_file():
        raise Mistake(f"{path}: no such file")
    found = _json_lines(file) if _is_json(file) else _table(file)
    _check(file, found)
    columns = {name: np.array(cells, dtype=float) for name, cells in found.items()}
    order = columns["arrival_s"].argsort(kind="stable")
    columns = {name: cells[order] for name, cells in columns.items()}
    if _is_json(file):
        _count_from_the_first(columns)
    requests = Requests(*(columns[name] for name in ASKED))
    if "first_token_s" not in columns:
        return Recording(requests, None)
    columns.setdefault("queued_s", columns["arrival_s"])
    for earlier, later in pairwise(MEASURED):
        backwards = np.flatnonzero(columns[later] < columns[earlier])
        if backwards.size:
            of = f"request {backwards[0] + 1} in the order of arrival"
            raise Mistake(f"{file}: {later} must not be before {earlier}, as it is of {of}")
    return Recording(requests, Served(*(columns[name] for name in MEASURED)))


def compact(recording: Recording) -> str:
    """The recording as a csv table, to the microsecond."""
    served = recording.served or ()
    lines = [",".join(COLUMNS[: 3 + len(served)])]
    for arrival_s, tokens_in, tokens_out, *instants_s in zip(*recording.requests, *served, strict=True):
        rest = "".join(f",{at_s:.6f}" for at_s in instants_s)
        lines.append(f"{arrival_s:.6f},{tokens_in:.0f},{tokens_out:.0f}{rest}")
    return "\n".join(lines)


def _is_json(file: Path) -> bool:
    return file.suffix in (".jsonl", ".json")


def _json_lines(file: Path) -> Columns:
    try:
        rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    except ValueError as error:
        raise Mistake(f"{file}: not a file of JSON lines ({error})") from error
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, dict):
            raise Mistake(f"{file}: row {number} is not an object with names, as in {{...}}")
    present = [name for name in RAW if name in RAW[:3] or any(name in row for row in rows)]
    columns = {}
    for name in present:
        cells = [row.get(name) for row in rows]
        for number, cell in enumerate(cells, start=1):
            if not isinstance(cell, int | float):
                raise Mistake(f"{file}: {name} must be a number, but row {number} has {json.dumps(cell)}")
        columns[COLUMNS[RAW.index(name)]] = cells
    return columns


def _table(file: Path) -> Columns:
    try:
        columns = read_columns(str(file), dict.fromkeys(ASKED, float), dict.fromkeys(MEASURED, float))
    except ValueError as error:
        raise Mistake(str(error)) from error
    return {name: [float(cell) for cell in cells] for name, cells in columns.items()}


def _check(file: Path, columns: Columns) -> None:
    """Raise `Mistake` at the first value that cannot be."""
    if not columns["arrival_s"]:
        raise Mistake(f"{file}: there are no requests in it")
    needed = MEASURED if _is_json(file) else MEASURED[1:]
    if 0 < sum(name in columns for name in needed) < len(needed):
        named = RAW[3:] if _is_json(file) else needed
        raise Mistake(f"{file}: measured instants go together: {', '.join(named)}, or none of them")
    for name, cells in columns.items():
        tokens = name.endswith("_tokens")
        for row, cell in enumerate(cells, start=1):
            if not np.isfinite(cell) or (tokens and (cell < 1 or cell != int(cell))) or cell < 0:
                allowed = "a whole number, at least 1" if tokens else "at least 0"
                raise Mistake(f"{file}: {name} must be {allowed}, but row {row} is {cell:g}")


def _count_from_the_first(columns: dict[str, Floats]) -> None:
    """Arrivals and measured instants come from two clocks: each begins with the first request."""
    columns["arrival_s"] = columns["arrival_s"] - columns["arrival_s"][0]
    measured = [name for name in MEASURED if name in columns]
    if measured:
        zero_s = columns[measured[0]][0]
        for name in measured:
            columns[name] = columns[name] - zero_s
