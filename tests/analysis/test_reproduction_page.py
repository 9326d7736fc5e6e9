"""The page of the reproduced paper, from a study so small that its numbers mean nothing."""

import json
import re
from types import SimpleNamespace

import pytest

from analysis.logs import Unreadable
from analysis.reproduction import data, paper, units, variants
from analysis.reproduction.__main__ import main
from analysis.reproduction.audit import DOUBTS
from analysis.reproduction.page import NEEDED, page, rows
from analysis.reproduction.results import Measure, read
from analysis.reproduction.tallies import Tally
from analysis.reproduction.verdicts import Word, absence, curve, direction, effect, given, level, within
from simulator.points.measure import one
from simulator.reproduction.plan import points
from simulator.reproduction.results import write

FEW = {"mmlu": 140, "gsm8k": 20, "mtbench101": 40}
"""Every so many dialogues."""
ALSO = ("tau_r/mtbench101/0.046", "alpha/mmlu/0", "kv_cache/mtbench101/keep_last", "kv_cache/mtbench101/none")
CHECKED = ("sites", "quality", "latency_relative", "edge_share", "curve_quality", "curve_latency_relative")
NUMBERS = [
    *paper.TABLE_1.values(),
    *(number for sites in paper.SITES.values() for pair in sites.values() for number in pair),
    *paper.TARGETS.values(),
    *(number for routers in paper.OPERATING.values() for said in routers.values() for number in said),
]


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """A results.json of real points; only the check against the event loop is made up."""
    file = tmp_path_factory.mktemp("study") / "results.json"
    asked = [*NEEDED, *(f"paper/sensitivity/{name}" for name in ALSO)]
    small = []
    for point in points(quick=True):
        arguments = dict(point.arguments)
        if "benchmark" in arguments:
            arguments |= {"seeds": 1, "resamples": 8, "every": FEW[arguments["benchmark"]]}
        if point.name in asked:
            small.append(point._replace(arguments=arguments))
    assert {point.name for point in small} == set(asked)
    checks = {"worst": dict.fromkeys(CHECKED, 0.0)}
    found = {point.name: checks if "checks" in point.name else one(point) for point in small}
    write(file, small, json.loads(json.dumps(found)), quick=True)
    return file


@pytest.fixture
def changed(study, tmp_path):
    """A copy of the study in which something is changed first."""

    def change(act):
        results = json.loads(study.read_text())
        act(results["points"])
        file = tmp_path / "results.json"
        file.write_text(json.dumps(results))
        return file

    return change


@pytest.fixture(scope="module")
def made(study):
    """What the command wrote: the page's text, and the figures' folder."""
    assert main([str(study)]) == 0
    return (study.parent / "REPRODUCTION.md").read_text(encoding="utf-8"), study.parent / "figures"


def test_every_number_of_the_paper_has_its_row(study, made):
    lines = made[0].splitlines()
    assert len(NUMBERS) == 6 + 12 + 2 + 10
    for number in NUMBERS:
        (row,) = [line for line in lines if f"| {number.what} |" in line]
        assert f"| {number.where} |" in row
        assert f"| {units.said(number.value, number.unit)} |" in row
    assert all(f"**{row.verdict}**" in made[0] for row in rows(read(study)))


def test_the_paper_is_quoted_as_it_prints(made):
    for printed in ("70,784 ms", "75,039 ms", "11,157 ms", "12,233 ms", "12,840 ms", "35 %", "54 %", "76 %"):
        assert f"| {printed} |" in made[0]
    for printed in ("11.1 %", "22.2 %", "44.4 %", "9.53", "65.79 %", "4,567.9 tokens", "20,000,000 tokens/s"):
        assert f"| {printed} |" in made[0]
    for claimed in ("5 to 15 % less", "10 to 20 % less", "10 to 20 points less", "none given"):
        assert f"| {claimed} |" in made[0]


