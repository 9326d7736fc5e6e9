"""The card: what a head was fitted on and what its scores are worth, in Markdown."""

from collections.abc import Sequence
from importlib.metadata import version
from math import isnan, nan
from shlex import quote

import numpy as np

from simulator.heads import Head
from simulator.heads.fit import FOLDS, INVERSE_L2
from simulator.heads.metrics import BINS, SHARES, TARGET, Estimate, verdict
from simulator.heads.training import OUT_OF_FOLD, Plan, Scored

ROWS = (
    ("area under the quality-share curve", "area"),
    ("APGR", "apgr"),
    *((f"gap recovered at {share:.0%} edge calls", f"recovered_at_{share:.0%}") for share in SHARES),
    ("beyond a coin, edge shares 0% to 50%", "lift_low"),
    ("beyond a coin, edge shares 50% to 100%", "lift_high"),
    (f"edge calls for {TARGET:.0%} of the gap", f"share_for_{TARGET:.0%}"),
    ("ROC AUC against the label", "roc_auc"),
    ("Brier score", "brier"),
    ("expected calibration error", "calibration_error"),
)
READING = f"""\
The gap is the mean quality of all turns at the edge less that of all on the device. Send a share of the
turns to the edge, highest scores first: PGR(share) = (quality - device's) / (edge's - device's) is the part
of the gap that comes back. Its integral over shares 0 to 1 is the area. APGR is RouteLLM's average of the
same (Ong et al. 2024), here by the trapezoid rule at shares 0, 10 %, ..., 100 %: the area is its limit for
ever finer steps. A coin has .5 and recovers as much as it sends; "beyond a coin" is the mean of
PGR(share) - share over that half of the curve. The calibration error is over {BINS} bins of equal counts. In
brackets are 95 % bootstrap intervals over dialogues; that of the calibration error leans upward, since a
resample adds noise of its own."""
LABELS = {
    "edge_better": "the edge's quality is above the device's (right or wrong: edge right, device wrong)",
    "device_fails": "the device's quality is below {:g}, whatever the edge does",
}


def card(head: Head, plan: Plan, columns: Sequence[Scored], file: str) -> str:
    """The whole card; `file` is the path of the head."""
    return "\n\n".join(
        (
            "# A head for Eq. 10",
            "p_t = sigmoid(W [h_CLS; L_p] + b): how likely the turn needs the edge.",
            _facts(head, plan),
            "## Use it",
            f"```console\n$ python -m simulator {' '.join(overrides(head, file))} "
            "workload=WORKLOAD workload.text=FILE\n```",
            "`scorer.checkpoint` may also name a folder with the same weights. Of the texts that the head was"
            " fitted on, its scores are better than it is (a warning counts them): take the out-of-fold"
            " scores beside this card. Scores are probabilities of this label: choose a threshold by the"
            " share of edge calls, not at 0.5.",
            "## What the scores are worth",
            READING,
            _figures(columns),
            "\n".join(f"* {told}" for told in map(statement, columns)),
            "![Quality against the share of edge calls](recovery.png)",
            "## Calibration",
            "Out of fold, on the training table.",
            "![Reliability diagram](calibration.png)",
        )
    )


def overrides(head: Head, file: str) -> list[str]:
    """The settings with which a run scores by this head."""
    named = {"head": file, "checkpoint": head.checkpoint}
    if head.revision:
        named["revision"] = head.revision
    named["history_turns"] = f"{head.history_turns}"
    named["truncation_side"] = head.truncation_side
    named["max_tokens"] = "null" if head.max_tokens is None else f"{head.max_tokens}"
    named["dtype"] = head.dtype
    return ["scorer=eq10", *(quote(f"scorer.{name}={value}") for name, value in named.items())]


