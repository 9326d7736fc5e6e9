"""What the radio costs: joules by hand, and tails that overlap."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.devices.modem.none import NoModem
from simulator.devices.modem.three_states import KEPT_STRETCHES, ThreeStates

LAW = {
    "uplink_w": 2.0,
    "uplink_w_per_mbps": 0.5,
    "downlink_w": 1.0,
    "downlink_w_per_mbps": 0.25,
    "tail_w": 0.1,
    "tail_s": 10.0,
}


def law(**changes: float) -> ThreeStates:
    return ThreeStates(**(LAW | changes))


def test_one_transfer_each_way() -> None:
    """3 s at 2 W, 4 Mbit at 0.5 J, 10 s at 0.1 W; and down likewise: 3 s at 1 W, 1 J, 1 J."""
    assert law().open().transfer_j(5.0, 8.0, 4e6, True) == pytest.approx(6.0 + 2.0 + 1.0)
    assert law().open().transfer_j(5.0, 8.0, 4e6, False) == pytest.approx(3.0 + 1.0 + 1.0)


def test_nothing_sent_costs_nothing() -> None:
    meter = law().open()
    assert meter.transfer_j(3.0, 3.0, 0.0, True) == 0.0
    assert meter.transfer_j(3.0, 4.0, 0.0, True) == pytest.approx(3.0)
    assert NoModem().open().transfer_j(3.0, 4.0, 1e6, True) == 0.0


def test_a_transfer_in_the_tail_pays_what_it_adds() -> None:
    """2 s after the first: 1 s at 1 W. There were 10 s of tail, now there are 2 s and 10 s."""
    meter = law().open()
    meter.transfer_j(0.0, 2.0, 0.0, True)
    assert meter.transfer_j(4.0, 5.0, 0.0, False) == pytest.approx(1.0 + 0.1 * 2.0)
    assert meter.transfer_j(15.0, 16.0, 0.0, False) == pytest.approx(1.0 + 0.1 * 10.0)  # just after the tail
    assert meter.transfer_j(99.0, 100.0, 0.0, False) == pytest.approx(1.0 + 0.1 * 10.0)


def test_a_transfer_told_late_pays_what_it_adds() -> None:
    """Between two others: 1 s at 2 W, less that second of tail; what follows is tail with it or without."""
    meter = law().open()
    meter.transfer_j(0.0, 1.0, 0.0, True)
    meter.transfer_j(8.0, 9.0, 0.0, True)
    assert meter.transfer_j(3.0, 4.0, 0.0, True) == pytest.approx(2.0 - 0.1)


def test_overlapping_transfers_share_the_radio() -> None:
    """Up from 0 to 4; down from 2 to 6 pays 2 s and moves the tail; down from 1 to 5 pays only its bits."""
    meter = law().open()
    assert meter.transfer_j(0.0, 4.0, 0.0, True) == pytest.approx(8.0 + 1.0)
    assert meter.transfer_j(2.0, 6.0, 0.0, False) == pytest.approx(2.0)
    assert meter.transfer_j(1.0, 5.0, 8e6, False) == pytest.approx(2.0)


def test_order_does_not_matter_for_the_sum() -> None:
    told = [(0.0, 1.0), (0.5, 3.0), (3.0, 4.0), (12.0, 13.0), (40.0, 50.0)]
    sums = set()
    for order in permutations(told):
        meter = law(downlink_w=2.0).open()
        sums.add(round(sum(meter.transfer_j(*span, 0.0, True) for span in order), 9))
    assert sums == {round(2.0 * (4.0 + 1.0 + 10.0) + 0.1 * (8.0 + 10.0 + 10.0), 9)}


spans = st.tuples(st.integers(0, 60), st.integers(0, 12)).map(lambda pair: (pair[0], pair[0] + pair[1]))


@given(st.lists(spans, max_size=20))
def test_the_sum_is_that_of_the_states_second_by_second(told: list[tuple[int, int]]) -> None:
    meter = law(downlink_w=2.0).open()
    paid_j = [meter.transfer_j(float(start), float(end), 0.0, True) for start, end in told]
    connected = {second for start, end in told for second in range(start, end)}
    tail = {end + after for start, end in told if end > start for after in range(10)} - connected
    assert sum(paid_j) == pytest.approx(2.0 * len(connected) + 0.1 * len(tail))
    assert min(paid_j, default=0.0) >= -1e-12


def test_memory_stays_flat() -> None:
    meter = law().open()
    for number in range(1000):
        assert meter.transfer_j(100.0 * number, 100.0 * number + 1.0, 0.0, True) == pytest.approx(3.0)
    assert len(meter._stretches) == KEPT_STRETCHES


def test_a_tail_needs_no_more_than_a_transfer() -> None:
    with pytest.raises(ValueError, match=r"tail_w \(1.5\) must be at most uplink_w and downlink_w \(1\)"):
        law(tail_w=1.5)
