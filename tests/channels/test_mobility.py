"""Laws of motion against theory; seeds are fixed, tolerances are in standard errors (se)."""

import math
import random

import numpy as np
import pytest
from pydantic import ValidationError
from scipy import integrate, stats

from channels.mobility.gauss_markov import GaussMarkov
from channels.mobility.random_waypoint import MEAN_LEG, RandomWaypoint
from channels.mobility.standing import Standing
from channels.parts.billiard import bounces

RADIUS_M = 150.0
ANYWHERE = Standing(distance_m=None)
WALK = RandomWaypoint(slowest_m_per_s=0.5, fastest_m_per_s=2.0, rest_s=60.0)
RESTLESS = RandomWaypoint(slowest_m_per_s=0.5, fastest_m_per_s=2.0, rest_s=0.0)
DRIFT = GaussMarkov(mean_speed_m_per_s=2.0, memory_s=20.0, step_s=1.0)
LAWS = [ANYWHERE, Standing(distance_m=70.0), WALK, RESTLESS, DRIFT]
laws = pytest.mark.parametrize("law", LAWS, ids=str)


def paths(law, seed, count, radius_m=RADIUS_M):
    law.check(radius_m)
    rng = np.random.default_rng(seed)
    return [law.draw(rng, radius_m) for _ in range(count)]


def at(users, *times_s):
    """One row for each user, one column for each instant."""
    return np.array([user.at(np.array(times_s, dtype=float)) for user in users])


@laws
def test_nobody_leaves_or_jumps(law):
    times_s = np.arange(0.0, 4000.0, 0.5)
    for user in paths(law, 1, 5):
        places = user.at(times_s)
        assert np.abs(places).max() <= RADIUS_M * (1 + 1e-12)
        assert (np.abs(np.diff(places)) <= 0.5 * law.fastest_m_per_s * (1 + 1e-9)).all()


@laws
def test_any_order_any_company_the_same_places(law):
    """To the last bit, across the borders of blocks."""
    rng = np.random.default_rng(2)
    times_s = np.sort(
        np.concatenate([rng.uniform(0.0, 3e4, 300), [0.0, 512.0, 1024.0], rng.uniform(3e5, 4e5, 20)])
    )
    user, again = paths(law, 3, 1) + paths(law, 3, 1)
    together = user.at(times_s)
    places = dict(zip(times_s.tolist(), together.tolist(), strict=True))
    for at_s in random.Random(4).sample(sorted(places), len(places)):
        assert again.at(np.array([at_s])).item() == places[at_s]


@laws
def test_same_luck_same_way_and_another_user_goes_another_way(law):
    first, second = at(paths(law, 5, 2), 0.0, 1000.0)
    assert (at(paths(law, 5, 1), 0.0, 1000.0) == first).all()
    assert (first != second).all()


def test_every_law_takes_the_same_number_of_draws_whatever_its_settings():
    for some, other in ((ANYWHERE, LAWS[1]), (WALK, RESTLESS)):
        one, two = np.random.default_rng(6), np.random.default_rng(6)
        some.draw(one, 10.0)
        other.draw(two, 200.0)
        assert one.random() == two.random()


def even(distances_m):
    """Kolmogorov's p of places spread evenly over the disc: r^2 / R^2 is uniform."""
    return stats.kstest((distances_m / RADIUS_M) ** 2, "uniform").pvalue


def test_standing_users_are_anywhere_alike():
    places = at(paths(ANYWHERE, 7, 4000), 0.0, 1e9)
    assert (places[:, 0] == places[:, 1]).all()
    assert even(np.abs(places[:, 0])) > 0.01
    assert stats.kstest(np.angle(places[:, 0]), stats.uniform(-math.pi, 2 * math.pi).cdf).pvalue > 0.01


def test_standing_users_stand_at_their_distance():
    places = at(paths(LAWS[1], 8, 500), 0.0)[:, 0]
    np.testing.assert_allclose(np.abs(places), 70.0)
    assert abs(places.mean()) < 4 * 70.0 / math.sqrt(500)


