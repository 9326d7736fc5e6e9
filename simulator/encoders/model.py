"""The transformer itself: batches of texts in, rows of figures out (torch, transformers)."""

import warnings
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from simulator.encoders import Encoder, Kind
from simulator.encoders.checkpoint import NO_EXTRA, checked
from simulator.mistakes import Mistake

Rows = npt.NDArray[np.float32]

POOLER = "pooler."
"""Weights that a plain encoder's file may lack: what they make is not used."""
ROBERTA_LIKE = ("roberta", "camembert", "xlm", "mpnet")
"""Kinds of model that count positions from behind the padding token's number."""
TEXTS_AT_ONCE = 1024
"""Texts of which the tokenizer counts the tokens at a time."""


class Model:
    """A checkpoint in memory."""

    def __init__(self, folder: Path, encoder: Encoder, kind: Kind, labels: int | None = None) -> None:
        """Load it. `labels` is how many a classifier must have.

        Raises `Mistake` in one line where torch or transformers are not installed, and for a folder that does
        not hold such a model.
        """
        try:
            import torch
            import transformers
        except ImportError as error:
            raise Mistake(NO_EXTRA) from error
        transformers.utils.logging.set_verbosity_error()
        transformers.utils.logging.disable_progress_bar()
        self.encoder, self._kind, self._torch = encoder, kind, torch
        self._name = encoder.checkpoint
        self._device = _device(torch, encoder.device)
        if encoder.threads is not None:
            torch.set_num_threads(encoder.threads)
        checked(folder, self._name)
        config, self._tokenizer = self._opened(
            lambda: (
                transformers.AutoConfig.from_pretrained(folder, local_files_only=True),
                transformers.AutoTokenizer.from_pretrained(
                    folder,
                    local_files_only=True,
                    truncation_side=encoder.truncation_side,
                    padding_side="right",  # so that the first position is the text's own
                ),
            )
        )
        self.max_tokens = self._fitting(config)
        auto = transformers.AutoModelForSequenceClassification if kind == "logits" else transformers.AutoModel
        model = self._whole(auto, folder)
        if labels is not None and config.num_labels != labels:
            raise Mistake(
                f"scorer.labels={labels}: {self._name} tells {config.num_labels} labels apart; set"
                " scorer.labels and scorer.edge_labels"
            )
        self._model = model.to(self._device, getattr(torch, encoder.dtype)).eval()

    def _whole(self, auto: Any, folder: Path) -> Any:
        """The model, none of whose weights were made up because the file lacks them."""
        model, report = self._opened(
            lambda: auto.from_pretrained(
                folder, local_files_only=True, use_safetensors=True, output_loading_info=True
            )
        )
        classifies = self._kind == "logits"
        absent = sorted(name for name in report["missing_keys"] if classifies or POOLER not in name)
        if absent:
            so = "no trained classifier: scorer=eq10 takes plain encoders" if classifies else "not whole"
            raise Mistake(f"scorer.checkpoint={self._name}: no {absent[0]} among its weights, so it is {so}")
        return model

    @property
    def made_with(self) -> dict[str, str]:
        """Versions that may move the last digits."""
        return {name: version(name) for name in ("torch", "transformers", "tokenizers")}

    def lengths(self, texts: Sequence[str]) -> list[int]:
        """Tokens of every text, cut."""
        counted: list[int] = []
        for start in range(0, len(texts), TEXTS_AT_ONCE):
            tokens = self._tokens(texts[start : start + TEXTS_AT_ONCE])
            counted += [len(ids) for ids in tokens["input_ids"]]
        return counted

    def batches(self, lengths: Sequence[int]) -> Iterator[list[int]]:
        """Which texts are read together, as numbers into `lengths`."""
        order = range(len(lengths))
        by_length = sorted(order, key=lambda text: -lengths[text]) if self.encoder.sort_by_length else order
        size = self.encoder.batch_size
        for start in range(0, len(lengths), size):
            yield list(by_length[start : start + size])

    def rows(self, texts: Sequence[str]) -> Rows:
        """The figures of one batch: [texts, labels] or [texts, hidden size]."""
        padding = "longest" if self.encoder.dynamic_padding else "max_length"
        pads = len(texts) > 1 or not self.encoder.dynamic_padding
        if pads and self._tokenizer.pad_token is None:
            raise Mistake(f"scorer.batch_size: {self._name} has no padding token; set scorer.batch_size=1")
        tokens = self._tokens(texts, padding=padding if pads else False, return_tensors="pt")
        try:
            with self._torch.inference_mode():
                found = self._model(**tokens.to(self._device))
        except (IndexError, TypeError, ValueError) as error:  # more pieces, or longer texts, than it knows
            raise Mistake(
                f"scorer.checkpoint={self._name}: cannot read these texts ({_first_line(error)});"
                " try scorer.batch_size=1, or a smaller scorer.max_tokens"
            ) from error
        except self._torch.OutOfMemoryError as error:
            raise Mistake(
                f"scorer.batch_size={self.encoder.batch_size}: the device has no memory for so many texts of"
                f" {self.max_tokens} tokens; set a smaller one"
            ) from error
        kept = found.logits if self._kind == "logits" else found.last_hidden_state[:, 0]
        rows: Rows = kept.float().cpu().numpy()
        if not np.isfinite(rows).all():
            raise Mistake(f"{self._name} gives figures that are not finite in {self.encoder.dtype}")
        return rows

    def _tokens(self, texts: Sequence[str], **more: Any) -> Any:
        return self._tokenizer(list(texts), truncation=True, max_length=self.max_tokens, **more)

    def _opened(self, load: Any) -> Any:
        """What `load` gives; the many ways in which a folder can be wrong end in one line."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return load()
        except (
            Exception
        ) as error:  # transformers raises of every kind, and says in the first line what is wrong
            told = _first_line(error)
            raise Mistake(
                f"scorer.checkpoint={self._name}: not a model that can be loaded ({told})"
            ) from error

    def _fitting(self, config: Any) -> int:
        """Most tokens of a text: as asked, or all that the model takes. Raises `Mistake` above that."""
        positions = getattr(config, "max_position_embeddings", None) or self.encoder.max_tokens or 512
        if any(kind in config.model_type for kind in ROBERTA_LIKE):
            positions -= (config.pad_token_id or 0) + 1
        most = int(min(positions, self._tokenizer.model_max_length))
        asked, frame = self.encoder.max_tokens, self._tokenizer.num_special_tokens_to_add()
        if asked is not None and asked <= frame:
            raise Mistake(
                f"scorer.max_tokens={asked}: {self._name} frames a text by {frame} tokens; it must be more"
            )
        if asked is not None and asked > most:
            raise Mistake(f"scorer.max_tokens={asked}: {self._name} takes at most {most}")
        return asked or most


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def _device(torch: Any, name: str) -> Any:
    """The device of that name. Raises `Mistake` where this machine has none."""
    there = {
        "cpu": True,
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
    }
    if not there[name]:
        have = ", ".join(device for device, is_there in there.items() if is_there)
        raise Mistake(f"scorer.device={name}: torch finds none on this machine; it has {have}")
    return torch.device(name)
