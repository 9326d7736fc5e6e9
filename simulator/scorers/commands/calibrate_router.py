"""`calibrate-router`: how long the scorer takes on this machine, and tau_r of Eq. 4 from it."""

from argparse import Namespace
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.commands import Parser
from simulator.mistakes import Mistake

if TYPE_CHECKING:
    from simulator.config import Configuration
    from simulator.encoders import Encoder
    from simulator.scorers.commands.router_price import Reader, Turns
    from simulator.scorers.commands.router_report import Reading

NAME = "calibrate-router"
HELP = "time the scorer on this machine, text by text, and print tau_r of Eq. 4 (device.router_s_per_token)"
ROUNDS = 7


def configure(parser: Parser) -> None:
    """What is read, and how often."""
    parser.add_argument(
        "texts",
        nargs="?",
        type=Path,
        metavar="TEXTS",
        help="a jsonl, csv or parquet file of dialogues or prompts; without it made-up questions are read",
    )
    parser.add_argument(
        "--rounds", metavar="N", type=int, default=ROUNDS, help=f"how often each is timed ({ROUNDS})"
    )
    parser.add_argument(
        "--out", metavar="FILE", type=Path, help="write every timing: .csv, or .json with all about it"
    )


def act(arguments: Namespace, overrides: list[str]) -> None:
    """Time, fit, and print what to paste."""
    from simulator.build import build
    from simulator.config import compose
    from simulator.encoders import Encoder
    from simulator.scorers.commands import router_report
    from simulator.scorers.commands.router_price import turns_of
    from simulator.scorers.commands.router_timing import measure
    from workloads.table import Table

    _check(arguments)
    if not any(override.lstrip("+").startswith("scorer=") for override in overrides):
        overrides = ["scorer=bert", *overrides]
    configuration = compose(overrides)
    settings = configuration.settings
    encoder, table = (build(settings[group], group) for group in ("scorer", "workload"))
    if not isinstance(encoder, Encoder):
        raise Mistake("this scorer reads no text: choose scorer=bert or scorer=eq10")
    if not isinstance(table, Table):
        raise Mistake("the lengths of turns come from a table: choose a workload that reads one")
    devices, texts = _devices(configuration), _texts(arguments.texts, encoder)

    measured = measure(encoder, texts, arguments.rounds)
    longest = max(map(len, table.dialogues))
    as_read = {told: turns_of(table.dialogues, turns) for told, turns in _ways(encoder, longest).items()}
    readings = [_reading(told, measured.reader, turns, devices) for told, turns in as_read.items()]
    router_report.print_machine(measured, arguments.rounds)
    router_report.print_timings(measured.timings, measured.reader.max_tokens)
    router_report.print_line(measured)
    some_turns = next(iter(as_read.values()))
    router_report.print_prices(str(configuration.choices["workload"]), some_turns, readings)
    if arguments.out:
        router_report.write(arguments.out, measured, settings["scorer"], readings)
        print(f"\n{arguments.out}")


def _check(arguments: Namespace) -> None:
    """Mistakes that would otherwise show after the work."""
    out = arguments.out
    if arguments.rounds < 1:
        raise Mistake(f"--rounds {arguments.rounds}: must be at least 1")
    if out and out.suffix not in (".csv", ".json"):
        raise Mistake(f"--out {out}: a csv or json file is written, so the name must end in .csv or .json")
    if out and not out.parent.is_dir():
        raise Mistake(f"--out {out}: {out.parent} is no folder")


def _texts(file: Path | None, encoder: "Encoder") -> list[str] | None:
    """What the scorer reads of the turns in a file, each text once."""
    from simulator.encoders.text import text_of
    from simulator.scorers.commands import text_in

    if file is None:
        return None
    cells = text_in.columns(text_in.rows_in(file.expanduser()), str(file), None, None)
    transcripts = text_in.Texts(cells).transcripts()
    return list(dict.fromkeys(text_of(transcript, encoder.history_turns) for transcript in transcripts))


def _devices(configuration: "Configuration") -> dict[str, Any]:
    """The device that was chosen; if none was, the paper's, and the one whose router has a window."""
    from simulator.build import build
    from simulator.config import compose

    name, overrides = str(configuration.choices["device"]), configuration.overrides
    found = {name: configuration.settings["device"]}
    if name == "paper" and not any(override.lstrip("+~").startswith("device") for override in overrides):
        found["soc"] = compose([*overrides, "device=soc"]).settings["device"]
    devices = {f"device={name}": build(device, "device") for name, device in found.items()}
    for word, device in devices.items():
        if not hasattr(device, "router_s_per_token"):
            raise Mistake(f"{word} has no router_s_per_token, so there is nothing to set")
    return devices


def _ways(encoder: "Encoder", longest: int) -> dict[str, int]:
    """How many earlier turns are read as Eq. 4 has it, and as the scorer is set where that is fewer."""
    turns = encoder.history_turns
    set_so = (
        "last prompt read"
        if turns == 0
        else f"prompt and {turns} turn{'s' if turns > 1 else ''} before it read"
    )
    return {"whole dialogue read": longest} | ({set_so: turns} if turns < longest - 1 else {})


def _reading(told: str, reader: "Reader", turns: "Turns", devices: dict[str, Any]) -> "Reading":
    """The prices of all devices. Raises `Mistake` where the workload has no words."""
    from simulator.scorers.commands.router_price import picked, price
    from simulator.scorers.commands.router_report import Reading

    taken_s = reader.seconds_of(turns.read)
    prices, extra = {}, {}
    for word, device in devices.items():
        windowed = hasattr(device, "router_window_tokens")
        device = replace(device, router_window_tokens=reader.max_tokens) if windowed else device
        try:
            prices[word] = price(getattr(device, "scored_tokens", float.__add__), turns, taken_s)
        except ValueError as error:
            raise Mistake(f"workload: {error}") from error
        extra[word] = f" device.router_window_tokens={reader.max_tokens}" if windowed else ""
    takes_s: list[float] = reader.seconds_of(picked(turns.read, turns)).tolist()
    return Reading(told, (float(taken_s.mean()), *takes_s), prices, extra)
