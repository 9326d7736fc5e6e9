"""A fine-tuned classifier: the BERT router that RouteLLM published, or any like it."""

from math import exp, fsum

from pydantic import PositiveInt
from pydantic.dataclasses import dataclass

from simulator.encoders import Encoder
from simulator.encoders.outputs import Row
from simulator.encoders.scores import TextScores, read
from workloads import STRICT, Workload


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Bert(Encoder):
    """p_t is the probability of the labels that speak for the edge.

    RouteLLM's checkpoint knows three: 0 the strong model wins, 1 a tie, 2 the weak model wins. Its score is
    1 - (p_1 + p_2) = p_0 after a softmax (lm-sys/RouteLLM @0b64fda, routers.py), of the last message alone,
    cut on the right after 512 tokens. A checkpoint with one label gives the sigmoid of its output. This is
    not the head of Eq. 10 (`scorer=eq10`): it reads no prompt length.
    """

    labels: PositiveInt
    """How many labels the checkpoint tells apart."""
    edge_labels: tuple[int, ...]
    """Those that speak for the edge, counted from 0."""

    def __post_init__(self) -> None:
        chosen = set(self.edge_labels)
        if not chosen or len(chosen) != len(self.edge_labels) or not chosen <= set(range(self.labels)):
            raise ValueError(
                f"edge_labels={list(self.edge_labels)} must be some of 0 to {self.labels - 1}, each once"
            )
        if len(chosen) == self.labels > 1:
            raise ValueError(f"edge_labels={list(self.edge_labels)} are all labels: every score would be 1")

    def open(self, workload: Workload) -> TextScores:
        """Read all that the workload may say, or find it read."""
        return read(self, "logits", workload, self.win_rate, self.labels)

    def win_rate(self, logits: Row, words: float) -> float:
        """The probability of the edge's labels; `words` do not count."""
        values = logits.tolist()
        if len(values) == 1:
            return 1.0 / (1.0 + exp(-values[0])) if values[0] >= 0 else 1.0 - 1.0 / (1.0 + exp(values[0]))
        highest = max(values)
        weights = [exp(value - highest) for value in values]
        return fsum(weights[label] for label in self.edge_labels) / fsum(weights)
