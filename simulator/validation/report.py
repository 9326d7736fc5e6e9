"""The report: each figure beside the measured one, in Markdown that a terminal shows as well."""

from collections.abc import Sequence
from dataclasses import fields
from math import isfinite
from typing import Any, NamedTuple

from simulator.validation import sensitivity
from simulator.validation.engine import Engine, engine
from simulator.validation.figures import METRICS, STATISTICS, Figures, differences, figures, largest, verdict
from simulator.validation.recording import Recording
from simulator.validation.replay import replay
from simulator.validation.runs import PRO_6000, RUNS, STAND_IN_GIVEN, STAND_IN_PUBLISHED, Run

HEAD = """\
# The edge server held against measured runs

Printed by `python -m simulator.validation`; a test keeps this page equal to it. Times are in ms, differences
are from vLLM. A replay knows when requests came, how long prompts and replies were, and what stands after
`given`: a preset, made of kernels that were measured one by one, and the engine's settings. The preset of the
RTX 4090 holds the number of blocks that vLLM counted as it started. Nothing is fitted to a run. TTFT: from
the queue to the first token; TPOT: time per token after it; latency: from the queue to the last token. A
replayed request is in the queue as soon as it comes. What was measured, by whom, and under which licence:
[tables/README.md](tables/README.md).

A run of yours, as such a file of JSON lines or as a table with the columns `arrival_s`, `input_tokens` and
`output_tokens`, and where it was measured `first_token_s` and `last_token_s` (and `queued_s`):

    python -m simulator.validation requests.jsonl edge=rtxpro6000_qwen3_32b_tp2 scheduler.max_num_seqs=128"""

STAND_IN = """\
## Not a validation: a stand-in for Qwen3-32B on two RTX PRO 6000

Three figures are published of a run of this model whose requests are not in these tables. What is replayed
is other requests: those of the first run above, counted in another model's tokens. So the figures should come
near, not agree."""


def page() -> str:
    """The report on the bundled runs."""
    return "\n\n".join([HEAD, *map(_bundled, RUNS), sensitivity.section(), _stand_in()])


def section(title: str, given: Sequence[str], recording: Recording) -> str:
    """The report on a run of the user's own."""
    began, ours = _replayed(recording, given)
    if recording.served is None:
        return "\n\n".join([f"## {title}", began, _table({"Edgewise": ours})])
    measured = figures(recording.requests, recording.served)
    table = _table({"measured": measured, "Edgewise": ours})
    return "\n\n".join([f"## {title}", began, table, verdict(differences(ours, measured))])


def _bundled(run: Run) -> str:
    recording = run.recording
    assert recording.served is not None
    began, ours = _replayed(recording, run.given)
    measured, theirs = figures(recording.requests, recording.served), run.llmservingsim
    found = differences(ours, measured)
    return "\n\n".join(
        [
            f"## {run.title}",
            began,
            _table({"vLLM": measured, "Edgewise": ours, "LLMServingSim": theirs}),
            f"{verdict(found)} Of all fifteen: {largest(found)},"
            f" LLMServingSim's {largest(differences(theirs, measured))}.",
        ]
    )


def _stand_in() -> str:
    began, ours = _replayed(PRO_6000.recording, STAND_IN_GIVEN)
    table = _table({"vLLM": STAND_IN_PUBLISHED, "Edgewise, other requests": ours})
    return "\n\n".join([STAND_IN, began, table])


class _Replayed(NamedTuple):
    began: str
    """What was replayed, and on what."""
    figures: Figures


def _replayed(recording: Recording, given: Sequence[str]) -> _Replayed:
    requests, serving = recording.requests, engine(*given)
    count, last_s = len(requests.arrival_s), requests.arrival_s[-1]
    began = (
        f"{count} {'request' if count == 1 else 'requests'} in {last_s:.1f} s; given: `{' '.join(given)}`"
        f" ({_settings(serving, given)})."
    )
    return _Replayed(began, figures(requests, replay(requests, *serving)))


def _settings(serving: Engine, given: Sequence[str]) -> str:
    """The numbers that the engine ran with beside those that were given."""
    scheduler: Any = serving.scheduler
    numbers = [
        f"{field.name} {getattr(scheduler, field.name)}"
        for field in fields(scheduler)
        if isinstance(getattr(scheduler, field.name), int)
        and not any(word.startswith(f"scheduler.{field.name}=") for word in given)
    ]
    room = serving.machine.kv_tokens
    return ", ".join([*numbers, f"KV cache for {room:.0f} tokens" if isfinite(room) else "endless KV cache"])


def _table(columns: dict[str, Figures]) -> str:
    """A row for each figure of the first column; each later column with its difference from the first."""
    first, *others = columns
    heads = ["ms", first] + [head for name in others for head in (name, "difference")]
    rows = [heads, ["---"] + ["--:"] * (len(heads) - 1)]
    for key in [(metric, statistic) for metric in METRICS for statistic in STATISTICS]:
        if key in columns[first]:
            base, cells = columns[first][key], [" ".join(key)]
            cells.append(f"{base:.1f}")
            for name in others:
                cells += [f"{columns[name][key]:.1f}", f"{columns[name][key] / base - 1:+.1%}"]
            rows.append(cells)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    padded = [
        [cell.ljust(width) if place == 0 else cell.rjust(width) for place, (cell, width) in enumerate(pairs)]
        for pairs in (list(zip(row, widths, strict=True)) for row in rows)
    ]
    return "\n".join(f"| {' | '.join(row)} |" for row in padded)
