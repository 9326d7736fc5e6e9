"""Batches for a store; as a script, a process that writes them, to be killed or starved.

`python store_parts.py STORE WRITER FIRST STEP BATCHES` says `ready`, waits for a line, and says the
number of each batch once it is written.
"""

import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from time import sleep
from typing import Any

import numpy as np

from simulator.commands import exit_code
from simulator.encoders.store import Encoding, Store
from simulator.encoders.store_health import health
from simulator.mistakes import Mistake

E5 = Encoding("sha256:abc", "cls", '{"max_tokens": 512}')
ENDLESS = 10**9
PAUSE_S = 0.003
"""Between two batches, where real writers compute; one that never rests would let nobody else write."""


def key(text: object) -> bytes:
    """A digest."""
    return sha256(str(text).encode()).digest()


def batch_of(number: int, writer: int = 0, texts: int = 16, width: int = 64) -> dict[bytes, np.ndarray]:
    """Batch `number`: the same digests whoever writes them, values of the writer's own."""
    return {
        key((number, text)): np.full(width, number + text / 16 + writer * 1000, dtype=np.float32)
        for text in range(texts)
    }


def filled(path: Path, batches: int = 40) -> Path:
    """A store of so many batches."""
    with Store(path) as store:
        for number in range(batches):
            store.write(E5, {"checkpoint": "small", "commit": "c0ffee" * 6 + "abcd"}, batch_of(number))
    return path


def told(act: Callable[..., object], *arguments: Any) -> str:
    """The one line of the mistake that this must end in."""
    try:
        act(*arguments)
    except Mistake as mistake:
        line = str(mistake)
        assert "\n" not in line
        assert len(line) < 300 + len(str(arguments))
        return line
    raise AssertionError("no mistake")


def overwrite(path: Path, at: int, content: bytes) -> None:
    """Put other bytes into a file."""
    with path.open("r+b") as file:
        file.seek(at)
        file.write(content)


def place_of(path: Path, number: int, text: int) -> int:
    """Where in the file a value's last byte stands."""
    value = batch_of(number)[key((number, text))].tobytes()
    content = path.read_bytes()
    assert content.count(value) == 1
    return content.index(value) + len(value) - 1


def check_whole(path: Path, batches: int, said: int) -> int:
    """Nothing is damaged and every batch is there whole or not at all; those that were said to be, are."""
    found = health(path)
    assert (found.file, found.damaged) == ([], [])
    with Store(path) as store:
        sizes = [len(store.read(E5, batch_of(number))) for number in range(batches)]
    assert set(sizes) <= {0, 16}
    assert sizes[:said] == [16] * said
    assert sum(sizes) == found.intact
    return sum(sizes) // 16


def _write() -> None:
    path, writer, first, step, batches = Path(sys.argv[1]), *map(int, sys.argv[2:])
    print("ready", flush=True)
    sys.stdin.readline()
    with Store(path) as store:
        for number in range(batches):
            store.write(E5, {"writer": str(writer)}, batch_of((first + step * number) % batches, writer))
            print(number, flush=True)
            sleep(PAUSE_S)


if __name__ == "__main__":
    sys.exit(exit_code(_write))
