"""Replayed recordings: exact on every lap, and clear about a file that cannot be replayed."""

import math
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from channels.parts.piecewise import Piecewise
from channels.parts.recording import MEAN_PIECES, Recording, Replay, recording
from channels.parts.recording_file import TRACES, find_recording, read_recording
from channels.trace import Trace
from channels.traces import build

ROOT = Path(__file__).parents[2]
NAMES = sorted(file.stem for file in TRACES.glob("*.csv"))


def law(path, **changes):
    defaults = {"path": str(path), "uplink_scale": 0.5, "shift": False, "bin_s": 0.01, "longest_gap_s": 10.0}
    return Trace(**defaults | changes)


def down(path, seed=1, **changes):
    return law(path, **changes).draw(np.random.default_rng(seed)).down


@pytest.fixture
def small(tmp_path):
    """1, 3, 0, 2 Mbit/s for 2, 1, 2 s and, the median gap, 2 s: 9 Mbit in 7 s."""
    file = tmp_path / "small.csv"
    file.write_text("0\t1\n2\t3\n3\t0\n5\t2\n")
    return file


def test_a_small_recording_by_hand(small):
    rate = down(small)
    assert [rate.rate_bps(at_s) for at_s in (0.0, 1.9, 2.0, 3.0, 5.0, 6.9, 7.0)] == [
        1e6,
        1e6,
        3e6,
        0,
        2e6,
        2e6,
        1e6,
    ]
    finishes = {4e6: 2 + 2 / 3, 5e6: 3.0, 5.5e6: 5.25, 9e6: 7.0, 10e6: 8.0, 9_001e6: 7_001.0}
    for bits, finish_s in finishes.items():
        assert rate.finish_s(0.0, bits) == pytest.approx(finish_s, rel=1e-15)
    assert rate.finish_s(6.0, 3e6) == 8.0
    assert rate.finish_s(3.5, 1.0) == 5.0 + 0.5e-6
    assert rate.bits(0.0, 70.0) == 90e6
    offsets_s, rates_bps = rate.steps(1.0, 15.0)
    assert offsets_s.tolist() == [0, 1, 2, 4, 6, 8, 9, 11, 13, 14]
    assert rates_bps.tolist() == [1e6, 3e6, 0, 2e6, 1e6, 3e6, 0, 2e6, 1e6]


def test_the_uplink_is_scaled_or_has_its_own_file(small, tmp_path):
    assert law(small).draw(np.random.default_rng(1)).up.rate_bps(2.5) == 1.5e6
    other = tmp_path / "up.csv"
    other.write_text("10 7\n20 8\n")
    link = law(small, uplink_path=str(other)).draw(np.random.default_rng(1))
    assert [link.up.rate_bps(at_s) for at_s in (0.0, 9.0, 10.0, 20.0)] == [7e6, 7e6, 8e6, 7e6]
    assert link.down.rate_bps(2.5) == 3e6


SPANS = st.lists(st.floats(1e-3, 20.0), min_size=1, max_size=100)


@st.composite
def recordings(draw, least_bps):
    spans_s = draw(SPANS)
    rates = st.one_of(st.just(least_bps), st.floats(1e3, 1e8))
    rates_bps = draw(st.lists(rates, min_size=len(spans_s), max_size=len(spans_s)))
    rates_bps[draw(st.integers(0, len(spans_s) - 1))] = 1e6
    return recording(np.concatenate([[0.0], np.add.accumulate(spans_s)]), np.array(rates_bps))


STARTS_S = st.one_of(st.floats(0.0, 300.0), st.floats(0.0, 1e6), st.integers(0, 100).map(float))


def borders_and_bits(one):
    """Borders and bits of each piece, as fractions."""
    borders_s = [Fraction(offset_s) for offset_s in one.offsets_s.tolist()]
    rates_bps = [Fraction(rate_bps) for rate_bps in one.rates_bps.tolist()]
    bits = [(end - begin) * bps for (begin, end), bps in zip(pairwise(borders_s), rates_bps, strict=True)]
    return borders_s, rates_bps, bits


def bits_so_far(one, at_s):
    """Bits from the first beginning of the recording to `at_s`, as a fraction: laps, then piece by piece."""
    borders_s, rates_bps, bits = borders_and_bits(one)
    laps, rest_s = divmod(at_s, borders_s[-1])
    total = laps * sum(bits)
    for (begin_s, end_s), rate_bps in zip(pairwise(borders_s), rates_bps, strict=True):
        total += max(min(rest_s, end_s) - begin_s, 0) * rate_bps
    return total


