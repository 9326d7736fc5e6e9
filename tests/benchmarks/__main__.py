"""Every ratio, with its goal: `python -m tests.benchmarks`, from the root of the repository."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.benchmarks import batching, processes, reading, speed, thetas, transfers
from tests.benchmarks.measure import Figure


def main() -> None:
    """Measure, print a line as soon as it is known, and write the JSON."""
    parser = ArgumentParser("python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds, shorter long runs")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures to FILE")
    parser.add_argument(
        "--only", metavar="WORD", default="", help="only measurements with WORD in their name"
    )
    options = parser.parse_args()
    print(f"{'what':<60}{'goal':>9}{'median':>9}{'spread':>17}  verdict")
    figures = []
    for figure in measure(options.quick, options.only):
        figures.append(figure)
        spread = (
            f"{min(figure.values):.3g} to {max(figure.values):.3g}" if len(figure.values) > 1 else "exact"
        )
        print(
            f"{figure.name:<60}{figure.goal!s:>9}{figure.value:>9.3g}{spread:>17}"
            f"  {figure.verdict:<5} {figure.note}".rstrip(),
            flush=True,
        )
    if options.json:
        rows = [
            {
                "name": figure.name,
                "goal": str(figure.goal),
                "median": figure.value,
                "values": figure.values,
                "verdict": figure.verdict,
                "note": figure.note,
            }
            for figure in figures
        ]
        options.json.write_text(json.dumps({"quick": options.quick, "figures": rows}, indent=2) + "\n")
    sys.exit(any(figure.verdict == "MISS" for figure in figures))


def measure(quick: bool, word: str) -> Iterator[Figure]:
    """All measurements whose function has `word` in its name, one after another."""
    rounds = 3 if quick else 7
    speed.warm_up()
    plan: dict[str, Callable[[], list[Figure]]] = {
        "events_per_turn": speed.events_per_turn,
        "against_textbook": lambda: speed.against_textbook(rounds),
        "against_bare_simpy": lambda: speed.against_bare_simpy(rounds + 2),
        "logging_share": lambda: speed.logging_share(rounds + 2),
        "exact_transfers": lambda: transfers.exact_transfers(rounds),
        "sparse_traffic": lambda: transfers.sparse_traffic(3),
        "jumping": lambda: batching.jumping(rounds),
        "by_length": lambda: batching.by_length(rounds),
        "peeking": lambda: batching.peeking(rounds),
        "batching_textbook": lambda: batching.batching_textbook(1 if quick else 3),
        "batching_memory": lambda: batching.batching_memory(1, quick),
        "reading": lambda: reading.reading(rounds),
        "thetas": lambda: thetas.thetas(rounds),
        "by_users": lambda: speed.by_users(3),
        "long_runs": lambda: processes.long_runs(1 if quick else 3, quick),
        "start_up": lambda: processes.start_up(9),
    }
    for name, figures in plan.items():
        if word in name:
            yield from figures()


if __name__ == "__main__":
    main()
