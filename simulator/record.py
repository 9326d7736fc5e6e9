"""What is written down of a run: every state change, and one row per finished turn."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from simulator.arrow_log import ArrowLog, Numbers
from simulator.clock import Clock
from simulator.columns import ENTITIES, ENTITY, EVENTS, KIND, KINDS, SITE, SITES, TURNS
from simulator.phone import Transfer
from simulator.policies import Choice, Decision, Outcome
from simulator.schedulers import Job, Work
from workloads import Site, Turn

PACKED_NUMBERS = 3500
"""Numbers of the event log, seven an event, that are kept as Python objects."""
FIRST_BATCH_EVENTS, BATCH_EVENTS = 512, 32_768
"""State changes per batch on disk, doubling from the first to the last, so that also a short run that is
killed has most of its log on disk. The turns finished meanwhile go with them."""

_ARRIVED, _SCORED, _DECIDED = KIND["arrived"], KIND["scored"], KIND["decided"]
_UPLOADED, _DONE = KIND["uploaded"], KIND["done"]
_ON_DEVICE, _AT_EDGE = SITE[Site.DEVICE], SITE[Site.EDGE]
_PHONE, _CPU, _UPLINK = ENTITY["phone"], ENTITY["cpu"], ENTITY["uplink"]
_NPU, _EDGE = ENTITY["npu"], ENTITY["edge"]


class Log:
    """The logs of one run, `events` and `turns`, and the count of turns under way."""

    def __init__(self, clock: Clock, folder: Path) -> None:
        self._clock = clock
        self._tasks: dict[str, int] = {}
        words = {"kind": KINDS, "entity": ENTITIES, "task": self._tasks, "site": SITES}
        self._events = ArrowLog(folder, "events", EVENTS, words, list, len(EVENTS))
        self._turns = ArrowLog(folder, "turns", TURNS, words, _turn_columns, len(_TURN_NUMBERS))
        self._event_numbers, self._turn_numbers = self._events.numbers, self._turns.numbers
        self._batch = FIRST_BATCH_EVENTS
        self.arrived_turns = 0
        self.done_turns = 0

    def note(self, at_s: float, kind: float, entity: float, turn: Turn, value: float) -> None:
        """Write one state change down; `kind` and `entity` are codes (`simulator.columns`)."""
        self._event_numbers += (at_s, kind, entity, turn.user_id, turn.session_id, turn.index, value)

    def arrived(self, turn: Turn) -> float:
        """A prompt is there; the present instant."""
        now_s = self._clock.env.now
        self.arrived_turns += 1
        self.note(now_s, _ARRIVED, _PHONE, turn, turn.prompt_tokens)
        return now_s

    def decided(self, decision: Decision, choice: Choice) -> None:
        """The router has scored and chosen."""
        query = decision.query
        self.note(query.at_s, _SCORED, _CPU, decision.turn, query.router_s)
        self.note(
            query.at_s,
            _DECIDED,
            _EDGE if choice.site is Site.EDGE else _NPU,
            decision.turn,
            choice.fused_score,
        )

    def uploaded(self, turn: Turn, transfer: Transfer) -> None:
        """Prompt and context are at the edge."""
        self.note(self._clock.env.now, _UPLOADED, _UPLINK, turn, transfer.took_s)

    def done(
        self,
        arrived_at_s: float,
        decision: Decision,
        choice: Choice,
        job: Job,
        up: Transfer,
        work: Work,
        down: Transfer,
    ) -> Outcome:
        """The reply is on the phone: one row, whose six parts are Eq. 8 and the queue."""
        now_s = self._clock.env.now
        turn, expected, query = decision.turn, decision.expected, decision.query
        uplink_s, uplink_bps = up
        downlink_s, downlink_bps = down
        queue_s, prefill_s, decode_s = work
        e2e_s = query.router_s + uplink_s + queue_s + prefill_s + decode_s + downlink_s
        quality = turn.answer(choice.site).quality
        self._turn_numbers += (
            turn.user_id,
            turn.session_id,
            turn.index,
            self._tasks.setdefault(turn.task, len(self._tasks)),
            arrived_at_s,
            now_s,
            _AT_EDGE if choice.site is Site.EDGE else _ON_DEVICE,
            turn.prompt_tokens,
            query.context_tokens,
            job.reprefill_tokens,
            job.response_tokens,
            decision.score,
            choice.fused_score,
            expected.device_s,
            expected.edge_s,
            query.router_s,
            uplink_s,
            queue_s,
            prefill_s,
            decode_s,
            downlink_s,
            uplink_bps,
            downlink_bps,
            quality,
        )
        self.note(now_s, _DONE, _PHONE, turn, e2e_s)
        self.done_turns += 1
        if len(self._event_numbers) > PACKED_NUMBERS:
            self._turns.pack()
            if self._events.pack() >= self._batch:
                self.flush()
                self._batch = min(2 * self._batch, BATCH_EVENTS)
        return Outcome(choice, e2e_s, quality)

    def flush(self) -> None:
        """Bring all that is known to disk."""
        self._events.flush()
        self._turns.flush()

    def close(self, end_s: float) -> Path:
        """End both logs, leaving out events announced for later than `end_s`; the turns' Parquet file."""
        self._events.close(end_s)
        return self._turns.close()


def _turn_columns(numbers: Numbers) -> Sequence[Numbers]:
    """The turn columns, with those that follow from the others (`_DERIVED`) filled in."""
    columns = dict(zip(_TURN_NUMBERS, numbers, strict=True))
    at_edge = columns["site"] == _AT_EDGE
    before_model_s = columns["router_s"] + columns["uplink_s"] + columns["queue_s"] + columns["prefill_s"]
    e2e_s = before_model_s + columns["decode_s"] + columns["downlink_s"]
    first_token_s = columns["decode_s"] / np.maximum(columns["response_tokens"], 1.0)
    columns["e2e_s"] = e2e_s
    columns["ttft_s"] = np.where(at_edge, e2e_s, before_model_s + first_token_s)
    columns["expected_s"] = np.where(at_edge, columns["expected_edge_s"], columns["expected_device_s"])
    return [columns[column.name] for column in TURNS]


_DERIVED = {"expected_s", "ttft_s", "e2e_s"}
_TURN_NUMBERS = [column.name for column in TURNS if column.name not in _DERIVED]
