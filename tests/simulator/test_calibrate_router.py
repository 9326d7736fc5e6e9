"""Router time: the fit finds what made the timings, prices make the mean right, the lines can be pasted."""

import csv
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.build import build, scenario_of
from simulator.commands import Parser
from simulator.config import compose
from simulator.empty_network import EmptyNetwork
from simulator.encoders import timing
from simulator.encoders.timing import Timing, fitted, made_up_texts, medians, spread, timed
from simulator.mistakes import Mistake
from simulator.scorers.commands import calibrate_router as command
from simulator.scorers.commands.router_price import Reader, Turns, price, turns_of
from simulator.walk import walk
from workloads import Answer, Prompt

TOKENS = np.array([8.0, 16, 32, 64, 128, 256])
DIALOGUES = build(compose([]).settings["workload"], "workload").dialogues


def reader(max_tokens: int = 256, per_prompt_s: float = 0.02, per_token_s: float = 0.003) -> Reader:
    """An encoder that takes exactly so long, measured up to 256 tokens."""
    seconds = per_prompt_s + per_token_s * TOKENS
    return Reader(TOKENS, seconds, fitted(TOKENS, seconds), 1.25, 2, max_tokens)


@given(st.floats(0.0, 0.1), st.floats(1e-5, 0.01))
def test_the_fit_finds_an_exact_line(per_prompt_s: float, per_token_s: float) -> None:
    cost = fitted(TOKENS, per_prompt_s + per_token_s * TOKENS)
    assert cost.per_prompt_s == pytest.approx(per_prompt_s, abs=1e-9)
    assert cost.per_token_s == pytest.approx(per_token_s, rel=1e-6)
    assert cost.farthest < 1e-6


def test_the_fit_of_noisy_timings_is_within_its_own_errors() -> None:
    """Over 300 fits the errors that are told are the spread that is seen; most are within two of them."""
    rng, tokens = np.random.default_rng(1), np.geomspace(8, 512, 12)
    true_s = 0.02 + 0.003 * tokens
    fits = [fitted(tokens, true_s * (1 + 0.03 * rng.standard_normal(12))) for _ in range(300)]
    found = np.array([fit.per_token_s for fit in fits])
    told = np.array([fit.per_token_error_s for fit in fits], float)
    assert found.std() == pytest.approx(told.mean(), rel=0.2)
    assert np.mean(np.abs(found - 0.003) < 2 * told) > 0.85
    assert all(0.01 < fit.farthest < 0.2 for fit in fits)


def test_two_lengths_tell_no_errors_and_one_is_no_line() -> None:
    two = fitted(np.array([10.0, 30.0]), np.array([0.1, 0.2]))
    assert (two.per_prompt_s, two.per_token_s) == pytest.approx((0.05, 0.005))
    assert two.per_prompt_error_s is two.per_token_error_s is None
    with pytest.raises(ValueError, match="all have 6 tokens"):
        fitted(np.array([6.0]), np.array([0.1]))


def test_medians_are_of_equal_lengths_and_shrug_off_a_hiccup() -> None:
    lengths, seconds = medians([Timing(9, 12, (2.0, 2.0, 50.0)), Timing(3, 5, (1.0,)), Timing(8, 12, (4.0,))])
    assert lengths.tolist() == [5, 12]
    assert seconds.tolist() == [1.0, 3.0]


