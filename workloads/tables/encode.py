"""Prompts as vectors: the CLS state of a small sentence encoder (for `score.py`; torch, transformers).

The encoder is all-MiniLM-L6-v2 (BERT architecture, 6 layers, 384 wide, Apache-2.0), any folder that
transformers' Auto classes can load. Nothing is fetched from a network.
"""

# mypy: disable-error-code="import-not-found, import-untyped"

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from transformers import AutoModel, AutoTokenizer

MAX_TOKENS = 256
"""Where the encoder cuts a text (its own limit); the head of the text stays."""
BATCH = 32


def cls_vectors(texts: Sequence[str], encoder: Path) -> npt.NDArray[np.float32]:
    """The last layer's state at the first position (h_CLS of Eq. 10), one row per text: [texts, 384]."""
    torch.set_num_threads(1)
    tokenizer: Any = AutoTokenizer.from_pretrained(encoder, local_files_only=True)
    model: Any = AutoModel.from_pretrained(encoder, local_files_only=True).eval()
    vectors = np.empty((len(texts), model.config.hidden_size), dtype=np.float32)
    by_length = np.argsort([len(text) for text in texts], kind="stable")
    for start in range(0, len(texts), BATCH):
        rows = by_length[start : start + BATCH]
        tokens = tokenizer(
            [texts[row] for row in rows],
            truncation=True,
            max_length=MAX_TOKENS,
            padding=True,
            return_tensors="pt",
        )
        with torch.inference_mode():
            vectors[rows] = model(**tokens).last_hidden_state[:, 0].numpy()
    return vectors


def cached_vectors(texts: Sequence[str], encoder: Path, cache: Path) -> npt.NDArray[np.float32]:
    """`cls_vectors`, kept in the file `cache`; remove that file when texts or encoder change."""
    if not cache.exists():
        cache.parent.mkdir(parents=True, exist_ok=True)
        np.save(cache, cls_vectors(texts, encoder))
    vectors: npt.NDArray[np.float32] = np.load(cache)
    return vectors
