"""The textbook's logs: rows as dicts, csv at the end."""

import csv
from math import nan
from pathlib import Path
from typing import Any

from simulator.policies import Choice, Decision
from workloads import Site, Turn

Row = dict[str, Any]


def turn_row(
    turn: Turn,
    decision: Decision,
    choice: Choice,
    reprefill_tokens: float,
    arrived_at_s: float,
    router_s: float,
    seen_at_s: float,
    done_at_s: float,
) -> Row:
    """What is known of a turn besides its stations' times; `seen_at_s` is when its first token showed."""
    at_edge, answer, expected = choice.site is Site.EDGE, turn.answer(choice.site), decision.expected
    return {
        "user_id": turn.user_id,
        "session_id": turn.session_id,
        "turn_index": turn.index,
        "task": turn.task,
        "arrived_at_s": arrived_at_s,
        "done_at_s": done_at_s,
        "site": str(choice.site),
        "prompt_tokens": turn.prompt_tokens,
        "attached_bits": turn.attached_bits,
        "context_tokens": decision.query.context_tokens,
        "reprefill_tokens": reprefill_tokens,
        "response_tokens": answer.tokens,
        "score": decision.score,
        "fused_score": choice.fused_score,
        "expected_device_s": expected.device_s,
        "expected_edge_s": expected.edge_s,
        "expected_s": expected.edge_s if at_edge else expected.device_s,
        "router_s": router_s,
        "ttft_s": seen_at_s - arrived_at_s,
        "e2e_s": done_at_s - arrived_at_s,
        "quality": answer.quality,
        "preemptions": 0,
        "energy_j": nan,
        "battery_share": nan,
        "temperature_c": nan,
    }


def event_row(at_s: float, kind: str, entity: str, turn: Turn, value: float) -> Row:
    """One state change."""
    return {
        "at_s": at_s,
        "kind": kind,
        "entity": entity,
        "user_id": turn.user_id,
        "session_id": turn.session_id,
        "turn_index": turn.index,
        "value": value,
    }


def write(folder: Path, name: str, rows: list[Row]) -> None:
    """One log as csv."""
    with (folder / f"{name}.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
