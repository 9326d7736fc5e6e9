"""`cache`: what the store holds, taken out as a table, checked, and made smaller."""

from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

from simulator.commands import Parser
from simulator.encoders.store import Store, default_path
from simulator.encoders.store_file import COMMAND
from simulator.encoders.store_health import health
from simulator.encoders.store_listing import count, listing, size
from simulator.encoders.store_upkeep import remove_all, remove_encodings, remove_rows, salvage, shrink
from simulator.encoders.stored import Stored
from simulator.mistakes import Mistake, nearest

NAME = "cache"
HELP = "what is kept of texts once read: list, size, export, verify, prune"
SHOWN = 10
"""Damaged values told one by one."""


def configure(parser: Parser) -> None:
    """The arguments."""
    parser.add_argument("what", nargs="?", default="list", metavar="|".join(ACTIONS), help="list if left out")
    parser.add_argument("--store", metavar="FILE", type=Path, help="another store than the user's own")
    parser.add_argument("--encoding", metavar="N", type=int, help="export, prune: the one of this number")
    parser.add_argument("--out", metavar="FILE", type=Path, help="export: to this .csv or .parquet file")
    parser.add_argument("--damaged", action="store_true", help="prune: what does not fit its checksum")
    parser.add_argument("--all", action="store_true", help="prune: everything")


def act(arguments: Namespace, overrides: list[str]) -> None:
    """Do one of them. Raises `Mistake` where the store is damaged, or cannot be read or written."""
    if overrides:
        raise Mistake(f"cache takes no settings, but {overrides[0]!r} is one; the store is --store FILE")
    if arguments.what not in ACTIONS:
        hint = nearest(arguments.what, ACTIONS)
        raise Mistake(f"cache {arguments.what}: {hint}cache does {', '.join(ACTIONS)}")
    for option in ("encoding", "out", "damaged", "all"):
        places = [name for name, options in OPTIONS.items() if option in options]
        if getattr(arguments, option) not in (None, False) and arguments.what not in places:
            raise Mistake(f"--{option} is for cache {' and '.join(places)}, not for {arguments.what}")
    path = default_path() if arguments.store is None else arguments.store.expanduser()
    if path.exists():
        ACTIONS[arguments.what](path, arguments)
    elif arguments.what in ("list", "size"):
        print(f"no store at {path}: nothing has been kept yet")
    else:
        raise Mistake(f"no store at {path}: nothing to {arguments.what}")


def _list(path: Path, arguments: Namespace) -> None:
    with Store(path) as store:
        for line in listing(store.encodings()):
            print(line)
    _size(path, arguments)


def _size(path: Path, arguments: Namespace) -> None:
    with Store(path) as store:
        counts = store.encodings().values()
    held = f"{count(sum(counts), 'value')} of {count(len(counts), 'encoding')}"
    print(f"{path}: {size(path.stat().st_size)}, {held}")


def _export(path: Path, arguments: Namespace) -> None:
    from simulator.encoders.store_export import export

    if arguments.out is None:
        raise Mistake("cache export needs --out FILE.csv or --out FILE.parquet")
    with Store(path) as store:
        stored = _chosen(path, store, arguments.encoding)
        rows = export(store, stored, arguments.out.expanduser())
    print(f"{arguments.out}: {count(rows, 'row')}, digest and {count(stored.width, 'number')} each")


def _chosen(path: Path, store: Store, number: int | None) -> Stored:
    """The encoding of this number; without one, the only one."""
    known = {stored.number: stored for stored in store.encodings()}
    choices = ", ".join(map(str, known)) or "none"
    if number is None and len(known) == 1:
        return next(iter(known.values()))
    if number is None:
        raise Mistake(f"{path}: which encoding? --encoding N, where N is one of {choices}")
    if number not in known:
        raise Mistake(f"--encoding {number}: {path} has {choices}")
    return known[number]


def _verify(path: Path, arguments: Namespace) -> None:
    found = health(path)
    for line in found.file[:SHOWN]:
        print(f"file: {line}")
    for damage in found.damaged[:SHOWN]:
        print(f"encoding {damage.encoding}: the value of {damage.digest} does not fit its checksum")
    if len(found.damaged) > SHOWN:
        print(f"... and {len(found.damaged) - SHOWN:,} more")
    if found.file or found.damaged:
        at = "" if path == default_path() else f" --store {path}"
        of = "the file is damaged" if found.file else f"{count(len(found.damaged), 'value')} damaged"
        raise Mistake(
            f"{path}: {of}, {found.intact:,} intact; `{COMMAND} prune --damaged{at}` keeps what is intact"
        )
    print(f"{path}: {count(found.intact, 'value')}, all intact")


def _prune(path: Path, arguments: Namespace) -> None:
    if (arguments.encoding is not None) + arguments.damaged + arguments.all != 1:
        raise Mistake("cache prune needs one of --encoding N, --damaged and --all")
    before_bytes = path.stat().st_size
    if arguments.damaged:
        _prune_damaged(path)
    else:
        _prune_encodings(path, arguments)
    after_bytes = path.stat().st_size
    print(f"{path}: {size(after_bytes)}, {size(max(0, before_bytes - after_bytes))} came free")


def _prune_encodings(path: Path, arguments: Namespace) -> None:
    with Store(path) as store:
        known = store.encodings()
        if arguments.all:
            remove_all(store)
        else:
            chosen = _chosen(path, store, arguments.encoding)
            known = {chosen: known[chosen]}
            remove_encodings(store, [chosen.number])
        print(*listing(known), f"removed {count(len(known), 'encoding')}", sep="\n")
        shrink(store)


def _prune_damaged(path: Path) -> None:
    found = health(path)
    if found.file:
        old, kept = salvage(path)
        print(f"the file was broken: kept {count(kept, 'value')} that can be read; the old file is {old}")
        return
    with Store(path) as store:
        remove_rows(store, [damage.row for damage in found.damaged])
        print(f"removed {count(len(found.damaged), 'damaged value')}")
        shrink(store)


ACTIONS: dict[str, Callable[[Path, Namespace], None]] = {
    "list": _list,
    "size": _size,
    "export": _export,
    "verify": _verify,
    "prune": _prune,
}
OPTIONS = {"export": ("encoding", "out"), "prune": ("encoding", "damaged", "all")}
