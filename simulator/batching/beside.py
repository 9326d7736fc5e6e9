"""What a job would take in a batch, as far as a batch's load lets one know."""

from math import ceil, inf

from simulator.machines import Alone, Machine
from simulator.schedulers import Load
from simulator.step_times import Batch


def beside_s(
    machine: Machine, load: Load, held_words: float, read_words: float, written_words: float
) -> Alone:
    """A job that reads `read_words` after `held_words` in its cache, and writes; the batch stays as it is.

    It takes what it would alone, and in every iteration what the others add: as many as are running now, with
    as much memory as they hold now, each with an equal part. Its prompt is taken to be read in one iteration,
    and its own context to be as long all the while as it is half way through the reply. Not known from a
    load: prompts of others that are read meanwhile, and when the others leave.
    """
    alone = machine.alone_s(held_words, read_words, written_words)
    others = load.running
    if not others:
        return alone
    held, read, written = (ceil(machine.tokens_per_word * x) for x in (held_words, read_words, written_words))
    theirs = _held_tokens(machine, load)
    longest, own, step_time = theirs // others, held + read + written // 2, machine.step_time
    with_others = Batch(max(1, read), held, 1, others, theirs, longest)
    prefill_s = step_time.step_s(with_others) - step_time.step_s(with_others._replace(**_NOBODY))
    pace = step_time.pace(others + 1, theirs + own, max(longest, own))
    decode_s = max(0, written - 1) * (pace.first_s - step_time.pace(1, own, own).first_s)
    return Alone(alone.prefill_s + prefill_s, alone.decode_s + decode_s, alone.first_token_s)


_NOBODY = {"sequences": 0, "context_tokens": 0, "longest_tokens": 0}


def _held_tokens(machine: Machine, load: Load) -> int:
    """What the running jobs hold; 0 where memory is endless, for a share of that says nothing."""
    if machine.kv_tokens == inf:
        return 0
    return round((1.0 - load.free_share) * machine.kv_tokens)
