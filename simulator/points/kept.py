"""Points on disk: one JSON file each, which says what was measured, how, and by which source."""

import json
import os
from contextlib import suppress
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from simulator.config import CONF
from simulator.mistakes import Mistake
from simulator.points import Measured, Point

ROOMS = ("simulator", "channels", "workloads")
SUFFIXES = (".py", ".json", ".csv", ".yaml", ".npz")
SIMULATOR = Path(__file__).resolve().parents[1]


@cache
def source() -> str:
    """A digest of the code, the tables and the configuration: points of another source are measured anew."""
    digest = sha256()
    for folder in (*(SIMULATOR.parent / room for room in ROOMS), CONF):
        for file in sorted(folder.rglob("*")):
            if file.suffix in SUFFIXES:
                digest.update(file.relative_to(folder.parent).as_posix().encode() + b"\0")
                digest.update(sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:16]


def kept(folder: Path, point: Point) -> Measured | None:
    """What was measured before; None where nothing was, or something else, or by another source."""
    try:
        found = json.loads(_file(folder, point).read_text(encoding="utf-8"))
        same = {name: found[name] for name in ("measure", "arguments", "source")} == _said(point)
        return dict(found["measured"]) if same else None
    except (OSError, ValueError, KeyError, TypeError):
        return None  # never written, or not to its end by another program: measured anew


def keep(folder: Path, point: Point, measured: Measured) -> None:
    """Write it down, whole or not at all. Raises `Mistake` where the folder takes no files."""
    file = _file(folder, point)
    partial = file.with_name(f".{file.name}.{os.getpid()}")
    text = json.dumps({**_said(point), "measured": measured}, indent=1, allow_nan=False)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(text + "\n", encoding="utf-8")
        partial.replace(file)
    except OSError as error:
        with suppress(OSError):
            partial.unlink()
        raise Mistake(f"cannot write to {file}: {error.strerror or error}") from error


def _said(point: Point) -> dict[str, Any]:
    return {"measure": point.measure, "arguments": point.arguments, "source": source()}


def _file(folder: Path, point: Point) -> Path:
    return folder / f"{point.name}.json"
