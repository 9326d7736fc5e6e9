"""Thoughts: how many, and what becomes of a run whose models have them."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from simulator import simulate
from simulator.mistakes import Mistake
from tests import KEY, Logs, run, scenario
from workloads import Site
from workloads.thinking.none import NoThinking
from workloads.thinking.share import FixedShare

SHARES = st.floats(0.0, 1.0)
BUSY = ["users=6", "horizon_s=3000", "arrivals.sessions_per_s=0.002", "scheduler.slots=1000"]
EDGE = [*BUSY, "policy=always_edge", "thinking=share", "thinking.edge_share=0.75"]


@given(SHARES, SHARES, st.floats(0.0, 1e5))
def test_thoughts_are_a_part_of_the_reply(device: float, edge: float, tokens: float) -> None:
    thinking = FixedShare(device_share=device, edge_share=edge)
    assert thinking.thinks == (device > 0 or edge > 0)
    for site, share in ((Site.DEVICE, device), (Site.EDGE, edge)):
        assert 0 <= thinking.tokens(site, tokens) == tokens * share <= tokens
        assert NoThinking().tokens(site, tokens) == 0.0
    assert not NoThinking().thinks


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_a_share_is_a_share(share: float) -> None:
    with pytest.raises(ValidationError):
        FixedShare(device_share=0.0, edge_share=share)


def by_key(logs: Logs) -> pd.DataFrame:
    return logs.turns.sort_values(KEY, ignore_index=True)


def followed(turns: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Turns and, row by row, the turns that came next in the same session."""
    turns = turns.sort_values(KEY, ignore_index=True)
    same = (turns[KEY[:2]].shift(-1) == turns[KEY[:2]]).all(axis=1)
    return turns[same].reset_index(drop=True), turns.shift(-1)[same].reset_index(drop=True)


def test_no_share_is_no_thinking() -> None:
    nothing = run(*BUSY, "thinking=share", "thinking.edge_share=0.0")
    assert nothing.turns_bytes == run(*BUSY).turns_bytes


def test_the_history_holds_what_the_user_saw() -> None:
    before, after = followed(run(*EDGE).turns)
    assert len(before) > 30
    grown = before["context_tokens"] + before["prompt_tokens"] + 0.25 * before["response_tokens"]
    np.testing.assert_allclose(after["context_tokens"], grown, rtol=1e-12)


@pytest.mark.parametrize("kv_cache", ["keep_last", "keep_all", "none"])
def test_what_was_written_after_thoughts_is_read_again(kv_cache: str) -> None:
    """By the model itself, in its next turn: the cache ends before the thoughts."""
    before, after = followed(run(*EDGE, f"kv_cache={kv_cache}").turns)
    expected = after["context_tokens"] if kv_cache == "none" else 0.25 * before["response_tokens"]
    np.testing.assert_allclose(after["reprefill_tokens"], expected, rtol=1e-12)
    assert (after["reprefill_tokens"] > 0).all()


def test_thoughts_take_time_but_are_not_sent() -> None:
    """Only the download of a first turn is shorter, by the same share."""
    slow = ["channel.downlink_bps=4500", "workload=gsm8k"]
    thinking, plain = by_key(run(*EDGE, *slow)), by_key(run(*BUSY, *slow, "policy=always_edge"))
    assert len(plain) == len(thinking) > 20
    for column in ("prefill_s", "decode_s", "response_tokens", "queue_s"):
        assert (thinking[column] == plain[column]).all(), column
    assert (plain["downlink_s"] > 1).all()
    alone = (thinking["arrived_at_s"] == plain["arrived_at_s"]) & (plain["downlink_s"] < 5)
    np.testing.assert_allclose(thinking["downlink_s"][alone], 0.25 * plain["downlink_s"][alone], rtol=1e-9)
    assert alone.sum() > 20


@pytest.mark.parametrize("policy", ["always_device", "always_edge"])
def test_the_first_token_seen_is_the_first_visible_one(policy: str) -> None:
    """The paper's machines write a token in 0.02 s and 0.04 s; nothing shows before the thoughts end."""
    gap_s = {"always_edge": 0.02, "always_device": 0.04}[policy]
    both = ["thinking=share", "thinking.edge_share=0.75", "thinking.device_share=0.75"]
    turns = run(*BUSY, f"policy={policy}", "delivery=streamed", *both).turns
    thoughts = 0.75 * turns["response_tokens"]
    until_s = turns["router_s"] + turns["uplink_s"] + turns["queue_s"] + turns["prefill_s"]
    seen_s = until_s + gap_s * (thoughts + 1)
    assert (turns["ttft_s"] - seen_s < 1e-3).all()  # the way down
    assert (turns["ttft_s"] - seen_s > -1e-9).all()
    assert (turns["ttft_s"] > 10 * gap_s).all()


def test_nothing_is_seen_of_a_reply_that_is_all_thoughts() -> None:
    turns = run(*EDGE, "thinking.edge_share=1.0", "delivery=streamed").turns
    np.testing.assert_allclose(turns["ttft_s"], turns["e2e_s"], rtol=1e-12)
    assert (turns["downlink_s"] == 0).all()
    before, after = followed(turns)
    np.testing.assert_allclose(
        after["context_tokens"], before["context_tokens"] + before["prompt_tokens"], rtol=1e-12
    )
    assert (after["reprefill_tokens"] == 0).all()


def test_the_router_expects_what_is_sent() -> None:
    """An estimator that reckons in bits sees the lighter reply; all else equal."""
    common = [
        *BUSY,
        "estimator=reported",
        "estimator/report=exact",
        "channel.downlink_bps=45000",
        "workload=gsm8k",
    ]
    common += ["arrivals.sessions_per_s=0.0005"]
    plain, thinking = by_key(run(*common)), by_key(run(*common, "thinking=share", "thinking.edge_share=0.75"))
    saved_s = plain["expected_edge_s"] - thinking["expected_edge_s"]
    mean_tokens = scenario("workload=gsm8k").workload.edge_tokens
    np.testing.assert_allclose(saved_s, 0.75 * mean_tokens * 45.0 / 45000, rtol=1e-9)


def test_a_cache_cannot_follow_thoughts() -> None:
    with pytest.raises(Mistake, match="thinking=none"):
        scenario("payload=kv_cache", "kv_cache=keep_all", "thinking=share")
    scenario("payload=kv_cache", "kv_cache=keep_all", "thinking=share", "thinking.edge_share=0.0")


def test_it_is_chosen_on_the_command_line(tmp_path: Path) -> None:
    """A whole run: shorter histories, a later first token."""
    plain = simulate("users=20", "delivery=streamed", folder=tmp_path / "plain").turns
    thinking = simulate("users=20", "delivery=streamed", "thinking=share", folder=tmp_path / "share").turns
    assert 0 < thinking["context_tokens"].mean() < 0.8 * plain["context_tokens"].mean()
    at_edge = [turns[turns["site"] == "edge"]["ttft_s"].median() for turns in (plain, thinking)]
    assert at_edge[1] > 5 * at_edge[0]