def brute_finish_s(one, start_s, wanted):
    """Piece by piece through the periodic extension."""
    borders_s, rates_bps, bits = borders_and_bits(one)
    left = bits_so_far(one, start_s) + wanted
    laps, left = divmod(left, sum(bits))
    at_s = laps * borders_s[-1]
    for begin_s, rate_bps, carried in zip(borders_s, rates_bps, bits, strict=False):
        if left <= carried and rate_bps:
            return at_s + begin_s + left / rate_bps
        left -= carried
    raise AssertionError("a lap carries what a lap carries")


@settings(max_examples=60, deadline=None)
@given(recordings(1e3), STARTS_S, st.floats(0.0, 1.0), st.floats(1e-9, 5.0))
def test_finish_is_that_of_the_periodic_extension(one, start_s, share, laps):
    """Where the rate is never 0: to 1e-12 of the time it takes and the last bits of the clock."""
    replay = Replay(one, share * one.period_s)
    wanted = laps * one.mean_bps * one.period_s
    begin_s = Fraction(replay._begin_s)
    expected_s = brute_finish_s(one, Fraction(start_s) + begin_s, Fraction(wanted)) - begin_s
    finish_s = Piecewise(replay).finish_s(start_s, wanted)
    # Bits are summed from the start of a chunk, and rounding costs most time where the rate is least.
    blur = 1e-13 * wanted + 8 * math.ulp(one.rates_bps.max() * one.period_s)
    blur_s = blur / one.rates_bps.min() + 4 * math.ulp(finish_s)
    assert abs(Fraction(finish_s) - expected_s) <= blur_s


@settings(max_examples=60, deadline=None)
@given(recordings(0.0), STARTS_S, st.floats(0.0, 1.0), st.floats(1e-9, 5.0))
def test_what_finishes_has_passed(one, start_s, share, laps):
    """With outages, before which a payload may end or not by a rounding: counted exactly, it has passed."""
    replay = Replay(one, share * one.period_s)
    wanted = laps * one.mean_bps * one.period_s
    rate = Piecewise(replay)
    finish_s = rate.finish_s(start_s, wanted)
    blur = 1e-12 * wanted + 8 * math.ulp(finish_s) * one.rates_bps.max()
    place_s = Fraction(start_s) + Fraction(replay._begin_s)
    before = bits_so_far(one, place_s)
    passed = bits_so_far(one, place_s + Fraction(finish_s) - Fraction(start_s)) - before
    assert abs(passed - Fraction(wanted)) <= blur
    assert rate.bits(start_s, finish_s) == pytest.approx(wanted, rel=1e-9, abs=blur)


@given(
    recordings(0.0), st.integers(0, 10**6), st.integers(0, 10**9), st.floats(0.0, 1.0), st.floats(1e-6, 3.0)
)
def test_a_late_lap_is_the_first_to_the_last_bit(one, laps, ticks, share, duration):
    """Up to the millionth lap, at instants such that a float holds the laps between them."""
    grid_s = one.tick_s * 2**23  # coarse enough for a float to hold any of the late instants
    early_s = ticks % int(one.period_s / grid_s) * grid_s
    period_s = round(one.period_s / grid_s) * grid_s
    coarse = Recording(np.append(np.rint(one.offsets_s[:-1] / grid_s) * grid_s, period_s), one.rates_bps)
    rate = Piecewise(Replay(coarse, round(share * period_s / grid_s) * grid_s))
    late_s = early_s + laps * period_s
    assert rate.rate_bps(early_s) == rate.rate_bps(late_s)
    bits = rate.bits(early_s, early_s + duration)
    assert rate.bits(late_s, late_s + duration) == pytest.approx(
        bits, rel=1e-9, abs=1e8 * 4 * math.ulp(late_s)
    )


def test_a_million_seconds_on():
    """The bundled bus at instants that are no multiple of anything, from exact remainders."""
    one = read_recording("hsdpa_bus", None, 0.1, 10.0)
    rate = Piecewise(Replay(one, 12.3))
    for at_s in np.random.default_rng(2).uniform(1e6, 1e6 + 3e3, 300).tolist():
        early_s = float(Fraction(at_s) % Fraction(one.period_s))
        took_s = rate.finish_s(at_s, 1e6) - at_s
        assert rate.rate_bps(at_s) == rate.rate_bps(early_s)
        assert took_s == pytest.approx(rate.finish_s(early_s, 1e6) - early_s, abs=1e-9)


