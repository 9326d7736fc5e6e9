"""The page beyond the paper: what its words make of numbers, and its figures."""

from typing import Any

import pytest

from analysis.logs import Unreadable
from analysis.reproduction import beyond
from analysis.reproduction.beyond.names import CLAIMS, SHORT, aged, called
from analysis.reproduction.beyond.reading import Figure, figure, flips
from analysis.reproduction.beyond.words import cell, course, hundred, percent
from analysis.reproduction.rows import joined

ROUTERS = ("bert", "bert_blind", "random", "score", "gentle", "device", "edge", "informed", "informed_sharp")
AGED = ("gentle", "informed", "informed_0.1", "informed_10", "all_knowing")


def fig(value: float, half: float = 0.01) -> dict[str, float]:
    return {"value": value, "low": value - half, "high": value + half}


def routers(names: tuple[str, ...], seconds: float) -> dict[str, Any]:
    return {
        name: {
            "equal_s": fig(seconds + place, 0.5),
            "latency_s": fig(seconds + place, 0.5),
            "edge_share": fig(0.1 + 0.02 * place),
            "quality": fig(9.53),
        }
        for place, name in enumerate(names)
    }


def said(names: tuple[str, ...], seconds: float, **effects: float) -> dict[str, Any]:
    claims = {claim: fig(effects.get(claim, 0.1)) for claim in (*CLAIMS, "above_device")}
    return {
        "seeds": [1, 2],
        "users": [100, 100],
        "counted_users": [50, 50],
        "turns": [150, 150],
        "turns_per_s": seconds / 20.0,
        "routers": routers(names, seconds),
        "claims": claims,
        "faster_than_bert": {name: fig(0.05) for name in names if name != "bert"},
        "edge_load": dict.fromkeys(names, seconds / 20.0),
    }


@pytest.fixture
def results() -> dict[str, Any]:
    """Context wins at load 0.4 and loses at 1.0; the air reverses fusing where it carries images."""
    points: dict[str, Any] = {}
    for load, context in ((0.4, 0.15), (1.0, -0.05), (1.2, -0.3)):
        points[f"beyond/load/paper/{load:g}"] = {
            "load": load,
            **said(ROUTERS, 10.0 + 10 * load, context=context),
        }
    points["beyond/load/h100_qwq_32b/0.5"] = {"load": 0.5, **said(ROUTERS, 12.0, context=0.0)}
    for kind, fusing in (("none", 0.1), ("images", -0.2)):
        points[f"beyond/air/nbiot/{kind}"] = said(ROUTERS[:8], 13.0, fusing=fusing)
    for name, context in (("known/1_1", 0.15), ("known/0.01_0.01", -0.001), ("table_1/0.01_0.01", -0.09)):
        points[f"beyond/prices/{name}"] = said(ROUTERS[:4], 12.0, context=context)
    stale = {"load": 0.8, **said(("bert", *AGED), 14.0)}
    gains = {"informed": 0.1, "informed_0.1": 0.09, "informed_10": -0.2, "all_knowing": 0.12}
    points["beyond/stale/load_0.8"] = stale | {
        "faster_than_gentle": {name: fig(gain) for name, gain in gains.items()}
    }
    names = (
        "avoidable_s",
        "latency_regret_s",
        "quicker_share",
        "quicker_and_no_worse_share",
        "externality_s",
    )
    points["beyond/regret/load_0.8"] = {
        "seeds": [1],
        "decisions": 60,
        "routers": {name: {key: fig(0.3) for key in names} for name in ("bert", *AGED)},
    }
    return {
        "about": {"quick": False},
        "points": {name: {"arguments": {}, "measured": point} for name, point in points.items()},
    }


