"""What every channel and every delta must keep, run over all yamls found."""

import math
import random
from dataclasses import fields, is_dataclass
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
import yaml
from pydantic import ValidationError

import channels
from channels import Link

CONF = Path(__file__).parents[2] / "conf"


def read(file):
    """The class and the settings of a yaml."""
    settings = yaml.safe_load(file.read_text())
    module, _, name = settings.pop("_target_").rpartition(".")
    return getattr(import_module(module), name), settings


LAWS = {"channel": channels.__path__[0], "delta": channels.__path__[0] + "/delta"}


def pytest_generate_tests(metafunc):
    """`channel_file` and `delta_file` run a test over all that is found: a new law needs no new test."""
    for group in ("channel", "delta"):
        if f"{group}_file" in metafunc.fixturenames:
            files = sorted((CONF / group).glob("*.yaml"))
            metafunc.parametrize(f"{group}_file", files, ids=[file.stem for file in files])


def build(file):
    law, settings = read(file)
    return law(**settings)


def draw(file, seed=1):
    return build(file).draw(np.random.default_rng(seed))


def leaves(settings, path=()):
    for key, value in settings.items():
        if isinstance(value, dict):
            yield from leaves(value, (*path, key))
        else:
            yield (*path, key)


def replaced(settings, path, value):
    head, *rest = path
    return {**settings, head: replaced(settings[head], rest, value) if rest else value}


def same_keys(settings, law):
    assert list(settings) == [field.name for field in fields(law)]
    for field in fields(law):
        if is_dataclass(field.type):
            same_keys(settings[field.name], field.type)


@pytest.mark.parametrize("group", LAWS)
def test_one_file_one_yaml_same_name(group):
    modules = {file.stem for file in Path(LAWS[group]).glob("*.py")} - {"__init__"}
    assert modules == {file.stem for file in (CONF / group).glob("*.yaml")}


def test_channel_yaml_holds_exactly_the_fields(channel_file):
    law, settings = read(channel_file)
    assert law.__module__ == f"channels.{channel_file.stem}"
    same_keys(settings, law)


def test_delta_yaml_holds_exactly_the_fields(delta_file):
    law, settings = read(delta_file)
    assert law.__module__ == f"channels.delta.{delta_file.stem}"
    same_keys(settings, law)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, "fast", -1e6])
def test_every_setting_of_every_law_refuses_nonsense(bad):
    for group in LAWS:
        for file in sorted((CONF / group).glob("*.yaml")):
            law, settings = read(file)
            for path in leaves(settings):
                with pytest.raises(ValidationError, match=path[-1]) as error:
                    law(**replaced(settings, path, bad))
                assert str(bad) in str(error.value)


def test_unknown_settings_are_refused(channel_file):
    law, settings = read(channel_file)
    with pytest.raises(ValidationError, match="bitrate"):
        law(**settings, bitrate=3)


def test_laws_are_frozen(channel_file):
    with pytest.raises(AttributeError):
        build(channel_file).bits_per_token = 1.0


def test_draw_gives_a_link_and_tokens_have_bits(channel_file):
    law = build(channel_file)
    link = law.draw(np.random.default_rng(1))
    assert isinstance(link, Link)
    assert law.bits_per_token == 45.0
    for rate in link:
        for answer in (rate.rate_bps(3.0), rate.bits(3.0, 4.0), rate.finish_s(3.0, 45e3)):
            assert type(answer) is float
            assert answer >= 0.0


def questions(seed, count=300):
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


def test_same_luck_same_air_in_any_order(channel_file):
    asked = list(questions(2))
    shuffled = random.Random(3).sample(asked, len(asked))
    assert answers(draw(channel_file), asked) == answers(draw(channel_file), shuffled)


def test_a_second_user_meets_other_air(channel_file):
    if channel_file.stem == "fixed":
        pytest.skip("equal for all by definition")
    rng = np.random.default_rng(1)
    law = build(channel_file)
    asked = list(questions(2))
    assert answers(law.draw(rng), asked) != answers(law.draw(rng), asked)


def test_finish_inverts_bits(channel_file):
    """To 1e-9, plus what a float cannot tell apart at the finishing instant."""
    for rate in draw(channel_file):
        for start_s, bits in questions(4):
            finish_s = rate.finish_s(start_s, bits)
            assert finish_s >= start_s
            # What one unit in the last place of the clock carries, at either end.
            blur = (rate.rate_bps(start_s) + rate.rate_bps(finish_s)) * 4.0 * math.ulp(finish_s)
            assert rate.bits(start_s, finish_s) == pytest.approx(bits, rel=1e-9, abs=blur)


def test_bits_add_up_and_match_the_rate(channel_file):
    """The integral is that of rate_bps: the mean of many samples, within 4 of its standard errors."""
    luck = np.random.default_rng(5)
    for rate in draw(channel_file):
        a, b, c = 1.3, 77.7, 150.1
        assert rate.bits(a, c) == pytest.approx(rate.bits(a, b) + rate.bits(b, c), rel=1e-12)
        sampled = np.array([rate.rate_bps(at_s) for at_s in luck.uniform(a, c, 4000)])
        error = sampled.std() / math.sqrt(len(sampled))
        assert rate.bits(a, c) / (c - a) == pytest.approx(sampled.mean(), abs=4 * error + 1e-6)


def test_no_time_no_bits(channel_file):
    for rate in draw(channel_file):
        assert rate.bits(5.0, 5.0) == 0.0
        assert rate.finish_s(5.0, 0.0) == 5.0


def test_nonsense_questions_are_refused(channel_file):
    for rate in draw(channel_file):
        with pytest.raises(ValueError, match=r"2\.0"):
            rate.bits(2.0, 1.0)
        for bits in (-1.0, math.nan):
            with pytest.raises(ValueError, match=f"{bits}"):
                rate.finish_s(2.0, bits)


def test_absurd_payloads_never_arrive_and_never_hang(channel_file):
    for rate in draw(channel_file):
        assert rate.finish_s(0.0, 1e300) > 1e200
        assert rate.finish_s(0.0, math.inf) == math.inf


def test_delta_is_a_function_of_time(delta_file):
    times = [0.0, 0.5, 1.0, 1e7, 3.3, 0.5, 1e9, 7.7]
    delay, again = draw(delta_file), draw(delta_file)
    forward = {at_s: delay.delay_s(at_s) for at_s in times}
    backward = {at_s: again.delay_s(at_s) for at_s in reversed(times)}
    assert forward == backward
    assert all(type(delta_s) is float and delta_s >= 0.0 for delta_s in forward.values())
