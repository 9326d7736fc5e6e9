"""The committed tables: whole, within their ranges, with the paper's means; and the rules that made them.

With the environment variable EDGEWISE_RAW naming the folder of downloaded sources, the tables are built again
and compared byte for byte.
"""

import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from workloads import Exchange
from workloads.recovery import area, curve, recovered_at
from workloads.table import Table
from workloads.tables import calibrate, judge, texts
from workloads.tables.build import GAIN_FOLLOWS_SCORE, HERE, tables
from workloads.tables.report import gain, right, task_order_kept
from workloads.tables.sources import MODELS
from workloads.tables.starts import conversation_starts_s

RAW = os.environ.get("EDGEWISE_RAW")
SIZES = {
    "mmlu": (14_042, 14_042),
    "gsm8k": (1_319, 1_319),
    "mtbench101": (4_208, 1_388),
    "mtbench": (160, 80),
}
JUDGED = ("mtbench101", "mtbench")
TABLES = {name: pd.read_csv(HERE / f"{name}.csv") for name in SIZES}
STARTS = pd.read_csv(HERE / "session_starts.csv")


def total(name: str, column: str) -> float:
    return float(TABLES[name][column].sum())


@pytest.mark.parametrize("name", SIZES)
def test_every_turn_of_every_session_is_there_in_order(name: str) -> None:
    table = TABLES[name]
    assert (len(table), table["session"].nunique()) == SIZES[name]
    assert table["session"].unique().tolist() == list(range(1, SIZES[name][1] + 1))
    assert (table["turn"] == table.groupby("session").cumcount() + 1).all()
    assert table["session"].is_monotonic_increasing


@pytest.mark.parametrize("name", SIZES)
def test_cells_are_figures_within_their_ranges(name: str) -> None:
    table = TABLES[name]
    assert not table.isna().any().any()
    assert (table["prompt_tokens"] >= 1).all()
    for column in table.filter(like="score"):
        assert table[column].between(0.0, 1.0).all(), column
        assert table[column].nunique() > 100, column
    lowest, highest = (1, 10) if name in JUDGED else (0, 1)
    step = 0.5 if name == "mtbench" else 1.0
    for column in table.filter(like="_quality"):
        assert table[column].between(lowest, highest).all(), column
        assert (table[column] % step == 0).all(), column


@pytest.mark.parametrize("name", SIZES)
def test_tables_hold_no_text(name: str) -> None:
    table = TABLES[name]
    assert table.select_dtypes(exclude="number").columns.tolist() == ["task"]
    labels = table["task"].unique()
    assert max(map(len, labels)) <= 40
    assert all(label.count(" ") <= 1 for label in labels)


@pytest.mark.parametrize("file", [f"{name}.csv" for name in SIZES] + ["session_starts.csv"])
def test_files_have_unix_line_ends(file: str) -> None:
    content = (HERE / file).read_bytes()
    assert b"\r" not in content
    assert content.endswith(b"\n")


@pytest.mark.parametrize(
    ("name", "pair", "device", "edge"),
    [
        ("mmlu", "paper", 9_238, 11_969),
        ("gsm8k", "paper", 964, 1_174),
        ("mtbench101", "paper", 39_092, 41_154),
        ("mtbench101", "paper_rho0", 39_092, 41_154),
        ("mtbench101", "paper_rho1", 39_092, 41_154),
        ("mmlu", "routellm", 9_560, 11_315),
        ("gsm8k", "routellm", 842, 1_130),
        ("mtbench", "routellm", 1_334.5, 1_476.5),
    ],
)
def test_totals(name: str, pair: str, device: float, edge: float) -> None:
    assert total(name, f"{pair}_device_quality") == device
    assert total(name, f"{pair}_edge_quality") == edge


