"""Handovers: hand-made strengths with known instants, random access, and how often they come."""

import math
import random

import numpy as np
import pytest

from channels.mobility.random_waypoint import RandomWaypoint
from channels.parts.a3 import a3
from channels.parts.handover import EPOCH_S, Attachment, Handover, Interruptions, hexagon
from channels.parts.large_scale import LargeScale
from channels.parts.mean_gain import OneSite, slow_step_s
from channels.path_loss.uma import UMa
from channels.path_loss.umi import UMi

UMA = UMa(base_height_m=25.0, user_height_m=1.5)
UMI = UMi(base_height_m=10.0, user_height_m=1.5)
DRIVE = RandomWaypoint(slowest_m_per_s=8.0, fastest_m_per_s=14.0, rest_s=0.0)
WALK = RandomWaypoint(slowest_m_per_s=0.5, fastest_m_per_s=2.0, rest_s=0.0)


def strengths(*sites):
    return np.array(sites, dtype=float).T


def test_a_neighbour_that_stays_better_takes_over():
    """Better by more than 3 dB from step 4 on, for 3 steps: it serves from step 7 on."""
    rising = strengths([0] * 12, [-9, -5, 0, 3, 4, 4, 4, 4, 4, 4, 4, 4])
    serving, changes = a3(rising, 3.0, 3)
    assert changes == [7]
    assert serving.tolist() == [0] * 7 + [1] * 5
    assert a3(rising, 3.0, 1)[1] == [5]
    assert a3(rising, 2.9, 3)[1] == [6]
    assert a3(rising, 4.0, 1)[1] == []


def test_a_moment_is_not_enough_and_two_neighbours_do_not_add_up():
    assert a3(strengths([0] * 8, [-1, 9, 9, -1, 9, 9, -1, -1]), 3.0, 3)[1] == []
    assert (
        a3(strengths([0] * 8, [-1, 9, 9, -1, -1, -1, -1, -1], [-1, -1, -1, 9, 9, -1, -1, -1]), 3.0, 3)[1]
        == []
    )


def test_the_strongest_of_those_that_stayed_better():
    """Site 3 is stronger still in the end, but came too late; the first site serves from the start."""
    serving, changes = a3(
        strengths([0] * 6, [-1, 5, 5, 5, 5, 5], [-1, 6, 6, 6, 6, 6], [-1, -1, 9, 8, 8, 8]), 3.0, 3
    )
    assert changes == [4]
    assert serving.tolist() == [0, 0, 0, 0, 2, 2]
    assert a3(strengths([0, 0], [1, 1]), 3.0, 1)[0].tolist() == [1, 1]


def test_back_and_forth():
    """The clock begins anew with each handover."""
    square = [0, 9, 9, 9, 9, 0, 0, 0, 0, 9, 9, 9]
    serving, changes = a3(strengths([4.5] * 12, square), 3.0, 2)
    assert changes == [3, 7, 11]
    assert serving.tolist() == [0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 1]


def test_a_handover_as_long_as_the_epoch_is_none():
    assert a3(strengths([1, 0, 0], [0, 9, 9]), 3.0, 2)[1] == []
    assert a3(strengths([1, 0, 0], [0, 9, 9]), 3.0, 100)[1] == []


def test_sites_are_a_hexagonal_grid_that_covers_the_disc():
    """Wherever a user is, the nearest site of the endless grid is there; neighbours are equally far."""
    for radius_m, count in ((50.0, 1), (150.0, 7), (400.0, 19)):
        sites = hexagon(200.0, radius_m)
        assert len(sites) == count
        assert sites[0] == 0
        if count > 1:
            np.testing.assert_allclose(np.abs(sites[1:7]), 200.0)
            apart = np.abs(sites[:, None] - sites)
            assert apart[apart > 0].min() == pytest.approx(200.0)
        luck = np.random.default_rng(1).random((2, 2000))
        users = radius_m * np.sqrt(luck[0]) * np.exp(2j * math.pi * luck[1])
        nearest_m = np.abs(users[:, None] - sites).min(axis=1)
        assert nearest_m.max() <= 200.0 / math.sqrt(3.0)
        np.testing.assert_allclose(nearest_m, np.abs(users[:, None] - hexagon(200.0, 2000.0)).min(axis=1))


def attachment(seed, mobility=DRIVE, law=UMA, radius_m=500.0, **rule):
    rng = np.random.default_rng(seed)
    rule = Handover(**{"site_distance_m": 500.0, **rule})
    air = LargeScale(
        law,
        hexagon(rule.site_distance_m, radius_m),
        rng.integers(2**64, size=2, dtype=np.uint64),
        carrier_hz=3.5e9,
        nearest_m=10.0,
        site_correlation=rule.site_correlation,
    )
    step_s = slow_step_s(law, 10.0, mobility.fastest_m_per_s)
    return Attachment(OneSite(air, mobility.draw(rng, radius_m), step_s), step_s, rule)


