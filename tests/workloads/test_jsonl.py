"""Dialogues out of the shapes in which data sets hold them, and one clear line for all that is none."""

import json
from pathlib import Path
from typing import Any

import pytest

from workloads.columns import read_columns
from workloads.jsonl import cells_of, read_jsonl
from workloads.table import Table

CHAT = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "Hello"},
    {"role": "assistant", "content": "Hi."},
    {"role": "user", "content": "And now?"},
]


def said(*rows: dict[str, Any]) -> list[tuple[object, ...]]:
    cells = cells_of(rows, "data")
    return list(zip(cells["session"], cells["prompt"], cells["reply"], strict=True))


def error(*rows: Any) -> str:
    with pytest.raises(ValueError, match="data: row") as caught:
        cells_of(rows, "data")
    assert "\n" not in str(caught.value)
    return str(caught.value)


def lines(folder: Path, *rows: object, name: str = "data.jsonl") -> Path:
    file = folder / name
    file.write_text("".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows), encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("row", "turns"),
    [
        ({"history": [{"user": "a", "bot": "b"}, {"user": "c"}]}, [("a", "b"), ("c", "")]),
        ({"turns": ["a", "b"], "reference": ["x", "y"]}, [("a", ""), ("b", "")]),
        ({"prompt": ["a", "b"], "prompt_id": 3}, [("a", ""), ("b", "")]),
        ({"messages": CHAT}, [("Be brief.\n\nHello", "Hi."), ("And now?", "")]),
        ({"messages": CHAT, "prompt": "Hello"}, [("Be brief.\n\nHello", "Hi."), ("And now?", "")]),
        ({"conversation": CHAT[1:3]}, [("Hello", "Hi.")]),
        ({"conversations": [{"from": "human", "value": "a"}, {"from": "gpt", "value": "b"}]}, [("a", "b")]),
        ({"question": "How many?", "answer": "3 + 4\n#### 7"}, [("How many?", "3 + 4\n#### 7")]),
        ({"prompt": "a"}, [("a", "")]),
        ({"prompt": "a", "reply": "b"}, [("a", "b")]),
        ({"prompt": "a", "reply": None, "history": ""}, [("a", "")]),
        ({"prompt": ""}, [("", "")]),
    ],
)
def test_every_known_shape(row: dict[str, Any], turns: list[tuple[str, str]]) -> None:
    assert said(row) == [(1, *turn) for turn in turns]


def test_a_question_with_choices_is_asked_as_routellm_asked_it() -> None:
    """The layout of its published MMLU prompts: the question, lettered lines, "Answer:" at the end."""
    row = {"question": "What is 1 + 1?", "choices": ["0", "1", "2", "3"], "answer": 2, "subject": "sums"}
    cells = cells_of([row], "data")
    assert cells["prompt"] == ["What is 1 + 1?\nA. 0\nB. 1\nC. 2\nD. 3\nAnswer:"]
    assert cells["task"] == ["sums"]
    assert set(cells) == {"session", "prompt", "reply", "task"}  # the right choice is no reply and no figure


def test_messages_of_one_side_are_one() -> None:
    """Neither splits a turn; what a tool's call leaves empty is nothing; a late system message counts too."""
    order = ["user", "user", "assistant", "assistant", "system", "user", "assistant"]
    texts = ["a", "b", None, "c", "d", "e", "f"]
    row = {"messages": [{"role": r, "content": t} for r, t in zip(order, texts, strict=True)]}
    assert said(row) == [(1, "a\n\nb", "c"), (1, "d\n\ne", "f")]


def test_a_reply_before_any_prompt_is_left_out() -> None:
    row = {"messages": [{"role": "assistant", "content": "Welcome!"}, *CHAT[1:3]]}
    assert said(row) == [(1, "Hello", "Hi.")]


def test_content_in_parts() -> None:
    parts = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
    assert said({"messages": [{"role": "user", "content": parts}]}) == [(1, "a\nb", "")]
    image = [{"type": "image_url", "image_url": {"url": "x"}}]
    assert "words must be text" in error({"messages": [{"role": "user", "content": image}]})


def test_names_of_dialogues() -> None:
    """Its own name, else its number; neighbours of one name are one dialogue."""
    assert [session for session, *_ in said({"prompt": "a"}, {"prompt": "b"})] == [1, 2]
    named = said({"turns": ["a", "b"], "question_id": 81}, {"turns": ["c"], "id": "x"})
    assert [session for session, *_ in named] == [81, 81, "x"]
    assert said(
        {"prompt": "a", "session": "s"}, {"prompt": "b", "session": "s"}, {"prompt": "c", "session": "t"}
    ) == [("s", "a", ""), ("s", "b", ""), ("t", "c", "")]


def test_columns_of_a_rows_own() -> None:
    """Scalars are repeated, lists of numbers spread; true is 1; what another row lacks is None."""
    cells = cells_of(
        [
            {"turns": ["a", "b"], "device_quality": [True, 0.5], "our_edge_quality": 1, "note": "n"},
            {"prompt": "c", "score": 0.3, "tags": ["x"], "meta": {"y": 1}, "turn": 7, "good": False},
        ],
        "data",
    )
    assert cells["device_quality"] == [1, 0.5, None]
    assert cells["our_edge_quality"] == [1, 1, None]
    assert cells["note"] == ["n", "n", None]
    assert cells["score"] == [None, None, 0.3]
    assert cells["good"] == [None, None, 0]
    assert not {"tags", "meta", "turn", "turns"} & set(cells)
    assert not any(isinstance(cell, bool) for column in cells.values() for cell in column)


