"""The command `train`: from a table with text to a head, its scores and its card (a tiny random encoder)."""

import csv
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("sklearn")

from simulator.build import build  # noqa: E402
from simulator.commands import Parser  # noqa: E402
from simulator.config import compose  # noqa: E402
from simulator.heads import read_head  # noqa: E402
from simulator.heads.metrics import Judged, estimates  # noqa: E402
from simulator.mistakes import Mistake  # noqa: E402
from simulator.scorers.commands import train  # noqa: E402
from tests.simulator.checkpoints import WORDS, tiny_encoder  # noqa: E402
from workloads.table import Table  # noqa: E402
from workloads.tables.build import read_scores  # noqa: E402
from workloads.tables.sources import Query  # noqa: E402

DIALOGUES = 130
Lines = list[dict[str, Any]]


def rows(seed: int, told: bool | None = True, turns: int = 1) -> Lines:
    """Prompts in which "prove" says that the edge is needed, mostly; or nothing does; or (None) its lack."""
    rng = np.random.default_rng(seed)
    made: Lines = []
    for session in range(1, DIALOGUES + 1):
        for turn in range(1, turns + 1):
            hard = rng.random() < 0.4
            shown = hard if told else not hard if told is None else rng.random() < 0.4
            said = "prove prove it" if shown else "write short poem"
            prompt = f"{said} {' '.join(rng.choice(WORDS, rng.integers(1, 12)))}"
            device = float(not hard if rng.random() < 0.9 else hard)
            quality = {"device_quality": device, "edge_quality": float(rng.random() < 0.9)}
            made.append({"session": session, "turn": turn, "prompt": prompt, **quality})
    return made


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with tables, and the encoder beside them."""
    folder = tmp_path_factory.mktemp("texts")
    figureless = [{key: row[key] for key in ("session", "turn", "prompt")} for row in rows(4, turns=2)]
    made = {"one": rows(1), "dialogues": rows(2, turns=3), "new": figureless}
    made |= {"noise": rows(3, told=False), "reversed": rows(5, told=None)}
    for name, lines in made.items():
        (folder / f"{name}.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in lines))
    tiny_encoder(folder / "encoder")
    return folder


def command(texts: Path, out: Path, *words: str) -> Path:
    """Run `train` as the command line would; the folder of the results."""
    parser = Parser()
    train.configure(parser)
    settings = [f"scorer.checkpoint={texts / 'encoder'}", "scorer.max_tokens=24", "scorer.threads=1"]
    arguments = parser.parse_args([*words, "--out", str(out), "--resamples", "40"])
    train.act(arguments, [*settings, f"scorer.cache={texts / 'scores.sqlite'}"])
    return out


@pytest.fixture(scope="module")
def trained(texts: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results of a whole command."""
    return command(
        texts,
        tmp_path_factory.mktemp("out") / "made",
        str(texts / "one.jsonl"),
        *("--apply", *(str(texts / f"{name}.jsonl") for name in ("dialogues", "new", "reversed"))),
        *("--tuned", str(texts / "noise.jsonl")),
    )


def scores(folder: Path, name: str, column: str = "score") -> np.ndarray[Any, Any]:
    with (folder / f"{name}.csv").open() as stream:
        return np.array([float(row[column]) for row in csv.DictReader(stream)])


def table(texts: Path, name: str) -> Table:
    quality = None if name == "new" else ""
    settings: Any = {"device_tokens": 1, "edge_tokens": 1, "score": "score", "order": "in_order"}
    return Table(path=str(texts / f"{name}.jsonl"), quality=quality, **settings)


def live(texts: Path, trained: Path, name: str) -> list[float]:
    """The scores of a run that names the head in its settings."""
    settings = [f"scorer.checkpoint={texts / 'encoder'}", "scorer.max_tokens=24", "scorer.revision=''"]
    settings += [f"scorer.head={trained / 'head.json'}", f"scorer.cache={texts / 'scores.sqlite'}"]
    scorer = build(compose(["scorer=eq10", *settings]).settings["scorer"], "scorer")
    workload = table(texts, name)
    opened = scorer.open(workload)
    return [opened.of(transcript) for transcript in workload.transcripts()]


def test_everything_is_there(trained: Path) -> None:
    tables = {"one.csv", "dialogues.csv", "new.csv", "noise.csv", "reversed.csv"}
    assert {file.name for file in trained.iterdir()} == tables | {
        *("head.json", "README.md", "recovery.png", "calibration.png")
    }
    for picture in trained.glob("*.png"):
        assert picture.read_bytes().startswith(b"\x89PNG")
        assert picture.stat().st_size > 5000
    head = read_head(str(trained / "head.json"))
    assert len(head.coefficients) == 32
    assert (head.label, head.trained_on) == ("edge_better", "one: 130 turns of 130 dialogues")


