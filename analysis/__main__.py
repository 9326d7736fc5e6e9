"""The command line: `python -m analysis PATH` compares runs, `--figures DIR` draws them."""

import os
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import NoReturn

from analysis.loading import load
from analysis.logs import Unreadable
from analysis.table import table

FAILED = 1


class _Parser(ArgumentParser):
    """A parser whose complaints are one line."""

    def error(self, message: str) -> NoReturn:
        raise Unreadable(f"{message}; usage: python -m analysis PATH [--figures DIR]")


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line says; exit code 0, or 1 after one line that says what is wrong."""
    parser = _Parser(prog="python -m analysis", description="Compare the runs in a folder, and draw them.")
    parser.add_argument("path", metavar="PATH", help="a run's folder, or a folder of runs at any depth")
    parser.add_argument("--figures", metavar="DIR", type=Path, help="draw the runs, as PNG files in DIR")
    try:
        options = parser.parse_args(arguments)
        runs = load(options.path, events=options.figures is not None)
        print(table(runs), flush=True)
        if options.figures is not None:
            from analysis.pages import MOST_RUNS, draw

            print(*draw(runs, options.figures), sep="\n")
            if len(runs.summary) > MOST_RUNS:
                print(f"{len(runs.summary) - MOST_RUNS} runs are not drawn: the first {MOST_RUNS} are")
    except Unreadable as error:
        print(f"error: {error}", file=sys.stderr)
        return FAILED
    except BrokenPipeError:  # whoever read our output has gone, as with "| head"
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        print(f"error: {error.filename or 'file system'}: {error.strerror}", file=sys.stderr)
        return FAILED
    return 0


if __name__ == "__main__":
    sys.exit(main())