def statement(column: Scored) -> str:
    """One column against a coin where quality is high, in words that follow from the figures."""
    name = f"{column.table.name}, `{column.column}`"
    if column.judged is None:
        known = "no" if column.table.unknown == len(column.table.prompts) else "not all"
        return f"{name}: {known} outcomes are known, so nothing is said of its scores."
    lift, share = column.figures["lift_high"], column.figures[f"share_for_{TARGET:.0%}"]
    if isnan(lift.value):
        return f"{name}: the edge is not better on the whole, so there is no gap to recover."
    return (
        f"{name}: **{verdict(column.figures)}** over the high-quality half of the curve: at edge shares of"
        f" 50 % to 100 % it recovers {shown(lift)} of the gap more than a coin. For {TARGET:.0%} of the gap"
        f" it sends {shown(share)} of the turns, a coin {number(TARGET)}."
    )


def headline(column: Scored) -> str:
    """One column in a line."""
    name = f"{column.table.name} {column.column} ({column.seen})"
    if not column.figures or isnan(column.figures["area"].value):
        return f"{name}: no gap to recover" if column.figures else f"{name}: no outcomes"
    points = (f"{share:.0%}:{number(column.figures[f'recovered_at_{share:.0%}'].value)}" for share in SHARES)
    area = number(column.figures["area"].value)
    return f"{name}: of the gap at edge shares of {' '.join(points)}, area {area}"


def number(value: float) -> str:
    """A share as the tables' README writes it: .552, -.010, 1.014."""
    if isnan(value):
        return "-"
    return f"{value:.3f}".replace("-0.", "-.") if value < 0 else f"{value:.3f}".removeprefix("0")


def shown(figure: Estimate) -> str:
    """A figure with its interval."""
    interval = "" if isnan(figure.low) else f" ({number(figure.low)} to {number(figure.high)})"
    return f"{number(figure.value)}{interval}"


def _facts(head: Head, plan: Plan) -> str:
    label = head.label.partition(" ")[0]
    wanted = plan.table.wanted(plan.label, plan.good_enough)
    kept = "first" if head.truncation_side == "right" else "last"
    most = f"{head.max_tokens}" if head.max_tokens else "so many as the encoder takes"
    before = f" and {head.history_turns} turns before it" if head.history_turns else " alone"
    facts = {
        "encoder": f"{head.checkpoint} {head.revision}".strip() + f", weights SHA-256 {head.weights}",
        "text": f"the last prompt{before}; of its tokens the {kept} {most}",
        "prompt length": "log(1 + words)" if head.length == "log1p_words" else "words",
        "trained on": head.trained_on,
        "label": f"`{label}`: {LABELS[label].format(plan.good_enough)}; {np.mean(wanted):.1%} of the turns",
        "fit": f"logistic regression, L2 with C = {INVERSE_L2:g}, on standardised features;"
        f" {FOLDS} stratified folds that split no dialogue; scikit-learn {version('scikit-learn')}",
    }
    return "\n".join(["| | |", "|---|---|", *(f"| {name} | {told} |" for name, told in facts.items())])


def _figures(columns: Sequence[Scored]) -> str:
    heads = [f"{column.table.name}, `{column.column}`" for column in columns]
    rows = [
        ["turns, dialogues", *(f"{len(c.table.prompts):,}, {len(c.table.dialogues):,}" for c in columns)],
        ["the head knew them", *("out of fold" if c.seen == OUT_OF_FOLD else "no" for c in columns)],
        ["median and highest score", *(_spread(c) for c in columns)],
        *([told, *(shown(c.figures[key]) if c.figures else "-" for c in columns)] for told, key in ROWS),
        ["Brier score of a constant", *(_constant(c) for c in columns)],
    ]
    lines = ["| | " + " | ".join(heads) + " |", "|---|" + "--:|" * len(columns)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])


def _constant(column: Scored) -> str:
    """The Brier score of saying the label's share every time."""
    share = float(np.mean(column.judged.wanted)) if column.judged else nan
    return number(share * (1 - share))


def _spread(column: Scored) -> str:
    return f"{number(float(np.median(column.score)))}, {number(float(column.score.max()))}"
