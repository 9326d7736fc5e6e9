"""The command that turns text into a table: what it writes, what it never writes, and what stops it.

Most tests need no torch: the store of read texts is filled by hand, so nothing has to be computed.
"""

import csv
import json
import shlex
import sys
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pyarrow import parquet

from simulator.build import build
from simulator.config import Configuration, compose
from simulator.encoders.checkpoint import identity_of
from simulator.encoders.store import Encoding, Store
from simulator.encoders.text import digest
from simulator.scorers.__main__ import main
from simulator.scorers.commands import hub_rows, table_out
from tests import part
from workloads.table import Table

HARD = 'say "é漢🙂",\r\nthen\rstop'
"""A prompt that csv files trip over."""
SECRET = "nobody else may read this sentence"
DIALOGUES: list[dict[str, Any]] = [
    {
        "history": [{"user": SECRET, "bot": "first answer"}, {"user": "and then", "bot": "last"}],
        "task": "GR",
        "my_device_quality": [1, 2],
        "my_edge_quality": 3,
        "note": "words",
        "good": True,
    },
    {"prompt": HARD},
    {"prompt": ""},
]
Run = Callable[..., tuple[int, str, str]]


def logits(text: str) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Figures of a text that no other has."""
    return np.frombuffer(digest(text)[:12], np.uint32).astype(np.float32) / np.float32(2**31)


def chance(text: str) -> float:
    """What scorer=bert makes of them: the softmax's first label."""
    weights = np.exp(logits(text).astype(float))
    return float(weights[0] / weights.sum())


@cache
def composed(*overrides: str) -> Configuration:
    """Hydra's work, once: the paths in it are relative."""
    return compose(overrides)


