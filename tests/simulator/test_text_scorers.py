"""Scorers that read: what of a dialogue, by which rule, and what a run is told where they cannot."""

import json
import os
import subprocess
import sys
from math import exp
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simulator.build import build
from simulator.encoders.text import digest, text_of, words_of
from simulator.heads import HEADS, marks, read_head
from simulator.mistakes import Mistake
from tests import part, run, scenario, settings
from tests.simulator.figures import keep_figures
from workloads import Exchange
from workloads.table import Table

DIALOGUE = (
    Exchange("first question", "first reply"),
    Exchange("second question"),
    Exchange("third one", "third reply"),
    Exchange("and the last", "never read"),
)


@pytest.fixture
def words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A table of dialogues with words, and an empty store."""
    rows: list[dict[str, Any]] = [
        {
            "prompt": f"question {number} of many",
            "reply": "yes",
            "session": str(number // 3),
            "edge_tokens": 40,
        }
        for number in range(12)
    ]
    file = tmp_path / "words.jsonl"
    file.write_text("\n".join(json.dumps(row | {"device_tokens": 20}) for row in rows))
    monkeypatch.setenv("EDGEWISE_CACHE", str(tmp_path / "store"))
    return file


def scorer(name: str, **changes: Any) -> Any:
    return build(part("scorer", name) | changes, "scorer")


def table(file: Path, **changes: Any) -> Table:
    given: dict[str, Any] = {"quality": None, "device_tokens": 20, "edge_tokens": 40, "score": "score"}
    return Table(path=str(file), order="in_order", **given | changes)


@pytest.mark.parametrize(
    ("turns", "read"),
    [
        (0, "and the last"),
        (1, "third one\n\nthird reply\n\nand the last"),
        (2, "second question\n\nthird one\n\nthird reply\n\nand the last"),
        (3, "first question\n\nfirst reply\n\nsecond question\n\nthird one\n\nthird reply\n\nand the last"),
        (9, "first question\n\nfirst reply\n\nsecond question\n\nthird one\n\nthird reply\n\nand the last"),
    ],
)
def test_history(turns: int, read: str) -> None:
    """So many turns before the prompt, oldest first; the prompt's own reply never."""
    assert text_of(DIALOGUE, turns) == read
    assert words_of(DIALOGUE) == 3


def test_the_first_turn_has_no_history() -> None:
    assert text_of(DIALOGUE[:1], 5) == "first question"


def test_any_string_has_a_digest() -> None:
    texts = ["", " ", "a", "\ud800", "ä", "a\u0308", "\0"]
    assert len({digest(text) for text in texts}) == len(texts)


def test_routellms_rule() -> None:
    """1 - (p_1 + p_2) of a softmax over strong wins, tie, weak wins."""
    logits = np.array([0.3, -1.2, 2.0], dtype=np.float32)
    weights = [exp(float(value)) for value in logits]
    expected = 1 - (weights[1] + weights[2]) / sum(weights)
    assert scorer("bert").win_rate(logits, 5.0) == pytest.approx(expected, abs=1e-12)


def test_other_labels() -> None:
    pair = np.array([-0.7, 1.1], dtype=np.float32)
    chosen = scorer("bert", labels=2, edge_labels=[1]).win_rate(pair, 0)
    assert chosen == pytest.approx(1 / (1 + exp(-1.8)), abs=1e-7)
    for value in (-800.0, -1.5, 0.0, 1.5, 800.0):
        one = scorer("bert", labels=1, edge_labels=[0]).win_rate(np.array([value], dtype=np.float32), 0)
        assert one == pytest.approx(1 / (1 + exp(min(-value, 700))), abs=1e-12)
    both = scorer("bert", edge_labels=[0, 1])
    assert both.win_rate(np.array([900.0, 1.0, -900.0], dtype=np.float32), 0) == 1.0


@pytest.mark.parametrize("labels", [[], [3], [-1], [0, 0], [0, 1, 2]])
def test_impossible_labels(labels: list[int]) -> None:
    with pytest.raises(Mistake, match="edge_labels"):
        scorer("bert", edge_labels=labels)


