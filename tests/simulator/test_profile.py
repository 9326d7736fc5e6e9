"""Profiles: known times, the table at its points, and what lies between and beyond."""

import csv
import gzip
import math
from typing import Any

import pytest

from simulator.build import build
from simulator.step_times import Batch, StepTime
from simulator.step_times.parts.columns import TABLES
from simulator.step_times.parts.tensor_parallel import TensorParallel
from simulator.step_times.profile import Profile
from tests import CONF, part

PROFILES = sorted(
    file.stem for file in (CONF / "edge" / "step_time").glob("rtx*.yaml") if "_fit" not in file.stem
)


def law(name: str) -> Any:
    return build(part("edge/step_time", name), "edge.step_time")


# Computed from the same csv files by other code (scipy's RegularGridInterpolator, linear).
KNOWN = {
    "rtxpro6000_llama_8b": [
        0.01134357575, 0.0117131899774, 0.0209816552471, 0.019028575316, 0.0184525967198,
        0.01766471451, 0.0868528322, 0.024565343061, 0.115578688203,
    ],
    "rtx4090_llama_8b": [
        0.01679745993, 0.0182498415963, 0.0305504998293, 0.03193805918, 0.0193809067437,
        0.03654957093, 0.2001900673, 0.0494279148502, 0.253577821698,
    ],
    "rtxpro6000_qwen3_32b_tp1": [
        0.04481293597, 0.0478770206292, 0.0696134602982, 0.0722462437401, 0.0626800231399,
        0.07659938927, 0.38001712013, 0.102618730613, 0.496358054428,
    ],
    "rtxpro6000_qwen3_32b_tp2": [
        0.02726778547, 0.028433184795, 0.0474365838626, 0.0613905217612, 0.039196396053,
        0.06607233125, 0.36274426407, 0.0970574811102, 0.422243768461,
    ],
}  # fmt: skip
KNOWN_OF = [
    Batch(0, 0.0, 0, 1, 1000, 1000),
    Batch(0, 0.0, 0, 8, 8 * 777, 1500),
    Batch(0, 0.0, 0, 100, 100 * 650 + 13, 2900),
    Batch(0, 0.0, 0, 256, 256 * 130, 300),
    Batch(0, 0.0, 0, 37, 37 * 90, 40_000),
    Batch(300, 0.0, 1, 0, 0, 0),
    Batch(2048, 1000.0, 0, 0, 0, 0),
    Batch(500, 0.0, 1, 7, 7 * 400, 900),
    Batch(1950, 4096.0, 0, 98, 98 * 700, 4000),
]


@pytest.mark.parametrize("name", PROFILES)
def test_profiles_have_known_times(name: str) -> None:
    time = law(name)
    assert [time.step_s(batch) for batch in KNOWN_OF] == pytest.approx(KNOWN[name], rel=1e-9)


def rows(name: str, file: str) -> list[dict[str, str]]:
    """Of an embedded profile."""
    data = (TABLES / name / file).read_bytes()
    return list(
        csv.DictReader((gzip.decompress(data) if file.endswith("gz") else data).decode().splitlines())
    )


@pytest.mark.parametrize("name", PROFILES)
def test_a_profile_is_its_table_at_the_points_of_its_grid(name: str) -> None:
    """Attention of all rows, but for noise: a longer context never decodes faster."""
    attention, fell = law(name)._attention, 0
    for row in rows(name, "attention.csv.gz"):
        chunk, before, sequences, context = (int(row[column]) for column in list(row)[:4])
        if not chunk:
            found = attention.decode_us(sequences)[attention.contexts.index(context)]
            fell += found > float(row["time_us"]) * (1 + 1e-12)
            assert 1 - 1e-12 <= found / float(row["time_us"]) < 1.015
            continue
        if sequences:
            found = attention.mixed_us(chunk, before, 1, sequences, context, context, 0.0)
        else:
            found = attention.read_us(chunk, before)
        assert found == pytest.approx(float(row["time_us"]), rel=1e-12)
    assert fell <= 3


