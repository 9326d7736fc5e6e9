"""What is written down of a run: every state change, and one row per finished turn."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from simulator.arrow_log import ArrowLog, Numbers
from simulator.clock import Clock
from simulator.columns import ENTITIES, ENTITY_STEP, EVENTS, KINDS, SITES, TURNS, change
from simulator.deliveries import Delivered
from simulator.devices import Body
from simulator.policies import Choice, Decision, Outcome
from simulator.radio import Transfer
from simulator.schedulers import Work
from workloads import Site, Turn

PACKED_NUMBERS = 2400
"""Numbers of finished turns that are kept as Python objects: about a hundred turns, and their events."""
FIRST_BATCH_EVENTS, BATCH_EVENTS = 512, 32_768
"""State changes per batch on disk, doubling from the first to the last, so that also a short run that is
killed has most of its log on disk. The turns finished meanwhile go with them."""

_ARRIVED, _DONE = change("arrived", "phone"), change("done", "phone")
_SCORED, _UPLOADED = change("scored", "cpu"), change("uploaded", "uplink")
_DECIDED_EDGE, _DECIDED_DEVICE = change("decided", "edge"), change("decided", "npu")
_ON_DEVICE, _AT_EDGE = 0.0, 1.0
"""Places in `SITES`."""


class Log:
    """The logs of one run, `events` and `turns`, and the count of turns under way."""

    def __init__(self, clock: Clock, folder: Path) -> None:
        self._clock = clock
        self._tasks: dict[str, int] = {}
        words = {"kind": KINDS, "entity": ENTITIES, "task": self._tasks, "site": SITES}
        self._events = ArrowLog(folder, "events", EVENTS, words, list)
        self._turns = ArrowLog(folder, "turns", TURNS, words, _turn_columns)
        self._notes: defaultdict[int, list[float]] = defaultdict(list)
        self._rows: list[float] = []
        self._batch = FIRST_BATCH_EVENTS
        self.arrived_turns = 0
        self.done_turns = 0

    def note(self, turn: Turn, *changes: float) -> None:
        """Write state changes of one turn down (`simulator.columns.Note`)."""
        self._notes[len(changes)] += (turn.user_id, turn.session_id, turn.index, *changes)

    def arrived(self, turn: Turn) -> float:
        """A prompt is there; the present instant."""
        now_s = self._clock.env.now
        self.arrived_turns += 1
        self.note(turn, _ARRIVED, now_s, turn.prompt_tokens)
        return now_s

    def decided(self, decision: Decision, choice: Choice) -> None:
        """The router has scored and chosen."""
        query = decision.query
        decided = _DECIDED_EDGE if choice.site is Site.EDGE else _DECIDED_DEVICE
        self.note(
            decision.turn,
            *(_SCORED, query.at_s, query.router_s),
            *(decided, query.at_s, choice.fused_score),
        )

    def uploaded(self, turn: Turn, transfer: Transfer) -> None:
        """Prompt and context are at the edge."""
        self.note(turn, _UPLOADED, self._clock.env.now, transfer.took_s)

    def done(
        self,
        arrived_at_s: float,
        decision: Decision,
        choice: Choice,
        up: Transfer,
        work: Work,
        down: Delivered,
        body: Body,
    ) -> Outcome:
        """The reply is on the phone: one row, whose six parts are Eq. 8 and the queue."""
        now_s = self._clock.env.now
        turn, expected, query = decision.turn, decision.expected, decision.query
        uplink_s, uplink_bps, _ = up
        (downlink_s, downlink_bps, _), first_seen_s = down
        queue_s, prefill_s, decode_s, _, reprefill_tokens, response_tokens, preemptions, _ = work
        at_edge = choice.site is Site.EDGE
        e2e_s = query.router_s + uplink_s + queue_s + prefill_s + decode_s + downlink_s
        quality = turn.answer(choice.site).quality
        self._rows += (
            turn.user_id,
            turn.session_id,
            turn.index,
            self._tasks.setdefault(turn.task, len(self._tasks)),
            arrived_at_s,
            now_s,
            _AT_EDGE if at_edge else _ON_DEVICE,
            turn.prompt_tokens,
            turn.attached_bits,
            query.context_tokens,
            reprefill_tokens,
            response_tokens,
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
            e2e_s - (first_seen_s if at_edge else decode_s - work.first_seen_s),
            uplink_bps,
            downlink_bps,
            quality,
            preemptions,
            *body,
        )
        self.note(turn, _DONE, now_s, e2e_s)
        self.done_turns += 1
        if len(self._rows) > PACKED_NUMBERS:
            self._pack()
            if self._events.waiting >= self._batch:
                self.flush()
                self._batch = min(2 * self._batch, BATCH_EVENTS)
        return Outcome(choice, e2e_s, quality)

    def _pack(self) -> None:
        """Turn the newest rows into arrays, before they fall out of the processor's cache."""
        for length, notes in self._notes.items():
            self._events.add(_event_rows(np.fromiter(notes, float, len(notes)).reshape(-1, 3 + length)))
            notes.clear()
        self._turns.add(np.fromiter(self._rows, float, len(self._rows)).reshape(-1, len(_TURN_NUMBERS)))
        self._rows.clear()

    def flush(self) -> None:
        """Bring all that is known to disk."""
        self._pack()
        self._events.flush()
        self._turns.flush()

    def close(self, end_s: float) -> Path:
        """End both logs, leaving out events announced for later than `end_s`; the turns' Parquet file."""
        self._pack()
        self._events.close(end_s)
        return self._turns.close()


def _event_rows(notes: Numbers) -> Numbers:
    """Event rows of notes of equally many changes: whose turn, then code, instant and value of each."""
    names, changes = notes[:, :3], notes[:, 3:].reshape(len(notes), notes.shape[1] // 3 - 1, 3)
    rows = np.empty((*changes.shape[:2], len(EVENTS)))
    rows[..., 0] = changes[..., 1]
    rows[..., 2], rows[..., 1] = np.divmod(changes[..., 0], ENTITY_STEP)
    rows[..., 3:6] = names[:, None, :]
    rows[..., 6] = changes[..., 2]
    return rows.reshape(-1, len(EVENTS))


def _turn_columns(numbers: Numbers) -> Sequence[Numbers]:
    """The turn columns, with those that follow from the others (`_DERIVED`) filled in."""
    columns = dict(zip(_TURN_NUMBERS, numbers, strict=True))
    at_edge = columns["site"] == _AT_EDGE
    columns["e2e_s"] = sum(columns[part] for part in SIX_PARTS)
    columns["expected_s"] = np.where(at_edge, columns["expected_edge_s"], columns["expected_device_s"])
    return [columns[column.name] for column in TURNS]


SIX_PARTS = ("router_s", "uplink_s", "queue_s", "prefill_s", "decode_s", "downlink_s")
"""They add up to e2e_s (Eq. 8)."""
_DERIVED = {"expected_s", "e2e_s"}
_TURN_NUMBERS = [column.name for column in TURNS if column.name not in _DERIVED]
