"""Scores from text, and thresholds for them: `python -m simulator.scorers COMMAND`."""

import re
import sys
from importlib import import_module

from simulator.commands import Parser, exit_code

COMMANDS = ("score", "train", "calibrate_router", "threshold", "cache")
"""Modules of `simulator.scorers.commands`, in the order in which one needs them."""
OVERRIDE = re.compile(r"[+~]{0,2}[A-Za-z_][\w/.@-]*=")
"""A word of the command line that is a setting: `scorer.device=cuda`."""


def main() -> int:
    """Act; the exit code."""
    overrides = [word for word in sys.argv[1:] if OVERRIDE.match(word)]
    words = [word for word in sys.argv[1:] if not OVERRIDE.match(word)]
    parser = Parser(
        prog="python -m simulator.scorers",
        description="Scores from text, and thresholds for them. Settings are written as for python -m"
        " simulator, e.g. scorer=eq10 scorer.device=cuda.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name in COMMANDS:
        module = import_module(f"simulator.scorers.commands.{name}")
        command = commands.add_parser(module.NAME, help=module.HELP, description=module.HELP)
        module.configure(command)
        command.set_defaults(act=module.act)
    return exit_code(lambda: _act(parser, words, overrides))


def _act(parser: Parser, words: list[str], overrides: list[str]) -> None:
    arguments = parser.parse_args(words)
    arguments.act(arguments, overrides)


if __name__ == "__main__":
    sys.exit(main())
