"""What a session's cache is worth at its next turn, over whole runs, and what a window leaves of a job."""

from dataclasses import replace
from math import inf
from pathlib import Path

import pytest

from simulator.mistakes import Mistake
from simulator.schedulers import Job
from simulator.window import cut, fitted
from tests import Logs, run
from tests.simulator.parts import turn
from tests.simulator.test_batching import LAWS, Machine, jumped

DIALOGUE = "session,prompt_tokens,score\n" + "0,30,.5\n" * 6
ALWAYS_EDGE = ("policy=always_edge", "arrivals=closed", "users=1", "sessions_per_user=1", "horizon_s=null")


def dialogue(folder: Path, *overrides: str) -> Logs:
    """Six turns of one user at the edge, prompts of 30 words and replies of 900."""
    (folder / "six.csv").write_text(DIALOGUE)
    table = ("workload=table", f"workload.path={folder / 'six.csv'}", "workload.quality=null")
    replies = ("workload.device_tokens=300", "workload.edge_tokens=900")
    return run("hardware=rtxpro6000_qwen3_32b_tp2", *ALWAYS_EDGE, *table, *replies, *overrides)


def hits(logs: Logs) -> list[float]:
    return (logs.turns["context_tokens"] - logs.turns["reprefill_tokens"]).tolist()


def test_everything_is_held_but_what_is_in_no_whole_block(tmp_path: Path) -> None:
    logs = dialogue(tmp_path)
    missed = logs.turns["reprefill_tokens"]
    assert missed[0] == 0
    assert (missed[1:] * 1.3 < 16 + 2).all()


def test_thoughts_end_what_a_prefix_is_good_for(tmp_path: Path) -> None:
    """A turn finds what stood before the thoughts of the turn before: its context and its prompt."""
    logs = dialogue(tmp_path, "thinking=share")
    context, prompt = logs.turns["context_tokens"], logs.turns["prompt_tokens"]
    for found, before in zip(hits(logs)[1:], context + prompt, strict=False):
        assert before - 16 / 1.3 - 2 < found <= before + 1e-9


def test_thoughts_and_two_servers(tmp_path: Path) -> None:
    """Each server knows only the dialogue up to the thoughts that it wrote itself, two turns ago."""
    logs = dialogue(tmp_path, "thinking=share", "servers=2", "balancer=round_robin")
    before = (logs.turns["context_tokens"] + logs.turns["prompt_tokens"]).tolist()
    found = hits(logs)
    assert found[:2] == [0.0, 0.0]
    for number in range(2, 6):
        assert before[number - 2] - 16 / 1.3 - 2 < found[number] <= before[number - 2] + 1e-9


def test_a_cut_context_leaves_no_prefix() -> None:
    """What is in the cache after the oldest tokens were left out is no beginning of the dialogue."""
    plan = [(0.0, 1, 1900, 100, 200), (100.0, 1, 600, 50, 20)]
    works, server, _ = jumped(plan[:1], LAWS["lru"], Machine())
    assert server.held_tokens(turn(0, 1)) == 0
    works, _, _ = jumped(plan, LAWS["lru"], Machine())
    assert [work.reprefill_tokens for _, work in works] == [1748, 600]


@pytest.mark.parametrize("scheduler", ["fifo_slots", "continuous", "static"])
@pytest.mark.parametrize("hardware", ["rtx4090_llama_8b", "h100_qwq_32b"])
def test_lengths_stay_those_of_the_workload(hardware: str, scheduler: str) -> None:
    """Counting in tokens must not make words of nothing."""
    overrides = (f"hardware={hardware}", f"scheduler={scheduler}", "policy=always_edge", "kv_cache=none")
    turns = run(*overrides, "users=10", "horizon_s=1500").turns
    assert (turns["reprefill_tokens"] <= turns["context_tokens"]).all()
    assert (turns["response_tokens"] <= 879.16).all()
    assert turns["response_tokens"].max() == 879.16


def test_endless_memory_rereads_nothing() -> None:
    """Fractional contexts included."""
    turns = run("scheduler=continuous", "policy=always_edge", "kv_cache=keep_all", "users=20").turns
    assert (turns["turn_index"] > 0).sum() > 20
    assert (turns["reprefill_tokens"] == 0).all()


def test_a_cache_is_not_carried_to_machines_with_memory() -> None:
    for machines in ("hardware=rtx4090_llama_8b", "device=snapdragon_8_elite_npu"):
        with pytest.raises(Mistake, match="choose edge=paper and device=paper, or payload=text"):
            run(machines, "payload=kv_cache", "kv_cache=keep_all")


def test_what_fits_is_untouched() -> None:
    job = Job(turn(), 100.3, 20.2, 10.1, 50.9)
    assert cut(job, Machine(window_tokens=inf)) is job
    assert cut(job, Machine(tokens_per_word=1.3)) == job
    assert fitted(job, Machine(tokens_per_word=1.3))[:4] == (131, 131 - 27, 14, 67)


def test_the_window_cuts_the_context_before_the_reply() -> None:
    machine = Machine(window_tokens=100)
    job = Job(turn(), 60.0, 5.0, 20.0, 30.0)
    assert fitted(job, machine) == (50, 0, 20, 30, True)
    assert fitted(job._replace(context_tokens=0.0, reprefill_tokens=0.0, response_tokens=90.0), machine) == (
        *(0, 0, 20, 80),
        False,
    )
    assert fitted(job._replace(response_tokens=200.0), machine) == (0, 0, 20, 80, True)
    with pytest.raises(Mistake, match="a prompt of 100 tokens leaves no room for a reply in a window of 100"):
        fitted(job._replace(prompt_tokens=100.0), replace(machine))
