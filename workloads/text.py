"""Words beside figures: the text columns of a table, or those of a file that belongs to it."""

from collections.abc import Iterable, Iterator, Sequence

from workloads import Exchange, Prompt, Transcript
from workloads.columns import Columns, read_columns

TEXT = {"prompt": str, "reply": str, "session": str}


def words(columns: Columns) -> list[float]:
    """L_p of every row: the words of its prompt, the paper's token (Section IV-A)."""
    return [float(len(str(prompt).split())) for prompt in columns["prompt"]]


def exchanges(columns: Columns, rows: int) -> Iterator[Exchange | None]:
    """What was said in each row; None in all of them where the table holds figures only."""
    if "prompt" not in columns:
        return iter([None] * rows)
    replies = columns.get("reply", [""] * rows)
    return (
        Exchange(str(prompt), str(reply)) for prompt, reply in zip(columns["prompt"], replies, strict=True)
    )


def transcripts(dialogues: Iterable[Sequence[Prompt]]) -> Iterator[Transcript]:
    """Every turn of these dialogues with all that was said before it."""
    for dialogue in dialogues:
        spoken = tuple(prompt.said for prompt in dialogue if prompt.said is not None)
        for turns in range(1, len(spoken) + 1):
            yield spoken[:turns]


def with_text(columns: Columns, where: str, path: str) -> Columns:
    """`columns` of the table `where` with the words of the file `path`, row by row.

    Raises ValueError unless the file has the same dialogues: as many rows, as long in words, and, where both
    name sessions, new sessions in the same rows.
    """
    text = read_columns(path, {"prompt": str}, {"reply": str, "session": str})
    counted = [float(tokens) for tokens in columns["prompt_tokens"]]
    if len(text["prompt"]) != len(counted):
        raise ValueError(f"{path}: {len(text['prompt']):,} turns, but {where} has {len(counted):,}")
    for row, (said, tokens) in enumerate(zip(words(text), counted, strict=True), start=1):
        if said != tokens:
            raise ValueError(
                f"{path}: row {row} has {said:g} words, but in {where} that turn has {tokens:g}:"
                " not the text of this table"
            )
    if "session" in text and "session" in columns and _begins(text) != _begins(columns):
        raise ValueError(f"{path}: its dialogues begin in other rows than those of {where}")
    own = {name: cells for name, cells in columns.items() if name not in ("prompt", "reply")}
    return own | {name: text[name] for name in ("prompt", "reply") if name in text}


def _begins(columns: Columns) -> list[int]:
    """In which rows a dialogue begins."""
    names = columns["session"]
    return [row for row, name in enumerate(names) if row == 0 or not name or name != names[row - 1]]
