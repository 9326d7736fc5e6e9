"""Tables become dialogues; what is wrong with one is told with the value, the row and the way out."""

import math
from pathlib import Path
from typing import Any

import pytest
from scipy import stats

from workloads import Answer, Prompt
from workloads.luck import Luck
from workloads.table import Table

FULL = """session,prompt_tokens,device_tokens,edge_tokens,ours_device_quality,ours_edge_quality,score,task
a,10,100,200,1,2,0.1,x
a,20,110,220,3,4,0.2,y
b,30,120,240,5,6,0.3,x
c,40,130,260,7,8,,
"""


def table(folder: Path, text: str, **changes: Any) -> Table:
    file = folder / "table.csv"
    file.write_text(text, encoding="utf-8")
    known = {
        "quality": None,
        "device_tokens": None,
        "edge_tokens": None,
        "score": "score",
        "order": "in_order",
    }
    return Table(path=str(file), **(known | changes))


def error(folder: Path, text: str, **changes: Any) -> str:
    with pytest.raises(ValueError, match=r"table\.csv") as caught:
        table(folder, text, **changes)
    return str(caught.value)


def walk(workload: Table, count: int, user: int = 0) -> list[Any]:
    return [workload.dialogue(user, session, Luck(1)) for session in range(count)]


def test_every_cell_arrives(tmp_path: Path) -> None:
    """Equal sessions in a row are one dialogue; a session that comes back is another."""
    first, second, third = walk(table(tmp_path, FULL, quality="ours"), 3)
    assert first == (
        Prompt(10, Answer(100, 1), Answer(200, 2), 0.1, "x"),
        Prompt(20, Answer(110, 3), Answer(220, 4), 0.2, "y"),
    )
    assert second == (Prompt(30, Answer(120, 5), Answer(240, 6), 0.3, "x"),)
    assert third[0][:3] == (40, Answer(130, 7), Answer(260, 8))
    assert math.isnan(third[0].score)
    assert third[0].task == ""


def test_columns_that_are_not_there(tmp_path: Path) -> None:
    """One row is one dialogue; lengths come from the settings; the rest is unknown."""
    dialogues = walk(table(tmp_path, "prompt_tokens\n10\n20\n", device_tokens=5, edge_tokens=6.5), 2)
    assert [len(dialogue) for dialogue in dialogues] == [1, 1]
    prompt = dialogues[1][0]
    assert (prompt.tokens, prompt.device.tokens, prompt.edge.tokens, prompt.task) == (20, 5, 6.5, "")
    assert math.isnan(prompt.score)
    assert math.isnan(prompt.device.quality)
    assert math.isnan(prompt.edge.quality)


def test_qualities_are_unknown_where_nobody_asked(tmp_path: Path) -> None:
    assert math.isnan(walk(table(tmp_path, FULL), 1)[0][0].device.quality)


def test_a_pair_without_a_name(tmp_path: Path) -> None:
    text = "prompt_tokens,device_quality,edge_quality\n10,0,1\n"
    (prompt,) = walk(table(tmp_path, text, quality="", device_tokens=1, edge_tokens=1), 1)[0]
    assert (prompt.device.quality, prompt.edge.quality) == (0, 1)


def test_means_are_the_columns_or_the_settings(tmp_path: Path) -> None:
    """What a router expects: the column's mean, or the setting, which leaves the rows' own lengths alone."""
    own = table(tmp_path, FULL)
    assert (own.device_tokens, own.edge_tokens) == (115, 230)
    told = table(tmp_path, FULL, device_tokens=1, edge_tokens=0)
    assert (told.device_tokens, told.edge_tokens) == (1, 0)
    assert walk(told, 1) == walk(own, 1)


def test_a_column_of_scores_by_name(tmp_path: Path) -> None:
    text = "prompt_tokens,score,better\n10,0.1,0.9\n"
    (prompt,) = walk(table(tmp_path, text, score="better", device_tokens=1, edge_tokens=1), 1)[0]
    assert prompt.score == 0.9


def test_in_order_walks_through_and_round(tmp_path: Path) -> None:
    text = "prompt_tokens\n" + "".join(f"{row}\n" for row in range(100))
    workload = table(tmp_path, text, device_tokens=1, edge_tokens=1)
    tokens = [dialogue[0].tokens for dialogue in walk(workload, 250)]
    assert tokens == [session % 100 for session in range(250)]
    starts = {workload.dialogue(user, 0, Luck(1))[0].tokens for user in range(50)}
    assert len(starts) == 50  # users do not walk side by side


