"""Heat and speed of a phone's chip: the closed form against integration, its inverse, and what phones did."""

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import lambertw

from simulator.build import build
from simulator.devices.thermal.first_order import FirstOrder
from simulator.devices.thermal.none import NoThrottling
from tests import part

laws = st.builds(
    FirstOrder,
    loss=st.floats(0.0, 0.95),
    heating_s=st.floats(1.0, 1000.0),
    cooling_s=st.floats(1.0, 1000.0),
    idle_c=st.just(34.0),
    rise_c=st.just(8.0),
)
heats = st.floats(0.0, 1.0)
HALF = FirstOrder(loss=0.5, heating_s=60.0, cooling_s=120.0, idle_c=34.0, rise_c=8.0)


def law(name: str) -> Any:
    return build(part("device/thermal", name), "thermal")


def test_the_integral_by_small_steps() -> None:
    """Two million steps of the differential equation, midpoint rule: heat and work to 1e-6."""
    heat, work_s, step_s = 0.2, 0.0, 1e-3
    for _ in range(200_000):
        middle = heat + step_s / 2.0 * (1.0 - heat) / 60.0
        work_s += step_s * (1.0 - 0.5 * middle)
        heat += step_s * (1.0 - middle) / 60.0
    assert HALF.heated(0.2, 200.0) == pytest.approx(heat, abs=1e-6)
    assert HALF.work_s(0.2, 200.0) == pytest.approx(work_s, abs=1e-6)


@given(laws, heats, st.floats(0.0, 5000.0))
def test_the_integral_by_quadrature(law: FirstOrder, heat: float, busy_s: float) -> None:
    borders = np.append(np.arange(0.0, busy_s, law.heating_s), busy_s)
    work_s = sum(
        quad(lambda t: 1.0 - law.loss * law.heated(heat, t), start_s, end_s)[0]
        for start_s, end_s in pairwise(borders)
    )
    assert law.work_s(heat, busy_s) == pytest.approx(work_s, rel=1e-9, abs=1e-9)


@given(laws, heats, st.floats(0.0, 1e5))
def test_the_inverse(law: FirstOrder, heat: float, work_s: float) -> None:
    busy_s = law.busy_s(heat, work_s)
    assert law.work_s(heat, busy_s) == pytest.approx(work_s, rel=1e-12, abs=1e-12)
    assert work_s <= busy_s * (1 + 1e-15) <= work_s / (1.0 - law.loss) * (1 + 1e-12) + 1e-300


@given(laws, heats, st.floats(1e-6, 1e4))
def test_the_inverse_is_lamberts(law: FirstOrder, heat: float, work_s: float) -> None:
    """a u + b (1 - exp(-u)) = w has the root u = c + W(b / a exp(-c)) with c = (w - b) / a."""
    a, b = (1.0 - law.loss) * law.heating_s, law.loss * (1.0 - heat) * law.heating_s
    c = (work_s - b) / a
    root = law.heating_s * (c + lambertw(b / a * math.exp(-c)).real)
    assert law.busy_s(heat, work_s) == pytest.approx(root, rel=1e-9, abs=1e-9)


@given(laws, heats, st.floats(0.0, 1000.0), st.floats(0.0, 1000.0))
def test_a_pause_of_no_length_changes_nothing(
    law: FirstOrder, heat: float, one_s: float, two_s: float
) -> None:
    warm = law.heated(heat, one_s)
    assert law.heated(warm, two_s) == pytest.approx(law.heated(heat, one_s + two_s), abs=1e-12)
    whole_s = law.work_s(heat, one_s + two_s)
    assert law.work_s(heat, one_s) + law.work_s(warm, two_s) == pytest.approx(whole_s, rel=1e-12)
    assert law.cooled(law.cooled(heat, one_s), two_s) == pytest.approx(
        law.cooled(heat, one_s + two_s), abs=1e-12
    )
    assert 0.0 <= heat <= warm <= 1.0


def test_steady_work_and_recovery() -> None:
    """After an hour of work half the speed is left; after an hour of rest all of it is back."""
    hot = HALF.heated(0.0, 3600.0)
    assert HALF.work_s(hot, 1.0) == pytest.approx(0.5)
    assert HALF.temperature_c(hot) == pytest.approx(42.0)
    assert HALF.cooled(hot, 120.0) == pytest.approx(math.exp(-1.0))
    cold = HALF.cooled(hot, 3600.0)
    assert HALF.work_s(cold, 1e-3) == pytest.approx(1e-3, rel=1e-4)
    assert HALF.temperature_c(cold) == pytest.approx(34.0)


def test_a_cpu_that_was_measured() -> None:
    """Galaxy S25 Ultra, CPU: 37 tokens/s, 19 after 3 min."""
    cpu = law("first_order")
    assert 37.0 * cpu.work_s(cpu.heated(0.0, 180.0), 1e-6) / 1e-6 == pytest.approx(19.0, abs=0.5)
    assert cpu.temperature_c(cpu.heated(0.0, 180.0)) == pytest.approx(42.0, abs=0.5)


def test_a_neural_engine_that_was_measured() -> None:
    """iPhone 17 Pro: 10 % lost after 93 s, 25 % after 390 s; 33 tokens/s, and 22 after 10 min."""
    npu = law("npu")
    lost = {busy_s: 1.0 - npu.work_s(npu.heated(0.0, busy_s), 1e-6) / 1e-6 for busy_s in (93.0, 390.0, 600.0)}
    assert lost == pytest.approx({93.0: 0.10, 390.0: 0.25, 600.0: 1 - 22 / 33}, abs=0.04)


def test_no_throttling() -> None:
    none = NoThrottling()
    assert none.heated(0.0, 1e6) == none.cooled(0.0, 1e6) == 0.0
    assert none.work_s(0.0, 7.0) == none.busy_s(0.0, 7.0) == 7.0
    assert math.isnan(none.temperature_c(0.0))


@pytest.mark.parametrize("bad", [{"loss": 1.0}, {"loss": -0.1}, {"heating_s": 0.0}, {"cooling_s": 0.0}])
def test_laws_that_make_no_sense(bad: dict[str, float]) -> None:
    known = {"loss": 0.5, "heating_s": 60.0, "cooling_s": 120.0, "idle_c": 34.0, "rise_c": 8.0}
    with pytest.raises(ValueError, match=next(iter(bad))):
        FirstOrder(**(known | bad))
