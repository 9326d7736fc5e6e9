"""What every channel and every delta must keep, run over all yamls found."""

import math
import random
from dataclasses import fields

import numpy as np
import pytest

from channels import Link
from simulator.build import build
from simulator.mistakes import Mistake
from tests import CHOICES, INNER_CHOICES, part

LAWS = ("channel", "delta")
FILES = {group: [name for kind, name in CHOICES if kind == group] for group in LAWS}


def pytest_generate_tests(metafunc):
    """`channel` and `delta` run a test over all that is found: a new law needs no new test."""
    for group in LAWS:
        if group in metafunc.fixturenames:
            metafunc.parametrize(group, FILES[group])


def built(group, name):
    return build(part(group, name), group)


def draw(group, name, seed=1):
    return built(group, name).draw(np.random.default_rng(seed))


def leaves(settings, path=()):
    """The numbers of a configuration, those of parts inside it included."""
    for key, value in settings.items():
        if isinstance(value, dict):
            yield from leaves(value, (*path, key))
        elif isinstance(value, float | int) and not isinstance(value, bool):
            yield (*path, key)


def replaced(settings, path, value):
    head, *rest = path
    return {**settings, head: replaced(settings[head], rest, value) if rest else value}


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, "fast", -1e6])
@pytest.mark.parametrize(
    ("group", "name"), [c for c in CHOICES + INNER_CHOICES if c[0].split("/")[0] in LAWS]
)
def test_every_number_of_every_law_refuses_nonsense(group, name, bad):
    """By name and value, in one line."""
    settings = part(group, name)
    for path in leaves(settings):
        with pytest.raises(Mistake, match=path[-1]) as error:
            build(replaced(settings, path, bad), group)
        assert str(bad) in str(error.value) or f"{bad:g}" in str(error.value)
        assert "\n" not in str(error.value)


def test_unknown_settings_are_refused(channel):
    with pytest.raises(Mistake, match="bitrate"):
        build(part("channel", channel) | {"bitrate": 3}, "channel")


def test_laws_are_frozen(channel):
    law = built("channel", channel)
    with pytest.raises(AttributeError):
        setattr(law, fields(law)[0].name, 1.0)


def test_draw_gives_a_link(channel):
    link = draw("channel", channel)
    assert isinstance(link, Link)
    for rate in link:
        for answer in (rate.rate_bps(3.0), rate.bits(3.0, 4.0), rate.finish_s(3.0, 45e3)):
            assert type(answer) is float
            assert answer >= 0.0


def test_steps_are_the_rate(channel):
    """Their values between the borders, and their integral."""
    luck = np.random.default_rng(4)
    for rate in draw("channel", channel):
        for start_s, end_s in ((0.0, 0.3), (3.3, 29.1), (1e6, 1e6 + 5.5)):
            offsets_s, rates_bps = rate.steps(start_s, end_s)
            assert offsets_s[0] == 0.0
            assert offsets_s[-1] == end_s - start_s
            assert (np.diff(offsets_s) >= 0).all()
            assert len(rates_bps) == len(offsets_s) - 1
            total = (rates_bps * np.diff(offsets_s)).sum()
            assert total == pytest.approx(rate.bits(start_s, end_s), rel=1e-9, abs=1e-6)
            for offset_s in luck.uniform(0.0, end_s - start_s, 20):
                piece = int(offsets_s.searchsorted(offset_s, "right")) - 1
                nearest_s = np.abs(offsets_s - offset_s).min()
                if nearest_s > 1e-8:
                    assert rate.rate_bps(start_s + offset_s) == pytest.approx(rates_bps[piece], rel=1e-9)
        with pytest.raises(ValueError, match=r"2\.0"):
            rate.steps(2.0, 2.0)


def questions(seed, count=120):
    luck = random.Random(seed)
    for _ in range(count):
        start_s = luck.choice([0.0, 1.0, 64.0, luck.uniform(0.0, 300.0), luck.uniform(0.0, 1e7)])
        yield start_s, luck.choice([0.0, 1.0, 45e3, 10 ** luck.uniform(0.0, 8.0)])


def answers(link, asked):
    return {
        (start_s, bits): [
            (rate.rate_bps(start_s), rate.finish_s(start_s, bits), rate.bits(start_s, start_s + 3.7))
            for rate in link
        ]
        for start_s, bits in asked
    }


def test_same_luck_same_air_in_any_order(channel):
    asked = list(questions(2))
    shuffled = random.Random(3).sample(asked, len(asked))
    assert answers(draw("channel", channel), asked) == answers(draw("channel", channel), shuffled)


def test_a_second_user_meets_other_air(channel):
    if channel in ("fixed", "paper"):
        pytest.skip("equal for all by definition")
    rng = np.random.default_rng(1)
    law = built("channel", channel)
    asked = list(questions(2, 20))
    assert answers(law.draw(rng), asked) != answers(law.draw(rng), asked)


def test_finish_inverts_bits(channel):
    """To 1e-9, plus what a float cannot tell apart at the finishing instant."""
    for rate in draw("channel", channel):
        for start_s, bits in questions(4):
            finish_s = rate.finish_s(start_s, bits)
            assert finish_s >= start_s
            # What one unit in the last place of the clock carries, at either end.
            blur = (rate.rate_bps(start_s) + rate.rate_bps(finish_s)) * 4.0 * math.ulp(finish_s)
            assert rate.bits(start_s, finish_s) == pytest.approx(bits, rel=1e-9, abs=blur)


def test_bits_add_up_and_match_the_rate(channel):
    """The integral is that of rate_bps: the mean of many samples, within 4 of its standard errors."""
    luck = np.random.default_rng(5)
    for rate in draw("channel", channel):
        a, b, c = 1.3, 77.7, 150.1
        assert rate.bits(a, c) == pytest.approx(rate.bits(a, b) + rate.bits(b, c), rel=1e-12)
        sampled = np.array([rate.rate_bps(at_s) for at_s in luck.uniform(a, c, 4000)])
        error = sampled.std() / math.sqrt(len(sampled))
        assert rate.bits(a, c) / (c - a) == pytest.approx(sampled.mean(), abs=4 * error + 1e-6)


def test_no_time_no_bits(channel):
    for rate in draw("channel", channel):
        assert rate.bits(5.0, 5.0) == 0.0
        assert rate.finish_s(5.0, 0.0) == 5.0


def test_nonsense_questions_are_refused(channel):
    for rate in draw("channel", channel):
        with pytest.raises(ValueError, match=r"2\.0"):
            rate.bits(2.0, 1.0)
        for bits in (-1.0, math.nan):
            with pytest.raises(ValueError, match=f"{bits}"):
                rate.finish_s(2.0, bits)


def test_absurd_payloads_never_arrive_and_never_hang(channel):
    for rate in draw("channel", channel):
        assert rate.finish_s(0.0, 1e300) > 1e200
        assert rate.finish_s(0.0, math.inf) == math.inf


def test_delta_is_a_function_of_time(delta):
    times = [0.0, 0.5, 1.0, 1e7, 3.3, 0.5, 1e9, 7.7]
    delay, again = draw("delta", delta), draw("delta", delta)
    forward = {at_s: delay.delay_s(at_s) for at_s in times}
    backward = {at_s: again.delay_s(at_s) for at_s in reversed(times)}
    assert forward == backward
    assert all(type(delta_s) is float and delta_s >= 0.0 for delta_s in forward.values())
