"""Scores of read text, at hand."""

from collections.abc import Callable, Collection, Iterable, Mapping

from simulator.encoders import Encoder, Kind
from simulator.encoders.outputs import Row, outputs
from simulator.encoders.text import text_of, words_of
from simulator.mistakes import Mistake
from workloads import Transcript, Turn, Workload
from workloads.luck import Luck

Rule = Callable[[Row, float], float]
"""From a text's figures and the words of its prompt to p_t."""


class TextScores:
    """The scores of a workload's turns by their words."""

    def __init__(
        self, rows: Mapping[str, Row], rule: Rule, history_turns: int, source: Mapping[str, str]
    ) -> None:
        self.source = dict(source)
        """Which checkpoint read them, and with what."""
        self._rows, self._rule, self._history_turns = rows, rule, history_turns
        self._known: dict[tuple[str, float], float] = {}

    @property
    def texts(self) -> Collection[str]:
        """All that was read."""
        return self._rows.keys()

    def of(self, transcript: Transcript) -> float:
        """p_t of the last turn of a transcript."""
        read = text_of(transcript, self._history_turns), words_of(transcript)
        if read not in self._known:
            self._known[read] = self._rule(self._rows[read[0]], read[1])
        return self._known[read]

    def score(self, turn: Turn, luck: Luck) -> float:
        """p_t of a turn."""
        return self.of(turn.transcript)


def read(
    encoder: Encoder, kind: Kind, workload: Workload, rule: Rule, labels: int | None = None
) -> TextScores:
    """The scores of all that a workload may say. Raises `Mistake` where it holds no words."""
    transcripts: Iterable[Transcript] = workload.transcripts()
    texts = dict.fromkeys(text_of(transcript, encoder.history_turns) for transcript in transcripts)
    if not texts:
        raise Mistake(
            "the scorer reads text, and the workload holds figures only: give its table a column 'prompt', or"
            " name a file with its words by workload.text; or choose scorer=table"
        )
    rows, source = outputs(encoder, kind, texts, labels)
    return TextScores(rows, rule, encoder.history_turns, source)
