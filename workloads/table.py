"""Sessions out of a table of figures: the embedded benchmarks, or a user's own file."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import groupby
from math import inf, isfinite, isnan, nan
from typing import Literal

from pydantic import NonNegativeFloat
from pydantic.dataclasses import dataclass

from workloads import STRICT, Answer, Prompt, Transcript
from workloads.columns import Columns, column_names, read_columns
from workloads.luck import Luck
from workloads.text import exchanges, transcripts, with_text, words

Dialogue = tuple[Prompt, ...]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Table:
    """A workload whose sessions are the dialogues of a table; one row is one turn.

    | column | meaning |
    |---|---|
    | `prompt_tokens` | new text of the user, L_p, in tokens, at least 0; may be left out beside `prompt` |
    | `prompt`, `reply` | what was said, for scorers that read; words of `prompt` then are tokens |
    | `session` | equal values in a row are the turns of one dialogue; without it every row is one |
    | `device_tokens`, `edge_tokens` | this row's mean replies, in place of the settings of that name |
    | `PAIR_device_quality`, `PAIR_edge_quality` | quality of both answers; `quality` names the PAIR |
    | `score` | p_t of Eq. 10 in [0, 1], for `scorer=table`; `score` names another column |
    | `task` | free text for grouping |

    A pair named "" has the bare columns `device_quality` and `edge_quality`.
    Raises ValueError for a missing column, for a cell out of range, for a table without rows, and where
    neither the table nor the settings say how long replies are.
    """

    path: str
    """An embedded table's name, or a csv, parquet or jsonl file (`workloads/jsonl.py` knows its shapes)."""
    text: str | None = None
    """A file with the words of the same turns, for a table that holds figures only; null: the table's own."""
    quality: str | None
    """Which pair of quality columns counts; null where quality does not matter."""
    device_tokens: NonNegativeFloat | None
    """Mean reply of the small model; null: the mean of the table's column."""
    edge_tokens: NonNegativeFloat | None
    """Mean reply of the large model; null: the mean of the table's column."""
    score: str
    """Which column holds the scores."""
    order: Literal["random", "in_order"]
    """Whether sessions draw dialogues at random, with return, or walk through the table."""

    def __post_init__(self) -> None:
        means, _ = self._mean_tokens, self._session_names  # read and checked now, at the start of a run
        object.__setattr__(self, "device_tokens", means[0])
        object.__setattr__(self, "edge_tokens", means[1])

    def dialogue(self, user_id: int, session_id: int, luck: Luck) -> Sequence[Prompt]:
        """The dialogue of one session."""
        dialogues = self.dialogues
        if self.order == "random":
            return dialogues[int(luck.uniform("dialogue", user_id, session_id) * len(dialogues))]
        # In order, users begin 7919 dialogues (a prime) apart, so that they do not walk side by side.
        return dialogues[(session_id + 7919 * user_id) % len(dialogues)]

    def transcripts(self) -> Iterator[Transcript]:
        """Every turn of the table, word for word; nothing where it holds figures only."""
        return transcripts(self.dialogues)

    @cached_property
    def _quality_columns(self) -> tuple[str, ...]:
        if self.quality is None:
            return ()
        pair = f"{self.quality}_" if self.quality else ""
        return (f"{pair}device_quality", f"{pair}edge_quality")

    @cached_property
    def _columns(self) -> Columns:
        if self.score in ("session", "task"):
            raise ValueError(f"workload.score={self.score}: that column holds names, not scores")
        required: dict[str, type] = dict.fromkeys(self._quality_columns, float)
        optional: dict[str, type] = {"session": str, "prompt": str, "reply": str, "task": str}
        optional |= {"prompt_tokens": float, "device_tokens": float, "edge_tokens": float}
        (optional if self.score == "score" else required)[self.score] = float
        columns = read_columns(self.path, required, optional)
        if "prompt_tokens" not in columns and "prompt" not in columns:
            has = ", ".join(column_names(self.path))
            raise ValueError(
                f"{self.path}: no column 'prompt' (words) and no column 'prompt_tokens' (their number);"
                f" the table has {has}"
            )
        if "prompt_tokens" not in columns:
            columns["prompt_tokens"] = words(columns)
        if self.text is not None:
            columns = with_text(columns, self.path, self.text)
        if not columns["prompt_tokens"]:
            raise ValueError(f"{self.path}: the table has no rows")
        for name in ("prompt_tokens", "device_tokens", "edge_tokens"):
            _check(self.path, name, columns.get(name, []), 0.0, inf)
        for name in self._quality_columns:
            _check(self.path, name, columns[name], -inf, inf, blank=True)
        _check(self.path, self.score, columns.get(self.score, []), 0.0, 1.0, blank=True)
        return columns

    @cached_property
    def _mean_tokens(self) -> tuple[float, float]:
        means = []
        for name, setting in (("device_tokens", self.device_tokens), ("edge_tokens", self.edge_tokens)):
            column = self._columns.get(name)
            if setting is None and column is None:
                raise ValueError(f"{self.path}: no column {name!r}, so workload.{name} must be set, e.g. 200")
            means.append(sum(map(float, column)) / len(column) if setting is None and column else setting)
        return float(means[0] or 0.0), float(means[1] or 0.0)

    @cached_property
    def dialogues(self) -> list[Dialogue]:
        """All dialogues, in the order of the table."""
        columns, rows = self._columns, len(self._columns["prompt_tokens"])

        def numbers(name: str, default: float = nan) -> list[float]:
            return [float(cell) for cell in columns.get(name, [default] * rows)]

        def answers(site: int, name: str) -> Iterator[Answer]:
            tokens = numbers(name, self._mean_tokens[site])
            quality = numbers(self._quality_columns[site]) if self._quality_columns else [nan] * rows
            return map(Answer, tokens, quality)

        prompts = map(
            Prompt,
            numbers("prompt_tokens"),
            answers(0, "device_tokens"),
            answers(1, "edge_tokens"),
            numbers(self.score),
            map(str, columns.get("task", [""] * rows)),
            exchanges(columns, rows),
        )
        named = groupby(zip(self._session_names, prompts, strict=True), key=lambda pair: pair[0])
        return [tuple(prompt for _, prompt in turns) for _, turns in named]

    @cached_property
    def _session_names(self) -> list[str]:
        """Whose turn each row is; a row without a name is a session of its own."""
        rows = len(self._columns["prompt_tokens"])
        names = [str(name) for name in self._columns.get("session", [""] * rows)]
        seen: set[str] = set()
        for row, name in enumerate(names):
            if not name:
                names[row] = f"row {row + 1}"
            elif name in seen and names[row - 1] != name:
                raise ValueError(
                    f"{self.path}: session {name!r} comes back in row {row + 1}: its rows must be together"
                )
            seen.add(name)
        return names


def _check(
    path: str, name: str, cells: Sequence[float] | Sequence[str], low: float, high: float, blank: bool = False
) -> None:
    """Raise ValueError at the first cell outside [low, high], or blank where that is not allowed."""
    for row, cell in enumerate(map(float, cells)):
        if isnan(cell) and blank:
            continue
        if not (isfinite(cell) and low <= cell <= high):
            allowed = f"from {low:g} to {high:g}" if isfinite(high) else f"at least {low:g}"
            allowed = allowed if isfinite(low) else "a finite number"
            found = "empty" if isnan(cell) else f"{cell:g}"
            raise ValueError(f"{path}: {name} must be {allowed}, but row {row + 1} is {found}")
