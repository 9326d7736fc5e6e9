"""The command line: `python -m analysis.reproduction RESULTS` writes the page, and draws the figures."""

import os
import sys
from pathlib import Path

from analysis.commands import Parser, exit_code
from analysis.reproduction.results import read

PAGE, FIGURES = "REPRODUCTION.md", "figures"


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line says; exit code 0, or 1 after one line that says what is wrong."""
    parser = Parser(
        prog="python -m analysis.reproduction",
        description="Write the page of the reproduced paper, and draw its figures, from results.json alone.",
        hint="see python -m analysis.reproduction --help",
    )
    parser.add_argument(
        "results", metavar="RESULTS", type=Path, help="results.json, or the folder that has it"
    )
    parser.add_argument("--page", metavar="FILE", type=Path, help=f"the page; RESULTS/{PAGE} if not said")
    parser.add_argument(
        "--figures", metavar="DIR", type=Path, help=f"the figures; RESULTS/{FIGURES} if not said"
    )

    def act() -> None:
        options = parser.parse_args(arguments)
        print(*written(options.results, options.page, options.figures), sep="\n")

    return exit_code(act)


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
