"""The command `train`: fits the head of Eq. 10 on a labelled table with text."""

import csv
import sys
from argparse import Namespace
from collections import Counter
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from simulator.build import build
from simulator.commands import Parser
from simulator.config import compose
from simulator.encoders import Encoder
from simulator.heads import Head, write_head
from simulator.heads.fit import LABELS, check
from simulator.heads.labelled import Labelled, read_labelled
from simulator.heads.metrics import RESAMPLES
from simulator.heads.training import Plan, Scored
from simulator.mistakes import Mistake

NAME = "train"
HELP = "fit the head of scorer=eq10 on a table with text and outcomes, and say what its scores are worth"
RESULTS = ("head.json", "README.md", "calibration.png", "recovery.png")
DECIMALS = 4


def configure(parser: Parser) -> None:
    """The command's arguments."""
    parser.add_argument(
        "table", metavar="TABLE", help="csv, parquet or jsonl file with prompts and qualities"
    )
    parser.add_argument("--out", metavar="FOLDER", type=Path, required=True, help="where the results go")
    parser.add_argument(
        "--quality",
        metavar="PAIR",
        default="",
        help="columns PAIR_device_quality and PAIR_edge_quality; without it device_quality and edge_quality",
    )
    parser.add_argument(
        "--apply", metavar="OTHER", nargs="+", default=[], help="tables to score with the head"
    )
    parser.add_argument(
        "--tuned",
        metavar="OTHER",
        nargs="+",
        default=[],
        help="as --apply, and by a head of their own as well",
    )
    parser.add_argument("--label", default="edge_better", help=f"what is learned: {', '.join(LABELS)}")
    parser.add_argument("--good-enough", type=float, default=1.0, help="below this quality device_fails")
    parser.add_argument(
        "--length", choices=("log1p_words", "words"), default="log1p_words", help="how L_p enters"
    )
    parser.add_argument(
        "--encoder-name",
        metavar="NAME@REVISION",
        help="what the head calls its encoder, where that was read from a folder",
    )
    parser.add_argument("--force", action="store_true", help="write anew what is in FOLDER already")
    parser.add_argument("--resamples", metavar="N", type=int, default=RESAMPLES, help="of the bootstrap")


def act(arguments: Namespace, overrides: list[str]) -> None:
    """Read, encode, fit, judge, write, and print a line for each column of scores."""
    encoder = _encoder(overrides)
    plan = _plan(arguments)
    _check_out(arguments, [table.name for table in (plan.table, *plan.applied)])
    tables = [plan.table, *plan.applied]
    try:
        arguments.out.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise Mistake(f"--out {arguments.out}: is a file, not a folder") from None
    from simulator.encoders.outputs import outputs
    from simulator.heads.training import train

    if repeated := _repeated(plan.table, encoder.history_turns):
        print(
            f"warning: {repeated:,} texts of {plan.table.name} stand in several dialogues, maybe of different"
            " folds: if they are many, the out-of-fold scores are better than the head is",
            file=sys.stderr,
        )
    read = outputs(encoder, "cls", {text for table in tables for text in table.texts(encoder.history_turns)})
    checkpoint, _, revision = (arguments.encoder_name or "").partition("@")
    name = (checkpoint, revision) if checkpoint else (encoder.checkpoint, read.source.get("commit", ""))
    head, columns = train(plan, encoder, name, read)
    write_head(arguments.out / "head.json", head)
    for table in tables:
        _write_scores(arguments.out, [column for column in columns if column.table is table])
    _write_card(arguments.out, head, plan, columns)


def _repeated(table: Labelled, history_turns: int) -> int:
    """How many texts belong to more than one dialogue."""
    pairs = set(zip(table.texts(history_turns), table.dialogue.tolist(), strict=True))
    return sum(count > 1 for count in Counter(text for text, _ in pairs).values())


