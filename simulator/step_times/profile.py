"""What was measured, kernel by kernel: a profile of a model on a GPU, interpolated."""

from bisect import bisect_right
from functools import cached_property
from itertools import pairwise
from math import inf
from typing import NamedTuple

from pydantic import PositiveInt
from pydantic.dataclasses import dataclass

from simulator.step_times import Batch, Pace
from simulator.step_times.parts.attention import Attention
from simulator.step_times.parts.columns import find_profile
from simulator.step_times.parts.dense import Dense
from simulator.step_times.parts.skew import Skew
from simulator.step_times.parts.tensor_parallel import TensorParallel
from workloads import STRICT

S_PER_US = 1e-6


class Curve(NamedTuple):
    """Iterations of a number of sequences that only decode, over their context."""

    times_s: list[float]
    """At the knots, everything in it."""
    slopes_s: list[float]
    """From each knot to the next, for a token more of every sequence."""
    alpha: float
    mixed_alpha: float
    """alpha where prompts are read too."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Profile:
    """Times from a folder of three csv files, as LLMServingSim's profiler writes them.

    | file | columns | one row is |
    |---|---|---|
    | attention.csv | prefill_chunk, kv_prefill, n_decode, kv_decode, time_us | attention of one layer |
    | dense.csv | layer, tokens, time_us | one of the other kernels; layers as in `parts.dense` |
    | per_sequence.csv | layer, sequences, time_us | lm_head or sampler |

    An iteration is the sum of its kernels, `layers` times those of a layer. A batch holds sums: the prompts
    that end in it count as all that it reads, as equally long, and after the mean of what stands before them.
    Left out: work of the CPU between iterations, and what kernels side by side take from each other.

    Raises FileNotFoundError for an absent folder or file, and ValueError for a missing column or layer, for a
    time that is not above 0, and for attention without a grid.
    """

    path: str
    """An embedded profile's name, or a folder."""
    layers: PositiveInt
    """Of the model."""
    skew: Skew | None
    """null: what counts is the mean context."""
    tensor_parallel: TensorParallel | None
    """null: one GPU, or exchange left out. The profile must be one GPU's part of the model."""

    def __post_init__(self) -> None:
        _ = self._attention, self._dense  # read and checked now, at the start of a run

    @cached_property
    def _attention(self) -> Attention:
        return Attention(find_profile(self.path))

    @cached_property
    def _dense(self) -> Dense:
        return Dense(find_profile(self.path))

    @cached_property
    def _curves(self) -> dict[int, Curve]:
        return {}

    @property
    def sharing_gpus(self) -> int:
        """On how many GPUs these times were measured, or are put together."""
        return self.tensor_parallel.gpus if self.tensor_parallel else 1

    def step_s(self, batch: Batch) -> float:
        """The sum of the batch's kernels."""
        read, before, ending, sequences, context, longest = batch
        if not read:
            return self.pace(sequences, context, longest).first_s if sequences else 0.0
        prompts = max(1, ending)
        if sequences:
            mean, alpha = context / sequences, self._curve(sequences).mixed_alpha
            several = (sequences, mean, max(longest, mean), alpha)
            attention_us = self._attention.mixed_us(read, before, prompts, *several)
        else:
            attention_us = self._attention.read_us(read, before, prompts)
        return self._rest_s(read + sequences, ending + sequences) + self.layers * attention_us * S_PER_US

    def pace(self, sequences: int, context_tokens: int, longest_tokens: int) -> Pace:
        """Until the mean context or the longest leaves its interval of the profile.

        Both grow by a token an iteration, and between knots time is linear in each.
        """
        curve = self._curves.get(sequences) or self._curve(sequences)
        knots, times_s, slopes_s = self._attention.contexts, curve.times_s, curve.slopes_s
        last = len(slopes_s) - 1
        mean = context_tokens / sequences
        at = min(max(bisect_right(knots, mean) - 1, 0), last)
        growth_s = slopes_s[at]
        first_s = times_s[at] + growth_s * (mean - knots[at])
        # In whole numbers, so that a mean that ends on a knot ends there.
        ahead = (knots[at + 1] * sequences - context_tokens) // sequences if at < last else inf
        if curve.alpha and longest_tokens > mean:
            at = min(max(bisect_right(knots, longest_tokens) - 1, 0), last)
            slope_s = slopes_s[at]
            first_s += curve.alpha * (times_s[at] + slope_s * (longest_tokens - knots[at]) - first_s)
            growth_s += curve.alpha * (slope_s - growth_s)
            if at < last:
                ahead = min(ahead, knots[at + 1] - longest_tokens)
        return Pace(first_s, growth_s, ahead + 1)

    def _curve(self, sequences: int) -> Curve:
        """Made when it is first asked for."""
        known = self._curves.get(sequences)
        if known is None:
            rest_s, s_per_us = self._rest_s(sequences, sequences), self.layers * S_PER_US
            times_s = [rest_s + s_per_us * time_us for time_us in self._attention.decode_us(sequences)]
            spans = pairwise(zip(self._attention.contexts, times_s, strict=True))
            slopes_s = [
                (after_s - before_s) / (after - before) for (before, before_s), (after, after_s) in spans
            ]
            alphas = self.skew.alphas(sequences) if self.skew else (0.0, 0.0)
            known = self._curves[sequences] = Curve(times_s, slopes_s, *alphas)
        return known

    def _rest_s(self, tokens: int, sequences: int) -> float:
        """All but attention."""
        rest_us = self.layers * self._dense.layer_us(tokens) + self._dense.once_us(tokens, sequences)
        if self.tensor_parallel is None:
            return rest_us * S_PER_US
        return rest_us * S_PER_US + 2 * self.layers * self.tensor_parallel.all_reduce_s(tokens)