def test_epochs_are_what_a3_makes_of_the_strengths():
    """Attached to the best site when an epoch begins; the gain is the serving site's."""
    user = attachment(2)
    step_s, steps = user._step_s, user._epoch_steps
    assert steps * step_s == EPOCH_S
    for number in (0, 5):
        strengths_db = user._sites.strengths_db(number * steps, steps)
        serving, changes = a3(strengths_db, 3.0, math.ceil(0.32 / step_s))
        assert serving[0] == strengths_db[0].argmax()
        gains = user.gains(number * steps, steps)
        np.testing.assert_array_equal(10 ** (strengths_db[np.arange(steps), serving] / 10), gains)
        start_s = number * EPOCH_S
        found_s = user.handovers_s(start_s, start_s + EPOCH_S)
        assert found_s.tolist() == [start_s + change * step_s for change in changes]


def test_any_order_the_same_answers_over_the_borders_of_epochs():
    luck = random.Random(3)
    windows = [(luck.randrange(-100, 9000), luck.choice([1, 3, 50, 700])) for _ in range(80)]
    windows += [(first, 4) for first in range(0, 1600, 100)]

    def answers(user, asked):
        step_s = user._step_s
        return {
            (first, count): (
                user.gains(first, count).tolist(),
                user.handovers_s(first * step_s, (first + count) * step_s).tolist(),
            )
            for first, count in asked
        }

    forward = answers(attachment(4), sorted(windows))
    assert forward == answers(attachment(4), luck.sample(windows, len(windows)))
    whole = attachment(4).gains(-100, 9900)
    for (first, count), (gains, _) in forward.items():
        assert gains == whole[first + 100 : first + 100 + count].tolist()


class Fake:
    """Handovers at known instants."""

    def __init__(self, *instants_s):
        self._instants_s = np.array(instants_s)

    def handovers_s(self, start_s, end_s):
        return self._instants_s[(start_s < self._instants_s) & (self._instants_s < end_s)]


def test_a_gap_begins_with_the_handover_and_lasts_as_long_as_set():
    gate = Interruptions(Fake(1.0, 5.0, 5.25, 9.0), 0.5)
    offsets_s, up = gate.during(0.0, 8.0)
    assert offsets_s.tolist() == [0.0, 1.0, 1.5, 5.0, 5.25, 5.5, 5.75, 8.0]
    assert up.tolist() == [1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]
    # A window may begin or end within a gap, be one, or see none.
    assert [steps.tolist() for steps in gate.during(1.25, 0.5)] == [[0.0, 0.25, 0.5], [0.0, 1.0]]
    assert [steps.tolist() for steps in gate.during(0.5, 0.75)] == [[0.0, 0.5, 0.75], [1.0, 0.0]]
    assert [steps.tolist() for steps in gate.during(5.25, 0.25)] == [[0.0, 0.25], [0.0]]
    assert [steps.tolist() for steps in gate.during(1.5, 0.5)] == [[0.0, 0.5], [1.0]]


def test_a_gap_outlasts_the_epoch():
    """A handover just before the border still costs its time after it."""
    user = attachment(5, interruption_s=0.5)
    gate = Interruptions(user, 0.5)
    late_s = [at_s for at_s in user.handovers_s(0.0, 4000.0).tolist() if -at_s % EPOCH_S < 0.4]
    assert late_s
    for at_s in late_s:
        border_s = math.ceil(at_s / EPOCH_S) * EPOCH_S
        assert gate.during(border_s, 1e-3).values.tolist() == [0.0]


def rate_per_s(users, span_s=512.0):
    counts = np.array([len(user.handovers_s(0.0, span_s)) for user in users])
    return counts.mean() / span_s, counts.std() / math.sqrt(len(counts)) / span_s


def test_a_driving_user_changes_site_every_6_to_45_seconds():
    """As in the driving runs of Narayanan et al., SIGCOMM 2021; 11 m/s, sites 500 m apart."""
    per_s, error = rate_per_s([attachment(seed) for seed in range(6)])
    assert error < 0.2 * per_s
    assert 6.0 < 1.0 / per_s < 45.0


def test_ping_pong_falls_with_offset_and_patience():
    rates = [rate_per_s([attachment(s, offset_db=db) for s in range(4)], 256.0)[0] for db in (0.0, 3.0, 10.0)]
    assert rates[0] > 1.2 * rates[1] > 1.5 * rates[2]
    patience = [
        rate_per_s([attachment(s, time_to_trigger_s=t) for s in range(4)], 256.0)[0]
        for t in (0.0, 0.32, 2.56)
    ]
    assert patience[0] > 1.2 * patience[1] > 1.5 * patience[2]


def test_who_walks_changes_site_far_less_often():
    walking = rate_per_s([attachment(seed, mobility=WALK) for seed in range(6)])[0]
    assert walking < rate_per_s([attachment(seed) for seed in range(6)])[0] / 3


@pytest.mark.slow
@pytest.mark.parametrize(("law", "distance_m"), [(UMA, 500.0), (UMI, 200.0)])
def test_shorter_epochs_change_little(law, distance_m, monkeypatch):
    """Attaching four times as often loses at most 5 % of the handovers."""
    rates = []
    for epoch_s in (16.0, 64.0):
        monkeypatch.setattr("channels.parts.handover.EPOCH_S", epoch_s)
        settings = {"law": law, "radius_m": distance_m, "site_distance_m": distance_m}
        rates.append(rate_per_s([attachment(seed, **settings) for seed in range(40)], 1024.0)[0])
    assert rates[0] == pytest.approx(rates[1], rel=0.05)
