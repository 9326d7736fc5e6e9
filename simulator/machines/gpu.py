"""A model on one GPU, or on several that share its layers: iteration times, and memory for KV cache."""

from functools import cached_property
from math import ceil
from typing import Annotated

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt
from pydantic.dataclasses import dataclass

from channels import Part
from simulator.machines import Alone
from simulator.step_times import Batch
from workloads import STRICT

GIB = 2**30
_MISCOUNT = 0.01
"""How much more KV cache may have been counted than the sizes here, which are rounded, leave."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Gpu:
    """A server as vLLM runs it: what weights and working memory leave holds KV cache, in blocks.

    Left out: KV cache in the memory of the host, and, on several GPUs, heads of KV cache that are kept twice.
    Raises ValueError where the model does not fit, and where its window does not.
    """

    gpu: str
    """Its name, for messages."""
    model: str
    """Likewise the model's."""
    step_time: Part
    """What an iteration takes (`simulator.step_times`)."""
    gpus: PositiveInt
    """How many share the model. Their iteration times are the business of `step_time`."""
    gpu_memory_gib: PositiveFloat
    """Of one of them, as the driver reports it."""
    memory_utilisation: Annotated[float, Field(gt=0.0, le=1.0)]
    """How much of it the server may use."""
    weights_gib: PositiveFloat
    """Of the model, over all GPUs."""
    reserved_gib: NonNegativeFloat
    """What else lies in the memory of each: activations, CUDA graphs, the runtime."""
    kv_bytes_per_token: PositiveInt
    """2 x layers x heads of KV cache x their size x bytes of a number, over all GPUs."""
    block_tokens: PositiveInt
    kv_blocks: PositiveInt | None
    """Blocks of KV cache where they were counted; null: what memory gives."""
    window_tokens: PositiveInt
    """Longest context, prompt and reply together."""
    tokens_per_word: PositiveFloat
    """The model's tokens in a word of the workload."""

    def __post_init__(self) -> None:
        if self._free_gib <= 0:
            raise ValueError(
                f"{self.model} needs {self.weights_gib:.4g} GiB of weights and"
                f" {self.gpus * self.reserved_gib:.4g} GiB beside them; {self._hardware} gives"
                f" {self._usable_gib:.4g} GiB at memory_utilisation={self.memory_utilisation:g}:"
                " take more gpus, a larger one, or a smaller model"
            )
        if self.kv_blocks is not None and self._gib(self.kv_tokens) > (1 + _MISCOUNT) * self._free_gib:
            raise ValueError(
                f"kv_blocks={self.kv_blocks} need {self._gib(self.kv_tokens):.4g} GiB, and the model leaves"
                f" {self._free_gib:.4g} GiB: set edge.kv_blocks=null to have them counted"
            )
        shared_by = getattr(self.step_time, "sharing_gpus", self.gpus)
        if shared_by != self.gpus:
            raise ValueError(
                f"gpus={self.gpus}, but the step times are those of a model that is spread over {shared_by}:"
                " choose a step_time measured on as many"
            )
        if self.window_tokens > self.kv_tokens:
            raise ValueError(
                f"a window of {self.window_tokens} tokens does not fit the memory, which has room for"
                f" {self.kv_tokens} (a token's KV cache is {self.kv_bytes_per_token} bytes, and"
                f" {self._free_gib:.4g} GiB are left): set edge.window_tokens to at most that"
            )

    @cached_property
    def kv_tokens(self) -> int:
        """Tokens of whole blocks."""
        block_gib = self._gib(self.block_tokens)
        blocks = int(self._free_gib / block_gib) if self.kv_blocks is None else self.kv_blocks
        return blocks * self.block_tokens

    def alone_s(self, context_words: float, read_words: float, response_words: float) -> Alone:
        """The prompt is read in one iteration, which writes the first token; each other token takes one more.

        At least one token is read: the last one of a prompt is what the first token follows from.
        """
        context, read, response = (
            ceil(self.tokens_per_word * words) for words in (context_words, read_words, response_words)
        )
        read = max(1, read)
        step_time = self.step_time
        batch = Batch(prefill_tokens=read, prefill_context_tokens=context, prefills_ending=1)
        decode_s, held, left = 0.0, context + read, response - 1
        while left > 0:
            pace = step_time.pace(1, held + 1, held + 1)
            iterations = int(min(left, pace.iterations))
            decode_s += pace.time_s(iterations)
            held, left = held + iterations, left - iterations
        return Alone(step_time.step_s(batch), decode_s, 0.0)

    @property
    def _hardware(self) -> str:
        return f"{self.gpus} x {self.gpu}"

    @property
    def _usable_gib(self) -> float:
        return self.gpus * self.gpu_memory_gib * self.memory_utilisation

    @property
    def _free_gib(self) -> float:
        return self._usable_gib - self.weights_gib - self.gpus * self.reserved_gib

    def _gib(self, tokens: int) -> float:
        return tokens * self.kv_bytes_per_token / GIB