@pytest.mark.parametrize("name", ["bert", "eq10"])
@pytest.mark.parametrize("history", [0, 1])
def test_a_run_asks_what_was_kept(words: Path, name: str, history: int, tmp_path: Path) -> None:
    """Turn by turn; with other words before it, the same prompt is another text."""
    head = tmp_path / "head.json"
    own = {"history_turns": history}
    if name == "eq10":
        entries = json.loads((HEADS / "minilm_mmlu.json").read_text())
        head.write_text(json.dumps(entries | own))
        own["head"] = str(head)  # type: ignore[assignment]
    asked = scorer(name, **own)
    keep_figures(asked, table(words))
    scores = asked.open(table(words))
    config = settings("workload=table", f"workload.path={words}", f"scorer={name}", "workload.order=in_order")
    config["scorer"] |= own
    config |= {"users": 1, "horizon_s": 1e9, "sessions_per_user": 4}
    turns = run_of(config)
    spoken = list(table(words).transcripts())
    assert list(turns["score"]) == [scores.of(said) for said in spoken]
    assert len(set(turns["score"])) == 12


def run_of(config: dict[str, Any]) -> Any:
    from tests import run_settings

    return run_settings(config).turns.sort_values(["session_id", "turn_index"])


def test_eq10_is_the_heads_own_sum(words: Path) -> None:
    """sigmoid(W [h_CLS; L_p] + b), L_p the words of the prompt alone."""
    asked = scorer("eq10")
    keep_figures(asked, table(words))
    scores, head = asked.open(table(words)), read_head("minilm_mmlu")
    said = (Exchange("question 4 of many"),)
    row = scores._rows["question 4 of many"]
    logit = np.dot(row.astype(float), head.coefficients) + head.length_coefficient * np.log1p(4)
    assert scores.of(said) == pytest.approx(1 / (1 + exp(-logit - head.intercept)), abs=1e-12)


def test_the_summary_says_which_checkpoint_it_was(words: Path) -> None:
    keep_figures(scorer("bert"), table(words))
    logs = run("users=2", "workload=table", f"workload.path={words}", "scorer=bert")
    assert logs.summary["scores"]["checkpoint"] == "routellm/bert_gpt4_augmented"
    assert run("users=2", "horizon_s=60").summary["scores"] == {}