def test_the_scores_are_files_that_the_tables_read(texts: Path, trained: Path) -> None:
    queries = [Query(row["session"], row["turn"], "", row["prompt"]) for row in rows(3, told=False)]
    known = read_scores(trained / "noise.csv", queries)
    assert list(known) == ["score", "score_tuned"]
    with (trained / "dialogues.csv").open() as stream:
        read = list(csv.DictReader(stream))
    assert [(row["session"], row["turn"]) for row in read[:4]] == [
        ("1", "1"),
        ("1", "2"),
        ("1", "3"),
        ("2", "1"),
    ]
    assert float(read[0]["prompt_tokens"]) == len(rows(2, turns=3)[0]["prompt"].split())


def test_a_run_with_the_head_meets_the_same_scores(texts: Path, trained: Path) -> None:
    for name in ("dialogues", "new"):
        assert [f"{score:.4f}" for score in live(texts, trained, name)] == [
            f"{score:.4f}" for score in scores(trained, name)
        ]


def test_the_training_tables_scores_are_not_those_of_the_whole_head(texts: Path, trained: Path) -> None:
    assert np.abs(scores(trained, "one") - live(texts, trained, "one")).max() > 0.001


def card(folder: Path) -> str:
    return (folder / "README.md").read_text()


def cells(folder: Path, row: str) -> list[str]:
    """A row of the card's table, column by column."""
    line = next(line for line in card(folder).splitlines() if line.startswith(f"| {row} |"))
    return [cell.strip() for cell in line.strip("|").split("|")[1:]]


def by_hand(texts: Path, trained: Path) -> dict[str, str]:
    """The card's figures of `dialogues`, from the scores of a run and sorting alone."""
    outcomes = rows(2, turns=3)
    score = np.array(live(texts, trained, "dialogues"))
    gain = np.array([row["edge_quality"] - row["device_quality"] for row in outcomes])
    order = np.argsort(-score, kind="stable")
    expected = np.array([gain[score == one].mean() for one in score])  # turns of equal score in any order
    back = np.concatenate([[0], np.cumsum(expected[order])]) / gain.sum()
    sent = np.linspace(0, 1, len(score) + 1)
    figures = {
        "area under the quality-share curve": (back[1:] + back[:-1]).mean() / 2,
        "gap recovered at 35% edge calls": float(np.interp(0.35, sent, back)),
        "Brier score": np.mean((score - (gain > 0)) ** 2),
    }
    return {name: f"{value:.3f}".removeprefix("0") for name, value in figures.items()}


def test_the_cards_numbers_are_those_of_the_scores(texts: Path, trained: Path) -> None:
    head = next(line for line in card(trained).splitlines() if line.startswith("| | one"))
    assert head.strip(" |").split(" | ") == [
        "one, `score`",
        "dialogues, `score`",
        "new, `score`",
        "reversed, `score`",
        "noise, `score`",
        "noise, `score_tuned`",
    ]
    for row, figure in by_hand(texts, trained).items():
        assert cells(trained, row)[1].partition(" ")[0] == figure, row
        assert cells(trained, row)[2] == "-"
    assert cells(trained, "turns, dialogues")[1] == "390, 130"


def test_the_cards_intervals_are_over_dialogues(texts: Path, trained: Path) -> None:
    outcomes = rows(2, turns=3)
    gain = np.array([row["edge_quality"] - row["device_quality"] for row in outcomes])
    score = np.array(live(texts, trained, "dialogues"))
    sessions = np.array([row["session"] for row in outcomes])
    low, high = estimates(Judged(score, gain, gain > 0, sessions), 40)["area"][1:]
    expected = f"({low:.3f} to {high:.3f})".replace("0.", ".")
    assert cells(trained, "area under the quality-share curve")[1].endswith(expected)


def test_the_card_says_plainly_where_a_score_fails(trained: Path) -> None:
    said = {
        match[1]: match[2] for match in re.finditer(r"^\* ([^:]+): (.*)$", card(trained), flags=re.MULTILINE)
    }
    assert said["one, `score`"].startswith("**better than chance**")
    assert said["reversed, `score`"].startswith("**worse than chance**")
    assert said["new, `score`"] == "no outcomes are known, so nothing is said of its scores."
    lift, share = (
        cells(trained, row)[4]
        for row in ("beyond a coin, edge shares 50% to 100%", "edge calls for 80% of the gap")
    )
    low, high = map(float, re.findall(r"-?\d*\.\d+", lift)[1:])
    told = "better" if low > 0 else "worse" if high < 0 else "no better"  # chance may favour noise
    assert said["noise, `score`"].startswith(f"**{told} than chance**")
    assert f"it recovers {lift} of the gap more than a coin" in said["noise, `score`"]
    assert f"For 80% of the gap it sends {share} of the turns, a coin .800." in said["noise, `score`"]


