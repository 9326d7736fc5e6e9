"""The command line: `python -m simulator.regret RUN` holds a run's decisions against the other site."""

import sys
from math import isfinite
from pathlib import Path

from simulator.commands import Parser, exit_code
from simulator.mistakes import Mistake
from simulator.points.measure import checked_workers, processors
from simulator.regret.page import notes, table, write
from simulator.regret.recorded import read
from simulator.regret.replay import TURNS, shared_out


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line says; exit code 0, or 1 after one line that says what is wrong."""
    parser = Parser(
        prog="python -m simulator.regret",
        description="Simulate a run again with single decisions the other way: what would either site have"
        " cost, and what the others.",
    )
    parser.add_argument("run", metavar="RUN", type=Path, help="a run's folder, with its summary.json")
    parser.add_argument(
        "--turns", metavar="N", type=int, help=f"sample so many ({TURNS}; all where nothing ever waits)"
    )
    parser.add_argument("--seed", metavar="S", type=int, default=1, help="of the sample (1)")
    parser.add_argument(
        "--after-s",
        metavar="SECONDS",
        type=float,
        default=0.0,
        help="count others who are decided so long after the turn is done, too (0)",
    )
    parser.add_argument(
        "--workers", metavar="W", type=int, default=processors(), help="processes; no figure depends on it"
    )
    parser.add_argument("--out", metavar="FILE.parquet", type=Path, help="write every sampled turn there")

    def act() -> None:
        options = parser.parse_args(arguments)
        _check(options.turns, options.seed, options.after_s, options.out)
        workers = checked_workers(options.workers)
        run = read(options.run)
        found = shared_out(run, options.run, options.turns, options.seed, options.after_s, workers)
        if not found.rows:
            raise Mistake(f"the run in {options.run} decided no turn after its warm-up")
        if options.out:
            write(options.out, found)
        print(table(found), *notes(found, options.seed, options.after_s), sep="\n")

    return exit_code(act)


def _check(turns: int | None, seed: int, after_s: float, out: Path | None) -> None:
    if turns is not None and turns < 1:
        raise Mistake(f"--turns {turns}: must be at least 1")
    if not 0 <= seed < 2**63:
        raise Mistake(f"--seed {seed}: must be from 0 to 2**63 - 1")
    if not (isfinite(after_s) and after_s >= 0):
        raise Mistake(f"--after-s {after_s:g}: must be a number of seconds, at least 0")
    if out and out.suffix != ".parquet":
        raise Mistake(f"--out {out}: must end in .parquet")
    if out and out.is_dir():
        raise Mistake(f"--out {out}: is a folder")
    if out and not out.parent.is_dir():
        raise Mistake(f"--out {out}: {out.parent} is no folder")


if __name__ == "__main__":
    sys.exit(main())
