"""From labelled tables and the encoder's vectors to a head, scores and what they are worth."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from simulator.encoders import Encoder
from simulator.encoders.outputs import Outputs
from simulator.heads import Head, Length, marks
from simulator.heads.fit import Weights, features, fit, out_of_fold
from simulator.heads.labelled import Labelled
from simulator.heads.metrics import Estimate, Judged, estimates

Vector = npt.NDArray[np.float64]

OUT_OF_FOLD = "out of fold"
NEVER_SEEN = "never seen"


class Plan(NamedTuple):
    """What is to be fitted, and what else is to be scored."""

    table: Labelled
    """The head is fitted on all of its rows, its own scores come out of fold."""
    applied: Sequence[Labelled]
    """Scored with the whole head."""
    tuned: frozenset[str]
    """Names of those that get a second column, out of fold from a head of their own."""
    label: str
    good_enough: float
    length: Length
    resamples: int
    """Of the bootstrap."""


class Scored(NamedTuple):
    """One column of scores."""

    table: Labelled
    column: str
    seen: str
    """How the head knew the table: `OUT_OF_FOLD` or `NEVER_SEEN`."""
    score: Vector
    judged: Judged | None
    """The scores beside the outcomes; None where nobody knows those."""
    figures: Mapping[str, Estimate]
    """What they are worth; empty where nobody knows the outcomes."""


def train(plan: Plan, encoder: Encoder, name: tuple[str, str], read: Outputs) -> tuple[Head, list[Scored]]:
    """The head, and all columns of scores, those of the training table first.

    `name` is what the head calls its encoder: checkpoint and revision.
    """
    inputs = _features(plan.table, plan, encoder, read)
    wanted = plan.table.wanted(plan.label, plan.good_enough)
    head = _head(fit(inputs, wanted), plan, encoder, name, read)
    scores = out_of_fold(inputs, wanted, plan.table.dialogue)
    columns = [_scored(plan, plan.table, "score", OUT_OF_FOLD, scores)]
    for table in plan.applied:
        rows = _rows(table, encoder, read)
        scores = np.array([head.score(*turn) for turn in zip(rows, table.words.tolist(), strict=True)])
        columns.append(_scored(plan, table, "score", NEVER_SEEN, scores))
        if table.name in plan.tuned:
            wanted = table.wanted(plan.label, plan.good_enough)
            scores = out_of_fold(_features(table, plan, encoder, read), wanted, table.dialogue)
            columns.append(_scored(plan, table, "score_tuned", OUT_OF_FOLD, scores))
    return head, columns


def _rows(table: Labelled, encoder: Encoder, read: Outputs) -> npt.NDArray[np.float32]:
    return np.array([read.rows[text] for text in table.texts(encoder.history_turns)])


def _features(table: Labelled, plan: Plan, encoder: Encoder, read: Outputs) -> Vector:
    return features(_rows(table, encoder, read), table.words, plan.length)


def _head(weights: Weights, plan: Plan, encoder: Encoder, name: tuple[str, str], read: Outputs) -> Head:
    table = plan.table
    below = f" {plan.good_enough:g}" if plan.label == "device_fails" else ""
    return Head(
        checkpoint=name[0],
        revision=name[1],
        weights=read.source["weights_sha256"],
        history_turns=encoder.history_turns,
        truncation_side=encoder.truncation_side,
        max_tokens=encoder.max_tokens,
        dtype=encoder.dtype,
        length=plan.length,
        label=f"{plan.label}{below}",
        trained_on=f"{table.name}: {len(table.prompts):,} turns of {len(table.dialogues):,} dialogues",
        texts=marks(table.texts(encoder.history_turns)),
        **weights._asdict(),
    )


def _scored(plan: Plan, table: Labelled, column: str, seen: str, score: Vector) -> Scored:
    """A column of scores, judged where all outcomes are known."""
    if table.unknown:
        return Scored(table, column, seen, score, None, {})
    wanted = table.wanted(plan.label, plan.good_enough)
    judged = Judged(score, table.edge - table.device, wanted, table.dialogue)
    return Scored(table, column, seen, score, judged, estimates(judged, plan.resamples))
