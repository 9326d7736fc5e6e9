"""Path loss against tables computed from TR 38.901's formulas elsewhere, and what is made of it."""

import math

import numpy as np
import pytest
from pydantic import ValidationError
from pydantic.dataclasses import dataclass
from scipy import stats

from channels.parts.large_scale import LargeScale
from channels.path_loss import Shadowing
from channels.path_loss.free_space import FreeSpace
from channels.path_loss.inh import InH
from channels.path_loss.log_distance import LogDistance
from channels.path_loss.uma import UMa
from channels.path_loss.umi import UMi

CARRIER_HZ = 3.5e9
UMI = UMi(base_height_m=10.0, user_height_m=1.5)
UMA = UMa(base_height_m=25.0, user_height_m=1.5)
INH = InH(office="mixed", base_height_m=3.0, user_height_m=1.0)
OPEN = InH(office="open", base_height_m=3.0, user_height_m=1.0)
LOG = LogDistance(exponent=3.0, reference_m=2.0, shadowing_db=6.0, shadowing_m=20.0)
LAWS = [UMI, UMA, INH, OPEN, LOG, FreeSpace()]
VECTORS = [
    (UMI, True, (20, 50, 100, 200, 400), (71.36, 79.09, 85.31, 91.61, 103.23)),
    (UMI, False, (20, 50, 100, 200, 400), (81.19, 94.18, 104.64, 115.23, 125.84)),
    (UMA, True, (50, 100, 300, 600, 1000), (77.21, 83.14, 93.41, 100.54, 109.41)),
    (UMA, False, (50, 100, 300, 600, 1000), (92.51, 103.04, 121.28, 133.00, 141.67)),
    (INH, True, (5, 10, 20, 40, 80), (55.93, 60.73, 65.83, 71.01, 76.21)),
    (INH, False, (5, 10, 20, 40, 80), (58.85, 69.47, 80.76, 92.23, 103.74)),
]


def loss_db(law, distances_m, sight, carrier_hz=CARRIER_HZ):
    distances_m = np.array(distances_m, dtype=float)
    return law.loss_db(distances_m, np.full(distances_m.shape, sight), carrier_hz)


@pytest.mark.parametrize(("law", "sight", "distances_m", "expected"), VECTORS)
def test_median_loss_of_the_standard(law, sight, distances_m, expected):
    """At 3.5 GHz, to 0.01 dB."""
    np.testing.assert_allclose(loss_db(law, distances_m, sight), expected, atol=0.0101)


@pytest.mark.parametrize(
    ("law", "distances_m", "expected"),
    [
        (UMI, (5, 18, 30, 50, 100, 200), (1.0, 1.0, 0.7738, 0.5196, 0.2310, 0.0935)),
        (UMA, (5, 18, 30, 50, 100, 200), (1.0, 1.0, 0.8485, 0.6494, 0.3477, 0.1280)),
        (INH, (1, 1.2, 5.9, 6.5, 39.1), (1.0, 1.0, 1 / math.e, 0.32, 0.32 / math.e)),
        (OPEN, (1, 5, 40.4, 49, 260.7), (1.0, 1.0, math.exp(-0.5), 0.54, 0.54 / math.e)),
        (LOG, (1, 50), (1.0, 1.0)),
        (FreeSpace(), (1, 50), (1.0, 1.0)),
    ],
)
def test_probability_of_a_line_of_sight(law, distances_m, expected):
    np.testing.assert_allclose(law.sight_probability(np.array(distances_m, float)), expected, atol=5.1e-5)


def test_shadowing_of_the_standard():
    table = {
        UMI: ((4.0, 10.0), (7.82, 13.0)),
        UMA: ((4.0, 37.0), (6.0, 50.0)),
        INH: ((3.0, 10.0), (8.03, 6.0)),
    }
    for law, (seen, hidden) in table.items():
        assert law.shadowing(True) == seen
        assert law.shadowing(False) == hidden
    assert [law.sight_m for law in (UMI, UMA, INH)] == [50.0, 50.0, 10.0]


