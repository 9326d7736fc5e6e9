"""Images that come with prompts; the seed is fixed, tolerances are in standard errors (se)."""

import math
from typing import Any

import numpy as np
import pytest
from scipy import stats

from workloads.attachments.images import Images
from workloads.attachments.none import NoAttachments
from workloads.luck import Luck

LEAST, MOST = 2.0**-53, 1.0 - 2.0**-53
"""The smallest and the largest number that luck gives."""


def images(**changes: Any) -> Images:
    settings = {"share": 0.1, "mean_bits": 8e6, "sigma": 0.5, "first_turn_only": False}
    return Images(**{**settings, **changes})


def sizes(law: Images, turns: int = 40_000) -> np.ndarray:
    """Bits with the turns of a long session, each at its own luck."""
    luck = Luck(1)
    return np.array([law.bits(index, luck.uniforms("turn", 0, 0, index)[3]) for index in range(turns)])


def test_text_alone_has_no_bits() -> None:
    assert NoAttachments().bits(0, LEAST) == NoAttachments().bits(7, MOST) == 0.0


def test_share_of_prompts_is_binomial() -> None:
    """0.1 % point."""
    seen = sizes(images())
    assert stats.binomtest(int((seen > 0).sum()), len(seen), 0.1).pvalue > 1e-3


def test_sizes_are_lognormal_with_the_mean_that_is_set() -> None:
    """Kolmogorov's test, 0.1 % point; mean within 4 se."""
    seen = sizes(images())
    seen = seen[seen > 0]
    assert stats.kstest(seen, "lognorm", args=(0.5, 0.0, 8e6 * math.exp(-0.125))).pvalue > 1e-3
    assert seen.mean() == pytest.approx(8e6, abs=4 * seen.std() / math.sqrt(len(seen)))


def test_no_spread_makes_all_images_equal() -> None:
    assert set(sizes(images(sigma=0.0), 500)) == {0.0, 8e6}


def test_only_the_first_turn() -> None:
    law = images(share=1.0, first_turn_only=True)
    assert law.bits(0, 0.5) == images(share=1.0).bits(0, 0.5) > 0
    assert law.bits(1, 0.5) == law.bits(9, LEAST) == 0.0


def test_a_larger_share_only_adds_images() -> None:
    few, many = sizes(images(share=0.05), 5000), sizes(images(share=0.2), 5000)
    assert (many[few > 0] > 0).all()
    assert (many > 0).sum() > 3 * (few > 0).sum() > 0


@pytest.mark.parametrize("share", [0.0, 1e-300, 2.0**-52, 0.1, math.nextafter(1.0, 0.0), 1.0])
def test_all_luck_is_finite(share: float) -> None:
    """Also where uniform / share is next to 0 or 1."""
    below = math.nextafter(share, 0.0)
    for uniform in {LEAST, MOST, 0.5, min(max(below, LEAST), MOST)}:
        bits = images(share=share).bits(0, uniform)
        assert math.isfinite(bits)
        assert (bits > 0) == (uniform < share)


@pytest.mark.parametrize(
    ("name", "bad"),
    [("share", 1.5), ("share", -0.1), ("mean_bits", 0.0), ("sigma", -1.0), ("first_turn_only", "often")],
)
def test_bad_settings_name_the_value(name: str, bad: Any) -> None:
    with pytest.raises(ValueError, match=f"{name}(.|\n)*input_value={bad!r}"):
        images(**{name: bad})
