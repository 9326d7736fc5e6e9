"""The command line: `python -m simulator.conclusions` holds the paper's claims against other hardware."""

import sys
from functools import partial
from pathlib import Path

from simulator.commands import Parser, exit_code
from simulator.conclusions.page import page
from simulator.conclusions.parts import FULL, QUICK
from simulator.conclusions.study import study
from simulator.config import CONF
from simulator.mistakes import Mistake, nearest


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line says; exit code 0, or 1 after one line that says what is wrong."""
    known = sorted(
        (file.stem for file in (CONF / "hardware").glob("*.yaml")), key=lambda it: (it != "paper", it)
    )
    parser = Parser(
        prog="python -m simulator.conclusions",
        description="Print which of the paper's conclusions survive on which hardware, in Markdown.",
    )
    parser.add_argument("--hardware", metavar="NAME", nargs="+", default=known, help=", ".join(known))
    parser.add_argument("--quick", action="store_true", help="fewer turns: larger errors, half a minute")
    parser.add_argument("--markdown", metavar="FILE", type=Path, help="write the page here too")
    parser.add_argument(
        "--seed", type=int, default=1, help="another seed: other scores of Random, other users"
    )

    def act() -> None:
        options = parser.parse_args(arguments)
        _check(options.hardware, known, options.seed, options.markdown)
        text = _asked(list(dict.fromkeys(options.hardware)), options.quick, options.seed)
        print(text, flush=True)
        if options.markdown:
            options.markdown.write_text(text + "\n", encoding="utf-8")

    return exit_code(act)


def _check(names: list[str], known: list[str], seed: int, file: Path | None) -> None:
    """Mistakes that would otherwise show after minutes."""
    for name in names:
        if name not in known:
            raise Mistake(f"hardware={name}: {nearest(name, known)}hardware is one of {', '.join(known)}")
    if not 0 <= seed < 2**63:
        raise Mistake(f"--seed {seed}: must be from 0 to 2**63 - 1")
    if file and not file.parent.is_dir():
        raise Mistake(f"--markdown {file}: {file.parent} is no folder")


def _asked(names: list[str], quick: bool, seed: int) -> str:
    size = QUICK if quick else FULL
    told = "\r\033[K" if sys.stderr.isatty() else ""

    def say(hardware: str, what: str) -> None:
        if told:
            print(f"{told}{hardware}: {what}", end="", file=sys.stderr, flush=True)

    try:
        studies = [study(name, size, seed, partial(say, name)) for name in names]
    finally:
        if told:
            print(told, end="", file=sys.stderr, flush=True)
    return page(studies, size)


if __name__ == "__main__":
    sys.exit(main())