def test_the_cards_settings_are_those_that_a_run_takes(texts: Path, trained: Path) -> None:
    line = next(line for line in card(trained).splitlines() if line.startswith("$ python -m simulator "))
    words = [word for word in line.split() if word.startswith("scorer")]
    assert f"scorer.head={trained / 'head.json'}" in words
    scorer = build(compose([*words, f"scorer.cache={texts / 'scores.sqlite'}"]).settings["scorer"], "scorer")
    assert scorer.open(table(texts, "new")).source["weights_sha256"] == read_head(scorer.head).weights


def test_a_second_run_reads_nothing_and_writes_the_same(
    texts: Path, trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the texts are in the store")

    monkeypatch.setattr("simulator.encoders.model.Model.__init__", refuse)
    again = command(texts, tmp_path, str(texts / "one.jsonl"), "--encoder-name", "hub/name@" + "a" * 40)
    assert (again / "one.csv").read_bytes() == (trained / "one.csv").read_bytes()
    before, after = (read_head(str(folder / "head.json")) for folder in (trained, again))
    assert (after.checkpoint, after.revision) == ("hub/name", "a" * 40)
    assert after.coefficients == before.coefficients
    assert f"scorer.revision={'a' * 40}" in card(again)


def test_dialogues_and_another_label(texts: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--label", "device_fails", "--good-enough", "0.5", "--length", "words")
    command(texts, tmp_path, str(texts / "dialogues.jsonl"), *words)
    head = read_head(str(tmp_path / "head.json"))
    assert (head.label, head.length) == ("device_fails 0.5", "words")
    assert "the device's quality is below 0.5" in card(tmp_path)
    printed = capsys.readouterr().out.splitlines()
    assert printed[0].startswith("dialogues score (out of fold): of the gap at edge shares of 10%:")
    assert str(tmp_path / "README.md") in printed[-2]
    assert printed[-1].startswith("python -m simulator.scorers threshold --edge-share 0.35 scorer=eq10 ")
    with pytest.raises(Mistake, match=r"head.json is there already; name another folder, or add --force"):
        command(texts, tmp_path, str(texts / "dialogues.jsonl"), *words)


def csv_file(folder: Path, change: Callable[[dict[str, Any]], dict[str, Any]]) -> str:
    lines = [change(row) for row in rows(1)]
    with (folder / "mine.csv").open("w", newline="") as stream:
        writer = csv.DictWriter(stream, lines[0])
        writer.writeheader()
        writer.writerows(lines)
    return str(folder / "mine.csv")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            lambda row: {**row, "device_quality": 1.0},
            "mine: 0 of 130 dialogues have turns that need the edge",
        ),
        (lambda row: {**row, "device_quality": ""}, "mine: 130 of 130 turns lack a quality"),
        (lambda row: {k: v for k, v in row.items() if k != "edge_quality"}, "no column 'edge_quality'"),
        (lambda row: {k if k != "prompt" else "prompt_tokens": 5 for k in row}, "no column 'prompt'"),
        (lambda row: {**row, "edge_quality": "good"}, "edge_quality must be a number, but row 1 is 'good'"),
    ],
)
def test_tables_that_cannot_be_learned_from(change: Any, told: str, texts: Path, tmp_path: Path) -> None:
    with pytest.raises(Mistake, match=told) as error:
        command(texts, tmp_path / "out", csv_file(tmp_path, change))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["one.jsonl", "--label", "edge_bettr"], "did you mean edge_better"),
        (["one.jsonl", "--apply", "one.jsonl"], "two tables are called 'one'"),
        (["one.jsonl", "--tuned", "new.jsonl"], "no column 'device_quality'"),
        (["one.jsonl", "--quality", "paper"], "no column 'paper_device_quality'"),
        (["one.jsonl", "--resamples", "0"], "--resamples 0: must be at least 1"),
        (["tow.jsonl"], "no table '.*tow.jsonl'"),
        (["one.jsonl", "scorer=bert"], "train fits the head of scorer=eq10"),
    ],
)
def test_mistakes_end_in_one_line(words: list[str], told: str, texts: Path, tmp_path: Path) -> None:
    parser = Parser()
    train.configure(parser)
    overrides = [word for word in words if "=" in word]
    paths = [str(texts / word) if ".jsonl" in word else word for word in words if "=" not in word]
    with pytest.raises(Mistake, match=told) as error:
        train.act(parser.parse_args([*paths, "--out", str(tmp_path / "out")]), overrides)
    assert "\n" not in str(error.value)


def test_a_file_in_the_place_of_the_folder(texts: Path, tmp_path: Path) -> None:
    (tmp_path / "out").touch()
    with pytest.raises(Mistake, match="is a file, not a folder"):
        command(texts, tmp_path / "out", str(texts / "one.jsonl"))
