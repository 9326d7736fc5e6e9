"""How many pairs of tokens a prompt's attention works on."""

from simulator.step_times import Batch


def prefill_pairs(batch: Batch) -> float:
    """Pairs of a prompt's token and one before it: c tokens after k others are c (k + c / 2).

    Tokens of different prompts are no pairs. A batch tells how many prompts end in it; these count as all
    that it reads, and as equally long.
    """
    read = batch.prefill_tokens
    return read * (batch.prefill_context_tokens + read / (2 * max(1, batch.prefills_ending)))