@pytest.mark.parametrize(
    ("rows", "pieces"),
    [
        ([{"promt": "a", "x": 1}], ["row 1", "promt, x", "known are history, turns", "or prompt"]),
        ([{}], ["row 1", "(none)"]),
        ([{"prompt": "a"}, {"prompt": None}], ["row 2", "a prompt must be text, not None"]),
        ([{"turns": ["a", 3]}], ["row 1", "not 3"]),
        ([{"turns": []}], ["the user says nothing"]),
        ([{"history": []}], ["the user says nothing"]),
        ([{"history": ["a"]}], ["must be an object, not 'a'"]),
        ([{"messages": [{"role": "assistant", "content": "a"}]}], ["the user says nothing"]),
        ([{"messages": [{"role": "tool", "content": "a"}]}], ["'tool'", "known are user, human, assistant"]),
        ([{"prompt": "a", "reply": 3}], ["must be text, not 3"]),
        (
            [{"turns": ["a", "b"], "edge_tokens": [1, 2, 3]}],
            ["edge_tokens", "2 turns, not 3 of them"],
        ),
        ([{"turns": ["a", "b"], "edge_quality": {"a": 1}}], ["edge_quality", "not {'a': 1}"]),
        ([{"prompt": "half of \ud83d"}], ["row 1", "surrogates not allowed"]),
        ([{"turns": ["a"], "id": 1}, {"turns": ["b"], "id": 1}], ["row 2", "session 1 is row 1's"]),
        (
            [{"prompt": "a", "session": s} for s in ("s", "t", "s")],
            ["row 3", "session 's' is row 1's", "neighbours"],
        ),
    ],
)
def test_what_is_wrong_is_told(rows: list[dict[str, Any]], pieces: list[str]) -> None:
    message = error(*rows)
    for piece in pieces:
        assert piece in message


@pytest.mark.parametrize(
    ("content", "pieces"),
    [
        (b'{"prompt": "a"}\n{"prompt": \n', ["line 2 is not JSON", "Expecting value"]),
        (b'["a"]\n', ["line 1 is not an object"]),
        (b"\n\n3\n", ["line 3 is not an object"]),
        (b'{"prompt": "\xff"}\n', ["line 1 is not UTF-8"]),
        (b"[" * 100_000, ["line 1 is not JSON"]),
    ],
)
def test_lines_that_are_no_rows(tmp_path: Path, content: bytes, pieces: list[str]) -> None:
    file = tmp_path / "data.jsonl"
    file.write_bytes(content)
    with pytest.raises(ValueError, match=r"^mine: line") as caught:
        read_jsonl(file, "mine")
    for piece in pieces:
        assert piece in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_without_rows_and_blank_lines(tmp_path: Path) -> None:
    file = tmp_path / "data.jsonl"
    file.write_bytes(b"")
    assert read_jsonl(file, "mine") == {"session": [], "prompt": [], "reply": []}
    file.write_bytes('\ufeff{"prompt": "a"}\r\n\r\n  \n{"prompt": "ü 漢字 🙂"}'.encode())
    assert read_jsonl(file, "mine")["prompt"] == ["a", "ü 漢字 🙂"]


def test_a_table_reads_them(tmp_path: Path) -> None:
    """Words are counted, replies are kept, qualities and tasks arrive at their turns."""
    row = {"history": [{"user": "a b", "bot": "c"}, {"user": "d"}], "task": "GR", "device_quality": [1, 2]}
    file = lines(tmp_path, row | {"edge_quality": 3}, {"prompt": "x y z", "device_quality": 4})
    known: dict[str, Any] = {"device_tokens": 1, "edge_tokens": 1, "score": "score", "order": "in_order"}
    first, second = Table(path=str(file), quality="", **known).dialogues
    assert [(turn.tokens, turn.task, turn.device.quality) for turn in first] == [(2, "GR", 1), (1, "GR", 2)]
    assert [turn.said for turn in first] == [("a b", "c"), ("d", "")]
    assert (second[0].tokens, second[0].task, second[0].device.quality) == (3, "", 4)


def test_a_tables_error_names_the_file_once(tmp_path: Path) -> None:
    file = lines(tmp_path, {"promt": "a"})
    with pytest.raises(ValueError, match="row 1: no words") as caught:
        read_columns(str(file), {"prompt": str})
    assert str(caught.value).count(str(file)) == 1


def test_a_row_without_a_name_belongs_to_nobody() -> None:
    """Its number is not taken for the name of a session beside it."""
    rows = [{"session": "7", "prompt": "a"}, {"prompt": "b"}, {"session": "x", "prompt": "c"}]
    assert cells_of(rows, "f")["session"] == ["7", 2, "x"]
    assert cells_of([{"session": "2", "prompt": "a"}, {"prompt": "b"}], "f")["session"] == ["2", "row 2"]
    with pytest.raises(
        ValueError, match="session '2' is the number of a row without a name: name all or none"
    ):
        cells_of([{"prompt": "a"}, {"prompt": "b"}, {"session": "2", "prompt": "c"}], "f")


def test_a_prompt_beside_a_question_is_the_prompt() -> None:
    assert cells_of([{"question": "q", "prompt": "p"}], "f")["prompt"] == ["p"]