def test_every_round_reads_all_texts_and_the_first_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that moves only while a text is read; the first reading of each takes far longer."""
    now_s, seen = [0.0], list[str]()

    def read(text: str) -> None:
        now_s[0] += len(text) * (1000.0 if text not in seen else 1.0)
        seen.append(text)

    monkeypatch.setattr(timing, "perf_counter", lambda: now_s[0])
    took = timed(read, ["a", "bb", "ccc"], 3)
    assert took == [(1.0,) * 3, (2.0,) * 3, (3.0,) * 3]
    assert seen == ["a", "bb", "ccc", "ccc", "bb", "a"] * 2


def test_made_up_texts_double_until_they_are_cut() -> None:
    texts = made_up_texts(lambda text: min(100, 2 + len(text.split())), 100)
    assert [len(text.split()) for text in texts] == [6, 12, 24, 48, 96, 192]
    assert texts[-1].startswith(texts[-2])


@given(st.lists(st.integers(0, 600), min_size=1, max_size=200))
def test_a_spread_has_both_ends_and_no_text_twice(lengths: list[int]) -> None:
    chosen = spread(lengths, 12)
    assert len(set(chosen)) == len(chosen) <= 12
    assert {min(lengths), max(lengths)} <= {lengths[number] for number in chosen}


def test_a_text_takes_longer_with_its_words_until_it_is_cut() -> None:
    takes_s = reader().seconds_of(np.array([20.0, 100.0, 203.2, 1e4]))
    exact_s = [0.02 + 0.003 * tokens for tokens in (27, 127, 256, 256)]
    assert takes_s == pytest.approx(exact_s)
    beyond_s = reader(max_tokens=512).seconds_of(np.array([300.0, 1e4]))
    assert beyond_s == pytest.approx([0.02 + 0.003 * 377, 0.02 + 0.003 * 512])


def test_turns_are_as_long_as_in_a_walk_whose_replies_are_alike() -> None:
    """C_t is what the simulator's own context holds, where both sites answer with the mean of the two."""
    alike = ["workload.device_tokens=100", "workload.edge_tokens=100", "policy=always_edge"]
    scenario = scenario_of(compose(alike).settings)
    network, walked = EmptyNetwork(scenario), list[tuple[float, float]]()
    plain = network.weigh

    def weigh(router: Any, turn: Any, context: Any) -> Any:
        walked.append((context.tokens, turn.prompt_tokens))
        return plain(router, turn, context)

    network.weigh = weigh  # type: ignore[method-assign]
    walk(network, scenario.policy)
    table: Any = scenario.workload
    turns = turns_of(table.dialogues, 0)
    assert list(zip(turns.context.tolist(), turns.prompt.tolist(), strict=True)) == walked


def test_what_is_read_ends_with_the_prompt() -> None:
    answers = Answer(10.0, 1.0), Answer(30.0, 1.0)
    dialogue = [Prompt(words, *answers, 0.5, "") for words in (1.0, 2.0, 3.0)]
    assert turns_of([dialogue], 0).read.tolist() == [1, 2, 3]
    assert turns_of([dialogue], 1).read.tolist() == [1, 23, 25]
    whole = turns_of([dialogue], 2)
    assert whole.read.tolist() == (whole.context + whole.prompt).tolist() == [1, 23, 46]


@pytest.mark.parametrize("history_turns", [0, 1, 99])
@pytest.mark.parametrize("device", ["paper", "soc"])
def test_a_price_makes_the_mean_right(device: str, history_turns: int) -> None:
    """Eq. 4 as the device itself counts it, over all turns of MT-Bench-101."""
    turns = turns_of(DIALOGUES, history_turns)
    takes_s = reader().seconds_of(turns.read)
    law = build(compose([f"device={device}"]).settings["device"], "device")
    charged = getattr(law, "scored_tokens", float.__add__)
    tau_s, charged_s = price(charged, turns, takes_s)
    units = [charged(*lengths) for lengths in zip(turns.context.tolist(), turns.prompt.tolist(), strict=True)]
    assert tau_s * np.mean(units) == pytest.approx(takes_s.mean())
    assert charged_s[0] == pytest.approx(takes_s.mean())
    assert charged_s[2:] == pytest.approx((tau_s * min(units), tau_s * max(units)))


def test_without_words_there_is_no_price() -> None:
    nothing = np.zeros(3)
    with pytest.raises(ValueError, match="no turn of the workload has any words"):
        price(float.__add__, Turns(nothing, nothing, nothing), nothing)


