"""A process that writes batches to a store, or reads one; for the tests that kill it, starve it or run many.

A script that imports little: `python store_writer.py STORE WRITER FIRST STEP BATCHES` says each batch that it
has written.
"""

import sys
from hashlib import sha256
from pathlib import Path

import numpy as np

from simulator.commands import exit_code
from simulator.encoders.store import Encoding, Store

E5 = Encoding("sha256:abc", "cls", '{"max_tokens": 512}')
ENDLESS = 10**9


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


def _write() -> None:
    path, writer, first, step, batches = Path(sys.argv[1]), *map(int, sys.argv[2:])
    with Store(path) as store:
        for number in range(batches):
            store.write(E5, {"writer": str(writer)}, batch_of((first + step * number) % batches, writer))
            print(number, flush=True)


if __name__ == "__main__":
    sys.exit(exit_code(_write))
