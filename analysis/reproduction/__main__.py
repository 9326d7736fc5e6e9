"""The command line: `python -m analysis.reproduction RESULTS` writes the page, and draws the figures."""

import os
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import NoReturn

from analysis.logs import Unreadable
from analysis.reproduction.results import read

FAILED = 1
PAGE, FIGURES = "REPRODUCTION.md", "figures"


class _Parser(ArgumentParser):
    """A parser whose complaints are one line."""

    def error(self, message: str) -> NoReturn:
        raise Unreadable(f"{message}; see {self.prog} --help")


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line says; exit code 0, or 1 after one line that says what is wrong."""
    parser = _Parser(
        prog="python -m analysis.reproduction",
        description="Write the page of the reproduced paper, and draw its figures, from results.json alone.",
    )
    parser.add_argument(
        "results", metavar="RESULTS", type=Path, help="results.json, or the folder that has it"
    )
    parser.add_argument("--page", metavar="FILE", type=Path, help=f"the page; RESULTS/{PAGE} if not said")
    parser.add_argument(
        "--figures", metavar="DIR", type=Path, help=f"the figures; RESULTS/{FIGURES} if not said"
    )
    try:
        options = parser.parse_args(arguments)
        print(*written(options.results, options.page, options.figures), sep="\n")
    except Unreadable as mistake:
        print(f"error: {mistake}", file=sys.stderr)
        return FAILED
    except BrokenPipeError:  # whoever read our output has gone, as with "| head"
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        print(f"error: {error.filename or 'file system'}: {error.strerror}", file=sys.stderr)
        return FAILED
    return 0


def written(path: Path, page: Path | None = None, figures: Path | None = None) -> list[Path]:
    """Write the page and the figures; what was written. Raises `Unreadable`."""
    from analysis.reproduction import drawing
    from analysis.reproduction import page as text

    results = read(path)
    page, figures = page or results.file.with_name(PAGE), figures or results.file.with_name(FIGURES)
    told = text.page(results)
    drawn = drawing.drawn(results) if text.has(results, "paper") else {}
    if text.has(results, "beyond"):
        drawn |= text.beyond().figures(text.raw(results))
    paths = drawing.write(drawn, figures)
    where = Path(os.path.relpath(figures, page.parent)).as_posix()
    page.write_text(told.replace(text.FIGURES, f"{where}/"), encoding="utf-8")
    return [page, *paths]


if __name__ == "__main__":
    sys.exit(main())
