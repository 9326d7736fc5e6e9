"""The command line: `python -m simulator.reproduction` measures everything, and has the page written."""

import subprocess
import sys
from argparse import Namespace
from importlib import import_module
from pathlib import Path

from simulator.commands import Parser, exit_code
from simulator.mistakes import Mistake
from simulator.points import Point
from simulator.points.measure import checked_workers, measured, processors
from simulator.reproduction.results import write

PARTS = {"paper": "simulator.reproduction.plan", "beyond": "simulator.reproduction.beyond.plan"}
"""The modules that know the points."""
PAGE = "analysis.reproduction"
"""The program that makes figures and a page of the results; no room imports it."""


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line says; exit code 0, or another after one line that says what is wrong."""
    parser = Parser(
        prog="python -m simulator.reproduction",
        description="Measure what the paper reports, and what changes beyond its setting; write the page.",
        epilog="What was measured is kept in RESULTS/points, and not measured again by the same source.",
    )
    parser.add_argument("--quick", action="store_true", help="a small study: few questions, wide intervals")
    parser.add_argument(
        "--workers", metavar="N", type=int, default=processors(), help="processes, %(default)s"
    )
    parser.add_argument(
        "--results",
        metavar="FOLDER",
        type=Path,
        default=Path("outputs/reproduction"),
        help="where the figures of all points are kept, %(default)s",
    )
    parser.add_argument("--part", choices=tuple(PARTS), help="only this part; the page then has no other")
    parser.add_argument("--page", metavar="FILE", type=Path, help=f"where {PAGE} writes the page")
    parser.add_argument("--figures", metavar="FOLDER", type=Path, help=f"where {PAGE} puts its figures")
    pages = [0]

    def act() -> None:
        options = parser.parse_args(arguments)
        _check(options)
        pages.append(_page(_measured(options), options))

    return exit_code(act) or pages[-1]


def _check(options: Namespace) -> None:
    """Mistakes that would otherwise show after minutes."""
    checked_workers(options.workers)
    if options.page and not options.page.parent.is_dir():
        raise Mistake(f"--page {options.page}: {options.page.parent} is no folder")
    for option in ("results", "figures"):
        folder = getattr(options, option)
        if folder and folder.exists() and not folder.is_dir():
            raise Mistake(f"--{option} {folder}: is no folder")
    options.results.mkdir(parents=True, exist_ok=True)


def _measured(options: Namespace) -> Path:
    """All points, in one file. Small and whole studies are kept apart."""
    points = [
        point for part in PARTS if options.part in (None, part) for point in planned(part, options.quick)
    ]
    kept = options.results / ("points_quick" if options.quick else "points")
    found = measured(points, kept, options.workers)
    file: Path = options.results / "results.json"
    write(file, points, found, options.quick)
    print(file, flush=True)
    return file


def planned(part: str, quick: bool) -> list[Point]:
    """The points of one part."""
    known: list[Point] = import_module(PARTS[part]).points(quick)
    return known


def _page(file: Path, options: Namespace) -> int:
    """Have the page written; the program's exit code, which has said itself what is wrong."""
    chosen = {"--page": options.page, "--figures": options.figures}
    words = [word for option, path in chosen.items() if path for word in (option, str(path))]
    return subprocess.run([sys.executable, "-m", PAGE, str(file), *words], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
