"""What a message weighs on the air."""

import pytest

from channels.payload.kv_cache import KvCache
from channels.payload.text import Text

KV_3B_BITS = 294_912.0


def cache(**changes):
    settings = {"device_model": "Qwen2.5-3B", "edge_model": "Qwen2.5-3B", "bits_per_token": 45.0}
    settings |= {"layers": 36, "kv_heads": 2, "head_dim": 128, "bytes_per_value": 2.0}
    return KvCache(**{**settings, **changes})


def test_text_is_eq_3():
    """C_t + L_p up, L_r down, and who missed something reads it again."""
    text = Text(bits_per_token=45.0)
    assert text.uplink_bits(1000.0, 300.0, 60.0) == 1060 * 45
    assert text.downlink_bits(60.0, 1254.4) == pytest.approx(1254.4 * 45)
    assert text.reprefill_tokens(300.0) == 300.0


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, 36_864),  # Qwen2.5-3B
        ({"layers": 64, "kv_heads": 8}, 262_144),  # Qwen2.5-32B
        ({"bytes_per_value": 0.5}, 9_216),  # 4 bits a value
    ],
)
def test_bytes_of_a_token(settings, expected):
    """2 x layers x heads x dimension x bytes, against the published sizes."""
    assert cache(**settings).kv_bytes_per_token == expected


def test_the_cache_of_what_is_missing_goes_up():
    law = cache()
    assert law.uplink_bits(1000.0, 300.0, 60.0) == 1060 * 45 + 300 * KV_3B_BITS
    assert law.uplink_bits(1000.0, 0.0, 60.0) == Text(bits_per_token=45.0).uplink_bits(1000.0, 0.0, 60.0)


def test_the_cache_of_the_reply_comes_down_and_nobody_reads_again():
    law = cache()
    assert law.downlink_bits(60.0, 100.0) == 100 * 45 + 160 * KV_3B_BITS
    assert law.downlink_bits(0.0, 0.0) == 0.0
    assert law.reprefill_tokens(5000.0) == 0.0


def test_a_thousand_tokens_over_the_air():
    """38 MB of the 3B model's take 7.5 s at 40 Mbit/s, 268 MB of the 32B model's 54 s; text takes 1 ms."""
    for settings, seconds in (({}, 7.4), ({"layers": 64, "kv_heads": 8}, 52.4)):
        law = cache(**settings)
        assert (law.uplink_bits(1e3, 1e3, 0.0) - law.uplink_bits(1e3, 0.0, 0.0)) / 40e6 == pytest.approx(
            seconds, abs=0.05
        )
    assert cache().uplink_bits(1e3, 0.0, 0.0) / 40e6 == pytest.approx(1.1e-3, abs=1e-4)


def test_a_cache_means_nothing_to_another_model():
    line = "a KV cache of Qwen2.5-3B cannot be read by Qwen2.5-32B: device_model and edge_model must be equal"
    with pytest.raises(ValueError, match=line):
        cache(edge_model="Qwen2.5-32B")


@pytest.mark.parametrize(
    ("name", "bad"),
    [("layers", 0), ("kv_heads", 1.5), ("head_dim", -1), ("bytes_per_value", 0.0), ("bits_per_token", -45.0)],
)
def test_bad_settings_name_the_value(name, bad):
    with pytest.raises(ValueError, match=f"{name}(.|\n)*input_value={bad}"):
        cache(**{name: bad})
