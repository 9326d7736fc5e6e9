"""A table with text and, where somebody knows them, the outcomes of both sites: what heads are fitted on."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from simulator.encoders.text import text_of, words_of
from simulator.heads.fit import Flags, labels
from simulator.mistakes import Mistake
from workloads import Prompt, Transcript
from workloads.columns import read_columns
from workloads.table import Table
from workloads.text import transcripts

Vector = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Labelled:
    """The turns of a table; every vector has one entry for each."""

    name: str
    """The file's name without its ending."""
    dialogues: Sequence[tuple[Prompt, ...]]
    names: Sequence[str]
    """How the table calls each turn's dialogue; its number from 1 where it has no names."""

    @cached_property
    def prompts(self) -> list[Prompt]:
        """All turns, one after the other."""
        return [prompt for dialogue in self.dialogues for prompt in dialogue]

    @cached_property
    def spoken(self) -> list[Transcript]:
        """Every turn with all that was said before it."""
        return list(transcripts(self.dialogues))

    @cached_property
    def dialogue(self) -> npt.NDArray[np.int64]:
        """Number of each turn's dialogue, from 0."""
        return np.repeat(np.arange(len(self.dialogues)), list(map(len, self.dialogues)))

    @property
    def turns(self) -> list[int]:
        """Number of each turn in its dialogue, from 1."""
        return [turn for dialogue in self.dialogues for turn in range(1, len(dialogue) + 1)]

    def texts(self, history_turns: int) -> list[str]:
        """What an encoder reads of each turn."""
        return [text_of(transcript, history_turns) for transcript in self.spoken]

    @cached_property
    def words(self) -> Vector:
        """L_p of each turn, in words."""
        return np.array([words_of(transcript) for transcript in self.spoken])

    @cached_property
    def device(self) -> Vector:
        """Quality of the device's answers; NaN where nobody knows."""
        return np.array([prompt.device.quality for prompt in self.prompts])

    @cached_property
    def edge(self) -> Vector:
        """Quality of the edge's answers; NaN where nobody knows."""
        return np.array([prompt.edge.quality for prompt in self.prompts])

    @property
    def unknown(self) -> int:
        """How many turns lack the quality of one of the answers."""
        return int(np.isnan(self.edge - self.device).sum())

    def wanted(self, label: str, good_enough: float) -> Flags:
        """Which turns need the edge, by a label of `fit.labels`; all outcomes must be known."""
        if self.unknown:
            raise Mistake(
                f"{self.name}: {self.unknown:,} of {len(self.prompts):,} turns lack a quality that the label"
                " needs"
            )
        return labels(self.device, self.edge, label, good_enough)


def read_labelled(path: str, quality: str, required: bool) -> Labelled:
    """The table at `path`, with the outcomes of the pair `quality`; where not `required`, if it has any.

    Raises `Mistake` where the table is not to be had, or holds no text, or lacks outcomes that it needs.
    """
    pair = f"{quality}_" if quality else ""
    outcomes = dict.fromkeys((f"{pair}device_quality", f"{pair}edge_quality"), float)
    try:
        there = read_columns(path, outcomes if required else {}, outcomes | {"session": str})
        known = all(name in there for name in outcomes)
        table = Table(
            path=path,
            quality=quality if known else None,
            device_tokens=0.0,  # nobody asks how long the answers are
            edge_tokens=0.0,
            score="score",
            order="in_order",
        )
        dialogues = table.dialogues
    except (ValueError, OSError) as error:
        raise Mistake(" ".join(str(error).split())) from error
    if any(prompt.said is None for dialogue in dialogues for prompt in dialogue):
        raise Mistake(f"{path}: no column 'prompt': an encoder reads text")
    own = there.get("session", [""] * sum(map(len, dialogues)))
    numbers = [str(number) for number, turns in enumerate(dialogues, start=1) for _ in turns]
    names = [str(name) or number for name, number in zip(own, numbers, strict=True)]
    return Labelled(Path(path).stem, dialogues, names)