@pytest.mark.parametrize(
    ("name", "device", "edge"),
    [("mmlu", 0.6579, 0.8524), ("gsm8k", 0.7309, 0.8901), ("mtbench101", 9.29, 9.78)],
)
def test_means_are_the_papers_to_half_a_count(name: str, device: float, edge: float) -> None:
    half_a_count = 0.5 / len(TABLES[name])
    assert TABLES[name]["paper_device_quality"].mean() == pytest.approx(device, abs=half_a_count)
    assert TABLES[name]["paper_edge_quality"].mean() == pytest.approx(edge, abs=half_a_count)


@pytest.mark.parametrize(("name", "within"), [("mmlu", 0.005), ("gsm8k", 0.02)])
def test_calibration_flips_the_least_and_keeps_the_dependence(name: str, within: float) -> None:
    before, after = right(TABLES[name], "routellm"), right(TABLES[name], "paper")
    for old, new in zip(before, after, strict=True):
        assert (old != new).sum() == abs(int(new.sum()) - int(old.sum()))
    ratio = calibrate.odds_ratio(calibrate.crosstab(after)) / calibrate.odds_ratio(calibrate.crosstab(before))
    assert ratio == pytest.approx(1.0, abs=within)


@pytest.mark.parametrize("site", ["device", "edge"])
def test_calibration_keeps_the_order_of_the_subjects(site: str) -> None:
    assert task_order_kept(TABLES["mmlu"], site) > 0.97


def test_score_finds_the_mmlu_questions_that_need_the_edge() -> None:
    mmlu = TABLES["mmlu"]
    score = mmlu["score"].to_numpy()
    assert recovered_at(0.35, score, gain(mmlu, "routellm")) > 0.50
    assert recovered_at(0.35, score, gain(mmlu, "paper")) > 0.45


@pytest.mark.parametrize("pair", ["routellm", "paper"])
def test_on_gsm8k_a_general_score_is_weak_and_a_tuned_one_is_not(pair: str) -> None:
    gsm8k = TABLES["gsm8k"]
    assert area(gsm8k["score"].to_numpy(), gain(gsm8k, pair)) == pytest.approx(0.5, abs=0.03)
    assert area(gsm8k["score_tuned"].to_numpy(), gain(gsm8k, pair)) > 0.6


def test_three_dependences_of_the_judge_scores_share_one_joint_law() -> None:
    table = TABLES["mtbench101"]
    pairs = [
        table[[f"{pair}_device_quality", f"{pair}_edge_quality"]].value_counts().to_dict()
        for pair in ("paper", "paper_rho0", "paper_rho1")
    ]
    assert pairs[0] == pairs[1] == pairs[2]
    none, some, full = (
        recovered_at(0.111, table["score"].to_numpy(), gain(table, pair))
        for pair in ("paper_rho0", "paper", "paper_rho1")
    )
    assert none < 0.2 < some < full


def test_session_starts_are_ascending_seconds_from_zero() -> None:
    instants = STARTS["at_s"]
    assert len(instants) == 7_373
    assert instants.iloc[0] == 0.0
    assert instants.is_monotonic_increasing
    assert instants.iloc[-1] == 3_536.999


def test_move_reaches_the_counts_with_the_fewest_flips() -> None:
    rng = np.random.default_rng(7)
    easy = rng.random(600)
    pair = calibrate.Pair(rng.random(600) < easy, rng.random(600) < 0.3 + 0.7 * easy)
    task = np.where(easy > 0.5, "easy", "hard")
    for device_right, edge_right in ((200, 500), (400, 300), (int(pair.device.sum()), 450)):
        moved = calibrate.move(pair, task, device_right, edge_right, seed=1)
        assert (moved.device.sum(), moved.edge.sum()) == (device_right, edge_right)
        for old, new in zip(pair, moved, strict=True):
            assert (old != new).sum() == abs(int(new.sum()) - int(old.sum()))
        before, after = (calibrate.odds_ratio(calibrate.crosstab(p)) for p in (pair, moved))
        assert after == pytest.approx(before, rel=0.1)