def test_free_space_is_friis():
    """32.45 + 20 lg km + 20 lg MHz, to 0.01 dB; never a gain."""
    assert loss_db(FreeSpace(), [100.0], True)[0] == pytest.approx(
        32.45 - 20.0 + 20 * math.log10(3500), abs=0.01
    )
    assert loss_db(FreeSpace(), [1e-3], True)[0] == 0.0


def test_log_distance_has_its_exponent():
    at_2_m, at_20_m = loss_db(LOG, [2.0, 20.0], True)
    assert at_2_m == loss_db(FreeSpace(), [2.0], True)[0]
    assert at_20_m - at_2_m == pytest.approx(30.0)
    assert LOG.shadowing(True) == LOG.shadowing(False) == (6.0, 20.0)


@pytest.mark.parametrize("law", LAWS, ids=str)
def test_loss_grows_with_distance_and_walls(law):
    distances_m = np.geomspace(2.0, 5000.0, 4000)
    seen, hidden = loss_db(law, distances_m, True), loss_db(law, distances_m, False)
    assert (np.diff(seen) > 0).all()
    assert (np.diff(hidden) > 0).all()
    assert (hidden >= seen).all()
    # No jump at a break point: 4000 distances are 0.09 dB apart at most.
    assert np.diff(seen).max() < 0.1


@pytest.mark.parametrize(
    ("law", "arguments", "message"),
    [
        (UMI, (10.0, 100.0, 0.4e9), r"carrier_hz \(4e\+08\)"),
        (UMA, (10.0, 100.0, 101e9), r"carrier_hz \(1.01e\+11\)"),
        (UMA, (9.0, 100.0, 3.5e9), r"nearest_m \(9\) must be at least 10"),
        (UMI, (10.0, 5001.0, 3.5e9), r"radius_m \(5001\) must be at most 5000"),
        (INH, (1.0, 151.0, 3.5e9), r"radius_m \(151\) must be at most 150"),
        (LOG, (1.0, 100.0, 3.5e9), r"nearest_m \(1\) must be at least .*reference_m \(2\)"),
    ],
)
def test_a_law_outside_its_range_says_so(law, arguments, message):
    law.check(10.0, 150.0, CARRIER_HZ)
    with pytest.raises(ValueError, match=message):
        law.check(*arguments)


def test_bad_heights_are_refused():
    for law, height_m in ((UMi, 1.0), (UMi, 30.0), (UMa, 13.5)):
        with pytest.raises(ValidationError, match="user_height_m"):
            law(base_height_m=10.0, user_height_m=height_m)
    with pytest.raises(ValidationError, match="office"):
        InH(office="closed", base_height_m=3.0, user_height_m=1.0)


@dataclass(frozen=True)
class Plain:
    """No loss; a line of sight with given odds; shadowing of 4 dB and 20 m, or of 8 dB and 5 m."""

    odds: float

    def loss_db(self, distance_m, sight, carrier_hz):
        return np.zeros_like(distance_m)

    def sight_probability(self, distance_m):
        return np.full_like(distance_m, self.odds)

    def shadowing(self, sight):
        return Shadowing(4.0, 20.0) if sight else Shadowing(8.0, 5.0)

    sight_m = 30.0


def airs(law, seed, count, sites=(0j,), **settings):
    rng = np.random.default_rng(seed)
    keys = rng.integers(2**64, size=(count, 2), dtype=np.uint64)
    given = {"carrier_hz": CARRIER_HZ, "nearest_m": 10.0, **settings}
    return [LargeScale(law, np.array(sites), key, **given) for key in keys]


@pytest.mark.parametrize("sight", [False, True])
def test_shadowing_has_its_spread_and_its_distance(sight):
    """Normal, sigma, and exp(-distance / d_cor) over 3,000 users, 4 se."""
    sd_db, decorrelation_m = Plain(0.0).shadowing(sight)
    places = 40.0 + 30j + decorrelation_m * np.array([0.0, 0.3, 1.0, 2.0j])
    gains_db = np.array([air.gains_db(places)[:, 0] for air in airs(Plain(float(sight)), 1, 3000)])
    assert stats.kstest(gains_db[:, 0] / sd_db, "norm").statistic < 0.002 + 1.63 / math.sqrt(3000)
    for column, distance in enumerate((0.0, 0.3, 1.0, 2.0)):
        products = gains_db[:, 0] * gains_db[:, column] / sd_db**2
        error = products.std() / math.sqrt(len(products))
        assert products.mean() == pytest.approx(math.exp(-distance), abs=4 * error)


