"""What fits into a model's window: the rule for dialogues that outgrow it.

A model takes at most so many tokens of context, prompt and reply together. The rule, in this order: the
oldest context is left out, all of what is left being read again, since every position in it has changed; then
the reply is cut short. A prompt is never cut.
"""

from math import ceil, inf
from typing import NamedTuple

from simulator.machines import Machine
from simulator.mistakes import Mistake
from simulator.schedulers import Job


class Fitted(NamedTuple):
    """A job in the model's own, whole tokens, cut to its window."""

    context_tokens: int
    """Of the context, what the model is shown."""
    reusable_tokens: int
    """The part of that, from its start, which a cache may hold: 0 once something was left out."""
    prompt_tokens: int
    """At least 1."""
    response_tokens: int
    """At least 1."""


def fitted(job: Job, machine: Machine) -> Fitted:
    """A job as `machine` can do it. Raises `Mistake` where the prompt alone leaves no room for a reply."""
    per_word, window = machine.tokens_per_word, machine.window_tokens
    prompt, response = (
        max(1, ceil(per_word * job.prompt_tokens)),
        max(1, ceil(per_word * job.response_tokens)),
    )
    context = ceil(per_word * job.context_tokens)
    reusable = int(per_word * (job.context_tokens - job.reprefill_tokens))
    if context + prompt + response <= window:
        return Fitted(context, min(reusable, context), prompt, response)
    if prompt + 1 > window:
        raise Mistake(
            f"a prompt of {prompt} tokens does not fit a window of {window:g} tokens with room for a reply:"
            " choose a model with a longer window, or shorter prompts"
        )
    kept = max(0, int(window) - prompt - response)
    return Fitted(kept, 0, prompt, min(response, int(window) - prompt))


def cut(job: Job, machine: Machine) -> Job:
    """The same job in words, with what `fitted` leaves of it; untouched where the machine has no window."""
    if machine.window_tokens == inf:
        return job
    context, reusable, prompt, response = (
        tokens / machine.tokens_per_word for tokens in fitted(job, machine)
    )
    return Job(job.turn, context, context - reusable, prompt, response, job.think_tokens)
