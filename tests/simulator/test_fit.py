"""Fits of step-time laws to profiles: the truth is found where there is one, and presets can be repeated."""

import subprocess
import sys
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from simulator.build import build
from simulator.step_times.fit.__main__ import main
from simulator.step_times.fit.least_squares import errors, fit_linear, fit_regimes, times_s
from simulator.step_times.fit.sample import sample
from simulator.step_times.linear import Linear
from simulator.step_times.parts.dense import LAST, LAYER, ONCE
from simulator.step_times.regimes import Regimes
from tests import ROOT, part

CONTEXTS = [16, 16384]
CHUNKS = [16, 32, 64, 128, 256, 512, 1024, 2048]
SEQUENCES = [1, 256]
SIZES = range(1, 2305)
"""Every one, so that there are no tiles."""
PRESETS = {
    "rtx4090_llama_8b": 41_392,
    "rtxpro6000_llama_8b": 557_000,
    "rtxpro6000_qwen3_32b_tp1": 90_000,
    "rtxpro6000_qwen3_32b_tp2": 430_000,
}
"""Each with its memory, in tokens."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A profile whose times add up.

    A layer: 102 us, 2 a token, 0.05 a token of KV cache; 10 us before and after. Nothing for pairs.
    """
    made = tmp_path_factory.mktemp("profile")
    kernels = [*LAYER, *ONCE]
    dense = [
        (name, size, {"qkv_proj": 95 + 2 * size, "embedding": 9}.get(name, 1))
        for name, size in product(kernels, SIZES)
    ]
    write(made / "dense.csv", ("layer", "tokens", "time_us"), dense)
    last = [(name, size, 1e-9) for name, size in product(LAST, (1, 300))]
    write(made / "per_sequence.csv", ("layer", "sequences", "time_us"), last)
    alone = [(0, 0, n, kv, 0.05 * n * kv) for n, kv in product(SEQUENCES, CONTEXTS)]
    reading = [(chunk, before, 0, 0, 1e-9) for chunk, before in product(CHUNKS, (0, 16384))]
    mixed = [
        (chunk, before, n, kv, 0.05 * n * kv)
        for chunk, before, n, kv in product(CHUNKS, (0, 16384), SEQUENCES, CONTEXTS)
    ]
    columns = ("prefill_chunk", "kv_prefill", "n_decode", "kv_decode", "time_us")
    write(made / "attention.csv", columns, alone + reading + mixed)
    return made


def write(file: Path, header: tuple[str, ...], rows: list[Any]) -> None:
    file.write_text("\n".join(",".join(map(str, row)) for row in [header, *rows]) + "\n")


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "simulator.step_times.fit", *arguments]
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)


def printed(text: str) -> dict[str, dict[str, Any]]:
    """The two yamls that the command prints."""
    linear, regimes = text.split("\n\n")
    return {"linear": yaml.safe_load(linear), "regimes": yaml.safe_load(regimes)}


def test_the_command_finds_a_linear_truth(folder: Path) -> None:
    done = command(str(folder), "--layers", "2", "--kv-tokens", "200000")
    assert done.returncode == 0, done.stderr
    found = printed(done.stdout)
    linear: Linear = build(found["linear"], "linear")
    assert linear.t0_s == pytest.approx((2 * 102 + 10) * 1e-6, rel=1e-3)
    assert linear.s_per_prefill_token == pytest.approx(4e-6, rel=1e-3)
    assert linear.s_per_sequence == pytest.approx(4e-6, rel=1e-3)
    assert linear.s_per_context_token == pytest.approx(0.1e-6, rel=1e-3)
    assert linear.s_per_prefill_pair < 1e-12
    regimes: Regimes = build(found["regimes"], "regimes")
    for regime in (regimes.decode, regimes.mixed):
        assert regime.s_per_context_token == pytest.approx(0.1e-6, rel=1e-3)
        assert regime.step_s(300, 0) == pytest.approx((2 * 102 + 10 + 4 * 300) * 1e-6, rel=1e-3)
    told = [line.split()[2:4] for line in done.stdout.splitlines() if line.endswith(" batches)")]
    assert len(told) == 6
    assert {tuple(errors) for errors in told} == {("0.0%,", "0.0%")}


def test_the_fits_recover_laws_that_are_exact() -> None:
    """Where the truth is itself linear, or has regimes, nothing is left over but the printed digits."""
    batches = sample(100_000)
    for name, fit in (("linear", fit_linear), ("regimes", fit_regimes)):
        truth = build(part("edge/step_time", name), name)
        for some in batches.values():
            assert errors(fit(truth, batches), truth, some).max() < 2e-3


BOUNDS = {"linear": (0.05, 0.12, 0.11), "regimes": (0.02, 0.07, 0.08)}
"""Mean relative error: decode, prefill, both at once."""


@pytest.mark.parametrize("name", PRESETS)
def test_presets_can_be_repeated(name: str) -> None:
    """What the yaml says is what a fit to the embedded profile gives, and its error is small."""
    batches = sample(PRESETS[name])
    truth = build(part("edge/step_time", name) | {"skew": None}, "profile")
    for law, fit in (("linear", fit_linear), ("regimes", fit_regimes)):
        found: Any = fit(truth, batches)
        for some, bound in zip(batches.values(), BOUNDS[law], strict=True):
            assert errors(found, truth, some).mean() < bound
        if law == "regimes":
            preset = build(part("edge/step_time", f"{name}_fit"), "regimes")
            for some in batches.values():
                np.testing.assert_allclose(times_s(found, some), times_s(preset, some), rtol=5e-3)


def test_the_sample_is_what_a_server_meets() -> None:
    batches = sample(50_000)
    assert list(batches) == ["decode", "prefill", "mixed"]
    for name, some in batches.items():
        assert len(some) > 50
        for batch in some:
            assert bool(batch.prefill_tokens) == (name != "decode")
            assert bool(batch.sequences) == (name != "prefill")
            assert batch.prefill_tokens + batch.sequences <= 2048
            assert batch.context_tokens + batch.prefill_tokens + batch.prefill_context_tokens <= 50_000
            assert batch.longest_tokens * batch.sequences == batch.context_tokens


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            ["nowhere", "--layers", "2"],
            "profile: no profile 'nowhere': give a folder, or one of rtx4090_llama_8b",
        ),
        (["rtx4090_llama_8b", "--layers", "0"], "profile.layers=0: input should be greater than 0"),
        (
            ["rtx4090_llama_8b", "--layers", "2", "--gpus", "2"],
            "--bytes-per-token must be set with several GPUs",
        ),
        (["rtx4090_llama_8b", "--layers", "2", "--kv-tokens", "9"], "--kv-tokens 9: too few for any batch"),
    ],
)
def test_mistakes_are_one_line(arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"error: {told}")
    assert err.count("\n") == 1


def test_a_folder_without_a_grid(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    header, *rows = (folder / "attention.csv").read_text().splitlines()
    (tmp_path / "attention.csv").write_text("\n".join([header, *rows[4:]]))
    with pytest.raises(SystemExit):
        main([str(tmp_path), "--layers", "2"])
    assert "has no rows of decoding alone (prefill_chunk=0)" in capsys.readouterr().err
