"""Recorded requests through an edge server, in simulated time."""

from collections.abc import Generator
from math import inf, nan
from typing import Any

import numpy as np

from simulator.clock import Clock
from simulator.machines import Machine
from simulator.mistakes import Mistake
from simulator.schedulers import Job, Scheduler, Server, Work
from simulator.validation.recording import Requests, Served
from workloads import Answer, Turn

STEPS = 1_000_000
"""Events between two looks at whether any are left."""
NOTHING = Answer(0.0, nan)


def replay(requests: Requests, machine: Machine, scheduler: Scheduler) -> Served:
    """When an open server on `machine` would have answered; `queued_s` are the arrivals.

    Each request is the first turn of a user of its own, and comes at its recorded instant whatever becomes of
    the others. Lengths are the model's tokens, so the machine must have one of these to a word. Raises
    `Mistake` where it has not, where a request does not fit the machine, and where one is never answered.
    """
    if machine.tokens_per_word != 1:
        raise Mistake(
            f"recorded lengths are tokens already, but the machine has {machine.tokens_per_word:g} of them"
            " to a word: set edge.tokens_per_word=1"
        )
    clock = Clock()
    try:
        server = scheduler.open(clock, machine, "edge", lambda turn, *changes: None)
    except ValueError as error:
        raise Mistake(str(error)) from error
    served = Served(requests.arrival_s.copy(), *(np.full(len(requests.arrival_s), nan) for _ in range(2)))
    for number in range(len(requests.arrival_s)):
        clock.env.process(_one(clock, server, number, requests, served))
    while clock.advance(inf, STEPS):
        pass
    unanswered = int(np.isnan(served.last_token_s).sum())
    if unanswered:
        raise Mistake(f"{unanswered} of {len(served.queued_s)} requests are never answered")
    return served


def _one(
    clock: Clock, server: Server, number: int, requests: Requests, served: Served
) -> Generator[Any, Any, None]:
    """The life of one request."""
    arrival_s, tokens_in, tokens_out = (float(column[number]) for column in requests)
    turn = Turn(number, 0, 0, 0.0, tokens_in, NOTHING, Answer(tokens_out, nan), nan, "")
    yield clock.ring(arrival_s, turn)
    work: Work = yield server.submit(Job(turn, 0.0, 0.0, tokens_in, tokens_out))
    if work.response_tokens != tokens_out:
        raise Mistake(
            f"request {number + 1} asks for {tokens_out:g} tokens after {tokens_in:g}, more than the model's"
            f" window takes ({server.machine.window_tokens:g})"
        )
    served.first_token_s[number] = arrival_s + work.queue_s + work.prefill_s + work.first_token_s
    served.last_token_s[number] = arrival_s + work.queue_s + work.prefill_s + work.decode_s