@pytest.mark.parametrize("name", PROFILES)
def test_dense_kernels_run_in_tiles(name: str) -> None:
    dense, layer_us = law(name)._dense, dict[int, float]()
    kernels = (
        "qkv_proj",
        "qk_norm",
        "rotary_emb",
        "o_proj",
        "gate_up_proj",
        "act_fn",
        "down_proj",
        "layernorm",
    )
    for row in rows(name, "dense.csv"):
        if row["layer"] in kernels:
            often = 2 if row["layer"] == "layernorm" else 1
            tokens = int(row["tokens"])
            layer_us[tokens] = layer_us.get(tokens, 0.0) + often * float(row["time_us"])
    for tokens, time_us in layer_us.items():
        assert dense.layer_us(tokens) == pytest.approx(time_us)
    assert dense.layer_us(257) == dense.layer_us(270) == dense.layer_us(272) != dense.layer_us(256)
    assert dense.layer_us(4096) == pytest.approx(2 * layer_us[2048])


def test_unequal_lengths_go_part_of_the_way_to_the_longest() -> None:
    time: Profile = law("rtxpro6000_llama_8b")
    equal: Profile = build(part("edge/step_time", "rtxpro6000_llama_8b") | {"skew": None}, "edge.step_time")
    for read, sequences, alpha in (
        (0, 64, 0.118),
        (0, 128, 0.059),
        (300, 8, 0.4),
        (0, 1, 0.0),
        (300, 1, 0.0),
    ):
        batch = Batch(read, 100.0, 1, sequences, 300 * sequences, 300)
        mean_s, longest_s = (
            equal.step_s(batch._replace(context_tokens=each * sequences)) for each in (300, 5000)
        )
        assert time.step_s(batch) == pytest.approx(mean_s, rel=1e-12)
        skewed_s = time.step_s(batch._replace(longest_tokens=5000))
        assert skewed_s == pytest.approx(mean_s + alpha * (longest_s - mean_s), rel=1e-12)
    # Between knots linear in the logarithm: 23 lies between 16 and 32, 300 beyond 256.
    assert time.skew is not None
    share = math.log(23 / 16) / math.log(2)
    assert time.skew.alphas(23) == pytest.approx((0.03, 0.27 + share * (0.1 - 0.27)))
    assert time.skew.alphas(300) == (0.022, 0.015)


def test_a_long_prompt_takes_its_pairs() -> None:
    """8,192 tokens at once take what four chunks one after another do."""
    time: Profile = law("rtx4090_llama_8b")
    attention = time._attention
    chunks_us = sum(attention.read_us(2048, 2048 * chunk) for chunk in range(4))
    assert attention.read_us(8192, 0) == pytest.approx(chunks_us, rel=0.03)
    beside_us = attention.mixed_us(8192, 0, 1, 8, 500, 500, 0.0)
    assert 0 < beside_us - attention.read_us(8192, 0) < 0.1 * beside_us


def test_several_prompts_are_no_pairs_of_each_other() -> None:
    time: Profile = law("rtx4090_llama_8b")
    one_us, four_us = (time._attention.read_us(2048, 0, prompts) for prompts in (1, 4))
    each_us, least_us = time._attention.read_us(512, 0), time._attention.read_us(16, 0)
    assert four_us == pytest.approx(least_us + 4 * (each_us - least_us))
    assert four_us < 0.5 * one_us
    alone_us, mixed_us = (time._attention.mixed_us(2048, 0, n, 8, 500, 500, 0.0) for n in (1, 4))
    assert alone_us - mixed_us == pytest.approx(one_us - four_us)


def test_all_reduce() -> None:
    two = TensorParallel(gpus=2, bytes_per_token=1000, link_bytes_per_s=1e6, link_latency_s=0.5)
    assert two.all_reduce_s(100) == pytest.approx(0.1 + 0.5)
    four = TensorParallel(gpus=4, bytes_per_token=1000, link_bytes_per_s=1e6, link_latency_s=0.5)
    assert four.all_reduce_s(100) == pytest.approx(6 / 4 * 0.1 + 6 * 0.5)
    config = part("edge/step_time", "rtxpro6000_qwen3_32b_tp2")
    with_it: StepTime = build(config, "edge.step_time")
    without: StepTime = build(config | {"tensor_parallel": None}, "edge.step_time")
    batch = Batch(500, 0.0, 1, 12, 6000, 900)
    exchange_s = 2 * 64 * (512 * 10240 / 16e9 + 20e-6)
    assert with_it.step_s(batch) - without.step_s(batch) == pytest.approx(exchange_s)
