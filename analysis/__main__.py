"""The command line: `python -m analysis PATH` compares runs, `--figures DIR` draws them."""

import sys
from pathlib import Path

from analysis.commands import Parser, exit_code
from analysis.loading import load
from analysis.table import table


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line says; exit code 0, or 1 after one line that says what is wrong."""
    parser = Parser(
        prog="python -m analysis",
        description="Compare the runs in a folder, and draw them.",
        hint="usage: python -m analysis PATH [--figures DIR]",
    )
    parser.add_argument("path", metavar="PATH", help="a run's folder, or a folder of runs at any depth")
    parser.add_argument("--figures", metavar="DIR", type=Path, help="draw the runs, as PNG files in DIR")

    def act() -> None:
        options = parser.parse_args(arguments)
        runs = load(options.path, events=options.figures is not None)
        print(table(runs), flush=True)
        if options.figures is not None:
            from analysis.pages import MOST_RUNS, draw

            print(*draw(runs, options.figures), sep="\n")
            if len(runs.summary) > MOST_RUNS:
                print(f"{len(runs.summary) - MOST_RUNS} runs are not drawn: the first {MOST_RUNS} are")

    return exit_code(act)


if __name__ == "__main__":
    sys.exit(main())
