"""`score`: text in, a workload table out, without the words."""

import shlex
from argparse import Namespace
from collections.abc import Sequence
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from platform import python_version
from typing import Any

import numpy as np

from simulator.commands import Parser
from simulator.encoders import Encoder
from simulator.mistakes import Mistake
from simulator.scorers.commands import table_out, text_in

NAME = "score"
HELP = "read text with scorer=bert (or scorer=eq10) and write a table for workload=table"
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


def configure(parser: Parser) -> None:
    """Where the text comes from, and where the table goes."""
    add = parser.add_argument
    add("input", nargs="?", type=Path, help="a jsonl, csv or parquet file of dialogues or prompts")
    add("--dataset", metavar="NAME", help="a data set of the Hugging Face hub instead, or its folder")
    add("--config", help="of the data set, e.g. all")
    add("--split", help="of the data set, e.g. test")
    add("--revision", help="of the data set: a commit, tag or branch")
    add("--text", metavar="COLUMN", help="the column of prompts, where it has a name of its own")
    add("--limit", metavar="N", type=int, help="only the first N dialogues")
    add("--out", metavar="TABLE", type=Path, required=True, help="the table to write, .csv or .parquet")
    add("--column", default="score", help="what the column of scores is called (score)")
    add("--keep-text", action="store_true", help="write the prompts and replies into the table too")
    add("--force", action="store_true", help="write anew what is there already")


def act(arguments: Namespace, overrides: list[str]) -> None:
    """Score, write, and say what to do next; what was read before an interruption is kept.

    Raises `Mistake` where the text, the scorer or the table is not to be had.
    """
    from simulator.build import build
    from simulator.config import compose

    _check(arguments)
    chosen = any(override.lstrip("+").startswith("scorer=") for override in overrides)
    configuration = compose(overrides if chosen else ["scorer=bert", *overrides])
    scorer = build(configuration.settings["scorer"], "scorer")
    reads = isinstance(scorer, Encoder)
    if not reads:
        raise Mistake(
            f"scorer={configuration.choices['scorer']} reads no text: choose scorer=bert or scorer=eq10"
        )
    cells, about = _text(arguments)
    table, left_out = table_out.figures(cells, arguments.column)
    texts = text_in.Texts(cells)
    scores = scorer.open(texts)
    found = [float(scores.of(transcript)) for transcript in texts.transcripts()]
    table[arguments.column] = found
    if arguments.keep_text:
        table |= {name: cells[name] for name in ("prompt", "reply")}
    record = {
        "scores": {
            "column": arguments.column,
            "source": dict(scores.source),
            "scorer": configuration.settings["scorer"],
        },
        "input": about | {"limit": arguments.limit, "sha256_of_prompts": _digest(cells["prompt"])},
        "turns": len(found),
        "dialogues": len(texts.dialogues),
        "versions": {"python": python_version(), "edgewise": version("edgewise")},
    }
    table_out.write(arguments.out, table, record)
    print(_summary(arguments.column, found, len(texts.dialogues)))
    if left_out:
        print(f"left out, since they hold words: {', '.join(left_out)}")
    print(arguments.out, table_out.record_of(arguments.out), _next(arguments, table), sep="\n")


def _summary(column: str, scores: Sequence[float], dialogues: int) -> str:
    quantiles = zip(QUANTILES, np.quantile(scores, QUANTILES), strict=True)
    told = ", ".join(f"{value:.4f} at {quantile:.0%}" for quantile, value in quantiles)
    return f"{len(scores):,} turns of {dialogues:,} dialogues; {column}: {told}"


def _check(arguments: Namespace) -> None:
    """Raise `Mistake` for what does not fit together, before any work."""
    if (arguments.input is None) == (arguments.dataset is None):
        raise Mistake("give a file of text, or --dataset NAME, and not both")
    for name in ("config", "split", "revision"):
        if arguments.dataset is None and getattr(arguments, name) is not None:
            raise Mistake(f"--{name} is of a --dataset, and {arguments.input} is a file")
    if arguments.limit is not None and arguments.limit < 1:
        raise Mistake(f"--limit {arguments.limit}: must be at least 1")
    table_out.check(arguments.out, arguments.force)


def _text(arguments: Namespace) -> tuple[text_in.Cells, dict[str, Any]]:
    """The columns of the text that is asked for, and what it is."""
    about: dict[str, Any]
    if arguments.dataset is None:
        where, about = str(arguments.input), {"file": str(arguments.input)}
        rows = text_in.rows_in(arguments.input)
    else:
        from simulator.scorers.commands.hub_rows import DataSet, load

        where = arguments.dataset
        rows, about = load(DataSet(where, arguments.config, arguments.split, arguments.revision))
    return text_in.columns(rows, where, arguments.text, arguments.limit), about


def _digest(prompts: Sequence[str]) -> str:
    """Tells whether two tables hold scores of the same prompts, without the words."""
    digest = sha256()
    for prompt in prompts:
        digest.update(sha256(prompt.encode()).digest())
    return digest.hexdigest()


def _next(arguments: Namespace, table: table_out.Columns) -> str:
    """The command of a run with this table."""
    settings = ["workload=table", f"workload.path={arguments.out}", "scorer=table"]
    if arguments.column != "score":
        settings.append(f"workload.score={arguments.column}")
    for name, tokens in (("device_tokens", 200), ("edge_tokens", 800)):
        if name not in table:
            settings.append(f"workload.{name}={tokens}")
    pairs = [name.removesuffix("device_quality") for name in table if name.endswith("device_quality")]
    whole = [pair for pair in pairs if f"{pair}edge_quality" in table]
    if whole:
        settings.append(f"workload.quality={whole[0].removesuffix('_')}")
    return shlex.join(["python", "-m", "simulator", *settings])
