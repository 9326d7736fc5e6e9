"""The figures of texts: found in the store, or computed once and kept."""

import sys
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from simulator.encoders import Encoder, Kind
from simulator.encoders.checkpoint import (
    NO_EXTRA,
    fetch,
    home,
    identity_of,
    known_commit,
    local_folder,
    weights_of,
)
from simulator.encoders.store import Encoding, Store, default_path
from simulator.encoders.text import digest
from simulator.mistakes import Mistake

Row = npt.NDArray[np.float32]


class Outputs(NamedTuple):
    """What a checkpoint made of texts."""

    rows: Mapping[str, Row]
    """The figures of every text that was asked for."""
    source: Mapping[str, str]
    """Which checkpoint it was: name, commit, SHA-256 of its weights, and what computed them."""


def outputs(encoder: Encoder, kind: Kind, texts: Iterable[str], labels: int | None = None) -> Outputs:
    """The rows of all `texts`; a classifier must tell so many `labels` apart.

    Whatever is missing is computed, batch after batch, each kept at once: after an interruption the same call
    goes on. All rows are then read from the store, so that processes which compute at once agree to the bit.
    Raises `Mistake` in one line where the checkpoint or the store is not to be had.
    """
    wanted = {digest(text): text for text in texts}
    path = path_of(encoder)
    with closing(Store(path)) as store:
        encoding = _known(encoder, kind, store)
        if encoding is None or len(store.read(encoding, wanted)) < len(wanted) or not wanted:
            encoding = _complete(store, path, encoder, kind, wanted, labels)
        rows = {wanted[key]: row for key, row in store.read(encoding, wanted).items()}
        for row in rows.values():
            if labels is not None and len(row) != labels:
                raise Mistake(
                    f"scorer.labels={labels}: {encoder.checkpoint} tells {len(row)} labels apart; set"
                    " scorer.labels and scorer.edge_labels"
                )
        return Outputs(rows, store.about(encoding) | {"checkpoint": encoder.checkpoint})


def path_of(encoder: Encoder) -> Path:
    """The file that keeps what this encoder reads."""
    return default_path() if encoder.cache is None else home(Path(encoder.cache))


def _known(encoder: Encoder, kind: Kind, store: Store) -> Encoding | None:
    """The key of what is kept, as far as it can be told without the hub; None where it cannot."""
    folder = local_folder(encoder.checkpoint)
    if folder is not None:
        return Encoding(identity_of(folder), kind, encoder.options)
    commit = known_commit(encoder.checkpoint, encoder.revision)
    commit = commit or store.commit(encoder.checkpoint, encoder.revision)
    return None if commit is None else Encoding(f"{encoder.checkpoint}@{commit}", kind, encoder.options)


def _complete(
    store: Store,
    path: Path,
    encoder: Encoder,
    kind: Kind,
    wanted: Mapping[bytes, str],
    labels: int | None,
) -> Encoding:
    """Compute what is missing and keep it."""
    folder = local_folder(encoder.checkpoint)
    if folder is None:
        folder, commit = fetch(encoder.checkpoint, encoder.revision)
        if commit != encoder.revision:
            store.remember(encoder.checkpoint, encoder.revision, commit)
        identity = f"{encoder.checkpoint}@{commit}"
    else:
        identity, commit = identity_of(folder), ""
    encoding = Encoding(identity, kind, encoder.options)
    with _alone(path):
        missing = {key: wanted[key] for key in wanted.keys() - store.read(encoding, wanted).keys()}
        if missing or not wanted:
            _compute(store, encoding, encoder, folder, commit, missing, labels)
    return encoding


def _compute(
    store: Store,
    encoding: Encoding,
    encoder: Encoder,
    folder: Path,
    commit: str,
    missing: Mapping[bytes, str],
    labels: int | None,
) -> None:
    """Read the missing texts, the longest first, and keep every batch as it comes."""
    from simulator.encoders.model import Model
    from simulator.encoders.progress import Progress

    kind: Any = encoding.kind
    model = Model(folder, encoder, kind, labels)
    about = {"checkpoint": encoder.checkpoint, **({"commit": commit} if commit else {})}
    about |= {"weights_sha256": weights_of(folder)} | model.made_with
    keys, texts = list(missing), list(missing.values())
    print(f"reading {len(texts):,} texts with {encoder.checkpoint}", file=sys.stderr)
    lengths = model.lengths(texts)
    with Progress(lengths) as progress:
        for batch in model.batches(lengths):
            rows = model.rows([texts[text] for text in batch])
            store.write(encoding, about, {keys[text]: row for text, row in zip(batch, rows, strict=True)})
            progress.add(batch)


def _alone(path: Path) -> Any:
    """One process computes at a time; the others wait and find the figures there."""
    try:
        from filelock import FileLock, Timeout
    except ImportError as error:
        raise Mistake(NO_EXTRA) from error
    lock = FileLock(f"{path}.lock")
    try:
        return lock.acquire(timeout=0)
    except Timeout:
        print(f"another process is reading texts for {path}: waiting for it", file=sys.stderr)
        return lock.acquire()
