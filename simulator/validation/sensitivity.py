"""What the figures of the report hang on: the same replays with other step times."""

from dataclasses import replace
from typing import Any

from simulator.step_times.parts.skew import Skew
from simulator.validation.engine import Engine, engine
from simulator.validation.figures import ALLOWED, differences, figures, largest
from simulator.validation.replay import replay
from simulator.validation.runs import PRO_6000, RTX_4090, Run

HEAD = """\
## What these figures hang on

The same replays with other step times. `skew` is how long attention waits for the longest sequence of a
batch: the preset of the RTX PRO 6000 has medians of what LLMServingSim publishes; that of the RTX 4090 leaves
it out, though it is published as well. The `fit` is a formula of a few numbers in place of the profile.
Where a queue builds up, a small error of the step times becomes a large one of TTFT.

| run | step times | largest difference of those judged | too far |
| --- | --- | --- | --- |"""

SKEW_4090 = Skew(
    sequences=[2, 4, 8, 16, 32, 64, 128, 256],
    decode=[0.03, 0.03, 0.03, 0.03, 0.03, 0.076, 0.03, 0.006],
    mixed=[0.423, 0.375, 0.315, 0.165, 0.078, 0.046, 0.008, 0.008],
)
"""casys-kaist/LLMServingSim, skew_fit.csv of RTX4090 tp1 at commit 4806d57b: medians over its labels.

Where it has no figure, as the preset of the RTX PRO 6000: decode below 64 sequences 0.03, mixed 256 as 128.
"""


def section() -> str:
    """One row for each run and step time, in Markdown."""
    pro_6000, rtx_4090 = (engine(*run.given) for run in (PRO_6000, RTX_4090))
    rows = [
        (PRO_6000, "profile and skew, as above", pro_6000),
        (PRO_6000, "profile without skew", _with_skew(pro_6000, None)),
        (PRO_6000, "fit", _fitted(PRO_6000)),
        (RTX_4090, "profile, as above", rtx_4090),
        (RTX_4090, "profile and skew", _with_skew(rtx_4090, SKEW_4090)),
        (RTX_4090, "fit", _fitted(RTX_4090)),
    ]
    return "\n".join([HEAD, *(_row(*row) for row in rows)])


def _row(run: Run, step_times: str, serving: Engine) -> str:
    asked, served = run.recording
    assert served is not None
    found = differences(figures(asked, replay(asked, *serving)), figures(asked, served))
    judged = [difference for difference in found if difference.statistic in ALLOWED]
    failed = ", ".join(str(difference) for difference in judged if not difference.allowed)
    return f"| {run.title} | {step_times} | {largest(judged)} | {failed or 'none'} |"


def _fitted(run: Run) -> Engine:
    return engine(*run.given, f"edge/step_time={run.name}_fit")


def _with_skew(serving: Engine, skew: Skew | None) -> Engine:
    gpu: Any = serving.machine  # whose step time is a profile: the contracts know nothing of skew
    return serving._replace(machine=replace(gpu, step_time=replace(gpu.step_time, skew=skew)))
