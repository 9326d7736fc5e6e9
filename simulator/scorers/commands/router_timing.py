"""The scorer's encoder at work on this machine, one text at a time, as on a phone."""

import os
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from simulator.encoders import Encoder
from simulator.encoders.timing import Timing, fitted, made_up_texts, medians, spread, timed
from simulator.mistakes import Mistake
from simulator.scorers.bert import Bert
from simulator.scorers.commands.router_price import Reader

MOST_TEXTS = 12
"""Texts of a user's own that are timed."""
CPUS = Path("/proc/cpuinfo")


class Measured(NamedTuple):
    """What was found out."""

    timings: list[Timing]
    """Shortest text first."""
    reader: Reader
    machine: dict[str, Any]
    """What it was measured on."""


def measure(encoder: Encoder, texts: Sequence[str] | None, rounds: int) -> Measured:
    """Time `texts`, or made-up ones. Raises `Mistake` where they do not tell what a word takes."""
    from simulator.encoders.checkpoint import fetch, local_folder
    from simulator.encoders.model import Model

    folder = local_folder(encoder.checkpoint) or fetch(encoder.checkpoint, encoder.revision)[0]
    model = Model(folder, encoder, "logits" if isinstance(encoder, Bert) else "cls")
    empty_tokens = model.lengths([""])[0]
    every = made_up_texts(lambda text: model.lengths([text])[0], model.max_tokens) if texts is None else texts
    lengths = model.lengths(every)
    whole = [text for text, tokens in zip(every, lengths, strict=True) if tokens < model.max_tokens]
    words = sum(len(text.split()) for text in whole)
    if not words:
        raise Mistake(
            f"every text is cut at {model.max_tokens} tokens, so a word's tokens cannot be counted: add"
            " shorter texts, or set a larger scorer.max_tokens"
        )
    tokens_per_word = (sum(model.lengths(whole)) - empty_tokens * len(whole)) / words
    chosen = spread(lengths, MOST_TEXTS) if texts is not None else range(len(every))
    machine = _machine(encoder, model)
    took = timed(lambda text: model.rows([text]), [every[number] for number in chosen], rounds)
    timings = sorted(
        Timing(len(every[number].split()), lengths[number], seconds)
        for number, seconds in zip(chosen, took, strict=True)
    )
    tokens, seconds = medians(timings)
    try:
        cost = fitted(tokens, seconds)
    except ValueError as error:
        raise Mistake(str(error)) from error
    reader = Reader(tokens, seconds, cost, tokens_per_word, empty_tokens, model.max_tokens)
    return Measured(timings, reader, machine)


def _machine(encoder: Encoder, model: Any) -> dict[str, Any]:
    """Everything that a second's worth depends on; the load is that before the measurement."""
    import torch

    on_gpu = encoder.device == "cuda"
    return {
        "processor": torch.cuda.get_device_name() if on_gpu else _processor(),
        "architecture": platform.machine(),
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "device": encoder.device,
        "dtype": encoder.dtype,
        "load_average": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "versions": {"python": platform.python_version(), **model.made_with},
    }


def _processor() -> str:
    """Its name, as far as the system tells."""
    if CPUS.is_file():
        for line in CPUS.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