def test_a_flip_is_found_where_a_straight_line_crosses() -> None:
    (flip,) = flips([0.4, 1.0, 1.2], [Figure(one, None, None) for one in (0.15, -0.05, -0.3)])
    assert (flip.below, flip.above, flip.falls) == (0.4, 1.0, True)
    assert flip.at == pytest.approx(0.4 + 0.6 * 0.75)
    assert not list(flips([0.4, 1.0], [Figure(0.15, 0.1, 0.2), Figure(0.01, -0.1, 0.12)]))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ((0.2, 0.1), "holds** at every load"),
        ((0.2, 0.005), "holds** surely at load 0.5; it may be nothing at load 1 "),
        ((0.2, -0.2), "flips**, the sign is lost between load 0.5 and 1, by a straight line at 0.75"),
        ((-0.2, 0.2), "the sign is won between load 0.5 and 1"),
        ((-0.2, -0.1), "reversed** at every load"),
        ((0.005, -0.005), "not to be told from nothing at any load**"),
        ((-0.2, 0.005), "reversed** surely at load 0.5, the sign is won"),
    ],
)
def test_a_sentence_says_what_the_numbers_do(values: tuple[float, ...], words: str) -> None:
    told = course("it", [0.5, 1.0], [Figure(one, one - 0.01, one + 0.01) for one in values])
    assert words in told
    assert hundred(values[0]) in told


def test_numbers_are_told_alike() -> None:
    assert percent(Figure(0.1234, 0.1, 0.15)) == "12.3 % (10.0 to 15.0)"
    assert percent(Figure(0.1234, None, None), "points") == "12.3 points"
    assert cell(Figure(-0.2, -0.3, -0.1)) == "**-20.0 ± 10.0**"
    assert cell(Figure(0.05, -0.05, 0.15)) == "(5.0 ± 10.0)"
    assert hundred(-0.0001) == "0.0"
    assert joined(["a"]) == "a"
    assert joined(["a", "b", "c"]) == "a, b and c"


def test_ages_are_read_off_names() -> None:
    assert [aged(name) for name in ("informed", "informed_0.1", "informed_sharp", "bert")] == [
        0.0,
        0.1,
        None,
        None,
    ]
    assert "10 s late" in called("informed_10")


def test_the_section_tells_flips_with_their_place(results: dict[str, Any]) -> None:
    text = beyond.section(results)
    assert "(ii) context makes BERT faster: flips**, the sign is lost between load 0.4 and 1" in text
    assert "(iv) weighing latency is faster than the score alone: flips on `nbiot` with images**" in text
    assert "reports help up to an age of 0.1 s, harm from 10 s on" in text
    assert "flips at 0.01/0.01 (believing in Table I)" in text
    assert "14.0 ± 0.5 |" in text
    assert text.count("FIGURES/beyond_") == 6
    assert all(title in text for title in ("### Load", "### The air", "### What reading", "### Stale"))
    assert text == beyond.section(results)


def test_the_summary_is_a_line_for_each_part(results: dict[str, Any]) -> None:
    load, air, prices, stale = beyond.summary(results)
    assert f"{SHORT['context']} surely holds at 0.4 and is surely reversed at 1" in load
    assert f"{SHORT['random']} surely holds at every load" in load
    assert f"{SHORT['fusing']} on `nbiot` with images" in air
    assert "15.0 %" in prices
    assert "0.1 s" in stale


def test_an_unsteady_queue_is_marked(results: dict[str, Any]) -> None:
    """At load 1 and 1.2 every router has more to do than the edge can: two stars in each of its rows."""
    rows = [line for line in beyond.section(results).splitlines() if line.startswith("| BERT |")]
    assert rows[0].count("*") == 2


def test_figures_are_drawn(results: dict[str, Any]) -> None:
    drawn = beyond.figures(results)
    assert list(drawn) == ["beyond_load", "beyond_air", "beyond_stale"]
    first = drawn["beyond_load"].axes[0]
    labels = [text.get_text() for text in first.texts]
    assert labels == [f"{SHORT['context']}: lost"]
    hollow = [line for line in first.lines if line.get_markerfacecolor() == "white"]
    assert any(len(line.get_xdata()) == 2 for line in hollow)
    assert len(drawn["beyond_air"].axes) == len(SHORT) + 1
    assert len(drawn["beyond_stale"].axes) == 2


def test_parts_that_were_not_measured_are_left_out(results: dict[str, Any]) -> None:
    points = {name: one for name, one in results["points"].items() if "/prices/" in name}
    text = beyond.section({"about": {}, "points": points})
    assert "### What reading" in text
    assert "### Load" not in text
    assert beyond.figures({"about": {}, "points": points}) == {}


def test_a_figure_that_is_not_there_is_one_line(results: dict[str, Any]) -> None:
    with pytest.raises(Unreadable, match="the results lack claims/nothing"):
        figure(results["points"]["beyond/load/paper/1"]["measured"], "claims", "nothing")
