"""The constant link is the term of Eq. 3, to the bit."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.fixed import Fixed
from channels.parts.steady import Steady

BITS_PER_TOKEN = 45.0


@given(tokens=st.integers(0, 10**6))
def test_a_payload_takes_tokens_over_b(tokens):
    """Table I: B = 2e7 tokens/s at 45 bits per token."""
    law = Fixed(uplink_bps=9e8, downlink_bps=9e8)
    for rate in law.draw(np.random.default_rng(1)):
        assert rate.finish_s(0.0, tokens * BITS_PER_TOKEN) == tokens * 45.0 / 9e8
        assert math.isclose(rate.finish_s(0.0, tokens * BITS_PER_TOKEN), tokens / 2e7, rel_tol=1e-15)


def test_directions_are_not_mixed_up():
    link = Fixed(uplink_bps=10.0, downlink_bps=20.0).draw(np.random.default_rng(1))
    assert (link.up.rate_bps(0.0), link.down.rate_bps(0.0)) == (10.0, 20.0)
    assert (link.up.finish_s(5.0, 100.0), link.down.finish_s(5.0, 100.0)) == (15.0, 10.0)
    assert link.up.bits(2.0, 4.5) == 25.0


def test_one_piece_for_any_stretch():
    offsets_s, values = Steady(7.0).steps(2.0, 4.5)
    assert (offsets_s.tolist(), values.tolist()) == ([0.0, 2.5], [7.0])
    for start_s in (4.5, 5.0):
        with pytest.raises(ValueError, match=rf"start_s \({start_s}\) must be before end_s \(4.5\)"):
            Steady(7.0).steps(start_s, 4.5)


def test_no_number_is_drawn():
    rng = np.random.default_rng(1)
    Fixed(uplink_bps=1.0, downlink_bps=1.0).draw(rng)
    assert rng.random() == np.random.default_rng(1).random()


def test_a_dead_link_never_carries_anything():
    dead = Steady(0.0)
    assert dead.finish_s(3.0, 1.0) == math.inf
    assert dead.finish_s(3.0, 0.0) == 3.0
    assert dead.bits(0.0, 1e9) == 0.0
