"""The schemes of NR are the standard's, and none beats Shannon."""

import math
from itertools import pairwise

import numpy as np
import pytest

from channels.parts.nr_tables import COMMANDS, REPORTS, ROBUST_GAP_DB, Scheme, best, undominated

TABLES = ("64qam", "256qam")
# TS 38.214, tables 5.2.2.1-2 and 5.2.2.1-3, as printed there.
PRINTED = {
    "64qam": "0.1523 0.2344 0.3770 0.6016 0.8770 1.1758 1.4766 1.9141 2.4063 2.7305 3.3223 3.9023 4.5234"
    " 5.1152 5.5547",
    "256qam": "0.1523 0.3770 0.8770 1.4766 1.9141 2.4063 2.7305 3.3223 3.9023 4.5234 5.1152 5.5547 6.2266"
    " 6.9141 7.4063",
}


@pytest.mark.parametrize("table", TABLES)
def test_reports_are_those_printed_and_can_be_commanded(table):
    """Efficiency is bits x rate / 1024 to the 4 digits printed; CQI 1 alone has no MCS of its own."""
    printed = [float(number) for number in PRINTED[table].split()]
    assert [report.bps_per_hz for report in REPORTS[table]] == pytest.approx(printed, abs=5.1e-5)
    assert set(REPORTS[table]) - set(COMMANDS[table]) == {Scheme(2, 78)}


def test_commands_number_and_order():
    """29 and 28 MCS; in the first table efficiency falls from 16 to 17 and nowhere else."""
    efficiencies = {table: [scheme.bps_per_hz for scheme in COMMANDS[table]] for table in TABLES}
    assert {table: len(found) for table, found in efficiencies.items()} == {"64qam": 29, "256qam": 28}
    falls = {
        table: [int(i) for i in np.flatnonzero(np.diff(found) <= 0)] for table, found in efficiencies.items()
    }
    assert falls == {"64qam": [16], "256qam": []}
    assert efficiencies["64qam"][16:18] == pytest.approx([2.5703, 2.5664], abs=5e-5)
    assert efficiencies["256qam"][-1] == pytest.approx(7.4063, abs=5e-5)


def gap_db(scheme):
    return scheme.needed_snr_db - 10.0 * math.log10(2.0**scheme.bps_per_hz - 1.0)


def test_no_scheme_beats_shannon_and_denser_modulation_is_further_from_it():
    """1.2 to 3 dB away; those without a curve as far as the mean of the four above them, to 0.1 dB."""
    schemes = set(COMMANDS["64qam"] + COMMANDS["256qam"] + REPORTS["64qam"])
    gaps = {bits: [gap_db(s) for s in schemes if s.bits_per_symbol == bits] for bits in (2, 4, 6, 8)}
    assert all(1.2 < gap < 3.0 for found in gaps.values() for gap in found)
    means = [np.mean(found) for found in gaps.values()]
    assert means == sorted(means)
    for rate in (78, 120, 157, 193):
        assert gap_db(Scheme(2, rate)) == pytest.approx(ROBUST_GAP_DB, abs=1e-9)
    measured = [gap_db(Scheme(2, rate)) for rate in (251, 308, 379, 449)]
    assert np.mean(measured) == pytest.approx(ROBUST_GAP_DB, abs=0.1)


def test_needed_snr_rises_with_the_rate_of_a_modulation():
    for table in TABLES:
        for one, other in pairwise(COMMANDS[table]):
            if one.bits_per_symbol == other.bits_per_symbol:
                assert one.needed_snr_db + 0.4 < other.needed_snr_db


def test_choice_is_by_efficiency_not_by_index():
    """MCS 17 carries less than 16 and needs more: it is never the best."""
    kept = undominated(COMMANDS["64qam"])
    assert set(COMMANDS["64qam"]) - set(kept) == {Scheme(6, 438)}
    assert undominated(COMMANDS["64qam"][::-1]) == kept
    for snr_db in np.arange(-12.0, 25.0, 0.05):
        allowed = [scheme for scheme in COMMANDS["64qam"] if scheme.needed_snr_db <= snr_db]
        expected = max(allowed, key=lambda scheme: scheme.bps_per_hz, default=COMMANDS["64qam"][0])
        assert best(kept, snr_db) == expected