@pytest.fixture
def score(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """The command in an empty folder, with a checkpoint that has read all `known` texts before."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("simulator.config.compose", lambda overrides: composed(*overrides))
    model = Path("model")
    model.mkdir()
    (model / "config.json").write_text("{}")
    (model / "model.safetensors").write_bytes(b"never opened")
    scorer = ["scorer=bert", "scorer.checkpoint=model", "scorer.cache=scores.sqlite"]
    encoder = build(part("scorer", "bert"), "scorer")

    def command(*words: str, known: Sequence[str] = ()) -> tuple[int, str, str]:
        with Store(Path("scores.sqlite")) as kept:
            about = {"checkpoint": "by hand", "weights_sha256": "0"}
            values = {digest(text): logits(text) for text in known}
            kept.write(Encoding(identity_of(model), "logits", encoder.options), about, values)
        own = [] if any(word.startswith("scorer") for word in words) else scorer
        monkeypatch.setattr(sys, "argv", ["", "score", *words, *own])
        code = main()
        out, err = capsys.readouterr()
        return code, out, err

    return command


@pytest.fixture
def jsonl(tmp_path: Path) -> str:
    file = tmp_path / "text.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in DIALOGUES), encoding="utf-8")
    return str(file)


TEXTS = (SECRET, "and then", HARD, "")


def rows(file: str) -> list[dict[str, str]]:
    with Path(file).open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def table(path: str, **changes: Any) -> Table:
    known: dict[str, Any] = {"quality": None, "device_tokens": 1, "edge_tokens": 1, "score": "score"}
    return Table(path=path, order="in_order", **(known | changes))


def test_figures_and_scores_are_written(score: Run, jsonl: str) -> None:
    code, out, err = score(jsonl, "--out", "t.csv", known=TEXTS)
    assert (code, err) == (0, "")
    found = rows("t.csv")
    assert [list(row.values())[:7] for row in found] == [
        ["1", "1", "GR", "6", "1", "3", "1"],
        ["1", "2", "GR", "2", "2", "3", "1"],
        ["2", "1", "", "4", "", "", ""],
        ["3", "1", "", "0", "", "", ""],
    ]
    names = [
        "session",
        "turn",
        "task",
        "prompt_tokens",
        "my_device_quality",
        "my_edge_quality",
        "good",
        "score",
    ]
    assert list(found[0]) == names
    assert [float(row["score"]) for row in found] == pytest.approx([chance(text) for text in TEXTS], abs=1e-7)
    assert out.startswith("4 turns of 3 dialogues; score: ")
    assert "left out, since they hold words: note\n" in out


def test_no_sentence_is_written(score: Run, jsonl: str, tmp_path: Path) -> None:
    """Not into the table, nor into its record, nor anywhere beside them."""
    assert score(jsonl, "--out", "t.csv", known=TEXTS)[0] == 0
    assert score(jsonl, "--out", "t.parquet", known=TEXTS)[0] == 0
    for file in tmp_path.glob("t.*"):
        for words in (SECRET, "then", "answer"):
            assert words.encode() not in file.read_bytes(), (file, words)
    assert {file.name for file in tmp_path.iterdir() if not file.name.startswith("scores.sqlite")} == {
        *("model", "text.jsonl", "t.csv", "t.csv.json", "t.parquet", "t.parquet.json")
    }


@pytest.mark.parametrize("name", ["t.csv", "t.parquet"])
def test_a_workload_reads_it(score: Run, jsonl: str, name: str) -> None:
    """The same dialogues with the very same scores; with --keep-text also the very same words."""
    assert score(jsonl, "--out", name, "--keep-text", known=TEXTS)[0] == 0
    read, original = table(name, quality="my"), table(jsonl, quality="my")
    scores = [turn.score for dialogue in read.dialogues for turn in dialogue]
    assert scores == pytest.approx([chance(text) for text in TEXTS], abs=1e-7)
    assert len({*scores}) == 4
    assert list(read.transcripts()) == list(original.transcripts())
    assert [[turn.tokens for turn in turns] for turns in read.dialogues] == [[6, 2], [4], [0]]
    assert read.dialogues[0][1].device.quality == 2


def test_csv_and_parquet_hold_the_same(score: Run, jsonl: str) -> None:
    score(jsonl, "--out", "t.csv", known=TEXTS)
    score(jsonl, "--out", "t.parquet", known=TEXTS)
    columns = parquet.read_table("t.parquet").to_pydict()
    assert [str(value) for value in columns["score"]] == [row["score"] for row in rows("t.csv")]
    assert columns["my_device_quality"] == [1, 2, None, None]


def test_the_record_says_where_the_scores_come_from(score: Run, jsonl: str) -> None:
    score(jsonl, "--out", "t.csv", "--column", "bert", known=TEXTS)
    record = json.loads(Path("t.csv.json").read_text())
    assert record["scores"]["source"] == {"checkpoint": "model", "weights_sha256": "0"}
    assert record["scores"]["column"] == "bert"
    assert record["scores"]["scorer"]["checkpoint"] == "model"
    assert (record["turns"], record["dialogues"], record["input"]["file"]) == (4, 3, jsonl)
    assert rows("t.csv")[0]["bert"]


def test_the_next_command_works(score: Run, jsonl: str) -> None:
    """It names what this table lacks, and the qualities that it has."""
    _, out, _ = score(jsonl, "--out", "a table.csv", "--column", "bert", known=TEXTS)
    words = shlex.split(out.splitlines()[-1])
    assert words[:3] == ["python", "-m", "simulator"]
    assert {"workload.score=bert", "workload.quality=my", "workload.edge_tokens=800"} < set(words)
    settings = compose(words[3:]).settings
    workload = build(settings["workload"], "workload")
    assert workload.dialogues[0][1].edge.quality == 3
    assert workload.dialogues[0][1].score == pytest.approx(chance("and then"), abs=1e-7)


def test_prompts_in_a_csv(score: Run) -> None:
    """One column is enough; a table's own token counts stay as they are."""
    Path("p.csv").write_text("prompt\na b\nc\n")
    assert score("p.csv", "--out", "t.csv", known=["a b", "c"])[0] == 0
    assert [(row["session"], row["turn"], row["prompt_tokens"]) for row in rows("t.csv")] == [
        ("1", "1", "2"),
        ("2", "1", "1"),
    ]
    Path("q.csv").write_text(
        "session,prompt,prompt_tokens,device_tokens,edge_tokens,right\ns,a b,7,1,2.5,True\ns,c,9,1,3,False\n"
    )
    _, out, _ = score("q.csv", "--out", "u.csv", known=["a b", "c"])
    assert [list(row.values())[:-1] for row in rows("u.csv")] == [
        ["s", "1", "7", "1", "2.5", "1"],
        ["s", "2", "9", "1", "3", "0"],
    ]
    assert "_tokens" not in out


def test_another_column_of_prompts(score: Run) -> None:
    Path("p.csv").write_text("asked,prompt\na b,unused\nc,unused\n")
    assert score("p.csv", "--out", "t.csv", "--text", "asked", known=["a b", "c"])[0] == 0
    assert [row["prompt_tokens"] for row in rows("t.csv")] == ["2", "1"]


def test_a_limit_keeps_dialogues_whole(score: Run, jsonl: str) -> None:
    assert score(jsonl, "--out", "t.csv", "--limit", "1", known=TEXTS[:2])[0] == 0
    assert [row["turn"] for row in rows("t.csv")] == ["1", "2"]


@pytest.mark.parametrize(
    ("words", "pieces"),
    [
        (["scorer=table"], ["scorer=table reads no text", "scorer=bert or scorer=eq10"]),
        (["scorer=oracle"], ["scorer=oracle reads no text"]),
        (["--column", "task"], ["--column task", "the text has a column of that name"]),
        (["--column", "good"], ["--column good"]),
        (["--limit", "0"], ["--limit 0: must be at least 1"]),
        (["--split", "test"], ["--split is of a --dataset"]),
        (["--dataset", "cais/mmlu"], ["not both"]),
        (["--text", "notes"], ["--text notes: did you mean note?"]),
    ],
)
def test_what_is_wrong_is_told(score: Run, jsonl: str, words: list[str], pieces: list[str]) -> None:
    code, out, err = score(jsonl, "--out", "t.csv", *words, known=TEXTS)
    assert (code, out, err.count("\n")) == (1, "", 1)
    for piece in pieces:
        assert piece in err
    assert not Path("t.csv").exists()


@pytest.mark.parametrize(
    ("name", "content", "pieces"),
    [
        ("p.jsonl", "", ["p.jsonl: no rows"]),
        ("p.csv", "prompt\n", ["p.csv: no rows"]),
        ("p.csv", "promt,x\na,1\n", ["row 1", "keys promt, x", "name the column by --text"]),
        ("p.csv", "prompt,x\na\n", ["row 1 has 1 cells, the header 2"]),
        ("p.csv", "session,prompt\n1,a\n2,b\n1,c\n", ["row 3", "session '1' is row 1's"]),
        ("p.jsonl", '{"prompt": \n', ["line 1 is not JSON"]),
        ("p.jsonl", '{"prompt": "\\ud83d"}\n', ["row 1", "surrogates"]),
        ("p.parquet", "no parquet", ["p.parquet: not a readable table"]),
        ("p.txt", "a", [".jsonl, .csv, .parquet", "--dataset"]),
        (None, "", ["no file p.csv"]),
    ],
)
def test_text_that_is_none(score: Run, name: str | None, content: str, pieces: list[str]) -> None:
    if name:
        Path(name).write_text(content)
    code, _, err = score(name or "p.csv", "--out", "t.csv")
    assert (code, err.count("\n")) == (1, 1)
    for piece in pieces:
        assert piece in err


def test_no_file_is_overwritten(score: Run, jsonl: str) -> None:
    """Neither the table nor its record, unless asked; and no folder at all."""
    for name in ("t.csv", "t.csv.json"):
        Path(name).write_text("mine")
        code, _, err = score(jsonl, "--out", "t.csv", known=TEXTS)
        assert (code, f"{name} is there already; --force writes it anew" in err) == (1, True)
        assert Path(name).read_text() == "mine"
        Path(name).unlink()
    Path("t.csv").write_text("mine")
    assert score(jsonl, "--out", "t.csv", "--force", known=TEXTS)[0] == 0
    assert len(rows("t.csv")) == 4
    assert "no folder nowhere" in score(jsonl, "--out", "nowhere/t.csv")[2]
    assert "ends in .csv or .parquet" in score(jsonl, "--out", "t.xlsx")[2]
    Path("d.csv").mkdir()
    assert score(jsonl, "--out", "d.csv", "--force", known=TEXTS)[0] == 1


def test_a_table_is_written_whole_or_not_at_all(
    score: Run, jsonl: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("t.csv").write_text("mine")

    def full(stream: Any, columns: Any) -> None:
        stream.write(b"half")
        raise OSError(28, "No space left on device", "t.csv")

    monkeypatch.setattr(table_out, "_csv", full)
    code, _, err = score(jsonl, "--out", "t.csv", "--force", known=TEXTS)
    assert (code, err) == (1, "error: t.csv: No space left on device\n")
    assert Path("t.csv").read_text() == "mine"
    assert not list(tmp_path.glob(".*"))


def test_neither_torch_nor_datasets_is_needed_for_what_was_read(score: Run, jsonl: str) -> None:
    before = {name for name in ("torch", "transformers", "datasets") if name in sys.modules}
    assert score(jsonl, "--out", "t.csv", known=TEXTS)[0] == 0
    assert {name for name in ("torch", "transformers", "datasets") if name in sys.modules} == before


@pytest.mark.parametrize("missing", ["datasets", "torch"])
def test_a_missing_extra_is_one_line(
    score: Run, jsonl: str, missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (missing, "filelock") if missing == "torch" else (missing,):
        monkeypatch.setitem(sys.modules, name, None)
    words = ["--dataset", "cais/mmlu"] if missing == "datasets" else [jsonl]
    code, _, err = score(*words, "--out", "t.csv")
    assert (code, err.count("\n")) == (1, 1)
    assert 'pip install "edgewise[bert]"' in err


README = """---
configs:
- config_name: all
  data_files:
  - split: test
    path: all/test-*
  - split: dev
    path: all/dev-*
---
"""
QUESTION = {"question": "What is 1 + 1?", "choices": ["0", "1", "2", "3"], "answer": 2, "subject": "sums"}
ASKED = "What is 1 + 1?\nA. 0\nB. 1\nC. 2\nD. 3\nAnswer:"


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Empty caches of the hub's libraries on a machine without a network."""
    datasets = pytest.importorskip("datasets")
    import huggingface_hub

    monkeypatch.setattr(hub_rows, "hub_reachable", lambda: False)
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "tables")
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"


def put(folder: Path) -> None:
    """MMLU in a folder, as the hub has it: one question."""
    import pyarrow as pa

    (folder / "all").mkdir(parents=True)
    (folder / "README.md").write_text(README)
    for split in ("test", "dev"):
        file = folder / "all" / f"{split}-00000-of-00001.parquet"
        parquet.write_table(pa.Table.from_pylist([QUESTION]), file)


def test_a_folder_of_a_data_set(score: Run, hub: Path) -> None:
    put(Path("mmlu"))
    words = ("--dataset", "mmlu", "--out", "t.csv")
    assert score(*words, "--config", "all", "--split", "test", known=[ASKED])[0] == 0
    assert [list(row.values())[:4] for row in rows("t.csv")] == [["1", "1", "sums", "14"]]
    record = json.loads(Path("t.csv.json").read_text())
    assert (record["input"]["config"], record["input"]["split"]) == ("all", "test")
    for more, piece in (
        (["--split", "tests"], "did you mean test? mmlu has test, dev"),
        ([], "--split must be set; mmlu has test, dev"),
        (["--config", "al"], "'al' not found. Available: ['all']"),
        (["--revision", "main"], "is a folder, which has no revisions"),
        (["--text", "questions"], "--split must be set"),
    ):
        code, _, err = score(*words, "--force", *more)
        assert (code, err.count("\n"), piece in err) == (1, 1, True), err


def test_a_folder_of_jsonl(score: Run, hub: Path, jsonl: str) -> None:
    """Its only split need not be named."""
    Path("mine").mkdir()
    assert "a file; give it without --dataset" in score("--dataset", jsonl, "--out", "t.csv")[2]
    Path("mine/data.jsonl").write_text('{"asked": "a b"}\n{"asked": "c"}\n')
    assert score("--dataset", "mine", "--text", "asked", "--out", "t.csv", known=["a b", "c"])[0] == 0
    assert json.loads(Path("t.csv.json").read_text())["input"]["split"] == "train"


def test_without_a_network_a_line_says_what_to_fetch(
    score: Run, hub: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And no connection is tried, which would be tried again for half a minute."""

    def refuse(*anything: Any) -> None:
        raise AssertionError("a connection was tried")

    monkeypatch.setattr("socket.socket.connect", refuse)
    monkeypatch.setattr("socket.getaddrinfo", refuse)
    for more in ([], ["--revision", "v2"]):
        code, _, err = score("--dataset", "cais/mmlu", "--config", "all", *more, "--out", "t.csv")
        assert (code, err.count("\n")) == (1, 1)
        assert shlex.join(["--repo-type", "dataset", "cais/mmlu", *more, "--local-dir"]) in err
        assert "use --dataset FOLDER" in err
    assert "no folder './mmlu'" in score("--dataset", "./mmlu", "--out", "t.csv")[2]
    assert "Repo id must use" in score("--dataset", "not a name!", "--out", "t.csv")[2]


def test_what_the_hub_left_here_is_read_without_it(score: Run, hub: Path) -> None:
    commit = "0123456789abcdef0123456789abcdef01234567"
    put(hub / "datasets--cais--mmlu" / "snapshots" / commit)
    (hub / "datasets--cais--mmlu" / "refs").mkdir()
    (hub / "datasets--cais--mmlu" / "refs" / "main").write_text(commit)
    words = ("--dataset", "cais/mmlu", "--config", "all", "--split", "test", "--out", "t.csv", "--force")
    for more in ([], ["--revision", commit]):
        assert score(*words, *more, known=[ASKED])[0] == 0
        assert json.loads(Path("t.csv.json").read_text())["input"]["commit"] == commit
    assert score(*words, "--revision", "v2")[0] == 1


def test_tables_that_datasets_made_are_read_without_the_hub(score: Run, hub: Path, tmp_path: Path) -> None:
    put(Path("mmlu"))
    words = ("--config", "all", "--split", "test", "--out", "t.csv", "--force")
    assert score("--dataset", "mmlu", *words, known=[ASKED])[0] == 0
    (tmp_path / "tables" / "mmlu").rename(tmp_path / "tables" / "cais___mmlu")
    assert score("--dataset", "cais/mmlu", *words, known=[ASKED])[0] == 0
    assert score("--dataset", "cais/mmlu", *words, "--revision", "v2")[0] == 1  # nobody knows which it was


@pytest.fixture
def classifier(tmp_path: Path) -> Path:
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    from tests.simulator.checkpoints import tiny_classifier

    return tiny_classifier(tmp_path / "tiny")


def test_text_is_read(score: Run, jsonl: str, classifier: Path) -> None:
    """As transformers reads it, one text at a time; the last message of each turn alone."""
    import torch
    import transformers

    words = ["scorer.checkpoint=tiny", "scorer.cache=own.sqlite"]
    assert score(jsonl, "--out", "t.csv", "scorer=bert", *words)[0] == 0
    tokenizer = transformers.AutoTokenizer.from_pretrained(classifier)
    model = transformers.AutoModelForSequenceClassification.from_pretrained(classifier).eval()
    for row, text in zip(rows("t.csv"), TEXTS, strict=True):
        with torch.inference_mode():
            found = model(**tokenizer(text, truncation=True, return_tensors="pt")).logits
        assert float(row["score"]) == pytest.approx(float(found.softmax(-1)[0, 0]), abs=1e-5)


def test_the_same_command_goes_on(
    score: Run, jsonl: str, classifier: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After Ctrl-C: no table, what was read is kept, and only the rest is read."""
    from simulator.encoders.model import Model

    words = [jsonl, "--out", "t.csv", "scorer=bert", "scorer.checkpoint=tiny"]
    words += ["scorer.cache=own.sqlite", "scorer.batch_size=1"]
    read, whole = list[str](), Model.rows

    def interrupted(model: Model, texts: Sequence[str]) -> Any:
        if len(read) == 2:
            raise KeyboardInterrupt
        read.extend(texts)
        return whole(model, texts)

    monkeypatch.setattr(Model, "rows", interrupted)
    code, out, err = score(*words)
    assert (code, out) == (130, "")
    assert "2 of 4 texts" in err
    assert not list(Path().glob("*t.csv*"))

    def rest(model: Model, texts: Sequence[str]) -> Any:
        read.extend(texts)
        return whole(model, texts)

    monkeypatch.setattr(Model, "rows", rest)
    assert score(*words)[0] == 0
    assert sorted(read) == sorted(TEXTS)  # each once
    assert len(rows("t.csv")) == 4
