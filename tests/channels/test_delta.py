"""The laws of the overhead; seeds are fixed, tolerances are in standard errors (se)."""

import math
import tracemalloc

import numpy as np
import pytest
from scipy import stats

from channels.delta.constant import Constant
from channels.delta.shifted_lognormal import ShiftedLognormal
from channels.delta.spiky import Spiky
from channels.parts.blocks import BlockLuck

MIN_S, MEAN_S, SIGMA = 0.012, 0.020, 0.6


def law(**changes):
    settings = {"min_s": MIN_S, "mean_s": MEAN_S, "sigma": SIGMA, "coherence_s": 1.0}
    return ShiftedLognormal(**{**settings, **changes})


def delays(seed=1, blocks=40_000, **changes):
    return over_blocks(law(**changes), seed, blocks)


def over_blocks(delta, seed, blocks=40_000):
    """One user's overheads, one a second."""
    delay = delta.draw(np.random.default_rng(seed))
    return np.array([delay.delay_s(block + 0.5) for block in range(blocks)])


def spiky(**changes):
    settings = {
        "spike_probability": 0.02,
        "shortest_spike_s": 0.1,
        "longest_spike_s": 0.5,
        "coherence_s": 1.0,
    }
    return Spiky(**{"base": law(), **settings, **changes})


def test_luck_of_blocks_is_uniform_and_independent():
    """Kolmogorov's test, 0.1 % point, over blocks on both sides of 0; correlations 0 within 4 / sqrt(n)."""
    luck, other = BlockLuck(b"one"), BlockLuck(b"other")
    seen = np.array([luck.uniforms(block) for block in range(-5000, 5000)])
    bound = 4 / math.sqrt(len(seen))
    for column in seen.T:
        assert stats.kstest(column, "uniform").pvalue > 1e-3
        assert abs(np.corrcoef(column[1:], column[:-1])[0, 1]) < bound
    between = np.corrcoef(seen.T) - np.eye(4)
    assert abs(between).max() < bound
    assert len(set(map(tuple, seen))) == len(seen)
    assert luck.uniforms(-7) == tuple(seen[4993]) != other.uniforms(-7)


def test_constant_is_the_number_of_table_1():
    delay = Constant(delta_s=0.02).draw(np.random.default_rng(1))
    assert delay.delay_s(0.0) == delay.delay_s(1e9) == 0.02


def test_moments():
    """Mean, and standard deviation (mean - min) sqrt(exp(sigma^2) - 1); 4 se."""
    seen = delays()
    spread_s = (MEAN_S - MIN_S) * math.sqrt(math.exp(SIGMA**2) - 1)
    assert seen.mean() == pytest.approx(MEAN_S, abs=4 * spread_s / math.sqrt(len(seen)))
    squares = (seen - seen.mean()) ** 2
    assert squares.mean() == pytest.approx(spread_s**2, abs=4 * squares.std() / math.sqrt(len(seen)))


def test_shape():
    """Kolmogorov's test against the shifted lognormal, 0.1 % point; nothing under the floor."""
    seen = delays(2)
    scale_s = (MEAN_S - MIN_S) * math.exp(-(SIGMA**2) / 2)
    assert stats.kstest(seen, "lognorm", args=(SIGMA, MIN_S, scale_s)).pvalue > 1e-3
    assert seen.min() > MIN_S
    assert np.quantile(seen, 0.99) == pytest.approx(0.039, abs=0.001)


def test_blocks_are_constant_inside_and_independent_outside():
    """Correlation of neighbours within 4 / sqrt(n) of 0; likewise of two users."""
    delay = law(coherence_s=0.25).draw(np.random.default_rng(3))
    assert delay.delay_s(10.0) == delay.delay_s(10.2499) != delay.delay_s(10.25)
    seen, other = delays(4), delays(5)
    for pair in ((seen[1:], seen[:-1]), (seen, other)):
        assert abs(np.corrcoef(*pair)[0, 1]) < 4 / math.sqrt(len(seen))


def test_any_order_and_no_memory():
    delay, again = (law().draw(np.random.default_rng(6)) for _ in range(2))
    forward = [delay.delay_s(float(at_s)) for at_s in range(2000)]
    tracemalloc.start()
    backward = [again.delay_s(float(at_s)) for at_s in reversed(range(2000))]
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert forward == backward[::-1]
    assert kept < 100_000  # the list itself, 2,000 floats


def test_no_spread_is_the_mean():
    assert delays(7, blocks=10, sigma=0.0) == pytest.approx(MEAN_S, rel=1e-12)


@pytest.mark.parametrize("mean_s", [0.012, 0.005])
def test_mean_must_be_above_the_floor(mean_s):
    with pytest.raises(ValueError, match=rf"mean_s \({mean_s}\) must be above min_s \(0.012\)"):
        law(mean_s=mean_s)


@pytest.mark.parametrize(("name", "bad"), [("coherence_s", 0.0), ("sigma", -0.1), ("min_s", -0.001)])
def test_bad_settings_name_the_value(name, bad):
    with pytest.raises(ValueError, match=f"{name}(.|\n)*input_value={bad}"):
        law(**{name: bad})


def test_constant_refuses_negative():
    with pytest.raises(ValueError, match=r"input_value=-0.1"):
        Constant(delta_s=-0.1)


@pytest.mark.parametrize("coherence_s", [1.0, 0.05])
def test_spikes(coherence_s):
    """Share of spikes binomial, their lengths uniform (0.1 % points); mean = base + p (a + b) / 2, 4 se."""
    seen = over_blocks(spiky(coherence_s=coherence_s, base=Constant(delta_s=0.02)), 21)
    spikes = seen[seen > 0.02] - 0.02
    assert stats.binomtest(len(spikes), len(seen), 0.02).pvalue > 1e-3
    assert stats.kstest(spikes, "uniform", args=(0.1, 0.4)).pvalue > 1e-3
    assert seen.mean() == pytest.approx(0.02 + 0.02 * 0.3, abs=4 * seen.std() / math.sqrt(len(seen)))


def test_the_base_is_untouched_between_spikes():
    """And drawn from its own luck: the spikes' settings do not move it, nor it the spikes."""
    none, seen, other = (
        over_blocks(delta, 22, 5000)
        for delta in (spiky(spike_probability=0.0), spiky(), spiky(base=Constant(delta_s=0.0)))
    )
    spiked = other > 0.0
    assert 50 < spiked.sum() < 150
    assert (seen[~spiked] == none[~spiked]).all()
    assert seen[spiked] == pytest.approx((none + other)[spiked], rel=1e-12)
    assert np.unique(none).size == none.size


def test_a_spike_lasts_for_its_block():
    delay = spiky(spike_probability=1.0, coherence_s=0.25, base=Constant(delta_s=0.0))
    drawn = delay.draw(np.random.default_rng(23))
    assert drawn.delay_s(10.0) == drawn.delay_s(10.2499) != drawn.delay_s(10.25)
    assert drawn.delay_s(-0.1) == drawn.delay_s(-0.25) != drawn.delay_s(0.0)


def test_spikes_refuse_nonsense():
    with pytest.raises(
        ValueError, match=r"longest_spike_s \(0.05\) must be at least shortest_spike_s \(0.1\)"
    ):
        spiky(longest_spike_s=0.05)
    with pytest.raises(ValueError, match=r"spike_probability(.|\n)*input_value=1.1"):
        spiky(spike_probability=1.1)
    with pytest.raises(ValueError, match=r"must be one of the choices of its group, not 3"):
        spiky(base=3)
