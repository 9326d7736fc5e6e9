"""A model on GPUs: memory for KV cache in blocks, what one job takes, and what cannot be."""

from math import ceil
from typing import Any

import pytest

from simulator.build import build
from simulator.machines.gpu import GIB, Gpu
from simulator.mistakes import Mistake
from simulator.step_times import Batch
from tests import CONF, part, run

PRESETS = sorted(
    file.stem
    for file in (CONF / "edge").glob("*.yaml")
    if part("edge", file.stem)["_target_"].endswith("Gpu")
)


def gpu(name: str = "gpu", **changes: Any) -> Gpu:
    built: Gpu = build(part("edge", name) | changes, "edge")
    return built


@pytest.mark.parametrize(
    ("name", "blocks"),
    [
        ("gpu", 1840),  # 7.19 GiB of 4 MiB
        ("rtx4090_llama_8b", 2587),  # counted
        ("rtxpro6000_llama_8b", 34_836),
        ("rtxpro6000_qwen3_32b_tp1", 5642),
        ("rtxpro6000_qwen3_32b_tp2", 26_900),
    ],
)
def test_memory_holds_whole_blocks(name: str, blocks: int) -> None:
    machine = gpu(name)
    assert machine.kv_tokens == 16 * blocks
    counted = gpu(name, kv_blocks=None)
    usable_gib = machine.gpus * machine.gpu_memory_gib * 0.9
    used_gib = machine.weights_gib + machine.gpus * machine.reserved_gib
    used_gib += counted.kv_tokens * machine.kv_bytes_per_token / GIB
    assert 0 <= usable_gib - used_gib < 16 * machine.kv_bytes_per_token / GIB
    assert counted.kv_tokens == pytest.approx(16 * blocks, rel=2e-3)
    assert gpu(name, kv_blocks=500, window_tokens=100).kv_tokens == 8_000
    with pytest.raises(Mistake, match=r"kv_blocks=500000 need .* GiB, and the model leaves .* GiB: set edge"):
        gpu(name, kv_blocks=500_000)


def test_step_times_are_of_as_many_gpus() -> None:
    with pytest.raises(Mistake, match=r"gpus=2, but the step times are those of a model .* spread over 1"):
        gpu("rtxpro6000_qwen3_32b_tp1", gpus=2)


@pytest.mark.parametrize("name", PRESETS)
def test_alone_is_one_iteration_to_read_and_one_for_each_token_but_the_first(name: str) -> None:
    machine = gpu(name)
    for context, read, response in ((0, 400, 350), (700, 31, 100), (5000, 1, 1), (0, 900, 2), (10, 10, 3000)):
        alone = machine.alone_s(context, read, response)
        before, tokens, writes = (ceil(1.3 * words) for words in (context, read, response))
        assert alone.prefill_s == machine.step_time.step_s(Batch(tokens, before, 1))
        held = before + tokens
        steps_s = [
            machine.step_time.step_s(Batch(0, 0.0, 0, 1, held + token, held + token))
            for token in range(1, writes)
        ]
        assert alone.decode_s == pytest.approx(sum(steps_s), rel=1e-12, abs=0)
        assert alone.first_token_s == 0


def test_a_prompt_has_a_last_token_and_a_reply_may_be_one() -> None:
    machine = gpu(tokens_per_word=1.0)
    assert machine.alone_s(100, 0, 5).prefill_s == machine.step_time.step_s(Batch(1, 100, 1))
    assert machine.alone_s(100, 50, 1).decode_s == 0
    assert machine.alone_s(100, 50, 0).decode_s == 0


def test_the_fits_come_near_the_profiles() -> None:
    """A job alone by the fitted law: within 5 % to write, 15 % to read."""
    for name in PRESETS:
        if name == "gpu":
            continue
        measured = gpu(name)
        fitted = gpu(name, step_time=part("edge/step_time", f"{name}_fit"))
        for words in ((0, 400, 350), (3000, 60, 400), (0, 1500, 100)):
            told, truth = fitted.alone_s(*words), measured.alone_s(*words)
            assert told.decode_s == pytest.approx(truth.decode_s, rel=0.05)
            assert told.prefill_s == pytest.approx(truth.prefill_s, rel=0.15)


def mistake(**changes: Any) -> str:
    with pytest.raises(Mistake) as caught:
        gpu(**changes)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_model_that_does_not_fit() -> None:
    assert mistake(gpu="RTX 4090", gpu_memory_gib=24.0) == (
        "edge: QwQ-32B needs 61 GiB of weights and 3 GiB beside them; 1 x RTX 4090 gives 21.6 GiB at"
        " memory_utilisation=0.9: take more gpus, a larger one, or a smaller model"
    )
    assert "2 x H100 gives 14.24 GiB at memory_utilisation=0.09" in mistake(gpus=2, memory_utilisation=0.09)
    assert "6 GiB beside them; 2 x H100" in mistake(gpus=2, memory_utilisation=0.09)
    assert "memory_utilisation=1.2: input should be less than or equal to 1" in mistake(
        memory_utilisation=1.2
    )


def test_a_window_that_memory_does_not_hold() -> None:
    assert mistake(window_tokens=131072) == (
        "edge: a window of 131072 tokens does not fit the memory, which has room for 29440 (a token's KV"
        " cache is 262144 bytes, and 7.19 GiB are left): set edge.window_tokens to at most that"
    )
    assert gpu(window_tokens=29440).window_tokens == 29440
    assert "room for 1600" in mistake(kv_blocks=100)


@pytest.mark.parametrize("name", PRESETS)
def test_it_runs(name: str) -> None:
    """All turns at the edge, one at a time: each takes what it takes alone."""
    logs = run(f"edge={name}", "users=30", "horizon_s=900", "policy=always_edge", "scheduler.slots=50")
    machine, row = gpu(name), logs.turns.iloc[0]
    assert len(logs.turns) > 5
    alone = machine.alone_s(0.0, row["prompt_tokens"], row["response_tokens"])
    assert row["prefill_s"] == pytest.approx(alone.prefill_s)
    assert row["decode_s"] == pytest.approx(alone.decode_s)