def test_move_to_the_same_counts_changes_nothing() -> None:
    pair = calibrate.Pair(np.array([1, 1, 0, 0, 1], dtype=bool), np.array([1, 0, 1, 0, 1], dtype=bool))
    moved = calibrate.move(pair, np.array(["a"] * 5), 3, 3, seed=1)
    assert (moved.device == pair.device).all()
    assert (moved.edge == pair.edge).all()


def test_move_prefers_wrong_turns_in_hard_tasks() -> None:
    task = np.repeat(["easy", "hard"], 1000)
    outcome = np.concatenate([np.arange(1000) < 950, np.arange(1000) < 500])
    edge = np.resize([True, True, True, False], 2000)
    moved = calibrate.move(calibrate.Pair(outcome, edge), task, 1350, 1500, seed=1)
    lost = outcome & ~moved.device
    assert lost[:1000].sum() < lost[1000:].sum() / 3


def test_move_says_what_it_cannot_reach() -> None:
    pair = calibrate.Pair(np.array([1, 1, 0, 0], dtype=bool), np.array([1, 0, 1, 0], dtype=bool))
    with pytest.raises(ValueError, match="no flips lead from"):
        calibrate.move(pair, np.array(["a"] * 4), 4, 4, seed=1)


def test_tilt_has_the_means_and_keeps_the_odds_ratio() -> None:
    law = judge.Law(*np.array([[1, 1, 2, 2], [1, 2, 1, 2], [0.3, 0.2, 0.1, 0.4]], dtype=float))
    tilted = judge.tilted(law, 1.7, 1.9)
    assert tilted.means() == pytest.approx((1.7, 1.9))
    odds = [w[0] * w[3] / (w[1] * w[2]) for w in (law.weight, tilted.weight)]
    assert odds[0] == pytest.approx(odds[1])


def test_tilt_says_what_it_cannot_reach() -> None:
    law = judge.Law(*np.array([[1, 1, 2, 2], [1, 2, 1, 2], [0.3, 0.2, 0.1, 0.4]], dtype=float))
    with pytest.raises((ValueError, np.linalg.LinAlgError)):
        judge.tilted(law, 2.5, 1.5)


def test_whole_law_has_whole_turns_and_the_nearest_totals() -> None:
    law = judge.Law(*np.array([[1, 1, 2, 2], [1, 2, 1, 2], [0.31, 0.22, 0.13, 0.34]], dtype=float))
    counts = judge.whole(law, 37)
    assert counts.weight.sum() == 37
    assert (counts.weight % 1 == 0).all()
    assert counts.weight @ counts.device == round(37 * law.means()[0])
    assert counts.weight @ counts.edge == round(37 * law.means()[1])


def test_assigned_gain_follows_the_score_as_asked() -> None:
    law = judge.Law(np.array([9.0, 9.0, 9.0]), np.array([9.0, 10.0, 8.0]), np.array([500.0, 400.0, 100.0]))
    score = np.random.default_rng(3).permutation(1000) / 1000
    device, edge = judge.assign(law, score, 1.0, seed=1)
    assert (np.diff((edge - device)[np.argsort(score)]) >= 0).all()
    strengths = [
        np.corrcoef(score, np.subtract(*judge.assign(law, score, f, seed=1)[::-1]))[0, 1] for f in (0, 0.5)
    ]
    assert abs(strengths[0]) < 0.1 < strengths[1]
    with pytest.raises(ValueError, match=r"not 1\.5"):
        judge.assign(law, score, 1.5, seed=1)


def test_recovery_of_small_cases() -> None:
    gains = np.array([1.0, 0.0, 0.0, 1.0])
    assert recovered_at(0.5, gains, gains) == 1.0
    assert recovered_at(0.25, np.zeros(4), gains) == 0.25
    assert area(np.zeros(4), gains) == 0.5
    assert curve(-gains, gains)[1].tolist() == [0.0, 0.0, 1.0]


