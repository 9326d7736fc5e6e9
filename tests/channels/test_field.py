"""Random fields against theory; seeds are fixed, tolerances are in standard errors (se)."""

import math

import numpy as np
import pytest
from scipy import stats

from channels.parts.field import PEAK, WAVES, Field, rough, smooth

CORRELATIONS = {rough: lambda r: math.exp(-r), smooth: lambda r: math.exp(-r * r)}
laws = pytest.mark.parametrize("law", CORRELATIONS, ids=["rough", "smooth"])


def fields(seed, count, law):
    return Field(np.random.default_rng(seed).random((count, 3, WAVES)), law)


def everywhere(field, x, y=0.0):
    """Each field at the same places."""
    count = len(field._phases)
    shape = (len(np.atleast_1d(x)), count)
    return field.at(np.broadcast_to(np.atleast_1d(x)[:, None], shape), np.full(shape, y))


@laws
@pytest.mark.parametrize("heading", [0.0, 1.0, math.pi / 2])
def test_correlation_is_that_asked_for(law, heading):
    """Over 20,000 fields, in any direction, at six distances, 4 se; the same whatever the number of waves."""
    field = fields(1, 20_000, law)
    here = everywhere(field, 3.0, -2.0)[0]
    for distance in (0.05, 0.2, 0.5, 1.0, 2.0, 4.0):
        x, y = 3.0 + distance * math.cos(heading), -2.0 + distance * math.sin(heading)
        products = here * everywhere(field, x, y)[0]
        error = products.std() / math.sqrt(len(products))
        assert error < 0.011
        assert abs(products.mean() - CORRELATIONS[law](distance)) < 4 * error


@laws
def test_values_are_normal_but_for_the_kurtosis(law):
    """Kolmogorov distance: 0.002 that 32 waves cost, and the 1 % point of chance; kurtosis 3 - 3 / (2 N)."""
    values = everywhere(fields(2, 30_000, law), 7.7)[0]
    assert stats.kstest(values, "norm").statistic < 0.002 + 1.63 / math.sqrt(len(values))
    assert values.mean() == pytest.approx(0.0, abs=4 / math.sqrt(len(values)))
    assert (values**2).mean() == pytest.approx(1.0, abs=4 * math.sqrt(2 / len(values)))
    assert (values**4).mean() == pytest.approx(3 - 1.5 / WAVES, abs=4 * math.sqrt(96 / len(values)))


def crossings(law, step):
    """Changes of sign per unit of distance, along straight lines of 10 units."""
    values = everywhere(fields(3, 1500, law), np.arange(0.0, 10.0, step))
    counts = (np.diff(np.sign(values), axis=0) != 0).sum(axis=0) / 10.0
    return counts.mean(), counts.std() / math.sqrt(len(counts))


def test_a_smooth_field_crosses_its_mean_as_rice_says():
    """sqrt(2) / pi times per unit, 4 se, however finely one looks."""
    for step in (0.05, 0.025):
        mean, error = crossings(smooth, step)
        assert error < 0.007
        assert mean == pytest.approx(math.sqrt(2) / math.pi, abs=4 * error + 0.002)


def test_a_rough_field_crosses_the_more_the_finer_one_looks():
    """What a line of sight must not do."""
    assert crossings(rough, 0.025)[0] > 1.3 * crossings(rough, 0.1)[0] > 2.0 * crossings(smooth, 0.1)[0]


@laws
def test_one_long_walk_meets_the_whole_law(law):
    """Unit amplitudes: the mean square along 20,000 units of one field is 1 within 0.1, whichever field."""
    squares = everywhere(fields(4, 20, law), np.arange(0.0, 20_000.0, 5.0)) ** 2
    assert np.abs(squares.mean(axis=0) - 1.0).max() < 0.1


def test_places_give_the_same_alone_or_in_company():
    field = fields(5, 7, rough)
    rng = np.random.default_rng(6)
    x, y = rng.uniform(-300.0, 300.0, (2, 333, 7))
    together = field.at(x, y)
    alone = np.concatenate([field.at(x[i : i + 1], y[i : i + 1]) for i in range(len(x))])
    np.testing.assert_array_equal(together, alone)
    order = rng.permutation(len(x))
    np.testing.assert_array_equal(field.at(x[order], y[order]), together[order])


@laws
def test_no_luck_breaks_a_field(law):
    luck = np.stack([np.zeros((3, WAVES)), np.full((3, WAVES), np.nextafter(1.0, 0.0))])
    values = everywhere(Field(luck, law), np.linspace(-2000.0, 2000.0, 101))
    assert np.isfinite(values).all()
    assert np.abs(values).max() <= PEAK * 1.001
