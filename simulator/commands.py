"""What the commands beside `python -m simulator` share: complaints of one line, and exit codes."""

import sys
from argparse import ArgumentParser
from collections.abc import Callable
from typing import NoReturn

from simulator.cli import FAILED, INTERRUPTED, no_more_output
from simulator.mistakes import Mistake


class Parser(ArgumentParser):
    """A parser whose complaints are one line."""

    def error(self, message: str) -> NoReturn:
        raise Mistake(f"{message}; see {self.prog} --help")


def exit_code(act: Callable[[], None]) -> int:
    """Act; 0, or another code after one line that says what is wrong."""
    try:
        act()
    except Mistake as mistake:
        print(f"error: {mistake}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # whoever read our output has gone, as with "| head"
        no_more_output()
    except OSError as error:
        print(f"error: {error.filename or 'file system'}: {error.strerror}", file=sys.stderr)
        return FAILED
    return 0
