"""The raw benchmark files, read into one shape. Text stays in memory: only figures leave this room.

`raw` is a folder with the downloaded files, unchanged (projects, commits and licences: README.md):

    raw/routellm/mmlu/responses/mmlu_<subject>.csv      57 files
    raw/routellm/gsm8k/gsm8k_responses.csv
    raw/routellm/mt_bench/question.jsonl, judgements.jsonl
    raw/gsm8k/test.jsonl
    raw/mtbench101/mtbench101.jsonl
    raw/arrivals/mooncake_conversation.jsonl
"""

import csv
import json
from collections.abc import Callable, Iterator
from math import nan
from pathlib import Path
from typing import Any, NamedTuple

DEVICE_MODEL = "mistralai/Mixtral-8x7B-Instruct-v0.1"
EDGE_MODEL = "gpt-4-1106-preview"
MODELS = (DEVICE_MODEL, EDGE_MODEL)
"""The pair whose answers RouteLLM published; the names are column names of its files."""

MOST_STEPS = 8
"""GSM8K questions with this many reference steps or more are one task."""


class Query(NamedTuple):
    """One turn of one benchmark."""

    session: int
    """Number of the dialogue; from 1."""
    turn: int
    """Counts a session's turns from 1."""
    task: str
    """Subject, task or category: a short label."""
    text: str
    """What the user says in this turn alone."""
    device: float = nan
    """How Mixtral-8x7B answered (right 1, wrong 0; judge score 1-10 on MT-Bench)."""
    edge: float = nan
    """How GPT-4-1106 answered, on the same scale."""
    reply: str = ""
    """What the data set's own assistant answered, on MT-Bench-101."""

    @property
    def words(self) -> int:
        """Length of the text in words: the paper's token (Section IV-A)."""
        return len(self.text.split())


def mmlu(raw: Path) -> list[Query]:
    """14,042 questions; subjects in alphabetical order, rows as in each subject's file."""
    files = sorted((raw / "routellm/mmlu/responses").glob("mmlu_*.csv"))
    rows = ((file.stem.removeprefix("mmlu_"), row) for file in files for row in _csv_rows(file))
    return [_graded(number, subject, row) for number, (subject, row) in enumerate(rows, start=1)]


def gsm8k(raw: Path) -> list[Query]:
    """1,319 questions; the task is the number of steps of the reference answer."""
    steps = {row["question"]: _steps(row["answer"]) for row in _json_rows(raw / "gsm8k/test.jsonl")}
    rows = _csv_rows(raw / "routellm/gsm8k/gsm8k_responses.csv")
    return [_graded(number, steps[row["prompt"]], row) for number, row in enumerate(rows, start=1)]


def reply_words(raw: Path) -> tuple[list[int], list[int]]:
    """Length in words of the two models' published answers to each GSM8K question: device's, edge's."""
    rows = list(_csv_rows(raw / "routellm/gsm8k/gsm8k_responses.csv"))
    device, edge = ([len(row[f"{model}_response"].split()) for row in rows] for model in MODELS)
    return device, edge


def mtbench101(raw: Path) -> list[Query]:
    """1,388 dialogues with 4,208 turns; nobody's outcomes are public."""
    dialogues = _json_rows(raw / "mtbench101/mtbench101.jsonl")
    return [
        Query(dialogue["id"], turn, dialogue["task"], said["user"], reply=said["bot"])
        for dialogue in dialogues
        for turn, said in enumerate(dialogue["history"], start=1)
    ]


def mtbench(raw: Path) -> list[Query]:
    """80 dialogues of two turns, sessions 1 to 80 (question_id 81 to 160), with GPT-4's judge scores."""
    judged = {
        (row["question_id"], row["turn"], row["model"]): float(row["score"])
        for row in _json_rows(raw / "routellm/mt_bench/judgements.jsonl")
    }
    return [
        Query(
            session=session,
            turn=turn,
            task=question["category"],
            text=text,
            device=judged[question["question_id"], turn, DEVICE_MODEL],
            edge=judged[question["question_id"], turn, EDGE_MODEL],
        )
        for session, question in enumerate(_json_rows(raw / "routellm/mt_bench/question.jsonl"), start=1)
        for turn, text in enumerate(question["turns"], start=1)
    ]


BENCHMARKS: dict[str, Callable[[Path], list[Query]]] = {
    "mmlu": mmlu,
    "gsm8k": gsm8k,
    "mtbench101": mtbench101,
    "mtbench": mtbench,
}


def _graded(number: int, task: str, row: dict[str, str]) -> Query:
    """A one-turn question with two right-or-wrong outcomes."""
    device, edge = (float(row[model] == "True") for model in MODELS)
    return Query(number, 1, task, row["prompt"], device, edge)


def _steps(answer: str) -> str:
    """Label for how many steps a worked answer takes: its lines but the last, which holds the result."""
    steps = answer.strip().count("\n")
    return f"{MOST_STEPS}+ steps" if steps >= MOST_STEPS else f"{steps} steps"


def _csv_rows(file: Path) -> Iterator[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as stream:
        yield from csv.DictReader(stream)


def _json_rows(file: Path) -> Iterator[dict[str, Any]]:
    with file.open(encoding="utf-8") as stream:
        for line in stream:
            yield json.loads(line)
