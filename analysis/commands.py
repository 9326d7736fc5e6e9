"""What the commands of this room share: complaints of one line, and exit codes."""

import os
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from typing import NoReturn

from analysis.logs import Unreadable

FAILED = 1


class Parser(ArgumentParser):
    """A parser whose complaints are one line, which ends with `hint`."""

    def __init__(self, prog: str, description: str, hint: str) -> None:
        super().__init__(prog=prog, description=description)
        self._hint = hint

    def error(self, message: str) -> NoReturn:
        raise Unreadable(f"{message}; {self._hint}")


def exit_code(act: Callable[[], None]) -> int:
    """Act; 0, or 1 after one line that says what is wrong."""
    try:
        act()
    except Unreadable as error:
        print(f"error: {error}", file=sys.stderr)
        return FAILED
    except BrokenPipeError:  # whoever read our output has gone, as with "| head"
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        print(f"error: {error.filename or 'file system'}: {error.strerror}", file=sys.stderr)
        return FAILED
    return 0
