"""The figures by which servers of language models are compared, and how far apart two of them may be."""

from typing import NamedTuple

import numpy as np

from channels import Floats
from simulator.validation.recording import Requests, Served

METRICS = ("TTFT", "TPOT", "latency")
STATISTICS = ("mean", "median", "p90", "p95", "p99")
PERCENTILES = {"median": 50, "p90": 90, "p95": 95, "p99": 99}
ALLOWED = {"mean": 0.05, "median": 0.05, "p99": 0.10}
"""How far a replay's figure may be from the measured one, as a share of it."""

Figures = dict[tuple[str, str], float]
"""By metric and statistic, in ms."""


def figures(requests: Requests, served: Served) -> Figures:
    """All figures of a run, as vLLM's benchmarks define them.

    TTFT: from when a request is queued to its first token. TPOT: from there to the last token, over the
    tokens after the first; a reply of one token has none, and where no reply has one it is NaN. Latency: from
    when a request is queued to the last token. Percentiles lie on straight lines between the ordered values.
    """
    values = dict(zip(METRICS, _values_s(requests, served), strict=True))
    return {
        (metric, statistic): 1e3 * _statistic(values[metric], statistic)
        for metric in METRICS
        for statistic in STATISTICS
    }


def _values_s(requests: Requests, served: Served) -> tuple[Floats, Floats, Floats]:
    several = requests.output_tokens > 1
    decode_s = (served.last_token_s - served.first_token_s)[several]
    return (
        served.first_token_s - served.queued_s,
        decode_s / (requests.output_tokens[several] - 1),
        served.last_token_s - served.queued_s,
    )


def _statistic(values: Floats, statistic: str) -> float:
    if not len(values):
        return float("nan")
    return float(values.mean() if statistic == "mean" else np.percentile(values, PERCENTILES[statistic]))


class Difference(NamedTuple):
    """How far a figure is from the measured one."""

    metric: str
    statistic: str
    share: float
    """Of the measured one; positive: too long."""

    def __str__(self) -> str:
        return f"{self.metric} {self.statistic} {self.share:+.1%}"

    @property
    def allowed(self) -> bool:
        """Whether the figure is near enough; p90 and p95 always are."""
        return abs(self.share) <= ALLOWED.get(self.statistic, np.inf)


def differences(ours: Figures, measured: Figures) -> list[Difference]:
    """Of all figures that both have and that are not NaN."""
    return [
        Difference(*key, ours[key] / measured[key] - 1)
        for key in measured
        if key in ours and measured[key] > 0
    ]


def largest(found: list[Difference]) -> Difference:
    """The one furthest from 0."""
    return max(found, key=lambda difference: abs(difference.share))


def verdict(found: list[Difference]) -> str:
    """One line: whether the figures are near enough, and where not, which."""
    bounds = "Mean and median within 5 %, p99 within 10 %"
    failed = [str(difference) for difference in found if not difference.allowed]
    if failed:
        return f"{bounds}: NO, not {', '.join(failed)}."
    judged = [difference for difference in found if difference.statistic in ALLOWED]
    return f"{bounds}: yes. The largest of these differences: {largest(judged)}."
