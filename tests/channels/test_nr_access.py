"""The overhead of NR, part by part; seeds are fixed, tolerances are in standard errors (se)."""

import math

import numpy as np
import pytest
from scipy import stats

from channels.delta.nr_access import NrAccess

PARTS = {
    "core_s": 0.010,
    "scheduling_period_s": 0.010,
    "grant_s": 0.004,
    "block_error_rate": 0.1,
    "most_transmissions": 4,
    "harq_round_trip_s": 0.008,
    "rlc_retransmission_s": 0.045,
    "coherence_s": 0.04,
}


def law(**changes):
    return NrAccess(**{**PARTS, **changes})


def delays(seed=1, blocks=40_000, **changes):
    access = law(coherence_s=1.0, **changes).draw(np.random.default_rng(seed))
    return np.array([access.delay_s(block + 0.5) for block in range(blocks)])


def mean_s(p, most, round_trip_s, rlc_s):
    """Of retransmissions alone, term by term: k failures, or all M and a second go."""
    go_s = sum(round_trip_s * min(k, most - 1) * p**k * (1.0 - p) for k in range(2_000))
    return go_s + p**most * (rlc_s + go_s)


@pytest.mark.parametrize(("p", "most"), [(0.1, 4), (0.5, 2), (0.3, 1), (0.9, 8)])
def test_mean_of_the_retransmissions(p, most):
    """4 se; and the formula of the docstring is the sum over all numbers of failures."""
    silent = {"core_s": 0.0, "grant_s": 0.0, "scheduling_period_s": 0.0}
    seen = delays(2, block_error_rate=p, most_transmissions=most, **silent)
    r = 0.008 * p * (1.0 - p ** (most - 1)) / (1.0 - p)
    expected = r + p**most * (0.045 + r)
    assert expected == pytest.approx(mean_s(p, most, 0.008, 0.045), rel=1e-9)
    assert seen.mean() == pytest.approx(expected, abs=4.0 * seen.std() / math.sqrt(len(seen)))


def test_textbook_figure():
    """8 ms x 0.1 / 0.9 = 0.9 ms of retransmissions; the whole is Table I's 20 ms to 0.2 ms."""
    seen = delays(3)
    error = seen.std() / math.sqrt(len(seen))
    assert seen.mean() == pytest.approx(0.010 + 0.005 + 0.004 + 0.008 * 0.1 / 0.9, abs=4.0 * error + 1e-5)
    assert seen.mean() == pytest.approx(0.020, abs=2e-4)


def test_variance():
    """Of the uniform wait and of a geometric number of round trips, independent; 4 se."""
    seen = delays(4, rlc_retransmission_s=0.0, most_transmissions=32)
    expected = 0.010**2 / 12.0 + 0.008**2 * 0.1 / 0.9**2
    squares = (seen - seen.mean()) ** 2
    assert squares.mean() == pytest.approx(expected, abs=4.0 * squares.std() / math.sqrt(len(seen)))


def test_the_wait_is_uniform():
    """Kolmogorov's test, 0.1 % point."""
    seen = delays(5, blocks=10_000, block_error_rate=0.0)
    assert stats.kstest(seen, "uniform", args=(0.014, 0.010)).pvalue > 1e-3
    assert 0.014 < seen.min() < seen.max() < 0.024


def test_failures_are_geometric_up_to_all():
    """k or more with probability p^k, at the borders of the uniform number."""
    for p, most in ((0.1, 4), (0.5, 3), (0.99, 32)):
        asked = law(block_error_rate=p, most_transmissions=most)
        for k in range(1, most + 1):
            assert asked.failures(p**k * (1.0 - 1e-9)) == k
            assert asked.failures(p**k * (1.0 + 1e-9)) == k - 1
        assert asked.failures(2.0**-53) == (most if p**most > 2.0**-53 else pytest.fail("too rare"))
    assert law(block_error_rate=0.0).failures(2.0**-53) == 0


def test_a_message_that_fails_starts_again_once():
    """Only sums of the rule occur: k round trips; or M - 1, RLC, and again up to M - 1."""
    silent = {"core_s": 0.0, "grant_s": 0.0, "scheduling_period_s": 0.0}
    seen = delays(6, 4_000, block_error_rate=0.6, most_transmissions=3, rlc_retransmission_s=1.0, **silent)
    found, counts = np.unique(np.round(seen, 9), return_counts=True)
    assert found == pytest.approx([0.0, 0.008, 0.016, 1.016, 1.024, 1.032])
    again = 0.6**3
    shares = np.array([0.4, 0.24, 0.144, again * 0.4, again * 0.24, again * 0.36])
    assert stats.chisquare(counts, shares * len(seen)).pvalue > 1e-3


def test_blocks_are_constant_inside_and_independent_outside():
    """Correlation of neighbours within 4 / sqrt(n) of 0; likewise of two users."""
    access = law(coherence_s=0.25).draw(np.random.default_rng(7))
    assert access.delay_s(10.0) == access.delay_s(10.2499) != access.delay_s(10.25)
    assert access.delay_s(-0.1) == access.delay_s(-0.25) > 0.0
    seen, other = delays(8, 10_000), delays(9, 10_000)
    for pair in ((seen[1:], seen[:-1]), (seen, other)):
        assert abs(np.corrcoef(*pair)[0, 1]) < 4.0 / math.sqrt(len(seen))


def test_any_order_same_answers():
    one, other = (law().draw(np.random.default_rng(10)) for _ in range(2))
    instants = [0.0, 1e9, 3.3, 0.041, 7.7, 0.0]
    assert [one.delay_s(at_s) for at_s in instants] == [other.delay_s(at_s) for at_s in instants[::-1]][::-1]


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("core_s", -0.001),
        ("block_error_rate", 1.0),
        ("block_error_rate", -0.1),
        ("most_transmissions", 0),
        ("most_transmissions", 2.5),
        ("coherence_s", 0.0),
    ],
)
def test_bad_settings_name_the_value(name, bad):
    with pytest.raises(ValueError, match=f"{name}(.|\n)*input_value={bad}"):
        law(**{name: bad})