@pytest.mark.parametrize("name", ["bert", "eq10"])
def test_a_warm_run_loads_no_torch(words: Path, name: str) -> None:
    """In a process of its own, where nothing else could have loaded it."""
    keep_figures(scorer(name), table(words))
    script = (
        "import sys; from simulator import simulate;"
        f"run = simulate('workload=table', 'workload.path={words}', 'scorer={name}', users=3);"
        "assert run.turns.score.between(0, 1).all() and len(run.turns);"
        "heavy = {'torch', 'transformers', 'huggingface_hub', 'tokenizers', 'sklearn', 'filelock'};"
        "sys.exit(str(heavy & set(sys.modules)) if heavy & set(sys.modules) else 0)"
    )
    done = subprocess.run([sys.executable, "-c", script], env=os.environ, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


# What can be wrong.


def test_a_workload_without_words() -> None:
    for name in ("bert", "eq10"):
        with pytest.raises(
            Mistake, match="the workload holds figures only: give its table a column 'prompt'"
        ):
            scenario(f"scorer={name}")


def test_a_head_of_another_reading_or_another_encoder(words: Path) -> None:
    with pytest.raises(Mistake, match=r"scorer.max_tokens=128: the head minilm_mmlu was fitted with 256"):
        scorer("eq10", max_tokens=128).open(table(words))
    with pytest.raises(Mistake, match=r"scorer.head: .*did you mean minilm_mmlu\?"):
        scorer("eq10", head="minilm_mmul").open(table(words))
    keep_figures(scorer("eq10"), table(words), weights="0000")
    with pytest.raises(Mistake, match="was fitted on other weights"):
        scorer("eq10").open(table(words))


def test_without_the_extra_one_line_says_what_to_install(
    words: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("torch", "transformers", "huggingface_hub", "filelock"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(Mistake, match=r'pip install "edgewise\[bert\]"'):
        scorer("bert").open(table(words))


# Words beside figures.


def test_words_of_an_embedded_tables_turns(tmp_path: Path) -> None:
    """A file with the text of MT-Bench's turns: as many, as long, and dialogues begin in the same rows."""
    plain = Table(
        path="mtbench", quality=None, device_tokens=20, edge_tokens=40, score="score", order="in_order"
    )
    rows = [
        {"session": str(number), "prompt": " ".join(["word"] * int(prompt.tokens))}
        for number, dialogue in enumerate(plain.dialogues)
        for prompt in dialogue
    ]

    def written(rows: list[dict[str, Any]]) -> Table:
        file = tmp_path / "text.jsonl"
        file.write_text("\n".join(map(json.dumps, rows)))
        return table(Path("mtbench"), text=str(file))

    whole = written(rows)
    assert [len(dialogue) for dialogue in whole.dialogues] == [2] * 80
    assert len(list(whole.transcripts())) == 160
    assert list(plain.transcripts()) == []
    for (kept, *_), (bare, *_) in zip(whole.dialogues, plain.dialogues, strict=True):
        assert kept._replace(said=None) == bare
    with pytest.raises(ValueError, match="159 turns, but mtbench has 160"):
        written(rows[:-1])
    with pytest.raises(ValueError, match=r"row 3 has \d+ words, but in mtbench that turn has \d+"):
        written([*rows[:2], rows[2] | {"prompt": rows[2]["prompt"] + " more"}, *rows[3:]])
    with pytest.raises(ValueError, match="its dialogues begin in other rows"):
        written([row | {"session": str(number)} for number, row in enumerate(rows)])


def test_words_are_counted_where_tokens_are_not_given(words: Path, tmp_path: Path) -> None:
    assert [prompt.tokens for prompt in table(words).dialogues[0]] == [4, 4, 4]
    bare = tmp_path / "bare.csv"
    bare.write_text("promt\nhello\n")
    with pytest.raises(ValueError, match=r"did you mean prompt\?"):
        table(bare)
    bare.write_text("question\nhello\n")
    with pytest.raises(ValueError, match=r"no column 'prompt' .words. and no column 'prompt_tokens'"):
        table(bare)


def test_transcripts_hold_what_was_said_until_then(words: Path) -> None:
    for dialogue in table(words).dialogues:
        spoken = [prompt.said for prompt in dialogue]
        assert all(said is not None and said.reply == "yes" for said in spoken)
    transcripts = list(table(words).transcripts())
    assert [len(transcript) for transcript in transcripts] == [1, 2, 3] * 4


def test_the_table_itself_reads_words_only_where_there_are_any() -> None:
    assert all(prompt.said is None for dialogue in table(Path("mmlu")).dialogues[:3] for prompt in dialogue)


def test_a_head_is_told_apart_and_knows_its_own_texts(
    words: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run that scores the texts of the training again says so, and which head it was."""
    entries = json.loads((HEADS / "minilm_mmlu.json").read_text())
    own = [f"question {number} of many" for number in range(5)]
    (tmp_path / "head.json").write_text(json.dumps(entries | {"texts": marks(own)}))
    for head, seen in (("minilm_mmlu", 0), (str(tmp_path), 5)):
        asked = scorer("eq10", head=head)
        keep_figures(asked, table(words))
        source = asked.open(table(words)).source
        told = capsys.readouterr().err
        assert source["texts_that_trained_the_head"] == str(seen)
        assert source["head_sha256"] == read_head(head).sha256
        assert (f"warning: {seen} of 12 texts trained the head" in told) == bool(seen)
    assert read_head("minilm_mmlu").sha256 != read_head(str(tmp_path)).sha256


def test_words_of_a_file_replace_those_of_the_table(tmp_path: Path) -> None:
    """Its replies too: none of one dialogue stand beside prompts of another."""
    (tmp_path / "own.csv").write_text("prompt,reply\na b,old\n")
    (tmp_path / "text.csv").write_text("prompt\nx y\n")
    (said,) = table(tmp_path / "own.csv", text=str(tmp_path / "text.csv")).transcripts()
    assert said == (Exchange("x y"),)


def test_lists_are_no_words(tmp_path: Path) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    parquet.write_table(pa.table({"prompt": [["a", "b"]]}), tmp_path / "lists.parquet")
    with pytest.raises(ValueError, match="prompt must be text, but row 1 is a list: save dialogues as jsonl"):
        table(tmp_path / "lists.parquet")