def test_every_point_of_the_audit_is_told(made):
    assert len(DOUBTS) == 11
    for number, doubt in enumerate(DOUBTS, 1):
        (line,) = [line for line in made[0].splitlines() if line.startswith(f"{number}. **")]
        assert doubt.title in line
        assert doubt.option in line


def test_nothing_unknown_is_printed(made):
    text = made[0]
    assert not re.search(r"\bnan\b|\bNone\b(?! of the)|\binf\b|-0\.0 |\u2014|FIGURES/", text)
    assert "synthetic" in text.lower()
    assert "A quick run" in text


def test_the_figures_of_the_page_are_there_and_small(made):
    text, folder = made
    shown = re.findall(r"\((figures/[^)]+)\)", text)
    assert sorted(shown) == sorted(f"figures/{file.name}" for file in folder.iterdir())
    assert len(shown) == 8
    assert all(file.stat().st_size < 120_000 for file in folder.iterdir())
    drawn = (folder / "fig3.svg").read_text()
    assert "paper: 70.8 s, 35 %" in drawn
    assert "paper: 75.0 s, 54 %" in drawn


def test_the_same_results_give_the_same_bytes(study, made, tmp_path):
    file, folder = tmp_path / "page.md", tmp_path / "figures"
    assert main([str(study.parent), "--page", str(file), "--figures", str(folder)]) == 0
    assert file.read_text(encoding="utf-8") == made[0]
    for drawn in made[1].iterdir():
        assert (folder / drawn.name).read_bytes() == drawn.read_bytes(), drawn.name


def test_a_changed_result_changes_the_verdict(changed):
    def say(value):
        def act(found):
            differences = found["paper/targets/mmlu"]["measured"]["differences"]["bert - random"]
            differences["latency_relative"] = {"value": value, "low": value - 0.01, "high": value + 0.01}

        text = page(read(changed(act)))
        summary = next(line for line in text.splitlines() if line.startswith("* **MMLU.**"))
        (row,) = [line for line in text.splitlines() if "BERT less Random: latency at 76 %" in line]
        words = [
            word
            for word in Word
            if f"latency {units.signed(value, 'cut')}" in summary and f"**{word}**" in row
        ]
        assert f"**{words[0]}**" in summary.partition(";")[0]
        return words

    assert say(-0.055) == [Word.REPRODUCED]
    assert say(-0.02) == [Word.DIRECTION]
    assert say(0.002) == [Word.OPEN]
    assert say(0.05) == [Word.REVERSED]


def test_a_difference_between_fast_and_slow_way_is_shouted(changed):
    def act(found):
        found["paper/checks/event_loop"]["measured"]["worst"]["quality"] = 1e-3

    assert "both DISAGREE" in page(read(changed(act)))


def failed(capsys, *arguments):
    """The one line of a command that fails."""
    assert main(list(map(str, arguments))) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    return captured.err


def test_a_missing_point_is_one_line(changed, capsys):
    line = failed(capsys, changed(lambda found: found.pop("paper/sites/gsm8k")))
    assert "lacks paper/sites/gsm8k: make it anew with python -m simulator.reproduction" in line
    for name in ("paper/targets/mmlu", "paper/arithmetic"):
        line = failed(capsys, changed(lambda found, name=name: found[name].update(measured={})))
        assert f"{name} has no" in line


def test_a_figure_that_is_no_number_is_one_line(changed, capsys):
    def act(found):
        found["paper/targets/mmlu"]["measured"]["routers"]["bert"]["latency_s"]["value"] = "fast"

    assert "paper/targets/mmlu, routers, bert, latency_s is 'fast', not a number" in failed(
        capsys, changed(act)
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "cannot be read as JSON"),
        ("[]", "they have 'about' and 'points'"),
        ('{"about": {}, "points": {"paper/x": 3}}', "the point paper/x holds nothing"),
    ],
)
def test_a_broken_file_is_one_line(tmp_path, capsys, text, told):
    file = tmp_path / "results.json"
    file.write_text(text)
    assert told in failed(capsys, tmp_path)