def test_the_curve_of_a_small_case() -> None:
    """Gains 2, -1, 0, 1 in the order of the scores: recovered 0, 1, .5, .5, 1 of the gap."""
    found = curve(np.array([0.9, 0.7, 0.4, 0.1]), np.array([2.0, -1.0, 0.0, 1.0]))
    assert found.recovered.tolist() == [0.0, 1.0, 0.5, 0.5, 1.0]
    assert found.area() == pytest.approx(0.625)
    assert [found.share_for(target) for target in (0.0, 0.4, 1.0)] == pytest.approx([0.0, 0.1, 0.25])
    assert found.lift(0.0, 0.5) == pytest.approx(0.625 - 0.25)
    assert found.lift(0.1, 0.2) == pytest.approx(0.6 - 0.15)
    assert curve(np.zeros(7), np.arange(7.0)).apgr() == pytest.approx(0.5)


def raw_files(folder: Path) -> Path:
    """The layout of the downloaded sources, with a turn or two in each file."""
    mixtral, gpt = MODELS
    files = {
        "routellm/mmlu/responses/mmlu_law.csv": f'prompt,{mixtral},{gpt}\n"Is it?\nA. Yes",False,True\n',
        "routellm/gsm8k/gsm8k_responses.csv": f"prompt,{mixtral},{gpt}\nHow many?,True,True\n",
        "gsm8k/test.jsonl": '{"question": "How many?", "answer": "Two.\\n#### 2"}\n',
        "mtbench101/mtbench101.jsonl": '{"task": "GR", "id": 1, "history": [{"user": "Hi é", "bot": "J"}]}\n',
        "routellm/mt_bench/question.jsonl": '{"question_id": 81, "category": "maths", "turns": ["One?"]}\n',
        "routellm/mt_bench/judgements.jsonl": "".join(
            f'{{"question_id": 81, "turn": 1, "model": "{model}", "score": {score}}}\n'
            for model, score in ((mixtral, 7.5), (gpt, 9))
        ),
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_texts_are_tables_with_the_published_outcomes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw, out = raw_files(tmp_path / "raw"), tmp_path / "out"
    monkeypatch.setattr("sys.argv", ["texts", "--raw", str(raw), "--out", str(out)])
    texts.main()
    settings: Any = {"device_tokens": 1.0, "edge_tokens": 1.0, "score": "score", "order": "in_order"}
    found = {}
    for file in sorted(out.iterdir()):
        quality = None if file.stem == "mtbench101" else ""
        ((turn,),) = Table(path=str(file), quality=quality, **settings).dialogues
        found[file.name] = (turn.said, turn.tokens, turn.task, turn.device.quality, turn.edge.quality)
    assert found.pop("mtbench101.jsonl")[:3] == (Exchange("Hi é", "J"), 2, "GR")
    assert found == {
        "gsm8k.jsonl": (Exchange("How many?"), 2, "1 steps", 1, 1),
        "mmlu.jsonl": (Exchange("Is it?\nA. Yes"), 4, "law", 0, 1),
        "mtbench.jsonl": (Exchange("One?"), 1, "maths", 7.5, 9),
    }


def test_texts_without_their_sources_end_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["texts", "--raw", str(tmp_path), "--out", str(tmp_path / "out")])
    with pytest.raises(
        SystemExit, match=r"error: .*: no files of mmlu; workloads/tables/README\.md says which"
    ):
        texts.main()


def test_a_request_that_repeats_no_block_opens_a_conversation(tmp_path: Path) -> None:
    trace = tmp_path / "trace.jsonl"
    blocks = {1000: [0, 1, 2], 2000: [0, 3], 4000: [0, 1, 2, 4], 7000: [0], 9500: [0, 5]}
    lines = [f'{{"timestamp": {at}, "hash_ids": {hashes}}}' for at, hashes in blocks.items()]
    trace.write_text("\n".join(lines))
    assert conversation_starts_s(trace) == [0.0, 1.0, 6.0, 8.5]


if RAW:

    def test_the_sources_give_the_committed_tables() -> None:
        assert RAW is not None
        for name, text in tables(Path(RAW), HERE, GAIN_FOLLOWS_SCORE).items():
            assert (HERE / name).read_bytes() == text.encode(), name
