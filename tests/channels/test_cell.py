"""The cell: a link budget by hand, a mean SNR that follows the user, the same answers in any order."""

import math
import random

import numpy as np
import pytest
from pydantic import ValidationError

from channels.cell import Cell
from channels.fading.none import NoFading
from channels.fading.rayleigh import Rayleigh
from channels.flat_fading import Direction, FlatFading
from channels.mobility.gauss_markov import GaussMarkov
from channels.mobility.random_waypoint import RandomWaypoint
from channels.mobility.standing import Standing
from channels.outage.gilbert_elliott import GilbertElliott
from channels.outage.none import NoOutage
from channels.parts.handover import Handover
from channels.parts.link_budget import Budget
from channels.parts.luck import split
from channels.parts.mean_gain import BLOCK, STEP, slow_step_s
from channels.path_loss.free_space import FreeSpace
from channels.path_loss.inh import InH
from channels.path_loss.log_distance import LogDistance
from channels.path_loss.uma import UMa
from channels.path_loss.umi import UMi
from channels.rate.shannon import Shannon

UP = Budget(
    transmit_dbm=23.0,
    antenna_gain_db=2.0,
    noise_figure_db=5.0,
    interference_margin_db=3.0,
    bandwidth_hz=1e6,
)
DOWN = Budget(
    transmit_dbm=30.0,
    antenna_gain_db=2.0,
    noise_figure_db=9.0,
    interference_margin_db=6.0,
    bandwidth_hz=2e6,
)
UMI = UMi(base_height_m=10.0, user_height_m=1.5)
UMA = UMa(base_height_m=25.0, user_height_m=1.5)
WALK = RandomWaypoint(slowest_m_per_s=0.5, fastest_m_per_s=2.0, rest_s=20.0)
DRIVE = RandomWaypoint(slowest_m_per_s=8.0, fastest_m_per_s=14.0, rest_s=0.0)
DRIFT = GaussMarkov(mean_speed_m_per_s=1.0, memory_s=20.0, step_s=1.0)
SITES = Handover(site_distance_m=150.0)
SETTINGS = {
    "fading": Rayleigh(),
    "rate": Shannon(snr_gap_db=0.0),
    "outage": NoOutage(),
    "path_loss": UMI,
    "mobility": Standing(distance_m=None),
    "uplink": UP,
    "downlink": DOWN,
    "radius_m": 150.0,
    "nearest_m": 10.0,
    "handover": None,
    "duplex": "fdd",
    "speed_m_per_s": 1.0,
    "carrier_hz": 3.5e9,
}


def cell(**changes):
    return Cell(**{**SETTINGS, **changes})


def links(law, seed, count):
    rng = np.random.default_rng(seed)
    return [law.draw(rng) for _ in range(count)]


def slow_part(law, seed):
    """What `draw` makes of a user's place."""
    *_, way, air = split(np.random.default_rng(seed), 5)
    return law._slow(way, air)


def snr_db(rates_bps, bandwidth_hz=UP.bandwidth_hz):
    """Shannon's formula turned around."""
    return 10.0 * np.log10(2.0 ** (np.array(rates_bps) / bandwidth_hz) - 1.0)


def test_a_link_budget_by_hand():
    """23 dBm + 2 dB - 83.33 dB over 100 m of air, against -174 + 60 + 5 + 3 dBm: 47.67 dB; likewise down."""
    law = cell(fading=NoFading(), path_loss=FreeSpace(), mobility=Standing(distance_m=100.0))
    link = law.draw(np.random.default_rng(1))
    loss_db = 32.45 - 20.0 + 20 * math.log10(3500.0)
    assert snr_db(link.up.rate_bps(3.0)) == pytest.approx(23.0 + 2.0 - loss_db + 106.0, abs=0.01)
    noise_dbm = -174.0 + 10 * math.log10(2e6) + 9.0 + 6.0
    assert snr_db(link.down.rate_bps(3.0), 2e6) == pytest.approx(32.0 - loss_db - noise_dbm, abs=0.01)