def test_other_mistakes_are_one_line(tmp_path, capsys):
    assert "there is no such file" in failed(capsys, tmp_path)
    assert "--help" in failed(capsys)
    file = tmp_path / "results.json"
    file.write_text('{"about": {}, "points": {}}')
    assert "no_such" in failed(capsys, file, "--page", tmp_path / "no_such" / "page.md")


def test_a_study_without_the_papers_part_has_a_page_without_it(changed):
    file = changed(lambda found: found.clear())
    assert main([str(file)]) == 0
    text = file.with_name("REPRODUCTION.md").read_text(encoding="utf-8")
    assert "How it was made" in text
    assert "Fig. 3" not in text


def test_what_lies_beyond_the_paper_comes_in(changed, monkeypatch):
    """Its section at the end, its lines in the summary, its figures beside the others."""
    from matplotlib.figure import Figure

    told = SimpleNamespace(
        section=lambda results: f"## Beyond\n\n![Far](FIGURES/far.png) {len(results['points'])}",
        summary=lambda results: ["**Far.** It flips."],
        figures=lambda results: {"far": Figure()},
    )
    monkeypatch.setattr("analysis.reproduction.page.beyond", lambda: told)
    file = changed(lambda found: (found.clear(), found.update({"beyond/x": {"measured": {}}})))
    assert main([str(file)]) == 0
    text = file.with_name("REPRODUCTION.md").read_text(encoding="utf-8")
    assert "## In short\n\n* **Far.** It flips.\n" in text
    assert text.endswith("## Beyond\n\n![Far](figures/far.png) 1\n")
    assert (file.parent / "figures" / "far.svg").is_file()


@pytest.mark.parametrize(
    ("paper_s", "ours", "word"),
    [
        (-0.06, Measure(-0.04, -0.07, -0.01), Word.REPRODUCED),  # in the interval
        (-0.06, Measure(-0.0575, -0.058, -0.057), Word.REPRODUCED),  # within 5 %
        (-0.06, Measure(-0.03, -0.04, -0.02), Word.DIRECTION),
        (-0.06, Measure(-0.03, -0.07, 0.01), Word.OPEN),  # not surely below 0, though the paper's lies in it
        (-0.06, Measure(0.03, 0.01, 0.05), Word.REVERSED),
        (0.06, Measure(0.03), Word.OPEN),  # no interval, no side
    ],
)
def test_the_words_for_a_difference(paper_s, ours, word):
    assert effect(paper_s, ours, points=False) is word
    assert effect(-paper_s, -ours, points=False) is word


def test_two_points_are_near_for_shares():
    assert effect(-0.19, Measure(-0.172, -0.175, -0.170), points=True) is Word.REPRODUCED
    assert effect(-0.19, Measure(-0.168, -0.175, -0.160), points=True) is Word.DIRECTION
    assert direction(-0.19, Measure(-0.19, -0.2, -0.1)) is Word.DIRECTION


@pytest.mark.parametrize(
    ("ours", "beside", "excluded", "word"),
    [
        (Measure(72.0, 71.0, 73.0), Word.REVERSED, True, Word.REPRODUCED),  # within 5 % of 70
        (Measure(80.0, 69.0, 90.0), Word.OPEN, False, Word.REPRODUCED),
        (Measure(80.0, 79.0, 81.0), Word.REPRODUCED, False, Word.DIRECTION),
        (Measure(80.0, 79.0, 81.0), Word.DIRECTION, True, Word.IMPOSSIBLE),
        (Measure(80.0, 79.0, 81.0), Word.OPEN, False, Word.IMPOSSIBLE),
        (Measure(80.0, 79.0, 81.0), Word.REVERSED, False, Word.REVERSED),
    ],
)
def test_the_words_for_a_routers_own_figure(ours, beside, excluded, word):
    assert level(70.0, ours, points=False, beside=beside, excluded=excluded) is word


