"""The command line: `python -m simulator.validation`, alone, or with a file of requests and overrides."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import NoReturn

from simulator.cli import FAILED, INTERRUPTED, no_more_output
from simulator.mistakes import Mistake
from simulator.validation.recording import compact, read
from simulator.validation.report import page, section

EXAMPLE = "python -m simulator.validation requests.jsonl edge=rtx4090_llama_8b scheduler.max_num_seqs=256"


class _Parser(ArgumentParser):
    """A parser whose complaints are one line."""

    def error(self, message: str) -> NoReturn:
        raise Mistake(f"{message}; see python -m simulator.validation --help")


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line says; exit code 0, or 1 after one line that says what is wrong."""
    parser = _Parser(
        prog="python -m simulator.validation",
        description="Replay measured requests through the edge server; without a file, the bundled runs.",
    )
    parser.add_argument("file", metavar="FILE", nargs="?", help="recorded requests: .jsonl, .csv or .parquet")
    parser.add_argument(
        "overrides",
        metavar="KEY=VALUE",
        nargs="*",
        help="edge=PRESET, and settings of edge and scheduler, as in python -m simulator",
    )
    parser.add_argument(
        "--compact", action="store_true", help="only print the file's requests as a csv table"
    )
    try:
        options = parser.parse_args(arguments)
        print(_asked(options.file, options.overrides, options.compact), flush=True)
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


def _asked(file: str | None, overrides: list[str], as_table: bool) -> str:
    if file is None:
        if as_table:
            raise Mistake(f"--compact needs a file of requests, as in {EXAMPLE.split(' edge')[0]} --compact")
        return page()
    if "=" in file and not Path(file).is_file():
        raise Mistake(f"{file}: the file of requests comes first, as in {EXAMPLE}")
    if as_table:
        return compact(read(file))
    return section(Path(file).name, overrides, read(file))


if __name__ == "__main__":
    sys.exit(main())
