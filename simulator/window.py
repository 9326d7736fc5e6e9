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
    cut: bool = False
    """Whether some of the context was left out."""


def fitted(job: Job, machine: Machine) -> Fitted:
    """A job as `machine` can do it. Raises `Mistake` where the prompt alone leaves no room for a reply."""
    per_word, window = machine.tokens_per_word, machine.window_tokens
    prompt, response = (
        max(1, ceil(per_word * job.prompt_tokens)),
        max(1, ceil(per_word * job.response_tokens)),
    )
    context = ceil(per_word * job.context_tokens)
    if context + prompt + response <= window:
        again = ceil(per_word * job.reprefill_tokens)
        return Fitted(context, max(0, context - again), prompt, response)
    if prompt + 1 > window:
        raise Mistake(
            f"a prompt of {prompt} tokens leaves no room for a reply in a window of {window:g} tokens"
            " (edge.window_tokens or device.window_tokens): choose a longer window, or shorter prompts"
        )
    kept = min(context, max(0, int(window) - prompt - response))
    again = ceil(per_word * job.reprefill_tokens) if kept == context else context
    return Fitted(kept, max(0, kept - again), prompt, min(response, int(window) - prompt), kept < context)


def cut(job: Job, machine: Machine) -> Job:
    """The same job in words, with what `fitted` leaves of it; untouched where all of it fits."""
    if machine.window_tokens == inf:
        return job
    context, reusable, _, response, shortened = fitted(job, machine)
    per_word = machine.tokens_per_word
    if shortened:
        context_words = context / per_word
        job = job._replace(context_tokens=context_words, reprefill_tokens=(context - reusable) / per_word)
    if response < per_word * job.response_tokens:
        job = job._replace(response_tokens=response / per_word)
    return job
