"""The command line: `python -m simulator.validation`, alone, or with a file of requests and overrides."""

import sys
from pathlib import Path

from simulator.commands import Parser, exit_code
from simulator.mistakes import Mistake
from simulator.validation.recording import compact, read
from simulator.validation.report import page, section

EXAMPLE = "python -m simulator.validation requests.jsonl edge=rtx4090_llama_8b scheduler.max_num_seqs=256"


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line says; exit code 0, or 1 after one line that says what is wrong."""
    parser = Parser(
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

    def act() -> None:
        options = parser.parse_args(arguments)
        print(_asked(options.file, options.overrides, options.compact), flush=True)

    return exit_code(act)


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
