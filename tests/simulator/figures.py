"""Made-up figures of texts, kept as if a model had read them: scorers that read text, without torch."""

from typing import Any

import numpy as np

from simulator.encoders import Encoder
from simulator.encoders.outputs import path_of
from simulator.encoders.store import Encoding, Store
from simulator.encoders.text import digest, text_of
from simulator.heads import read_head
from workloads import Workload


def keep_figures(scorer: Any, workload: Workload, weights: str = "") -> None:
    """Keep random figures of all that the workload says, if the scorer reads at all."""
    if not isinstance(scorer, Encoder):
        return
    head = read_head(scorer.head) if hasattr(scorer, "head") else None
    width = len(head.coefficients) if head else scorer.labels  # type: ignore[attr-defined]
    identity = f"{scorer.checkpoint}@{scorer.revision}"
    encoding = Encoding(identity, "cls" if head else "logits", scorer.options)
    about = {"checkpoint": scorer.checkpoint, "weights_sha256": weights or (head.weights if head else "0")}
    texts = {text_of(transcript, scorer.history_turns) for transcript in workload.transcripts()}
    rows = np.random.default_rng(0).normal(0, 0.3, (len(texts), width)).astype(np.float32)
    if head:  # entries that are next to nothing in this encoder have weights that are next to infinite
        rows[:, np.abs(head.coefficients) > 1] = 0
    with Store(path_of(scorer)) as store:
        store.write(
            encoding, about, {digest(text): row for text, row in zip(sorted(texts), rows, strict=True)}
        )
