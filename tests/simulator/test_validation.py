"""The edge server held against measured runs: reading them, replaying them, and how near it comes."""

import csv
import json
from math import isnan
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simulator.machines.paper import Paper
from simulator.mistakes import Mistake
from simulator.schedulers.fifo_slots import FifoSlots
from simulator.validation import Recording, Requests, Served, engine, figures, read, replay
from simulator.validation.__main__ import main
from simulator.validation.figures import Difference, differences, verdict
from simulator.validation.recording import compact
from simulator.validation.report import HEAD, page, section
from simulator.validation.runs import PRO_6000, RUNS, STAND_IN_GIVEN, STAND_IN_PUBLISHED, TABLES, Run
from tests import ROOT

PAGE = ROOT / "simulator" / "validation" / "README.md"
ASKED = "arrival_s,input_tokens,output_tokens"
MACHINE = Paper(prefill_s_per_token=0.01, decode_s_per_token=0.1)
PAPER = ("edge=paper", "scheduler=fifo_slots", "scheduler.slots=1")

each_run = pytest.mark.parametrize("run", RUNS, ids=lambda run: run.name)


def requests(*rows: tuple[float, float, float]) -> Requests:
    return Requests(*np.array(rows).T)


def raw(**changes: Any) -> dict[str, Any]:
    """A line of a benchmark's file."""
    known = {
        "request_id": "bench-0",
        "input_toks": 20,
        "output_toks": 5,
        "arrival_time": 1777.5,
        "queued_ts": 30.5,
        "scheduled_ts": 30.6,
        "first_token_ts": 31.0,
        "last_token_ts": 32.0,
    }
    return {name: value for name, value in (known | changes).items() if value is not None}


def written(folder: Path, *rows: dict[str, Any]) -> Path:
    file = folder / "requests.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)) + "\n")
    return file


def table(folder: Path, text: str) -> Path:
    file = folder / "mine.csv"
    file.write_text(text)
    return file


# Reading


def test_json_lines_count_from_the_first_arrival_on_both_clocks(tmp_path: Path) -> None:
    late = raw(arrival_time=1779.0, queued_ts=32.25, first_token_ts=33.0, last_token_ts=35.0, output_toks=9)
    asked, served = read(written(tmp_path, late, raw()))
    assert served is not None
    assert asked.arrival_s.tolist() == [0.0, 1.5]
    assert asked.output_tokens.tolist() == [5, 9]
    assert served.queued_s.tolist() == [0.0, 1.75]
    assert served.first_token_s.tolist() == [0.5, 2.5]
    assert served.last_token_s.tolist() == [1.5, 4.5]


def test_a_run_need_not_be_measured(tmp_path: Path) -> None:
    nothing = dict.fromkeys(("queued_ts", "first_token_ts", "last_token_ts"))
    recordings = read(written(tmp_path, raw(**nothing))), read(table(tmp_path, f"{ASKED}\n0,20,5\n"))
    for recording in recordings:
        assert recording.served is None
        assert [column.tolist() for column in recording.requests] == [[0.0], [20.0], [5.0]]


def test_in_a_table_arrivals_stand_for_the_queue(tmp_path: Path) -> None:
    _, served = read(table(tmp_path, f"{ASKED},first_token_s,last_token_s\n2,20,5,3,4\n"))
    assert served is not None
    assert [column.tolist() for column in served] == [[2.0], [3.0], [4.0]]


def test_the_compact_table_reads_back(tmp_path: Path) -> None:
    recording = read(
        written(tmp_path, raw(), raw(arrival_time=1778.0, queued_ts=31.125, first_token_ts=31.5))
    )
    again = read(table(tmp_path, compact(recording)))
    assert np.array_equal(np.array(again.requests), np.array(recording.requests))
    assert recording.served is not None
    assert again.served is not None
    assert np.array_equal(np.array(again.served), np.array(recording.served))


# Figures


@each_run
def test_measured_figures_are_the_published_ones(run: Run) -> None:
    """By our definitions the tables give what LLMServingSim printed for vLLM, to the last digit."""
    recording = run.recording
    assert recording.served is not None
    found = figures(recording.requests, recording.served)
    with (TABLES / "llmservingsim.csv").open() as lines:
        rows = [row for row in csv.DictReader(lines) if row["run"] == run.name]
    assert len(rows) == len(found) == len(run.llmservingsim) == 15
    for row in rows:
        assert f"{found[row['metric'], row['statistic']]:.1f}" == row["vllm_ms"], row


def test_figures_by_hand() -> None:
    asked = requests((0.0, 20, 5), (1.0, 20, 1))
    served = Served(np.array([0.25, 1.0]), np.array([1.25, 4.0]), np.array([2.25, 4.0]))
    found = figures(asked, served)
    assert (found["TTFT", "mean"], found["TTFT", "median"]) == (2000, 2000)
    assert found["TTFT", "p90"] == pytest.approx(2800)
    assert found["latency", "mean"] == 2500
    assert found["TPOT", "mean"] == found["TPOT", "p99"] == 250  # a reply of one token has none
    assert isnan(figures(requests((0.0, 20, 1)), Served(*np.zeros((3, 1))))["TPOT", "mean"])