def test_each_term_of_the_budget_counts_as_much_as_it_says():
    for key, sign in (("transmit_dbm", 1), ("antenna_gain_db", 1), ("noise_figure_db", -1)):
        terms = {name: getattr(UP, name) for name in UP.__dataclass_fields__}
        assert Budget(**{**terms, key: terms[key] + 1.5}).snr_db(-90.0) == pytest.approx(
            UP.snr_db(-90.0) + sign * 1.5
        )
    assert UP.snr_db(-93.0) == pytest.approx(UP.snr_db(-90.0) - 3.0)


def test_median_and_spread_of_standing_users():
    """At 100 m of log-distance loss with 6 dB of shadowing: both within 4 se of what was set."""
    law = LogDistance(exponent=3.0, reference_m=1.0, shadowing_db=6.0, shadowing_m=20.0)
    users = links(cell(fading=NoFading(), path_loss=law, mobility=Standing(distance_m=100.0)), 2, 2000)
    found_db = snr_db([user.up.rate_bps(0.0) for user in users])
    reference_db = 32.45 - 60.0 + 20 * math.log10(3500.0)
    assert found_db.mean() == pytest.approx(
        UP.snr_db(-reference_db - 60.0), abs=4 * 6 / math.sqrt(2000) + 0.01
    )
    assert found_db.std() == pytest.approx(6.0, abs=4 * 6 / math.sqrt(4000))


def test_users_who_stand_meet_the_fading_of_flat_fading():
    """Same luck, same mean SNR: the same bits."""
    law = cell(path_loss=FreeSpace(), mobility=Standing(distance_m=100.0))
    loss_db = FreeSpace().loss_db(np.array([100.0]), np.array([True]), 3.5e9).item()
    flat = FlatFading(
        fading=law.fading,
        rate=law.rate,
        outage=law.outage,
        uplink=Direction(mean_snr_db=UP.snr_db(-loss_db), bandwidth_hz=UP.bandwidth_hz),
        downlink=Direction(mean_snr_db=DOWN.snr_db(-loss_db), bandwidth_hz=DOWN.bandwidth_hz),
        duplex="fdd",
        speed_m_per_s=1.0,
        carrier_hz=3.5e9,
    )
    (ours,), (theirs,) = links(law, 3, 1), links(flat, 3, 1)
    for one, other in zip(ours, theirs, strict=True):
        assert one.bits(0.0, 50.0) == pytest.approx(other.bits(0.0, 50.0), rel=1e-9)


