"""The paper's score: a linear head on an encoder's CLS vector and the prompt's length (Eq. 10)."""

import sys

from pydantic.dataclasses import dataclass

from simulator.encoders import Encoder
from simulator.encoders.checkpoint import local_folder, weights_of
from simulator.encoders.scores import TextScores, read
from simulator.heads import Head, read_head
from simulator.mistakes import Mistake
from workloads import STRICT, Workload


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Eq10(Encoder):
    """p_t = sigmoid(W [h_CLS; L_p] + b), W and b from a head that `train` fitted on this encoder."""

    head: str
    """An embedded head's name, or the file head.json that `python -m simulator.scorers train` wrote."""

    def open(self, workload: Workload) -> TextScores:
        """Read all that the workload may say, or find it read, and weigh it."""
        try:
            head = read_head(self.head)
        except ValueError as error:
            raise Mistake(f"scorer.head: {error}") from error
        for name in ("history_turns", "truncation_side", "max_tokens", "dtype"):
            mine, its = getattr(self, name), getattr(head, name)
            if mine != its:
                raise Mistake(f"scorer.{name}={mine}: the head {self.head} was fitted with {its}")
        folder = local_folder(self.checkpoint)
        if folder is not None and weights_of(folder) != head.weights:  # before all is read in vain
            raise self._other_weights(head)
        scores = read(self, "cls", workload, head.score)
        if scores.source["weights_sha256"] != head.weights:
            raise self._other_weights(head)
        if seen := head.seen(scores.texts):
            print(
                f"warning: {seen:,} of {len(scores.texts):,} texts trained the head {self.head}; its scores"
                " of them are better than it is: judge it by the out-of-fold scores that train wrote",
                file=sys.stderr,
            )
        scores.source |= {"head_sha256": head.sha256, "texts_that_trained_the_head": f"{seen}"}
        return scores

    def _other_weights(self, head: Head) -> Mistake:
        return Mistake(
            f"scorer.head={self.head} was fitted on other weights than those of {self.checkpoint}:"
            f" on {head.checkpoint} {head.revision}".rstrip()
        )
