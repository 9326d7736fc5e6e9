"""Every step-time law: a pace is what its steps say, and more work takes longer."""

import math
import random
from typing import Any

import pytest

from simulator.build import build
from simulator.step_times import Batch
from simulator.step_times.linear import Linear
from simulator.step_times.profile import Profile
from simulator.step_times.regimes import Regimes
from tests import CONF, part

LAWS = sorted(file.stem for file in (CONF / "edge" / "step_time").glob("*.yaml"))


def law(name: str) -> Any:
    return build(part("edge/step_time", name), "edge.step_time")


def batches(seed: int, count: int) -> list[tuple[int, int, int]]:
    """Sequences, their context, and the longest of them: all kinds of sizes, and knots of profiles."""
    luck, found = random.Random(seed), []
    for _ in range(count):
        sequences = luck.choice((1, 2, luck.randint(1, 16), luck.randint(1, 256), 300))
        mean = luck.choice((luck.randint(1, 40), luck.randint(1, 3000), 2 ** luck.randint(0, 15), 20_000))
        context = sequences * mean + luck.choice((0, 0, luck.randint(0, sequences)))
        mean = -(-context // sequences)
        longest = luck.choice((mean, mean + luck.randint(0, 50), 2 ** luck.randint(4, 15), mean * 3))
        found.append((sequences, context, mean if sequences == 1 else max(longest, mean)))
    return found


@pytest.mark.parametrize("name", LAWS)
def test_a_pace_is_what_the_steps_say(name: str) -> None:
    """For as many iterations as it claims, to rounding; and from there on it can be asked again."""
    time, luck = law(name), random.Random(3)
    for sequences, context, longest in batches(1, 500):
        first_s, growth_s, iterations = time.pace(sequences, context, longest)
        assert iterations >= 1
        assert iterations == math.inf or iterations == int(iterations)
        assert growth_s >= 0
        last = int(min(iterations, 10_000)) - 1
        for j in {0, 1, last - 1, last, luck.randint(0, last)}:
            if 0 <= j <= last:
                later = Batch(0, 0.0, 0, sequences, context + j * sequences, longest + j)
                assert first_s + j * growth_s == pytest.approx(time.step_s(later), rel=1e-12, abs=0)


@pytest.mark.parametrize("name", LAWS)
def test_a_pace_sums_up(name: str) -> None:
    """Thousands of iterations by a few paces are those that are stepped through."""
    time = law(name)
    for sequences, context, longest in ((1, 7, 7), (5, 300, 200), (64, 64 * 90, 4000)):
        steps_s = math.fsum(
            time.step_s(Batch(0, 0.0, 0, sequences, context + j * sequences, longest + j))
            for j in range(3000)
        )
        paced_s, done = 0.0, 0
        while done < 3000:
            pace = time.pace(sequences, context + done * sequences, longest + done)
            iterations = int(min(pace.iterations, 3000 - done))
            paced_s, done = paced_s + pace.time_s(iterations), done + iterations
        assert paced_s == pytest.approx(steps_s, rel=1e-12)


@pytest.mark.parametrize("name", LAWS)
def test_longer_contexts_take_longer(name: str) -> None:
    time = law(name)
    for sequences, context, longest in batches(5, 200):
        before_s = time.step_s(Batch(0, 0.0, 0, sequences, context, longest))
        assert 0 < before_s < 60
        assert before_s <= time.step_s(Batch(0, 0.0, 0, sequences, context + 64 * sequences, longest + 64))
        assert before_s <= time.step_s(Batch(0, 0.0, 0, sequences, context, longest + 1000))


@pytest.mark.parametrize("name", LAWS)
def test_more_work_takes_longer(name: str) -> None:
    """Twice as much of anything. Measured times may fall a little where kernels change."""
    time, luck = law(name), random.Random(7)
    least, least_before = (0.98, 0.88) if isinstance(time, Profile) else (1.0, 1.0)
    for _ in range(300):
        batch = Batch(
            prefill_tokens=luck.choice((0, luck.randint(1, 3000))),
            prefill_context_tokens=luck.choice((0.0, luck.uniform(0, 8000))),
            prefills_ending=1,
            sequences=(sequences := luck.choice((0, luck.randint(1, 128)))),
            context_tokens=sequences * (mean := luck.randint(16, 6000)),
            longest_tokens=mean,
        )
        if not sequences and not batch.prefill_tokens:
            continue
        before_s = time.step_s(batch)
        after_s = time.step_s(batch._replace(prefill_context_tokens=2 * batch.prefill_context_tokens))
        assert after_s >= least_before * before_s
        more = []
        if batch.prefill_tokens:
            more.append(batch._replace(prefill_tokens=2 * batch.prefill_tokens))
        if sequences:
            more.append(batch._replace(sequences=2 * sequences, context_tokens=2 * batch.context_tokens))
        assert all(time.step_s(other) >= least * before_s for other in more)


@pytest.mark.parametrize("name", LAWS)
def test_reading_takes_longer_than_not_reading(name: str) -> None:
    """A prompt beside the sequences is never free, and a long one costs about twice as much as half of it."""
    time = law(name)
    for sequences in (1, 16, 100):
        alone_s = time.step_s(Batch(0, 0.0, 0, sequences, sequences * 500, 500))
        short_s, long_s = (
            time.step_s(Batch(tokens, 0.0, 1, sequences, sequences * 500, 500)) for tokens in (1024, 2048)
        )
        assert alone_s < short_s < long_s < 2.6 * short_s


def test_linear_adds_up() -> None:
    time = Linear(
        t0_s=1.0,
        s_per_prefill_token=0.1,
        s_per_sequence=0.01,
        s_per_context_token=0.001,
        s_per_prefill_pair=0.0001,
    )
    assert time.step_s(Batch(10, 100.0, 1, 5, 1000, 400)) == pytest.approx(1 + 1 + 0.05 + 1 + 0.1050)
    # Two prompts of 5: no pairs between them.
    assert time.step_s(Batch(10, 100.0, 2)) == pytest.approx(1 + 1 + 0.0001 * 2 * 5 * 102.5)
    assert time.pace(5, 1000, 400) == (pytest.approx(2.05), pytest.approx(0.005), math.inf)


def test_regimes_have_a_floor_and_a_slope() -> None:
    line = {"floor_s": 1.0, "floor_s_per_token": 0.0, "base_s": 0.5, "base_s_per_token": 0.01}
    time = Regimes(
        decode={**line, "s_per_context_token": 0.001},  # type: ignore[arg-type]
        mixed={**line, "s_per_context_token": 0.002},  # type: ignore[arg-type]
        s_per_prefill_pair=0.0001,
    )
    assert time.step_s(Batch(sequences=10, context_tokens=100)) == pytest.approx(1.1)
    assert time.step_s(Batch(sequences=100, context_tokens=100)) == pytest.approx(1.6)
    assert time.step_s(Batch(10, 0.0, 1, 10, 100)) == pytest.approx(1 + 0.2 + 0.005)
    assert time.step_s(Batch(90, 0.0, 1, 10, 100)) == pytest.approx(1.5 + 0.2 + 0.405)
    free = {**dict.fromkeys(line, 0.0), "s_per_context_token": 0.001}
    with pytest.raises(ValueError, match=r"mixed\.floor_s \(0\) or mixed\.base_s \(0\) must be above 0"):
        Regimes(decode=time.decode, mixed=free, s_per_prefill_pair=0.0)  # type: ignore[arg-type]
