"""Rows of a data set: one of the Hugging Face hub, or a folder as one finds it there."""

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from simulator.encoders.checkpoint import hub_reachable
from simulator.mistakes import Mistake, nearest

NO_DATASETS = 'a data set needs datasets, which is not installed: pip install "edgewise[bert]"'
COMMIT = re.compile(r"[0-9a-f]{40}")
"""In the addresses and folders of a data set's files: which one it was."""


class DataSet(NamedTuple):
    """Which rows are meant."""

    name: str
    """On the hub, as in cais/mmlu, or a folder with parquet, jsonl or csv files."""
    config: str | None
    split: str | None
    """May be left out where there is one only."""
    revision: str | None
    """A commit, tag or branch; None: the latest, or without a network what this machine has."""


class Loaded(NamedTuple):
    """A data set at hand."""

    rows: Iterator[Mapping[str, Any]]
    about: dict[str, Any]
    """What it is, for the record: with the commit where that is known."""


def load(wanted: DataSet) -> Loaded:
    """The rows: from a folder, from the hub, or without a network from what it left on this machine.

    Raises `Mistake` in one line, and within seconds, where they are not to be had.
    """
    try:
        import datasets
    except ImportError as error:
        raise Mistake(NO_DATASETS) from error
    if not sys.stderr.isatty():
        datasets.disable_progress_bars()
    datasets.logging.set_verbosity_error()
    folder = Path(wanted.name).expanduser()
    if folder.is_dir():
        if wanted.revision is not None:
            raise Mistake(f"--revision {wanted.revision}: {folder} is a folder, which has no revisions")
        found, commit = _load(datasets, str(folder), wanted), None
    elif folder.is_file():
        raise Mistake(f"--dataset {wanted.name}: a file; give it without --dataset")
    elif wanted.name.count("/") > 1 or wanted.name.startswith((".", "~", "/")):
        raise Mistake(f"--dataset: no folder {wanted.name!r}")
    elif hub_reachable():
        found = _load(datasets, wanted.name, wanted, revision=wanted.revision)
        commit = _commit(found)
    else:
        found, commit = _kept(datasets, wanted)
    split, rows = _split(found, wanted)
    chosen = {"dataset": wanted.name, "config": wanted.config, "split": split, "revision": wanted.revision}
    return Loaded(_rows(rows, wanted), chosen | {"commit": commit})


def _rows(rows: Iterable[Mapping[str, Any]], wanted: DataSet) -> Iterator[Mapping[str, Any]]:
    """One after the other; a cell that cannot be read ends in what `datasets` says of it."""
    try:
        yield from rows
    except (ImportError, OSError, ValueError, RuntimeError) as error:  # a cell that is an image, a lost file
        raise Mistake(f"{wanted.name}: {_told(error)}") from error


def _load(datasets: Any, path: str, wanted: DataSet, **more: Any) -> Any:
    """All splits of it. Raises `Mistake` with what `datasets` says."""
    try:
        return datasets.load_dataset(path, wanted.config, **more)
    except Exception as error:  # the hub's, the network's, the disk's and the readers' own kinds
        raise Mistake(f"--dataset {wanted.name}: {_told(error)}") from error


def _kept(datasets: Any, wanted: DataSet) -> tuple[Any, str | None]:
    """What this machine has of it: files fetched from the hub, else tables that were made of such files."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        folder = snapshot_download(
            wanted.name, repo_type="dataset", revision=wanted.revision, local_files_only=True
        )
        return _load(datasets, folder, wanted), Path(folder).name
    except HFValidationError as error:
        raise Mistake(f"--dataset {wanted.name}: {_told(error)}") from error
    except (LocalEntryNotFoundError, Mistake):
        pass  # not fetched, or other parts of it were
    if wanted.revision is None:
        try:
            with _offline(datasets):
                found = _load(datasets, wanted.name, wanted)
            return found, _commit(found)
        except Mistake:
            pass
    config = f" ({wanted.config})" if wanted.config else ""
    at = f" --revision {wanted.revision}" if wanted.revision else ""
    raise Mistake(
        f"{wanted.name}{config} is not on this machine and the hub cannot be reached: where there is a"
        f" network, hf download --repo-type dataset {wanted.name}{at} --local-dir FOLDER, bring FOLDER here"
        " and use --dataset FOLDER"
    )


@contextmanager
def _offline(datasets: Any) -> Iterator[None]:
    """`datasets` without its half a minute of trying again."""
    before, datasets.config.HF_HUB_OFFLINE = datasets.config.HF_HUB_OFFLINE, True
    try:
        yield
    finally:
        datasets.config.HF_HUB_OFFLINE = before


def _commit(found: Any) -> str | None:
    """The commit in the addresses of the files that it was made of."""
    addresses = (address for part in found.values() for address in part.info.download_checksums or {})
    return next((match[0] for match in map(COMMIT.search, addresses) if match), None)


def _split(found: Any, wanted: DataSet) -> tuple[str, Any]:
    """The split that is asked for, or the only one."""
    if wanted.split in found:
        return str(wanted.split), found[wanted.split]
    if wanted.split is None and len(found) == 1:
        return next(iter(found.items()))  # type: ignore[no-any-return]
    hint = "must be set" if wanted.split is None else f"{wanted.split}: no such split"
    near = nearest(wanted.split or "", found)
    raise Mistake(f"--split {hint}; {near}{wanted.name} has {', '.join(found)}")


def _told(error: Exception) -> str:
    """The first two lines of what a library says: what is wrong, and what there is instead."""
    return " ".join((str(error).strip() or type(error).__name__).splitlines()[:2])
