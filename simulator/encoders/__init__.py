"""From words to numbers: a transformer reads each text once, and its figures are kept.

A scorer names a checkpoint and what it reads (`Encoder`); `outputs.py` finds the figures in the store
(`store.py`) and has those that are missing computed (`model.py`). Only that needs torch and transformers, the
extra `bert`; a run whose texts are all in the store imports neither.
"""

import json
from typing import Literal

from pydantic import NonNegativeInt, PositiveInt
from pydantic.dataclasses import dataclass

from workloads import STRICT

Kind = Literal["logits", "cls"]
"""What is kept of a text: the outputs of a classifier, or the last layer's state at the first position."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Encoder:
    """Which transformer reads what of a dialogue, and how it is run."""

    checkpoint: str
    """A folder as transformers saves it, or a model's name on the Hugging Face hub. Only safetensors."""
    revision: str
    """Of a name on the hub: a commit, tag or branch. Only a commit (40 hex digits) is the same for ever."""
    history_turns: NonNegativeInt
    """How many earlier turns are read before the prompt; RouteLLM reads none."""
    truncation_side: Literal["right", "left"]
    """Where a text that is too long is cut: right keeps its beginning, left its end (with it the prompt)."""
    max_tokens: PositiveInt | None
    """Longest text in the encoder's own tokens; null: as many as it takes."""
    dtype: Literal["float32", "float16", "bfloat16"]
    """Of the arithmetic."""
    device: Literal["cpu", "cuda", "mps"]
    """Where it runs."""
    batch_size: PositiveInt
    """Texts that are read at once."""
    dynamic_padding: bool
    """Whether a batch is as long as its longest text, or always as long as allowed."""
    sort_by_length: bool
    """Whether texts of like length are read together; the longest come first."""
    threads: PositiveInt | None
    """CPU threads; null: one for each core."""
    cache: str | None
    """The file that keeps the figures; null: the user's own (`simulator.encoders.store.default_path`)."""

    @property
    def options(self) -> str:
        """What changes the figures beyond rounding, as JSON: with checkpoint and text the key of the store.

        How the work is cut into batches, and where it runs, moves them by 1e-5 at most; what was kept first
        stays.
        """
        chosen = ("truncation_side", "max_tokens", "dtype")
        return json.dumps({name: getattr(self, name) for name in chosen}, sort_keys=True)