def moving(users, at_s):
    """Distance and speed of each user."""
    places = at(users, at_s, at_s + 1e-4)
    return np.abs(places[:, 0]), np.abs(np.diff(places)[:, 0]) / 1e-4


def test_mean_leg_of_a_disc():
    """128 R / (45 pi): two million legs, 4 se."""
    rng = np.random.default_rng(9)
    a, b = np.sqrt(rng.random((2, 10**6))) * np.exp(2j * math.pi * rng.random((2, 10**6)))
    legs = np.abs(a - b)
    assert legs.mean() == pytest.approx(MEAN_LEG, abs=4 * legs.std() / 1000)


@pytest.mark.parametrize("law", [WALK, RESTLESS], ids=["rests", "restless"])
def test_random_waypoint_is_stationary_from_the_start(law):
    """Share at rest, speed of those who move and distance: the theory at time 0, and 10 hours later. 4 se."""
    users = paths(law, 10, 2500)
    low, high = law.slowest_m_per_s, law.fastest_m_per_s
    walk_s = MEAN_LEG * RADIUS_M * math.log(high / low) / (high - low)
    assert law.mean_walk_s(RADIUS_M) == pytest.approx(walk_s)
    resting = law.rest_s / (law.rest_s + walk_s)
    found = []
    for at_s in (0.0, 36_000.0):
        distances_m, speeds = moving(users, at_s)
        walking = speeds[speeds > 0.1 * low]
        share = 1 - len(walking) / len(users)
        assert share == pytest.approx(resting, abs=4 * math.sqrt(resting * (1 - resting) / len(users)) + 1e-3)
        mean = (high - low) / math.log(high / low)
        assert walking.mean() == pytest.approx(mean, abs=4 * walking.std() / math.sqrt(len(walking)))
        # Density of the speed proportional to 1 / v.
        assert stats.kstest(np.log(walking / low) / math.log(high / low), "uniform").pvalue > 0.001
        found.append((distances_m, distances_m[speeds > 0.1 * low]))
    (first, first_walking), (last, last_walking) = found
    assert stats.ks_2samp(first, last).pvalue > 0.01
    assert stats.ks_2samp(first_walking, last_walking).pvalue > 0.01
    # Who walks is nearer to the middle than who stands anywhere (2 R / 3 on average).
    assert first_walking.mean() < 2 * RADIUS_M / 3 - 4 * first_walking.std() / math.sqrt(len(first_walking))


def test_begun_at_a_waypoint_random_waypoint_would_not_be_stationary():
    """The first leg is longer than others: a leg is met with odds in proportion to its length."""
    starts = [user._walk._first_leg() for user in paths(RESTLESS, 11, 2000)]
    lengths = np.array([abs(goal - start) for start, goal in starts]) / RADIUS_M

    def density(r):
        """Of the distance of two random places in the unit disc."""
        return 4 * r / math.pi * (math.acos(r / 2) - r / 2 * math.sqrt(1 - r * r / 4))

    mean = integrate.quad(lambda r: r * r * density(r), 0, 2)[0] / MEAN_LEG
    assert mean == pytest.approx(1.0 / MEAN_LEG)  # E L^2 = R^2
    assert lengths.mean() == pytest.approx(mean, abs=4 * lengths.std() / math.sqrt(len(lengths)))


def test_who_rests_at_first_has_any_part_of_the_rest_before_him():
    """Uniform from 0 to the whole rest (Kolmogorov), and then on to a waypoint."""
    blocks = [user._holding(0.0) for user in paths(WALK, 16, 2500)]
    left_s = np.array([block.times_s[1] for block in blocks if block.places[0] == block.places[1]])
    assert len(left_s) > 500
    assert stats.kstest(left_s / WALK.rest_s, "uniform").pvalue > 0.01


def test_one_speed_for_all_is_allowed():
    steady = RandomWaypoint(slowest_m_per_s=1.5, fastest_m_per_s=1.5, rest_s=0.0)
    assert moving(paths(steady, 12, 50), 777.0)[1] == pytest.approx(1.5, rel=1e-6)
    assert steady.mean_walk_s(1.0) == pytest.approx(MEAN_LEG / 1.5)


