"""Make the embedded profiles from the published ones.

    python -m simulator.step_times.tables.build --raw DIR [--out DIR] [--check]

`--raw` holds a folder for each profile, with profile_attention.csv, profile_dense.csv and
profile_per_sequence.csv; README.md says where they come from. Of attention those rows are kept whose numbers
are 0 or powers of two, which form a full grid; of everything else all. With `--check` nothing is written: the
committed files are compared.
"""

import argparse
import gzip
import sys
from collections.abc import Sequence
from pathlib import Path

from simulator.step_times.parts.attention import COLUMNS
from simulator.step_times.parts.columns import TABLES
from simulator.step_times.parts.grid import doublings

PROFILES = {
    "rtx4090_llama_8b": "RTX4090_Llama-3.1-8B",
    "rtxpro6000_llama_8b": "RTXPRO6000_Llama-3.1-8B",
    "rtxpro6000_qwen3_32b_tp1": "RTXPRO6000_Qwen3-32B_tp1",
    "rtxpro6000_qwen3_32b_tp2": "RTXPRO6000_Qwen3-32B_tp2",
}
"""The folder that each is made from."""
FILES = {"attention.csv.gz": "attention", "dense.csv": "dense", "per_sequence.csv": "per_sequence"}


def kept(name: str, text: str) -> str:
    """The rows of a published file that are embedded, as they stand there."""
    header, *rows = text.splitlines()
    if name == "attention":
        assert header.split(",")[:4] == list(COLUMNS)
        numbers = {tuple(int(cell) for cell in row.split(",")[:4]): row for row in rows}
        chosen = doublings(numbers)
        rows = [row for at, row in numbers.items() if at in chosen]
    return "\n".join([header, *rows, ""])


def packed(file: str, text: str) -> bytes:
    """What is written: the same bytes whenever it is made."""
    data = text.encode()
    return gzip.compress(data, mtime=0) if file.endswith(".gz") else data


def text_of(file: Path) -> str:
    """What is in a file that was written."""
    data = file.read_bytes()
    return (gzip.decompress(data) if file.suffix == ".gz" else data).decode()


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the profiles, or say whether the committed ones are what the sources give."""
    parser = argparse.ArgumentParser(description="Make the embedded profiles from the published ones.")
    parser.add_argument("--raw", type=Path, required=True, help="folder with the published profiles")
    parser.add_argument("--out", type=Path, default=TABLES, help="folder to write to (default: this one)")
    parser.add_argument("--check", action="store_true", help="compare, and write nothing")
    options = parser.parse_args(arguments)
    for profile, source in PROFILES.items():
        for file, name in FILES.items():
            text = kept(name, (options.raw / source / f"profile_{name}.csv").read_text(encoding="utf-8"))
            target = options.out / profile / file
            if not options.check:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(packed(file, text))
            elif text_of(target) != text:
                sys.exit(f"{profile}/{file} differs from what {options.raw / source} gives")
            size = target.stat().st_size
            print(f"{profile}/{file}: {text.count(chr(10)) - 1} rows, {size} bytes")


if __name__ == "__main__":
    main()
