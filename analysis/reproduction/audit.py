"""Where the paper does not fit together: each point, the evidence in the results, and Edgewise's switch."""

from collections.abc import Callable
from typing import NamedTuple

from analysis.reproduction import audit_link, audit_model, audit_numbers
from analysis.reproduction.paper import ALPHA
from analysis.reproduction.results import Results


class Doubt(NamedTuple):
    """One point of the audit."""

    title: str
    evidence: Callable[[Results], str]
    """Sentences, chosen by the numbers."""
    option: str
    """What to set, in Markdown."""


DOUBTS = (
    Doubt(
        f"{ALPHA} has the unit 1/s, and θ is said to lie in [0, 1]",
        audit_numbers.unit_of_alpha,
        "`policy.threshold` is any real number; `python -m simulator.scorers threshold` finds it by LLM "
        f"usage, quality or latency (a gap divided by its mean would be another {ALPHA})",
    ),
    Doubt(
        "With mean lengths the latency gap of Eq. 11 is nearly a constant on single turns",
        audit_numbers.constant_gap,
        "`policy.latency_weight_per_s`; `lengths=lognormal` for lengths of each question",
    ),
    Doubt("τ_r is not in Table I", audit_numbers.router_price, "`device.router_s_per_token`"),
    Doubt(
        "MT-Bench-101's usage rates are coarse, and one latency is too short",
        audit_numbers.ninths,
        "θ is found exactly, so every share is reached",
    ),
    Doubt("ΔC_t has two readings", audit_model.readings, "`kv_cache=keep_last`, `keep_all` or `none`"),
    Doubt(
        "Eq. 10 is not RouteLLM's released BERT",
        audit_model.scores,
        "`scorer=table`, `eq10`, `bert`, `uniform`, `oracle`; `scorer.history_turns`",
    ),
    Doubt(
        "One price for reading and for writing a token",
        audit_model.prices,
        "`device.` and `edge.prefill_s_per_token` beside `decode_s_per_token`; `hardware=` has measured "
        "ones, `python -m simulator.conclusions` repeats the claims on them",
    ),
    Doubt(
        "On Table I's link the air does not matter",
        audit_link.air,
        "`channel`, `air`, `sharing`, `delta`, `attachments=images`, `payload=kv_cache`",
    ),
    Doubt(
        "Eq. 3 sends the whole context each time, and the reply after its last token",
        audit_link.transfers,
        "`delivery=streamed` beside `whole`; the upload stays Eq. 3's, or `payload=kv_cache`",
    ),
    Doubt(
        "d_t = 1 is the device in Eq. 8, and the edge's share is 1 - d_t",
        audit_model.names,
        "the column `site` says `device` or `edge`; no number stands for a site",
    ),
    Doubt(
        "QwQ's thoughts are decoded, but do not stay in the history",
        audit_model.thoughts,
        "`thinking=share` beside `none`",
    ),
)


def section(results: Results) -> str:
    """All points, numbered."""
    lines = []
    for number, doubt in enumerate(DOUBTS, 1):
        lines.append(f"{number}. **{doubt.title}.** {doubt.evidence(results)} *Here:* {doubt.option}.")
    return "\n".join(lines)
