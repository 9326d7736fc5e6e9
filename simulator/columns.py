"""Every column of the logs: its name, type, unit and meaning, once.

`analysis/COLUMNS.md` is this module, printed: `python -m simulator.columns > analysis/COLUMNS.md`.
"""

from functools import cache
from typing import NamedTuple, Protocol

from workloads import Site, Turn


class Column(NamedTuple):
    """One column of a log."""

    name: str
    kind: str
    """`int32`, `float64`, or `category` (a word out of a few)."""
    unit: str
    meaning: str


TURNS = (
    Column("user_id", "int32", "", "Whose turn it is; counts users from 0"),
    Column("session_id", "int32", "", "Which of the user's sessions; counts from 0"),
    Column("turn_index", "int32", "", "Which turn of the session; counts from 0"),
    Column("task", "category", "", "The workload's label of the question: a subject, a task"),
    Column("arrived_at_s", "float64", "s", "Instant at which the prompt was there"),
    Column("done_at_s", "float64", "s", "Instant at which the whole reply was on the phone"),
    Column("site", "category", "", "Who answered: `device` or `edge` (d_t = 1 or 0 in Eq. 8)"),
    Column("prompt_tokens", "float64", "tokens", "New text of the user, L_p"),
    Column("attached_bits", "float64", "bit", "Image or file with the prompt, sent if the edge answers"),
    Column("context_tokens", "float64", "tokens", "Everything said before, C_t"),
    Column(
        "reprefill_tokens",
        "float64",
        "tokens",
        "Part of the context read again, Delta C_t in Eq. 1, as it turned out",
    ),
    Column(
        "response_tokens",
        "float64",
        "tokens",
        "Length of the reply, L_r^k, less what the model's window cut off",
    ),
    Column("score", "float64", "", "Need of the edge, p_t of Eq. 10"),
    Column(
        "fused_score",
        "float64",
        "",
        "Score after the policy's weighing, Eq. 11; the score where it weighs nothing",
    ),
    Column("expected_device_s", "float64", "s", "Latency the router expected on the phone, Eq. 6"),
    Column("expected_edge_s", "float64", "s", "Latency the router expected at the edge, Eq. 7"),
    Column("expected_s", "float64", "s", "The one of the two for the chosen site; compare with e2e_s"),
    Column(
        "router_s",
        "float64",
        "s",
        "Scoring on the phone's CPU, T_router of Eq. 4; 0 for policies that read no score",
    ),
    Column(
        "uplink_s",
        "float64",
        "s",
        "Upload, wait for the radio and overhead delta included (Eq. 3); 0 on the phone",
    ),
    Column("queue_s", "float64", "s", "Wait for the model: the term that the paper leaves out"),
    Column("prefill_s", "float64", "s", "Reading the prompt and the context read again, T_comp of Eq. 1"),
    Column("decode_s", "float64", "s", "Writing the reply, T_gen of Eq. 5"),
    Column(
        "downlink_s",
        "float64",
        "s",
        "Download of the reply, wait for the radio included (Eq. 3); 0 on the phone",
    ),
    Column(
        "ttft_s",
        "float64",
        "s",
        "Time until the user sees the first token; e2e_s where the edge's reply comes whole (Eq. 3)",
    ),
    Column(
        "e2e_s",
        "float64",
        "s",
        "Time until the user has the whole reply, T_total of Eq. 8: the sum of the six parts",
    ),
    Column(
        "uplink_bps",
        "float64",
        "bit/s",
        "Rate of the uplink when the upload began, the user's share of it; NaN on the phone",
    ),
    Column(
        "downlink_bps", "float64", "bit/s", "Rate of the downlink when the download began; NaN on the phone"
    ),
    Column(
        "quality",
        "float64",
        "",
        "Quality of the answer on the workload's own scale; NaN where nothing is known",
    ),
    Column("preemptions", "int32", "", "How often the job lost its place in the model's memory"),
    Column(
        "energy_j",
        "float64",
        "J",
        "What the turn cost the phone's battery; NaN where the device says nothing",
    ),
    Column("battery_share", "float64", "", "What is left in the battery after it, 0 to 1; NaN likewise"),
    Column("temperature_c", "float64", "C", "Of the chip that runs the small model, after it; NaN likewise"),
)

EVENTS = (
    Column("at_s", "float64", "s", "Instant of the state change"),
    Column("kind", "category", "", "What happened (below)"),
    Column(
        "entity",
        "category",
        "",
        "Where: `phone`, `cpu`, `npu` (whatever runs the small model), `uplink`, `edge`, `downlink`",
    ),
    Column("user_id", "int32", "", "Whose turn it is"),
    Column("session_id", "int32", "", "Which of the user's sessions"),
    Column("turn_index", "int32", "", "Which turn of the session"),
    Column("value", "float64", "", "A figure that depends on the kind (below)"),
)

KINDS = {
    "arrived": "The prompt is there; value: prompt_tokens",
    "scored": "The router has its score; value: router_s [s], 0 for policies that read none",
    "decided": "The policy chose; entity: the chosen model; value: fused_score",
    "uploaded": "Prompt and context are at the edge; value: uplink_s [s]",
    "submitted": "The model has the job in its queue; value: prefill_tokens, Delta C_t + L_p",
    "started": "The model took it up; value: queue_s [s], or the wait since it was put back",
    "preempted": "The model put it back, for want of memory; value: tokens written so far",
    "prefilled": "The prompt is read; value: prefill_s [s]",
    "finished": "The last token is out; value: decode_s [s]",
    "done": "The whole reply is on the phone; value: e2e_s [s]",
}
ENTITIES = ("phone", "cpu", "npu", "uplink", "edge", "downlink")
SITES = (Site.DEVICE, Site.EDGE)

ENTITY_STEP = 16
"""Above the number of kinds, so that one number can hold a kind and an entity."""


@cache
def change(kind: str, entity: str) -> float:
    """The code of "this kind of thing happened here", as `Note` takes it."""
    return float(list(KINDS).index(kind) + ENTITY_STEP * ENTITIES.index(entity))


class Note(Protocol):
    """How a part of the simulation writes down what happens to a turn."""

    def __call__(self, turn: Turn, *changes: float) -> None:
        """Note state changes, known now, of one turn: for each its code (`change`), instant and value."""


def page() -> str:
    """The page that documents the logs, in Markdown."""
    lines = [
        "# The columns of the logs",
        "",
        "Written by `python -m simulator.columns`; a test keeps it equal to the files' schema.",
        "Instants end in `_at_s` and count simulated seconds from the start of the run; durations in `_s`.",
    ]
    for title, columns in (
        ("`turns.parquet`: one row per finished turn, in the order in which turns finish", TURNS),
        ("`events.parquet`: one row per state change; a stable sort by `at_s` is the order of time", EVENTS),
    ):
        lines += ["", f"## {title}", "", "| column | type | unit | meaning |", "|---|---|---|---|"]
        lines += [f"| `{c.name}` | {c.kind} | {c.unit or '-'} | {c.meaning} |" for c in columns]
    lines += [
        "",
        "Row by row, `e2e_s` is the sum of its six parts: `router_s`, `uplink_s`, `queue_s`, `prefill_s`,",
        "`decode_s` and `downlink_s`.",
    ]
    lines += ["", "### Kinds of events", "", "| kind | meaning |", "|---|---|"]
    lines += [f"| `{kind}` | {meaning} |" for kind, meaning in KINDS.items()]
    return "\n".join(lines)


if __name__ == "__main__":
    print(page())
