"""The benchmarks' text with the published outcomes, as tables of JSON lines, for `scorers train` and `score`.

    python -m workloads.tables.texts --raw DIR --out DIR

Writes mmlu.jsonl, gsm8k.jsonl, mtbench101.jsonl and mtbench.jsonl, one turn a line: session, turn, task,
prompt, the reply on record where the data set has one (MT-Bench-101), and device_quality and edge_quality of
the real pair where somebody published them (all but MT-Bench-101). `--raw` has the layout of `sources.py`.
The files hold sentences of the data sets: keep them out of the repository.
"""

import argparse
import json
import sys
from math import isnan
from pathlib import Path

from workloads.tables.sources import BENCHMARKS, Query


def line(query: Query) -> str:
    """One turn as a line of JSON."""
    row = {"session": query.session, "turn": query.turn, "task": query.task, "prompt": query.text}
    if query.reply:
        row["reply"] = query.reply
    if not isnan(query.device):
        row |= {"device_quality": query.device, "edge_quality": query.edge}
    return json.dumps(row, ensure_ascii=False)


def main() -> None:
    """Write the four files and say how many turns each holds."""
    parser = argparse.ArgumentParser(description="Write the benchmarks' text and outcomes as JSON lines.")
    parser.add_argument("--raw", type=Path, required=True, help="folder with the downloaded sources")
    parser.add_argument("--out", type=Path, required=True, help="folder for the files")
    arguments = parser.parse_args()
    try:
        arguments.out.mkdir(parents=True, exist_ok=True)
        for name, read in BENCHMARKS.items():
            queries = read(arguments.raw)
            if not queries:
                sys.exit(f"error: {arguments.raw}: no files of {name}; workloads/tables/README.md says which")
            file = arguments.out / f"{name}.jsonl"
            file.write_text("".join(f"{line(query)}\n" for query in queries), encoding="utf-8")
            print(f"{file}: {len(queries):,} turns")
    except OSError as error:
        sys.exit(f"error: {error.filename}: {error.strerror}; workloads/tables/README.md says which files")


if __name__ == "__main__":
    main()
