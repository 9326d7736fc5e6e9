"""Make the committed tables from the downloaded sources.

    python -m workloads.tables.build --raw DIR [--scores DIR] [--gain-follows-score 0.5] [--out DIR] [--check]

`--raw` has the layout of `sources.py`; README.md says where each file comes from. The `score` column needs
an encoder, so `python -m simulator.scorers train` makes it; `--scores` is its output folder, and without it
each committed table's own score column is kept. With `--check` nothing is written: everything but the scores
is derived again and compared with the files in `--out`, byte for byte.
"""

import argparse
import csv
import sys
from collections.abc import Mapping, Sequence
from io import StringIO
from pathlib import Path

import numpy as np
import numpy.typing as npt

from workloads.tables import calibrate, judge
from workloads.tables.sources import BENCHMARKS, Query, reply_words
from workloads.tables.starts import conversation_starts_s

HERE = Path(__file__).parent
SEED = 20250101
"""Of every draw: which outcomes flip, and who gets which judge score."""

PAPER_ACCURACY = {"mmlu": (0.6579, 0.8524), "gsm8k": (0.7309, 0.8901)}
"""Share of right answers of Qwen2.5-3B (device) and QwQ-32B (edge): Table II."""
PAPER_JUDGE_SCORE = (9.29, 9.78)
"""Mean judge scores of the same on MT-Bench-101: Table III."""
GAIN_FOLLOWS_SCORE = 0.5
"""Correlation of the copula between a turn's score and its gain; an assumption, not a measurement."""

Columns = dict[str, Sequence[str]]
Vector = npt.NDArray[np.float64]


def tables(raw: Path, scores: Path, gain_follows_score: float) -> dict[str, str]:
    """File name and contents of every table."""
    benchmarks = {name: read(raw) for name, read in BENCHMARKS.items()}
    known = {name: read_scores(scores / f"{name}.csv", queries) for name, queries in benchmarks.items()}
    extra: dict[str, Columns] = {
        "mmlu": paper_outcomes("mmlu", benchmarks["mmlu"]) | routellm(benchmarks["mmlu"]),
        "gsm8k": paper_outcomes("gsm8k", benchmarks["gsm8k"]) | routellm(benchmarks["gsm8k"]),
        "mtbench101": paper_judge_scores(
            benchmarks["mtbench"], known["mtbench101"]["score"], gain_follows_score
        ),
        "mtbench": routellm(benchmarks["mtbench"]),
    }
    extra["gsm8k"] |= {
        f"routellm_{site}_tokens": [str(words) for words in replies]
        for site, replies in zip(("device", "edge"), reply_words(raw), strict=True)
    }
    made = {
        f"{name}.csv": as_csv(prompts(queries) | extra[name] | score_columns(known[name]))
        for name, queries in benchmarks.items()
    }
    starts = conversation_starts_s(raw / "arrivals/mooncake_conversation.jsonl")
    return made | {"session_starts.csv": as_csv(column("at_s", starts, ".3f"))}


def prompts(queries: Sequence[Query]) -> Columns:
    """What every table begins with."""
    return {
        "session": [str(query.session) for query in queries],
        "turn": [str(query.turn) for query in queries],
        "task": [query.task for query in queries],
        "prompt_tokens": [str(query.words) for query in queries],
    }


def routellm(queries: Sequence[Query]) -> Columns:
    """The real outcomes of Mixtral-8x7B and GPT-4-1106, as published."""
    return quality("routellm", [query.device for query in queries], [query.edge for query in queries])


def paper_outcomes(name: str, queries: Sequence[Query]) -> Columns:
    """The real outcomes moved to the accuracies of Table II."""
    real = calibrate.Pair(*(np.array(right) == 1.0 for right in outcomes(queries)))
    device_right, edge_right = (calibrate.nearest_count(a, len(queries)) for a in PAPER_ACCURACY[name])
    task = np.array([query.task for query in queries])
    return quality("paper", *calibrate.move(real, task, device_right, edge_right, SEED))


def paper_judge_scores(judged: Sequence[Query], score: Vector, gain_follows_score: float) -> Columns:
    """Three synthetic pairs with the means of Table III: the chosen dependence on the score, none, full."""
    law = judge.whole(judge.tilted(judge.observed(*outcomes(judged)), *PAPER_JUDGE_SCORE), len(score))
    strengths = {"paper": gain_follows_score, "paper_rho0": 0.0, "paper_rho1": 1.0}
    return {
        name: cells
        for pair, follows in strengths.items()
        for name, cells in quality(pair, *judge.assign(law, score, follows, SEED)).items()
    }


def outcomes(queries: Sequence[Query]) -> tuple[Vector, Vector]:
    """Device and edge outcomes as vectors."""
    return np.array([query.device for query in queries]), np.array([query.edge for query in queries])


def quality(pair: str, device: npt.ArrayLike, edge: npt.ArrayLike) -> Columns:
    """The two quality columns of a pair of models."""
    return column(f"{pair}_device_quality", device) | column(f"{pair}_edge_quality", edge)


def score_columns(known: Mapping[str, Vector]) -> Columns:
    """The score columns as text."""
    return {name: cells for score in known for name, cells in column(score, known[score], ".4f").items()}


def column(name: str, values: npt.ArrayLike, form: str = "g") -> Columns:
    """One column of numbers as text."""
    return {name: [format(value, form) for value in np.asarray(values, dtype=float).tolist()]}


def as_csv(columns: Mapping[str, Sequence[str]]) -> str:
    """A csv with a header and \\n line ends."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    return text.getvalue()


def read_scores(file: Path, queries: Sequence[Query]) -> dict[str, Vector]:
    """The columns of a file whose names begin with "score", if its rows are these turns."""
    with file.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    if [(int(row["session"]), int(row["turn"])) for row in rows] != [(q.session, q.turn) for q in queries]:
        raise ValueError(f"{file}: its sessions and turns are not those of the benchmark")
    names = [name for name in rows[0] if name.startswith("score")]
    return {name: np.array([float(row[name]) for row in rows]) for name in names}


def main() -> None:
    """Write the tables, or say whether the committed ones are what the sources give."""
    parser = argparse.ArgumentParser(description="Make the committed tables from the downloaded sources.")
    parser.add_argument("--raw", type=Path, required=True, help="folder with the downloaded sources")
    parser.add_argument("--scores", type=Path, default=HERE, help="folder with files that hold the score")
    parser.add_argument("--out", type=Path, default=HERE, help="folder of the tables")
    parser.add_argument("--gain-follows-score", type=float, default=GAIN_FOLLOWS_SCORE)
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    arguments = parser.parse_args()
    different = 0
    for name, text in tables(arguments.raw, arguments.scores, arguments.gain_follows_score).items():
        file, contents = arguments.out / name, text.encode()
        if arguments.check:
            equal = file.exists() and file.read_bytes() == contents
            different += not equal
            print(f"{name}: {'equal' if equal else 'different'}")
        else:
            file.write_bytes(contents)
            print(f"{name}: {len(contents):,} bytes")
    sys.exit(1 if different else 0)


if __name__ == "__main__":
    main()
