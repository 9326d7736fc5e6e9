"""The store as people read it: a table of encodings, sizes and counts."""

import json
from collections.abc import Mapping

from simulator.encoders.stored import Stored


def listing(encodings: Mapping[Stored, int]) -> list[str]:
    """Lines: one an encoding, with how many values it has; none for none."""
    if not encodings:
        return []
    head = ("N", "checkpoint", "commit", "kind", "texts", "width", "bytes", "options")
    rows = [head, *(_row(stored, values) for stored, values in encodings.items())]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    right = (True, False, False, False, True, True, True, False)
    return [
        "  ".join(
            cell.rjust(width) if to_right else cell.ljust(width)
            for cell, width, to_right in zip(row, widths, right, strict=True)
        ).rstrip()
        for row in rows
    ]


def _row(stored: Stored, values: int) -> tuple[str, ...]:
    about, options = _mapping(stored.about), _mapping(stored.encoding.options)
    return (
        str(stored.number),
        about.get("checkpoint", stored.encoding.identity),
        about.get("commit", "")[:12],
        stored.encoding.kind,
        f"{values:,}",
        f"{stored.width:,}",
        f"{4 * stored.width * values:,}",
        " ".join(f"{name}={value}" for name, value in options.items()) or stored.encoding.options,
    )


def _mapping(words: str) -> dict[str, str]:
    """JSON as a mapping; empty where it is something else."""
    try:
        found = json.loads(words)
    except ValueError:
        return {}
    items = found.items() if isinstance(found, dict) else ()
    return {str(name): value if isinstance(value, str) else json.dumps(value) for name, value in items}


def count(number: int, of: str) -> str:
    """As in "1 value", "2 values"."""
    return f"{number:,} {of}{'' if number == 1 else 's'}"


def size(size_bytes: float) -> str:
    """As in "61.3 MB"."""
    for unit in ("bytes", "kB", "MB"):
        if abs(size_bytes) < 999.5:
            return f"{size_bytes:.3g} {unit}"
        size_bytes /= 1000
    return f"{size_bytes:,.1f} GB"