def test_the_verdict_names_what_is_too_far() -> None:
    measured = {("TTFT", "mean"): 100.0, ("TTFT", "p90"): 100.0, ("TPOT", "p99"): 100.0}
    near = {("TTFT", "mean"): 104.0, ("TTFT", "p90"): 150.0, ("TPOT", "p99"): 91.0}
    line = verdict(differences(near, measured))
    assert "p99 within 10 %: yes" in line
    assert line.endswith("TPOT p99 -9.0%.")
    line = verdict(differences(near | {("TTFT", "mean"): 94.0, ("TPOT", "p99"): 111.0}, measured))
    assert line.endswith("NO, not TTFT mean -6.0%, TPOT p99 +11.0%.")
    assert not Difference("TPOT", "p99", -0.101).allowed


# Replaying


def test_a_replay_by_hand() -> None:
    """One slot: the second waits for the first. Eq. 1 and Eq. 5 with a price of 10 and 100 ms a token."""
    served = replay(requests((0.5, 50, 10), (1.0, 20, 4)), MACHINE, FifoSlots(slots=1))
    assert served.queued_s.tolist() == [0.5, 1.0]
    assert served.first_token_s == pytest.approx([0.5 + 0.5 + 0.1, 2.0 + 0.2 + 0.1])
    assert served.last_token_s == pytest.approx([2.0, 2.6])


def test_recorded_lengths_are_not_words(tmp_path: Path) -> None:
    class Wordy(Paper):
        @property
        def tokens_per_word(self) -> float:
            return 1.3

    wordy = Wordy(prefill_s_per_token=0.01, decode_s_per_token=0.1)
    with pytest.raises(Mistake, match=r"has 1\.3 of them to a word: set edge\.tokens_per_word=1"):
        replay(requests((0.0, 50, 10)), wordy, FifoSlots(slots=1))
    assert engine(*RUNS[0].given).machine.tokens_per_word == 1


def test_a_reply_that_would_be_cut_is_told() -> None:
    short, scheduler = engine("edge=rtx4090_llama_8b", "edge.window_tokens=100")
    with pytest.raises(Mistake, match=r"request 2 asks for 41 tokens after 60, more than .* takes \(100\)"):
        replay(requests((0.0, 60, 40), (1.0, 60, 41)), short, scheduler)


def test_continuous_batching_goes_without_saying() -> None:
    assert type(engine("edge=rtx4090_llama_8b").scheduler).__name__ == "Continuous"
    assert engine("+edge=paper", "scheduler=fifo_slots", "scheduler.slots=3").scheduler == FifoSlots(slots=3)


@each_run
def test_replays_come_near_the_measured_runs(run: Run) -> None:
    """Mean and median within 5 %, p99 within 10 %, given a preset and settings alone."""
    allowed = (
        "scheduler.max_num_seqs=",
        "scheduler.max_num_batched_tokens=",
        "edge=",
        "scheduler=continuous",
    )
    assert all(word.startswith(allowed) for word in run.given)
    recording = run.recording
    assert recording.served is not None
    ours = figures(recording.requests, replay(recording.requests, *engine(*run.given)))
    found = differences(ours, figures(recording.requests, recording.served))
    assert len(found) == 15
    assert [str(difference) for difference in found if not difference.allowed] == []


def test_the_stand_in_comes_near_what_is_published() -> None:
    """Other requests, so near is a third."""
    asked = PRO_6000.recording.requests
    found = differences(figures(asked, replay(asked, *engine(*STAND_IN_GIVEN))), STAND_IN_PUBLISHED)
    assert len(found) == 3
    assert max(abs(difference.share) for difference in found) < 1 / 3


def test_more_seats_let_more_in_at_once() -> None:
    """A replay listens to the engine's settings: with fewer seats the queue grows, tokens come sooner."""
    asked = PRO_6000.recording.requests
    few, many = (
        figures(asked, replay(asked, *engine(*PRO_6000.given, f"scheduler.max_num_seqs={seats}")))
        for seats in (32, 128)
    )
    assert few["TTFT", "mean"] > 2 * many["TTFT", "mean"]
    assert few["TPOT", "mean"] < many["TPOT", "mean"]


# The page and the command


def test_the_page_is_a_fresh_run() -> None:
    assert page() + "\n" == PAGE.read_text(encoding="utf-8")