def _check_out(arguments: Namespace, names: Sequence[str]) -> None:
    """Raise `Mistake` where the results would take the place of other files."""
    made = [*RESULTS, *(f"{name}.csv" for name in names)]
    there = [arguments.out / name for name in made if (arguments.out / name).exists()]
    inputs = {Path(path).resolve() for path in (arguments.table, *arguments.apply, *arguments.tuned)}
    if taken := [file for file in there if file.resolve() in inputs]:
        raise Mistake(f"--out {arguments.out}: {taken[0].name} there is one of the tables to be read")
    if there and not arguments.force:
        raise Mistake(
            f"--out {arguments.out}: {there[0].name} is there already; name another folder, or add --force"
        )


def _encoder(overrides: list[str]) -> Encoder:
    """The encoder as set. Raises `Mistake` where it has no head, or where nothing could be fitted."""
    chosen = any(override.lstrip("+").startswith("scorer=") for override in overrides)
    settings = compose(overrides if chosen else ["scorer=eq10", *overrides]).settings
    encoder = build(settings["scorer"], "scorer")
    if not (isinstance(encoder, Encoder) and hasattr(encoder, "head")):
        raise Mistake("train fits the head of scorer=eq10, and no other scorer has one")
    if find_spec("sklearn") is None:
        raise Mistake('fitting needs scikit-learn, which is not installed: pip install "edgewise[bert]"')
    return encoder


def _plan(arguments: Namespace) -> Plan:
    """Everything that can be wrong before an encoder is asked. Raises `Mistake`."""
    if arguments.resamples < 1:
        raise Mistake(f"--resamples {arguments.resamples}: must be at least 1")
    table = read_labelled(arguments.table, arguments.quality, required=True)
    others = dict.fromkeys([*arguments.apply, *arguments.tuned])
    applied = [read_labelled(path, arguments.quality, required=path in arguments.tuned) for path in others]
    tuned = frozenset(Path(path).stem for path in arguments.tuned)
    names = [each.name for each in (table, *applied)]
    for name in names:
        if names.count(name) > 1:
            raise Mistake(f"two tables are called {name!r}; the scores of each go to FOLDER/NAME.csv")
    for each in (table, *applied):
        if each is table or each.name in tuned:
            check(each.name, each.wanted(arguments.label, arguments.good_enough), each.dialogue)
    return Plan(
        table, applied, tuned, arguments.label, arguments.good_enough, arguments.length, arguments.resamples
    )


def _write_scores(folder: Path, columns: Sequence[Scored]) -> None:
    """One file for a table, as `workloads.tables.build --scores` reads it."""
    table: Labelled = columns[0].table
    with (folder / f"{table.name}.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["session", "turn", "prompt_tokens", *(column.column for column in columns)])
        rows = zip(table.names, table.turns, table.prompts, *(c.score.tolist() for c in columns), strict=True)
        for name, turn, prompt, *scores in rows:
            cells = [f"{score:.{DECIMALS}f}" for score in scores]
            writer.writerow([name, turn, f"{prompt.tokens:g}", *cells])


def _write_card(folder: Path, head: Head, plan: Plan, columns: Sequence[Scored]) -> None:
    """The card with its pictures; and its headlines, printed."""
    from simulator.heads.card import card, headline, overrides
    from simulator.heads.figures import draw_calibration, draw_recovery

    draw_recovery(columns, folder / "recovery.png")
    assert columns[0].judged is not None
    draw_calibration(columns[0].judged, folder / "calibration.png")
    (folder / "README.md").write_text(
        card(head, plan, columns, f"{folder / 'head.json'}") + "\n", encoding="utf-8"
    )
    for column in columns:
        print(headline(column))
    print(f"{folder / 'README.md'} says what the scores are worth; with a threshold for a table of yours:")
    chosen = [*overrides(head, f"{folder}"), "workload=table", "workload.path=TABLE"]
    print(" ".join(["python -m simulator.scorers threshold --edge-share 0.35", *chosen]))