def call(*words: str, **changes: str) -> None:
    parser = Parser()
    command.configure(parser)
    command.act(parser.parse_args(words), [f"{key}={value}" for key, value in changes.items()])


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Overrides that choose a small random classifier of 64 tokens."""
    pytest.importorskip("torch")
    from tests.simulator.checkpoints import tiny_classifier

    folder = tiny_classifier(tmp_path_factory.mktemp("models") / "c")
    return {"scorer": "bert", "scorer.checkpoint": str(folder), "scorer.threads": "1"}


def pasted(printed: str) -> list[list[str]]:
    return [line.split() for line in printed.splitlines() if re.match(r"device=\S+ device\.", line)]


def test_the_lines_compose_and_the_timings_are_kept(
    tiny: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "timings.json"
    call("--rounds", "2", "--out", str(out), **tiny)
    printed = capsys.readouterr().out
    lines, record = pasted(printed), json.loads(out.read_text())
    assert [line[0] for line in lines] == ["device=paper", "device=soc"] * 2
    assert [" ".join(line) for line in lines] == [
        line for told in record["overrides"].values() for line in told
    ]
    for line in lines:
        device = compose(line).settings["device"]
        assert 0 < device["router_s_per_token"] < 1
        assert device.get("router_window_tokens", 64) == 64
        build(device, "device")
    assert "this machine's seconds" in printed
    assert "cut at 64 tokens" in printed
    assert record["machine"]["threads"] == 1
    assert record["machine"]["versions"]["torch"]
    timings = record["timings"]
    assert {timing["round"] for timing in timings} == {1, 2}
    assert all(timing["seconds"] > 0 for timing in timings)
    assert max(timing["tokens"] for timing in timings) == 64
    words = sorted({timing["words"] for timing in timings})
    assert words == [6 * 2**number for number in range(len(words))]


def test_ones_own_texts_device_and_history(
    tiny: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each text once, as the scorer reads it: with one turn before the prompt."""
    texts, out = tmp_path / "texts.jsonl", tmp_path / "timings.csv"
    rows = [["how many apples", "prove it " * 4], ["why"], ["why"], ["A B C " * 90]]
    texts.write_text("".join(json.dumps({"turns": row}) + "\n" for row in rows))
    more = {"scorer.history_turns": "1", "device": "oneplus_12_cpu", "workload": "mtbench"}
    call(str(texts), "--rounds", "1", "--out", str(out), **tiny | more)
    with out.open(newline="") as stream:
        assert sorted(int(row["words"]) for row in csv.DictReader(stream)) == [1, 3, 11, 270]
    printed = capsys.readouterr().out
    assert [line[0] for line in pasted(printed)] == ["device=oneplus_12_cpu"]
    assert "workload=mtbench," in printed
    assert "prompt and 1 turn before" not in printed, "MT-Bench has two turns: that is the whole dialogue"


@pytest.mark.parametrize(
    ("words", "changes", "told"),
    [
        (("--rounds", "0"), {}, "--rounds 0: must be at least 1"),
        (("--out", "x.txt"), {}, "must end in .csv or .json"),
        (("--out", "no/where.csv"), {}, "no is no folder"),
        ((), {"scorer": "table"}, "choose scorer=bert or scorer=eq10"),
        (("absent.jsonl",), {}, "no file absent.jsonl"),
        ((), {"scorer.checkpoint": "/no/model"}, "no folder '/no/model'"),
        ((), {"device": "pager"}, "device is one of"),
    ],
)
def test_mistakes_are_told_in_one_line(words: tuple[str, ...], changes: dict[str, str], told: str) -> None:
    with pytest.raises(Mistake) as caught:
        call(*words, **changes)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_texts_that_tell_nothing_are_told(tiny: dict[str, str], tmp_path: Path) -> None:
    texts = tmp_path / "texts.csv"
    texts.write_text("prompt\nprove it\nprove it\n")
    with pytest.raises(Mistake, match="two lengths"):
        call(str(texts), **tiny)
    texts.write_text("prompt\n" + "A B " * 100 + "\n")
    with pytest.raises(Mistake, match="every text is cut at 64 tokens"):
        call(str(texts), **tiny)
