"""Where a checkpoint is, and which one it is."""

import json
import os
import re
from collections.abc import Iterator
from hashlib import file_digest, sha256
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from simulator.mistakes import Mistake

PROBE_S = 5.0
"""How long the hub may take to say anything at all, before this machine counts as offline."""
WEIGHTS = "*.safetensors"
VOCABULARY = ("tokenizer.json", "vocab.*", "*.model")
TOKENIZER = ("tokenizer*", "special_tokens_map.json", "added_tokens.json", "vocab.*", "merges.txt", "*.model")
FILES = ("config.json", *TOKENIZER, WEIGHTS, "*.safetensors.index.json")
"""What is fetched and what counts: no optimizer states, and no pickled weights, which could run code."""
COMMIT = re.compile(r"[0-9a-f]{40}")
NO_EXTRA = 'reading text needs torch and transformers, which are not installed: pip install "edgewise[bert]"'


def home(path: Path) -> Path:
    """The path with ~ and ~user written out. Raises `Mistake` for a user who is not there."""
    try:
        return path.expanduser()
    except RuntimeError as error:
        raise Mistake(f"{path}: {str(error)[0].lower()}{str(error)[1:]}") from error


def local_folder(checkpoint: str) -> Path | None:
    """The folder that a checkpoint's name means; None for a name on the hub.

    Raises `Mistake` for a folder that does not exist.
    """
    if not checkpoint.strip():
        raise Mistake("scorer.checkpoint is empty: give a folder, or a model's name on the hub")
    folder = home(Path(checkpoint))
    if folder.is_dir():
        return folder
    if checkpoint.count("/") > 1 or checkpoint.startswith((".", "~", os.sep)):
        raise Mistake(f"scorer.checkpoint: no folder {checkpoint!r}")
    return None


def identity_of(folder: Path) -> str:
    """What a folder holds, as a digest of its files: the same for a copy of it elsewhere."""
    seen = sha256()
    for file in sorted({file for pattern in FILES for file in folder.glob(pattern)}):
        with file.open("rb") as stream:
            seen.update(file.name.encode() + b"\0" + file_digest(stream, "sha256").digest())
    return f"sha256:{seen.hexdigest()}"


def weights_of(folder: Path) -> str:
    """SHA-256 of the weights: of the file, or of all shards in the order of their names."""
    seen = sha256()
    for file in sorted(folder.glob(WEIGHTS)):
        with file.open("rb") as stream:
            while chunk := stream.read(1 << 20):
                seen.update(chunk)
    return seen.hexdigest()


def checked(folder: Path, checkpoint: str) -> Path:
    """`folder`, if it holds a model. Raises `Mistake` in one line where it does not."""
    if not (folder / "config.json").is_file():
        raise Mistake(f"scorer.checkpoint={checkpoint}: no config.json in {folder}, so it holds no model")
    if not any(folder.glob(WEIGHTS)):
        others = ", ".join(sorted(file.name for file in _pickled(folder)))
        instead = f"; {others} could run code when opened, so save it as safetensors" if others else ""
        raise Mistake(f"scorer.checkpoint={checkpoint}: no {WEIGHTS} in {folder}{instead}")
    for index in folder.glob("*.safetensors.index.json"):
        shards = set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
        if absent := sorted(shard for shard in shards if not (folder / shard).is_file()):
            raise Mistake(
                f"scorer.checkpoint={checkpoint}: no {absent[0]} in {folder}, a part of the weights"
            )
    if not any(
        any(folder.glob(pattern)) for pattern in VOCABULARY
    ):  # transformers would make up an empty one
        raise Mistake(
            f"scorer.checkpoint={checkpoint}: no tokenizer in {folder} (tokenizer.json, vocab.txt, ...)"
        )
    return folder


def _pickled(folder: Path) -> Iterator[Path]:
    yield from folder.glob("*.bin")
    yield from folder.glob("*.pt")


def known_commit(checkpoint: str, revision: str) -> str | None:
    """The commit of a name on the hub, as far as this machine knows without asking; None if it does not."""
    if not revision:
        raise Mistake(f"scorer.revision is empty: {checkpoint} on the hub needs a commit, tag or branch")
    if COMMIT.fullmatch(revision):
        return revision
    try:
        from huggingface_hub import constants
    except ImportError:
        return None
    refs = Path(constants.HF_HUB_CACHE) / f"models--{checkpoint.replace('/', '--')}" / "refs" / revision
    return refs.read_text(encoding="utf-8").strip() if refs.is_file() else None


def fetch(checkpoint: str, revision: str) -> tuple[Path, str]:
    """A hub model's folder on this machine and its commit; fetched where it is not there yet.

    Raises `Mistake`, within seconds, where it is neither here nor to be had.
    """
    try:
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import LocalEntryNotFoundError
    except ImportError as error:
        raise Mistake(NO_EXTRA) from error
    asked: Any = {"repo_id": checkpoint, "revision": revision, "allow_patterns": list(FILES)}
    try:
        folder = Path(snapshot_download(**asked, local_files_only=True))
        return checked(folder, checkpoint), folder.name
    except (LocalEntryNotFoundError, Mistake):
        pass  # not here, or not all of it
    except ValueError as error:  # not a name that the hub could have
        raise Mistake(f"scorer.checkpoint={checkpoint}: {_first_line(error)}") from error
    if not hub_reachable():
        command = f"hf download {checkpoint} --revision {revision} --exclude '*.pt' --local-dir FOLDER"
        raise Mistake(
            f"{checkpoint} is no folder, not in the hub's cache on this machine, and the hub is out of reach:"
            f" where there is a network, {command}, bring FOLDER here and set scorer.checkpoint=FOLDER"
        )
    try:
        folder = Path(snapshot_download(**asked))
    except Exception as error:  # the hub's, the network's and the disk's own kinds: all end in one line
        raise Mistake(
            f"{checkpoint} cannot be fetched at scorer.revision={revision}: {_first_line(error)}"
        ) from error
    return checked(folder, checkpoint), folder.name


def hub_reachable() -> bool:
    """Whether the hub answers anything within a few seconds; no where HF_HUB_OFFLINE says so."""
    from huggingface_hub import constants

    if constants.HF_HUB_OFFLINE:
        return False
    answers = []

    def ask() -> None:
        try:
            with urlopen(Request(constants.ENDPOINT, method="HEAD"), timeout=PROBE_S):
                answers.append(True)
        except HTTPError:
            answers.append(True)  # it did answer
        except (OSError, ValueError):
            pass

    probe = Thread(target=ask, daemon=True)  # looking up a name has no limit of its own
    probe.start()
    probe.join(PROBE_S)
    return bool(answers)


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