def test_shadowing_begins_anew_behind_a_corner():
    """With and without a line of sight it is uncorrelated, even where both are at the same place: 4 se."""
    seen, hidden = (
        [air.gains_db(np.array([1 + 1j])).item() for air in airs(Plain(p), 9, 2000)] for p in (1.0, 0.0)
    )
    assert abs(np.corrcoef(seen, hidden)[0, 1]) < 4 / math.sqrt(2000)


def test_lines_of_sight_are_as_likely_as_the_law_says():
    """Half the users, and as one field: nearly the same one metre on, half and half 300 m on."""
    cases = airs(Plain(0.5), 2, 3000)
    places = np.array([100.0, 101.0, 400.0])
    sight = np.array(
        [air._sight(*np.full((2, 3, 1), places[:, None]), np.ones((3, 1)))[:, 0] for air in cases]
    )
    assert sight.mean(axis=0) == pytest.approx(0.5, abs=4 * 0.5 / math.sqrt(3000))
    # The angle between two values of correlation r: P(same sign) = 1 - acos(r) / pi.
    for column, expected in ((1, 1 - math.acos(math.exp(-2 / 900)) / math.pi), (2, 0.5)):
        same = (sight[:, 0] == sight[:, column]).mean()
        assert same == pytest.approx(expected, abs=4 * math.sqrt(expected * (1 - expected) / 3000) + 1e-3)


@pytest.mark.parametrize("distance_m", [30.0, 100.0, 200.0])
def test_sight_in_a_street(distance_m):
    """P(LOS) of UMi within 4 se; the mixture shows in the loss."""
    cases = airs(UMI, 3, 2000)
    x = np.array([[distance_m]])
    seen = np.mean([air._sight(x, 0 * x, x).item() for air in cases])
    odds = UMI.sight_probability(x).item()
    assert seen == pytest.approx(odds, abs=4 * math.sqrt(odds * (1 - odds) / len(cases)))


@pytest.mark.parametrize("correlation", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("sight", [False, True])
def test_sites_shadow_as_one_as_far_as_asked(correlation, sight):
    """Correlation over 1,500 users, and the spread stays, 4 se."""
    cases = airs(Plain(float(sight)), 4, 1500, sites=(0j, 200 + 0j), site_correlation=correlation)
    here, there = np.array([air.gains_db(np.array([60 + 50j]))[0] for air in cases]).T
    assert np.corrcoef(here, there)[0, 1] == pytest.approx(correlation, abs=4 / math.sqrt(1500))
    assert there.std() / (4.0 if sight else 8.0) == pytest.approx(1.0, abs=4 / math.sqrt(2 * 1500))


def test_a_place_has_one_gain_alone_or_in_company():
    (air,) = airs(UMI, 5, 1, sites=(0j, 200 + 0j, 100 + 170j), site_correlation=0.5)
    rng = np.random.default_rng(6)
    places = rng.uniform(-150.0, 150.0, (2, 200)).T.copy().view(complex)[:, 0]
    together = air.gains_db(places)
    alone = np.concatenate([air.gains_db(places[i : i + 1]) for i in range(len(places))])
    np.testing.assert_array_equal(together, alone)
    assert together.max() < air.peak_db


def test_more_sites_leave_the_first_ones_as_they_were():
    (one,), (three,) = airs(UMI, 7, 1), airs(UMI, 7, 1, sites=(0j, 200 + 0j, 100 + 170j))
    places = np.array([20 + 5j, 100j, -77 - 30j])
    np.testing.assert_array_equal(one.gains_db(places)[:, 0], three.gains_db(places)[:, 0])


def test_near_the_mast_the_loss_stands_still():
    (air,) = airs(FreeSpace(), 8, 1, nearest_m=25.0)
    at_mast, at_20_m, at_25_m = air.gains_db(np.array([0j, 20j, 25 + 0j]))[:, 0]
    assert at_mast == at_20_m == at_25_m == air.median_db(25.0)