def test_period_borders():
    """What ends a lap and what begins the next, from both sides, on many laps."""
    one = read_recording("hsdpa_car", None, 0.1, 10.0)
    rate, period_s = Piecewise(Replay(one, 0.0)), one.period_s
    first_bps, last_bps = one.rates_bps[0], one.rates_bps[-1]
    assert first_bps != last_bps
    for lap in (1, 2, 3, 100, 12_345):
        border_s = lap * period_s
        assert rate.rate_bps(border_s - 1e-6) == last_bps
        assert rate.rate_bps(border_s + 1e-6) == first_bps
        assert rate.bits(border_s - 0.1, border_s + 0.1) == pytest.approx(
            0.1 * (first_bps + last_bps), rel=1e-7
        )
        assert rate.bits(0.0, border_s) == pytest.approx(lap * one.mean_bps * period_s, rel=1e-12)


@pytest.mark.parametrize("rows", [1, 2, 63, 64, 65, 5000])
def test_many_chunks_at_once_are_the_chunks_one_by_one(rows):
    """Borders to the last bit, whatever the period; also before time 0."""
    luck = np.random.default_rng(rows)
    borders_s = np.add.accumulate(luck.uniform(0.01, 0.3, rows))
    replay = Replay(recording(np.concatenate([[0.0], borders_s]), luck.uniform(1.0, 9.0, rows)), 1.7)
    assert replay.span_s <= borders_s[-1]
    for first in (-200, 0, 12_345):
        together = replay.build(first, 70)
        assert (np.diff(together.offsets_s) >= 0).all()
        at_s = luck.uniform(0.0, 70 * replay.span_s, 300)
        for offset_s in np.concatenate([at_s, together.offsets_s[:-1]]).tolist():
            number = int(offset_s // replay.span_s)
            alone = replay.build(first + number, 1)
            found = alone.rates_bps[alone.piece(offset_s - number * replay.span_s)]
            assert found == together.rates_bps[together.piece(offset_s)]
        per_chunk = (len(together.rates_bps) - 1) / 70
        assert per_chunk < 2 * MEAN_PIECES


def test_any_order_same_answer():
    asked = [(at_s, bits) for at_s in (0.0, 3.7, 250.0, 86_400.0, 1e7) for bits in (1.0, 1e5, 1e7, 1e9)]

    def answers(order):
        rate = down("hsdpa_tram", shift=True)
        return {(at_s, bits): (rate.rate_bps(at_s), rate.finish_s(at_s, bits)) for at_s, bits in order}

    assert answers(asked) == answers(asked[::-1])


def test_users_begin_anywhere(tmp_path):
    """Uniform over time, not over rows: a row of 9 s holds nine times the users of one of 1 s; 4 se."""
    file = tmp_path / "uneven.csv"
    file.write_text("0 5\n9 7\n10 5\n10.5 5\n11 5\n")  # the last lasts 0.75 s
    shifted, rng, users = law(file, shift=True), np.random.default_rng(3), 4000
    begun = np.array([shifted.draw(rng).down.rate_bps(0.0) for _ in range(users)])
    share = 1.0 / 11.75
    assert (begun == 7e6).mean() == pytest.approx(share, abs=4 * math.sqrt(share * (1 - share) / users))


def test_shift_is_uniform_and_alike_both_ways(tmp_path):
    """Kolmogorov distance below the 1 % point; the uplink is at the same share of its own recording."""
    file = tmp_path / "ramp.csv"
    file.write_text("".join(f"{row},{row}\n" for row in range(1000)))
    shifted, rng = law(file, shift=True, uplink_scale=1.0), np.random.default_rng(4)
    links = [shifted.draw(rng) for _ in range(8000)]
    places = np.array([link.down.rate_bps(0.0) / 1e9 for link in links])
    assert stats.kstest(places + 0.0005, "uniform").statistic < 1.63 / math.sqrt(len(places))
    assert all(link.up.rate_bps(0.0) == link.down.rate_bps(0.0) for link in links)


def test_without_shift_all_begin_at_the_start_and_luck_is_spent_alike():
    rng, other = np.random.default_rng(5), np.random.default_rng(5)
    fixed = [law("hsdpa_metro").draw(rng) for _ in range(3)]
    assert len({link.down.bits(0.0, 50.0) for link in fixed}) == 1
    for _ in range(3):
        law("hsdpa_metro", shift=True).draw(other)
    assert rng.random() == other.random()


# Files.


@pytest.mark.parametrize(
    "text",
    [
        "0,1.5\n2.5,3\n",
        "0\t1.5\n2.5\t3\n",
        "0 1.5\n\n  2.5   3\n",
        "# made by hand\nat_s,mbps\n0,1.5\n2.5,3\n",
        "\ufefftime [s],rate [Mbit/s]\n0, 1.5\n2.5, 3\n",
        "t_ms\tkbps\n0\t1500\n2500\t3000\n",
        "seconds bps\n100 1.5e6\n102.5 3e6\n",
        "Time,Throughput (Gbit/s)\r\n0,0.0015\r\n2.5,0.003\r\n",
    ],
)
def test_ways_to_write_the_same_csv(tmp_path, text):
    file = tmp_path / "any.txt"
    file.write_text(text, encoding="utf-8")
    read = read_recording(str(file), None, 0.1, 10.0)
    assert read.offsets_s == pytest.approx([0.0, 2.5, 5.0], rel=1e-12)
    assert read.rates_bps == pytest.approx([1.5e6, 3e6], rel=1e-12)


def test_mahimahi_by_hand(tmp_path):
    """k packets in a bin are k * 12000 / bin_s bit/s; the 20th ms ends the recording."""
    file = tmp_path / "lte.up"
    file.write_text("0\n1\n2\n5\n10\n10\n11\n20\n")
    read = read_recording(str(file), None, 0.01, 10.0)
    assert read.offsets_s == pytest.approx([0.0, 0.01, 0.02])
    assert read.rates_bps == pytest.approx([6 * 12_000 / 0.01, 2 * 12_000 / 0.01])
    assert down(file).finish_s(0.0, 7 * 12_000) == pytest.approx(0.015)


@pytest.mark.parametrize("bin_s", [0.001, 0.003, 0.01, 1.0])
def test_a_steady_mahimahi_link_is_steady_and_none_is_lost(tmp_path, bin_s):
    """A packet each millisecond is 12 Mbit/s, and over a lap every packet counts, in whatever bins."""
    file = tmp_path / "steady"
    file.write_text("".join(f"{ms}\n" for ms in range(1, 101)))
    assert read_recording(str(file), None, bin_s, 10.0).rates_bps == pytest.approx(12e6)
    packets = np.sort(np.random.default_rng(6).integers(1, 5000, 700))
    file.write_text("".join(f"{ms}\n" for ms in packets))
    read = read_recording(str(file), "mahimahi", bin_s, 10.0)
    assert read.mean_bps * read.period_s == pytest.approx(700 * 12_000)
    assert read.period_s == pytest.approx(packets[-1] / 1e3)
    assert np.diff(read.offsets_s)[:-1] == pytest.approx(bin_s)
    assert 0.499 * bin_s < np.diff(read.offsets_s)[-1] < 1.501 * bin_s


@pytest.mark.parametrize(
    ("text", "changes", "message"),
    [
        ("", {}, "bad: the recording has no rows"),
        ("at_s,mbps\n", {}, "bad: the recording has no rows"),
        ("at_s,mbps\n\n3,4\n", {}, "bad, line 3: one row alone does not say how long it lasts"),
        ("0,1\n1,x\n", {}, "bad, line 2: 'x' is not a number"),
        ("0,1\n1,\n", {}, "bad, line 2: '' is not a number"),
        ("0,1\n1,nan\n", {}, "bad, line 2: nan is not finite"),
        ("0,1\n1,inf\n", {}, "bad, line 2: inf is not finite"),
        ("0,1\n1,-2.5\n", {}, r"bad, line 2: the rate \(-2.5\) must be at least 0"),
        ("0,1\n2,1\n2,1\n", {}, "bad, line 3: time must rise, but 2 s follows 2 s"),
        ("0,1\n# gap\n2,1\n1,1\n", {}, "bad, line 4: time must rise, but 1 s follows 2 s"),
        ("0,1\n5,1\n15.5,1\n", {}, "bad, line 3: a hole of 10.5 s; longest_gap_s is 10"),
        ("0,0\n1,0\n", {}, "bad: all rates are 0; nothing would ever pass"),
        ("1,2,3\n", {}, r"bad, line 1: 3 columns; a csv has 2 \(seconds, rate\), Mahimahi 1"),
        ("0,1\n1,2,\n", {}, "bad, line 2: 3 columns"),
        ("time,rate\n0,1\n1,1\n", {}, "bad, line 1: column 'rate' must end in its unit, one of bps, kbps"),
        ("time,MBps\n0,1\n1,1\n", {}, "bad, line 1: column 'MBps' must end in its unit"),
        ("hours,mbps\n0,1\n1,1\n", {}, "bad, line 1: column 'hours' must end in its unit, one of s, sec"),
        ("hello\n1\n2\n", {}, "bad, line 1: 'hello' is not a number"),
        ("1\n5\n4\n", {}, "bad, line 3: time must not fall, but 4 ms follows 5 ms"),
        ("-1\n5\n", {}, "bad, line 1: time must not fall, but -1 ms follows 0 ms"),
        ("0\n0\n", {}, "bad, line 2: the last packet must come after 0 ms"),
        ("1\n2\n", {"format": "csv"}, "bad, line 1: 1 columns"),
        ("0,1\n2,3\n", {"format": "mahimahi"}, "bad, line 1: 2 columns"),
        ("0,1\n2,3\n", {"format": "pcap"}, "'csv' or 'mahimahi'"),
        ("0,1\n2,3\n", {"bin_s": 1e-4}, "bin_s(.|\n)*0.001"),
        ("0,1\n2,3\n", {"longest_gap_s": 0.0}, "longest_gap_s(.|\n)*greater than 0"),
        ("0,1\n2,3\n", {"uplink_scale": 0.0}, "uplink_scale(.|\n)*greater than 0"),
        ("0,1\n2,3\n", {"uplink_scale": math.inf}, "uplink_scale(.|\n)*finite"),
    ],
)
def test_a_bad_file_is_told_in_one_line(tmp_path, monkeypatch, text, changes, message):
    monkeypatch.chdir(tmp_path)
    Path("bad").write_text(text)
    with pytest.raises(ValueError, match=message):
        law("bad", **changes)


def test_bytes_that_are_no_text(tmp_path):
    (tmp_path / "bad").write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(ValueError, match="bad: not a text file"):
        law(tmp_path / "bad")


@pytest.mark.parametrize("key", ["path", "uplink_path"])
def test_a_missing_file_names_the_nearest(small, key):
    with pytest.raises(FileNotFoundError, match="no recording 'hsdpa_trian': did you mean hsdpa_train"):
        law(**{"path": small, key: "hsdpa_trian"})


# The bundled recordings.


def test_bundled_recordings_are_those_of_the_readme():
    """Its table, figure by figure, and the list in the yaml."""
    assert len(NAMES) == 6
    readme = (TRACES / "README.md").read_text(encoding="utf-8")
    rows = [line.strip("| \n").split(" | ") for line in readme.splitlines() if line.startswith("| `")]
    assert sorted(row[0].strip("`") for row in rows) == NAMES
    for name, _, *figures in rows:
        read = read_recording(name.strip("`"), None, 0.1, 10.0)
        shares = (0.05, 0.25, 0.5, 0.75, 0.95)
        rates_bps = [read.mean_bps, *(build.quantile_bps([read], share) for share in shares)]
        rates_bps += [read.rates_bps.min(), read.rates_bps.max()]
        expected = [
            f"{read.period_s:.1f}",
            f"{len(read.rates_bps)}",
            *(f"{bps / 1e6:.3f}" for bps in rates_bps),
        ]
        assert figures == expected, name
        assert read.rates_bps.min() > 0.1e6
    yaml = (ROOT / "conf/channel/trace.yaml").read_text(encoding="utf-8")
    assert all(name in yaml for name in NAMES)


def test_the_licence_lies_beside_them():
    assert "Copyright (c) 2023 Nuowen Kan" in (TRACES / "LICENSE").read_text(encoding="utf-8")
    assert sum(find_recording(name).stat().st_size for name in NAMES) < 100_000


def test_a_rebuilt_recording_follows_the_stated_rule(tmp_path, capsys):
    """Of four: one too short, one with a hole, and the third has the middle rate; its rates look back."""
    for kind in build.KINDS:
        for number, (rows, step_s, mbps) in enumerate(
            [(30, 5, 9), (50, 5, 2), (30, 12, 3), (50, 5, 3), (50, 5, 7)]
        ):
            lines = (f"{step_s * row}\t{mbps + row / 1000}\n" for row in range(rows))
            (tmp_path / f"norway_{kind}_{number}").write_text("".join(lines))
    build.main(["--raw", str(tmp_path), "--out", str(tmp_path)])
    assert "hsdpa_tram.csv: norway_tram_3, 245 s, mean 3.025" in capsys.readouterr().out
    assert (tmp_path / "hsdpa_bus.csv").read_text().startswith("at_s,mbps\n0.00,3.001\n5.00,3.002\n")
    build.main(["--raw", str(tmp_path), "--out", str(tmp_path), "--check"])
    (tmp_path / "hsdpa_car.csv").write_text("at_s,mbps\n")
    with pytest.raises(SystemExit, match=r"hsdpa_car\.csv differs from"):
        build.main(["--raw", str(tmp_path), "--out", str(tmp_path), "--check"])
