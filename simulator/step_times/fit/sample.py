"""Batches to fit by: what a server meets, from one sequence to a full batch."""

from itertools import product

from simulator.step_times import Batch

SEQUENCES = (1, 2, 4, 8, 12, 16, 24, 32, 48, 64, 96, 128, 160, 192, 256)
CONTEXTS = (64, 128, 256, 512, 768, 1024, 1536, 2048, 3072, 4096, 6144, 8192, 12288, 16384)
CHUNKS = (16, 32, 64, 128, 256, 384, 512, 768, 1024, 1280, 1536, 1792, 2048)
BEFORE = (0, 256, 1024, 2048, 4096, 8192)
MIXED_SEQUENCES = (1, 4, 16, 32, 64, 128)
MIXED_CONTEXTS = (128, 512, 1024, 2048, 4096)
MOST_TOKENS = 2048
"""In one iteration: vLLM's default."""

Sample = dict[str, list[Batch]]


def sample(kv_tokens: int) -> Sample:
    """Batches that decode, read, and do both, under these names; none beyond so many tokens of KV cache.

    All sequences of a batch are equally long, and prompts come one at a time.
    """
    decode = [
        Batch(sequences=sequences, context_tokens=sequences * context, longest_tokens=context)
        for sequences, context in product(SEQUENCES, CONTEXTS)
    ]
    prefill = [Batch(chunk, before, 1) for chunk, before in product(CHUNKS, BEFORE)]
    mixed = [
        Batch(chunk, before, 1, sequences, sequences * context, context)
        for chunk, before, sequences, context in product(CHUNKS, BEFORE, MIXED_SEQUENCES, MIXED_CONTEXTS)
        if chunk + sequences <= MOST_TOKENS
    ]
    parts = {"decode": decode, "prefill": prefill, "mixed": mixed}
    return {
        name: [batch for batch in batches if _held(batch) <= kv_tokens] for name, batches in parts.items()
    }


def _held(batch: Batch) -> float:
    return batch.prefill_tokens + batch.prefill_context_tokens + batch.context_tokens