def test_random_draws_every_dialogue_alike(tmp_path: Path) -> None:
    """With return; the luck of a session, not of its place in a sequence."""
    text = "prompt_tokens\n" + "".join(f"{row}\n" for row in range(20))
    workload = table(tmp_path, text, device_tokens=1, edge_tokens=1, order="random")
    drawn = [
        workload.dialogue(user, session, Luck(1))[0].tokens for user in range(50) for session in range(80)
    ]
    counts = [drawn.count(value) for value in range(20)]
    assert min(counts) > 0
    assert stats.chisquare(counts).pvalue > 0.001
    assert workload.dialogue(3, 4, Luck(1))[0].tokens == drawn[3 * 80 + 4]
    assert [workload.dialogue(0, s, Luck(2))[0].tokens for s in range(80)] != drawn[:80]


def test_whole_dialogues_are_drawn_not_turns(tmp_path: Path) -> None:
    """A dialogue of nine turns is as likely as one of a single turn."""
    text = "session,prompt_tokens\n" + "1,1\n" * 9 + "2,2\n"
    workload = table(tmp_path, text, device_tokens=1, edge_tokens=1, order="random")
    long = sum(len(workload.dialogue(0, session, Luck(1))) == 9 for session in range(2_000))
    assert long / 2_000 == pytest.approx(0.5, abs=4 * 0.5 / math.sqrt(2_000))


@pytest.mark.parametrize(
    ("text", "changes", "pieces"),
    [
        (
            "promt_tokens\n1\n",
            {},
            ["column 'promt_tokens' is not known; did you mean prompt_tokens?"],
        ),
        ("prompt_tokens\n", {"device_tokens": 1, "edge_tokens": 1}, ["no rows"]),
        ("prompt_tokens\n1\n", {"edge_tokens": 1}, ["'device_tokens'", "workload.device_tokens must be set"]),
        ("prompt_tokens\n1\n", {"device_tokens": 1}, ["'edge_tokens'", "workload.edge_tokens must be set"]),
        ("prompt_tokens\n1\n-2\n", {"device_tokens": 1, "edge_tokens": 1}, ["at least 0", "row 2 is -2"]),
        ("prompt_tokens\n1\nmany\n", {"device_tokens": 1, "edge_tokens": 1}, ["number", "row 2 is 'many'"]),
        ("prompt_tokens,task\n1,a\n,b\n", {"device_tokens": 1, "edge_tokens": 1}, ["prompt_tokens", "row 2"]),
        ("prompt_tokens\n1\ninf\n", {"device_tokens": 1, "edge_tokens": 1}, ["row 2 is inf"]),
        ("prompt_tokens,device_tokens\n1,-5\n", {"edge_tokens": 1}, ["device_tokens", "row 1 is -5"]),
        ("prompt_tokens,edge_tokens\n1,nan\n", {"device_tokens": 1}, ["edge_tokens", "row 1 is empty"]),
        (FULL.replace("0.2", "1.2"), {}, ["score must be from 0 to 1", "row 2 is 1.2"]),
        (FULL, {"quality": "our"}, ["'our_device_quality'", "did you mean ours_device_quality?"]),
    ],
)
def test_what_is_wrong_is_told(tmp_path: Path, text: str, changes: dict[str, Any], pieces: list[str]) -> None:
    message = error(tmp_path, text, **changes)
    for piece in pieces:
        assert piece in message


def test_a_name_that_is_no_table() -> None:
    with pytest.raises(FileNotFoundError, match=r"'mtbench100'.*did you mean mtbench101\?.*gsm8k, mmlu"):
        Table(path="mtbench100", quality=None, device_tokens=1, edge_tokens=1, score="score", order="random")


@pytest.mark.parametrize("wrong", [{"order": "sorted"}, {"device_tokens": -1}, {"rows": 3}])
def test_settings_are_checked(tmp_path: Path, wrong: dict[str, Any]) -> None:
    with pytest.raises((ValueError, TypeError), match=next(iter(wrong))):
        table(tmp_path, FULL, **wrong)