@pytest.mark.parametrize("handover", [None, SITES], ids=["one site", "sites"])
def test_the_mean_snr_follows_the_user(handover):
    """Without fading the rate is that of the gain at the middle of each slow step, and both ways the same."""
    law = cell(fading=NoFading(), mobility=DRIVE, handover=handover)
    (link,) = links(law, 4, 1)
    slow = slow_part(law, 4).gain
    user, step_s = slow._gains, slow._step_s
    assert step_s == slow_step_s(UMI, 10.0, 14.0)
    offsets_s, rates_bps = link.up.steps(100.0, 140.0)
    middles_s = 100.0 + (offsets_s[:-1] + offsets_s[1:]) / 2.0
    alive = rates_bps > 0.0
    gains = np.array([user.gains(int(at_s // step_s), 1).item() for at_s in middles_s])
    found_db = snr_db(rates_bps[alive])
    np.testing.assert_allclose(found_db, UP.snr_db(0.0) + 10 * np.log10(gains[alive]), atol=1e-6)
    down_db = snr_db([link.down.rate_bps(at_s) for at_s in middles_s[alive]], DOWN.bandwidth_hz)
    np.testing.assert_allclose(down_db - found_db, DOWN.snr_db(0.0) - UP.snr_db(0.0), atol=1e-6)
    assert alive.all() == (handover is None)


def test_a_step_has_the_gain_of_its_middle():
    user = slow_part(cell(mobility=DRIVE), 15).gain._gains
    step_s = slow_step_s(UMI, 10.0, 14.0)
    middles_s = (np.arange(1000, 1040) + 0.5) * step_s
    gains_db = user._air.gains_db(user._path.at(middles_s))[:, 0]
    np.testing.assert_array_equal(user.gains(1000, 40), 10 ** (gains_db / 10))
    assert user.gains(-3, 1) == 10 ** (user._air.gains_db(user._path.at(np.zeros(1))).item() / 10)


@pytest.mark.parametrize(
    "law", [UMI, UMA, InH(office="open", base_height_m=3.0, user_height_m=1.0), FreeSpace()]
)
def test_slow_steps_are_short(law):
    """No user goes further in one than a tenth of any distance over which the gain changes."""
    for fastest in (0.1, 1.0, 2.0, 33.0):
        step_s = slow_step_s(law, 10.0, fastest)
        distances_m = (
            10.0,
            law.sight_m,
            law.shadowing(True).decorrelation_m,
            law.shadowing(False).decorrelation_m,
        )
        assert STEP * min(distances_m) / 2 < fastest * step_s <= STEP * min(distances_m)
        assert math.frexp(step_s)[0] == 0.5


MOVING = {
    "walk": {"mobility": WALK},
    "drift": {"mobility": DRIFT, "duplex": "tdd"},
    "drive and change sites": {"mobility": DRIVE, "handover": SITES, "speed_m_per_s": 10.0},
    "no fading": {"mobility": WALK, "handover": SITES, "doppler_hz": 0.0},
    "outages too": {
        "mobility": DRIVE,
        "handover": SITES,
        "outage": GilbertElliott(mean_up_s=3.0, mean_gone_s=1.0),
    },
}
moving = pytest.mark.parametrize("changes", MOVING.values(), ids=MOVING)


@moving
def test_same_luck_same_air_in_any_order(changes):
    law, luck = cell(**changes), random.Random(5)
    asked = [
        (luck.choice([0.0, 16.0, luck.uniform(0, 99), luck.uniform(0, 1e5)]), 10**i) for i in range(2, 9)
    ] * 4

    def answers(link, order):
        return {
            (at_s, bits): [
                (rate.rate_bps(at_s), rate.finish_s(at_s, bits), rate.bits(at_s, at_s + 3)) for rate in link
            ]
            for at_s, bits in order
        }

    first, second = links(law, 6, 1) + links(law, 6, 1)
    assert answers(first, asked) == answers(second, luck.sample(asked, len(asked)))


@moving
def test_finish_inverts_bits_and_bits_add_up(changes):
    luck = random.Random(7)
    for rate in links(cell(**changes), 8, 1)[0]:
        for _ in range(40):
            start_s, bits = luck.uniform(0.0, 5e3), 10 ** luck.uniform(2.0, 8.0)
            finish_s = rate.finish_s(start_s, bits)
            assert rate.bits(start_s, finish_s) == pytest.approx(bits, rel=1e-9, abs=1e-3)
        assert rate.bits(1.3, 50.1) == pytest.approx(rate.bits(1.3, 20.7) + rate.bits(20.7, 50.1), rel=1e-12)


def test_the_rate_is_zero_during_a_handover_and_only_then():
    law = cell(
        mobility=DRIVE, handover=Handover(site_distance_m=150.0, interruption_s=0.25), speed_m_per_s=10.0
    )
    (link,) = links(law, 9, 1)
    handovers_s = link.up._pieces._gate._attachment.handovers_s(0.0, 300.0).tolist()
    assert len(handovers_s) > 10
    for rate in link:
        for at_s in handovers_s:
            assert rate.bits(at_s, at_s + 0.25) == 0.0
            assert rate.rate_bps(at_s) == 0.0
            assert rate.finish_s(at_s, 1.0) > at_s + 0.25
        offsets_s, rates_bps = rate.steps(0.0, 300.25)
        gone_s = np.diff(offsets_s)[rates_bps == 0.0].sum()
        gaps = np.unique(np.concatenate([np.arange(25) + round(at_s * 100) for at_s in handovers_s]))
        assert gone_s == pytest.approx(len(gaps) / 100, abs=0.02 * len(handovers_s))


def test_no_gate_without_handovers():
    """For who stands, with other sites or without, and with two active stacks."""
    for changes in ({"handover": SITES}, {"mobility": WALK}):
        (link,) = links(cell(**changes), 10, 1)
        assert link.up._pieces._gate is None
    seamless = Handover(site_distance_m=150.0, interruption_s=0.0)
    (link,) = links(cell(mobility=DRIVE, handover=seamless), 10, 1)
    assert link.up._pieces._gate is None


def test_who_stands_has_the_best_of_the_sites():
    """Never worse than from the middle site alone, where sites shadow each on its own; often better."""
    apart = Handover(site_distance_m=150.0, site_correlation=0.0)
    alone = snr_db([user.up.rate_bps(0.0) for user in links(cell(fading=NoFading()), 11, 300)])
    best = snr_db([user.up.rate_bps(0.0) for user in links(cell(fading=NoFading(), handover=apart), 11, 300)])
    assert (best >= alone - 1e-9).all()
    assert (best > alone + 1.0).mean() > 0.3


def test_no_rate_exceeds_the_peak():
    for changes in ({}, {"mobility": WALK}, {"mobility": DRIVE, "handover": SITES}):
        for link in links(cell(**changes), 12, 20):
            for rate in link:
                assert rate.steps(0.0, 30.0).values.max() <= rate._pieces.peak_bps


def test_idle_time_costs_nothing():
    """A window after a day looks at the path near its own instants alone."""
    slow = slow_part(cell(mobility=WALK), 13).gain
    asked, at = [], slow._gains._path.at

    class Spy:
        def at(self, at_s):
            asked.extend(at_s)
            return at(at_s)

    slow._gains._path = Spy()
    slow.during(86_400.0, 2.0)
    assert 0 < len(asked) <= 2 * BLOCK
    assert np.abs(np.array(asked) - 86_401.0).max() < 10.0


def test_one_parts_settings_leave_the_luck_of_the_others():
    """Whatever the path loss and the fading, the same way; whatever the way, the same shadowing."""
    times_s = np.array([0.0, 500.0])
    user = slow_part(cell(mobility=WALK), 14).gain._gains
    for other in ({"path_loss": UMA}, {"fading": NoFading()}, {"handover": SITES}, {"duplex": "tdd"}):
        found = slow_part(cell(mobility=WALK, **other), 14).gain._gains
        np.testing.assert_array_equal(
            getattr(found, "_sites", found)._path.at(times_s), user._path.at(times_s)
        )
    faster = slow_part(cell(mobility=DRIVE), 14).gain._gains
    places = np.array([30 + 20j, -100j])
    np.testing.assert_array_equal(faster._air.gains_db(places), user._air.gains_db(places))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"radius_m": 10.0}, r"radius_m \(10\) must be above nearest_m \(10\)"),
        ({"nearest_m": 5.0}, r"nearest_m \(5\) must be at least 10"),
        ({"carrier_hz": 1e8}, r"carrier_hz \(1e\+08\) must be from"),
        ({"mobility": Standing(distance_m=151.0)}, r"mobility.distance_m \(151\) must be at most radius_m"),
        (
            {"handover": Handover(site_distance_m=20.0)},
            r"handover.site_distance_m \(20\) must be at least 30",
        ),
        ({"handover": {"offset_db": 3.0}}, r"handover.site_distance_m"),
        ({"handover": {"site_distance_m": 100.0, "interruption_s": -0.1}}, r"handover.interruption_s"),
        ({"step_s": 1.0}, r"step_s \(1\) is too long"),
        ({"mobility": "standing"}, "must be one of the choices"),
    ],
)
def test_bad_settings_name_the_value(changes, message):
    with pytest.raises(ValidationError, match=message):
        cell(**changes)