def test_gauss_markov_forgets_its_velocity():
    """exp(-lag / memory) far from any rim, across blocks, 4 se; the law of the speed is Rayleigh's."""
    users = paths(DRIFT, 13, 1500, radius_m=1e7)
    places = np.array([user.at(np.arange(480.0, 560.0)) for user in users])
    velocities = np.diff(places, axis=1)
    power = 2 * DRIFT.mean_speed_m_per_s**2 / (math.pi / 2)
    for lag in (1, 5, 20, 50):
        products = (velocities[:, 10] * velocities[:, 10 + lag].conj()).real / power
        error = products.std() / math.sqrt(len(products))
        assert products.mean() == pytest.approx(math.exp(-lag / 20.0), abs=4 * error)
    speeds = np.abs(velocities[:, 40])
    assert stats.kstest(speeds, stats.rayleigh(scale=math.sqrt(power / 2)).cdf).pvalue > 0.01
    assert speeds.mean() == pytest.approx(2.0, abs=4 * speeds.std() / math.sqrt(len(speeds)))


def test_gauss_markov_fills_the_disc_evenly():
    """At time 0 and after a dozen bounces each; the speed is what it was."""
    users = paths(DRIFT, 14, 600)
    for at_s in (0.0, 2000.3):
        distances_m, speeds = moving(users, at_s)
        assert even(distances_m) > 0.01
        assert stats.kstest(speeds, stats.rayleigh(scale=2.0 / math.sqrt(math.pi / 2)).cdf).pvalue > 0.01


def test_a_bounce_is_a_mirror():
    """Straight into the rim and back; then a billiard ball in the square that the rim holds."""
    shares, places, normals = bounces(0.6 + 0j, 0.8 + 0j, 1.0)
    assert shares == pytest.approx([0.5])
    assert places == pytest.approx([1.0, 0.6])
    assert normals == pytest.approx([1.0])
    side = math.sqrt(2.0)
    shares, places, _ = bounces(0.5 + 0.5j, 3 * (-1 + 1j), 1.0)
    assert places == pytest.approx([1j, -1, -1j, 0.5 - 0.5j])
    assert np.array(shares) * 3 * side == pytest.approx([side / 2, 1.5 * side, 2.5 * side])


def test_who_glides_along_the_rim_stays_inside():
    shares, places, _ = bounces(1j, 1e-3 * np.exp(1e-9j), 1.0)
    assert shares == sorted(shares)
    assert np.abs(places).max() <= 1.0 + 1e-15


@pytest.mark.parametrize(
    ("law", "radius_m", "message"),
    [
        (Standing(distance_m=70.0), 60.0, r"distance_m \(70\) must be at most radius_m \(60\)"),
        (DRIFT, 7.9, r"step_s \(1\) must be at most 0.988"),
    ],
)
def test_a_law_that_does_not_fit_says_so(law, radius_m, message):
    with pytest.raises(ValueError, match=message):
        law.check(radius_m)


def test_bad_settings_name_the_value():
    good = {"slowest_m_per_s": 1.0, "fastest_m_per_s": 2.0, "rest_s": 0.0}
    for key, bad in (("slowest_m_per_s", 0.0), ("slowest_m_per_s", 3.0), ("rest_s", -1.0)):
        with pytest.raises(ValidationError, match=f"{key}(.|\n)*{bad:g}"):
            RandomWaypoint(**{**good, key: bad})
    with pytest.raises(ValidationError, match="memory_s"):
        GaussMarkov(mean_speed_m_per_s=1.0, memory_s=0.0, step_s=1.0)
    with pytest.raises(ValidationError, match="distance_m"):
        Standing(distance_m=-1.0)


def test_an_idle_month_is_cheap():
    """Three numbers are kept for each block that is passed, and no place of it."""
    (user,) = paths(RESTLESS, 15, 1)
    user.at(np.array([30 * 86_400.0]))
    assert len(user._states) < 300
    assert user._block.cache_info().currsize <= 2