def test_the_command_alone_prints_the_page(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("simulator.validation.__main__.page", lambda: HEAD)
    assert main([]) == 0
    assert capsys.readouterr().out == HEAD + "\n"


def test_a_file_of_ones_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The measured request takes 0.5 + 1 s; the paper's edge 0.4 + 0.1 s."""
    file = written(tmp_path, raw())
    assert main([str(file), *PAPER]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "## requests.jsonl"
    given = "`edge=paper scheduler=fifo_slots scheduler.slots=1` (endless KV cache)."
    assert lines[2] == f"1 request in 0.0 s; given: {given}"
    assert [cell.strip() for cell in lines[4].split("|")[1:5]] == ["ms", "measured", "Edgewise", "difference"]
    assert [cell.strip() for cell in lines[6].split("|")[1:5]] == ["TTFT mean", "500.0", "420.0", "-16.0%"]
    assert lines[-1].startswith("Mean and median within 5 %, p99 within 10 %: NO, not TTFT mean -16.0%,")


def test_without_measurements_only_ours_is_told(tmp_path: Path) -> None:
    text = section("mine", PAPER, Recording(requests((0.0, 20, 5)), None))
    assert "| ms             | Edgewise |" in text
    assert "Mean and median" not in text


def test_settings_that_were_not_given_are_told() -> None:
    one = Recording(requests((0.0, 20, 5)), None)
    told = section("mine", ("edge=rtx4090_llama_8b", "scheduler.max_num_seqs=3"), one).splitlines()[2]
    assert told.endswith("(max_num_batched_tokens 2048, KV cache for 41392 tokens).")


def test_compact_prints_the_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(written(tmp_path, raw())), "--compact"]) == 0
    line = "0.000000,20,5,0.000000,0.500000,1.500000"
    assert capsys.readouterr().out.splitlines() == [f"{ASKED},queued_s,first_token_s,last_token_s", line]


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["absent.jsonl", *PAPER], "absent.jsonl: no such file"),
        (["ok.csv"], "which machine? Choose one, as in edge=NAME; edge is one of "),
        (["ok.csv", "edge=papr"], "edge=papr: did you mean paper? edge is one of "),
        (["ok.csv", *PAPER, "users=3"], "users=3: a replay has no such part, only edge and scheduler"),
        (
            ["ok.csv", *PAPER, "scheduler.slot=3"],
            "unknown key 'scheduler.slot': did you mean scheduler.slots?",
        ),
        (["ok.csv", *PAPER, "scheduler.slots=0"], "scheduler.slots=0: input should be greater than 0"),
        (["edge=paper"], "edge=paper: the file of requests comes first, as in "),
        (["--compact"], "--compact needs a file of requests"),
        (["--compcat"], "unrecognized arguments: --compcat; see python -m simulator.validation --help"),
        (["columns.csv", *PAPER], "columns.csv: no column 'output_tokens'; did you mean"),
        (["half.csv", *PAPER], "half.csv: measured instants go together: first_token_s, last_token_s, or"),
        (["word.csv", *PAPER], "word.csv: input_tokens must be a number, but row 1 is 'many'"),
        (
            ["broken.csv", *PAPER],
            "broken.csv: output_tokens must be a whole number, at least 1, but row 2 is 0",
        ),
        (["empty.csv", *PAPER], "empty.csv: there are no requests in it"),
        (["early.csv", *PAPER], "early.csv: arrival_s must be at least 0, but row 1 is -1"),
        (
            ["before.csv", *PAPER],
            "before.csv: first_token_s must not be before queued_s, as it is of request 2 in the order of",
        ),
        (["keys.jsonl", *PAPER], "keys.jsonl: input_toks must be a number, but row 1 has null"),
        (
            ["half.jsonl", *PAPER],
            "half.jsonl: measured instants go together: queued_ts, first_token_ts, last",
        ),
        (["list.jsonl", *PAPER], "list.jsonl: row 1 is not an object with names"),
        (["text.jsonl", *PAPER], "text.jsonl: not a file of JSON lines ("),
        (["ok.txt", *PAPER], "ok.txt: a table ends in .csv, .parquet or .jsonl, not in .txt"),
    ],
)
def test_mistakes_are_one_line(
    arguments: list[str],
    line: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in {
        "ok.csv": f"{ASKED}\n0,20,5\n",
        "ok.txt": f"{ASKED}\n0,20,5\n",
        "columns.csv": "arrival_s,input_tokens\n0,20\n",
        "half.csv": f"{ASKED},first_token_s\n0,20,5,1\n",
        "word.csv": f"{ASKED}\n0,many,5\n",
        "broken.csv": f"{ASKED}\n0,20,5\n1,20,0\n",
        "empty.csv": f"{ASKED}\n",
        "early.csv": f"{ASKED}\n-1,20,5\n",
        "before.csv": f"{ASKED},first_token_s,last_token_s\n0,20,5,1,2\n3,20,5,1,4\n",
        "keys.jsonl": json.dumps(raw(input_toks=None)),
        "half.jsonl": json.dumps(raw(queued_ts=None)),
        "list.jsonl": "[1]",
        "text.jsonl": "arrival_s,input_tokens",
    }.items():
        Path(name).write_text(text)
    assert main(arguments) == 1
    error = capsys.readouterr().err
    assert error.startswith(f"error: {line}")
    assert error.count("\n") == 1