def test_the_words_for_ranges_inputs_and_curves():
    span = (0.05, 0.15)
    assert within(span, Measure(0.16, 0.14, 0.18)) is Word.REPRODUCED
    assert within(span, Measure(0.20, 0.17, 0.23)) is Word.DIRECTION
    assert within(span, Measure(0.06, -0.01, 0.13)) is Word.OPEN
    assert within(span, Measure(-0.06, -0.09, -0.03)) is Word.REVERSED
    assert given(100.0, Measure(100.05)) is Word.GIVEN
    assert given(100.0, Measure(101.0, 99.0, 103.0)) is Word.GIVEN
    assert given(100.0, Measure(101.0, 100.5, 103.0)) is Word.MISSED
    counts = ((3, 0), (3, 1), (1, 3), (0, 3), (0, 0), (2, 0), (0, 2), (1, 2))
    assert [curve(*pair, points=20) for pair in counts] == [
        *(Word.REPRODUCED, Word.DIRECTION, Word.REVERSED, Word.REVERSED),
        *(Word.OPEN, Word.OPEN, Word.OPEN, Word.OPEN),
    ]
    assert [absence(found, 10) for found in (0, 4, 5)] == [Word.REPRODUCED, Word.DIRECTION, Word.REVERSED]


def test_a_grid_is_counted():
    grid = [(1.0, Measure(1.0, 0.5, 1.5)), (2.0, None), (3.0, Measure(-1.0, -2.0, -0.5))]
    tally = Tally.of([*grid, (4.0, Measure(0.3, -1.0, 1.0))])
    assert tally.points == 3
    assert (tally.above, tally.below) == (1, 1)
    assert tally.mean == pytest.approx(0.1)
    assert tally.where(-1, "ms") == "at 3,000 ms"


def test_a_sensitivity_is_one_sentence():
    same = {"A": {"0": Word.OPEN, "1": Word.OPEN}}
    assert variants.sentence(same) == "None of the 1 verdicts changes."
    other = same | {"B": {"0": Word.OPEN, "1": Word.REVERSED, "2": Word.OPEN}}
    assert variants.sentence(other) == "1 of 2 verdicts changes: B (reversed with `1`, else open)."


def test_numbers_are_written_as_the_page_has_them():
    assert units.ours(Measure(70.7836, 70.0, 71.5), "ms") == "70,784 ms (70,000 to 71,500)"
    assert units.said(0.111, "share") == "11.1 %"
    assert units.number(-0.00001, "cut") == "0.0"
    assert units.signed(-0.057, "cut") == "-5.7 %"
    assert units.change(Measure(0.01, -0.01, 0.03), "points") == "+1.0 points (-1.0 to 3.0)"
    assert units.difference(70.784, 66.0, "ms") == "-4,784 ms (-6.8 %)"
    assert units.difference(0.35, 0.37, "share") == "+2.0 points"
    assert units.difference(0.04, 0.04, "s/token") == "none"


def test_the_recovered_part_lies_on_a_straight_line():
    assert data.at([0.0, 0.5, 1.0], [0.0, 0.8, 1.0], 0.25) == pytest.approx(0.4)
    assert data.at([0.0, 0.5, 1.0], [0.0, 0.8, 1.0], 0.5) == 0.8
    assert data.claimed() == pytest.approx(0.525, abs=5e-4)


def test_the_page_needs_nothing_but_the_file(study, made, tmp_path):
    """The results moved elsewhere give the same page."""
    copy = tmp_path / "elsewhere.json"
    copy.write_text(study.read_text())
    assert page(read(copy)).replace("FIGURES/", "figures/") == made[0]


def test_what_is_asked_for_and_missing_is_a_mistake(study):
    results = read(study)
    with pytest.raises(Unreadable, match="did you mean latency_s"):
        results.number("paper/sites/mmlu", "edge", "latency")
    with pytest.raises(Unreadable, match="is no list of numbers"):
        results.column("paper/sites/mmlu", "edge", "latency_s")
