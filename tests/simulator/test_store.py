"""The store of encodings: bit for bit, for many processes, through kills and full disks."""

import os
import random
import resource
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from simulator.encoders import store_file
from simulator.encoders.store import Store, default_path
from simulator.encoders.store_upkeep import remove_encodings
from tests import ROOT
from tests.simulator.store_parts import E5, ENDLESS, batch_of, check_whole, filled, key, overwrite, told

BITS = np.array(
    [0x7FA00001, 0xFFC12345, 0x7FFFFFFF, 1, 0x807FFFFF, 0x80000000, 0x7F800000, 0xFF7FFFFF], dtype=np.uint32
)
"""A signalling and two quiet NaNs with payloads, denormals of both signs, -0.0, inf, the least number."""


def start(path: Path, writer: int = 0, first: int = 0, step: int = 1, batches: int = ENDLESS, **kwargs):
    parts = Path(__file__).with_name("store_parts.py")
    arguments = [sys.executable, str(parts), str(path), *map(str, (writer, first, step, batches))]
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    process = subprocess.Popen(arguments, text=True, **pipes, **kwargs)
    assert process.stdout.readline() == "ready\n"
    return process


def script(code: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Python code in a process of its own, which finds `store_parts`, and ROOT first."""
    paths = os.pathsep.join([str(ROOT), str(Path(__file__).parent)])
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": paths})


def test_values_come_back_bit_for_bit(tmp_path):
    values = {key(n): np.roll(BITS, n).view(np.float32) for n in range(8)}
    with Store(tmp_path / "deep" / "er" / "s.sqlite") as store:
        store.write(E5, {}, values)
    with Store(tmp_path / "deep" / "er" / "s.sqlite") as store:
        found = store.read(E5, [*values, key("unknown")])
    assert {digest: value.tobytes() for digest, value in found.items()} == {
        digest: value.tobytes() for digest, value in values.items()
    }
    assert {(value.dtype, value.shape) for value in found.values()} == {(np.dtype(np.float32), (8,))}


def test_more_digests_than_a_statement_takes_are_read(tmp_path):
    values = {key(n): np.float32([n]) for n in range(2500)}
    with Store(tmp_path / "s") as store:
        store.connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 999)  # that of old SQLites
        store.write(E5, {}, values)
        assert store.read(E5, list(values)) == values
        assert store.read(E5, set()) == {}


@pytest.mark.parametrize(
    "other", [E5._replace(identity="b"), E5._replace(kind="logits"), E5._replace(options="{}")]
)
def test_another_encoding_does_not_see_them(tmp_path, other):
    with Store(tmp_path / "s") as store:
        store.write(E5, {"checkpoint": "small"}, {key("a"): np.float32([1, 2])})
        assert store.read(other, [key("a")]) == {}
        assert store.about(other) == {}
        store.write(other, {"checkpoint": "other"}, {key("a"): np.float32([3])})
        assert store.read(E5, [key("a")])[key("a")].tolist() == [1, 2]
        assert store.read(other, [key("a")])[key("a")].tolist() == [3]
        assert [stored.encoding for stored in store.encodings()] == [E5, other]


def test_the_first_writer_wins(tmp_path):
    with Store(tmp_path / "s") as first, Store(tmp_path / "s") as second:
        first.write(E5, {"by": "first"}, {key("a"): np.float32([1])})
        second.write(E5, {"by": "second"}, {key("a"): np.float32([2]), key("b"): np.float32([2])})
        assert second.read(E5, [key("a"), key("b")]) == {key("a"): [1], key("b"): [2]}
        assert second.about(E5) == {"by": "first"}
        assert list(first.encodings().values()) == [2]


def test_what_a_branch_meant_is_remembered_until_it_means_something_else(tmp_path):
    with Store(tmp_path / "s") as store:
        assert store.commit("org/model", "main") is None
        store.remember("org/model", "main", "c0ffee")
        store.remember("org/model", "main", "facade")
        store.remember("org/model", "v1", "c0ffee")
    with Store(tmp_path / "s") as store:
        assert [store.commit("org/model", name) for name in ("main", "v1", "v2")] == [
            "facade",
            "c0ffee",
            None,
        ]
        assert store.commit("org/other", "main") is None


@pytest.mark.parametrize(
    "values",
    [
        {b"a": np.float64([1])},
        {b"a": np.float32([[1]])},
        {b"a": np.float32(1)},
        {b"a": np.float32([1]), b"b": np.float32([1, 2])},
    ],
)
def test_other_values_are_refused_whole(tmp_path, values):
    with Store(tmp_path / "s") as store:
        with pytest.raises(ValueError, match="float32 rows of one width"):
            store.write(E5, {}, values)
        assert store.encodings() == {}
        store.write(E5, {}, {})
        assert store.encodings() == {}


def test_numbers_of_encodings_are_never_used_again(tmp_path):
    with Store(tmp_path / "s") as store:
        store.write(E5, {}, batch_of(0))
        (old,) = store.encodings()
        remove_encodings(store, [old.number])
        store.write(E5, {}, batch_of(0))
        (new,) = store.encodings()
        assert new.number != old.number


def test_an_interrupted_write_leaves_nothing_and_the_store_goes_on(tmp_path):
    class Interrupted(dict):
        def items(self) -> Iterator:
            yield from list(super().items())[:5]
            raise KeyboardInterrupt

    with Store(tmp_path / "s") as store:
        with pytest.raises(KeyboardInterrupt):
            store.write(E5, {}, Interrupted(batch_of(0)))
        assert store.encodings() == {}
        store.write(E5, {}, batch_of(0))
        assert len(store.read(E5, batch_of(0))) == 16


def test_sigkill_at_any_moment_leaves_every_batch_whole_or_not_at_all(tmp_path):
    luck, path, done, written = random.Random(5), tmp_path / "s.sqlite", 0, []
    for _ in range(6):
        writer = start(path, first=done)
        writer.stdin.write("go\n")
        writer.stdin.flush()
        assert writer.stdout.readline() == "0\n"
        time.sleep(luck.uniform(0.0, 0.15))
        writer.kill()
        said = done + 1 + len(writer.communicate()[0].split())
        assert writer.returncode == -signal.SIGKILL
        done = check_whole(path, said + 2, said)
        written.append(done)
    assert sorted(set(written)) == written  # writing went on every time


def test_sigkill_in_the_middle_of_a_transaction_is_undone(tmp_path):
    """More than SQLite holds in memory, so that half of it stands in the file when the process dies."""
    path = filled(tmp_path / "s.sqlite")
    before = path.stat().st_size
    code = f"""
import os, signal
from pathlib import Path
from simulator.encoders.store import Store
from store_parts import E5, batch_of
class Deadly(dict):
    def items(self):
        yield from list(super().items())[:20000]
        os.kill(os.getpid(), signal.SIGKILL)
with Store(Path({str(path)!r})) as store:
    store.write(E5, {{}}, Deadly(batch_of(-1, texts=20001)))
"""
    killed = script(code)
    assert killed.returncode == -signal.SIGKILL
    assert path.stat().st_size > 2 * before
    assert path.with_name("s.sqlite-journal").stat().st_size > 0
    assert check_whole(path, 41, 40) == 40
    with Store(path) as store:
        assert store.read(E5, batch_of(-1, texts=20001)) == {}


@pytest.mark.parametrize("writers", [2, 4])
def test_writers_at_once_on_one_new_file(tmp_path, writers):
    """Every one writes the same 60 batches in an order of its own; none fails, and nothing is mixed."""
    path, steps = tmp_path / "new" / "s.sqlite", (1, 7, 11, 13)
    running = [start(path, writer, 15 * writer, steps[writer], 60) for writer in range(writers)]
    for process in running:
        process.stdin.write("go\n")
        process.stdin.flush()
    ends = [(*process.communicate(timeout=100), process.returncode) for process in running]
    assert [(len(out.split()), err, code) for out, err, code in ends] == [(60, "", 0)] * writers
    assert check_whole(path, 61, 60) == 60
    winners = set()
    with Store(path) as store:
        for number in range(60):
            found = {digest: value.tobytes() for digest, value in store.read(E5, batch_of(number)).items()}
            bids = [{key: bid.tobytes() for key, bid in batch_of(number, w).items()} for w in range(writers)]
            winners.add(bids.index(found))
        assert list(store.encodings().values()) == [960]
    assert len(winners) > 1  # they did meet


def test_a_store_laid_out_while_it_is_looked_at_is_no_foreign_file(tmp_path, monkeypatch):
    path, others = tmp_path / "s.sqlite", []

    class Slow(sqlite3.Connection):
        def execute(self, statement, *cells):
            found = super().execute(statement, *cells)
            if statement == "PRAGMA application_id" and not others:
                row = found.fetchone()  # an empty file; before the next question another process comes
                others.append(threading.Thread(target=lambda: Store(path).close()))
                others[0].start()
                others[0].join(timeout=0.5)
                return SimpleNamespace(fetchone=lambda: row)
            return found

    connect = partial(sqlite3.connect, factory=Slow)
    monkeypatch.setattr(store_file.sqlite3, "connect", connect)
    Store(path).close()
    others[0].join()
    assert path.stat().st_size > 0


def test_a_full_disk_is_one_line_and_loses_nothing(tmp_path):
    def small_files() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))

    path = tmp_path / "s.sqlite"
    writer = start(path, preexec_fn=small_files)
    out, err = writer.communicate("go\n", timeout=60)
    assert writer.returncode == 1
    assert err == (
        f"error: {path}: cannot be read or written: is the disk full, or failing?"
        " what was stored before is safe\n"
    )
    said = len(out.split())
    assert said > 10
    assert check_whole(path, said + 2, said) == said
    with Store(path) as store:
        store.write(E5, {}, batch_of(said))
    assert check_whole(path, said + 2, said + 1) == said + 1


def test_a_disk_that_says_it_is_full(tmp_path):
    with Store(tmp_path / "s.sqlite") as store:
        store.write(E5, {}, batch_of(0))
        (pages,) = store.connection.execute("PRAGMA page_count").fetchone()
        store.connection.execute(f"PRAGMA max_page_count = {pages}")
        line = told(store.write, E5, {}, batch_of(1, texts=200))
        assert line == f"{tmp_path}/s.sqlite: the disk is full; what was stored before is safe"
        store.connection.execute("PRAGMA max_page_count = 100000")
        store.write(E5, {}, batch_of(1))
    assert check_whole(tmp_path / "s.sqlite", 3, 2) == 2


def test_a_lock_that_stays_is_one_line(tmp_path, monkeypatch):
    path = filled(tmp_path / "s.sqlite", 1)
    monkeypatch.setattr(store_file, "WAIT_S", 0.1)
    other = sqlite3.connect(path, isolation_level=None)
    with Store(path) as store:
        other.execute("BEGIN IMMEDIATE")
        assert len(store.read(E5, batch_of(0))) == 16
        assert "another process has locked it for more than 0.1 s" in told(store.write, E5, {}, batch_of(1))
        other.execute("ROLLBACK")
        store.write(E5, {}, batch_of(1))
        other.execute("BEGIN EXCLUSIVE")
        assert "another process has locked it" in told(store.read, E5, batch_of(0))
        assert "another process has locked it" in told(Store, path)
    other.close()


def foreign(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE songs (name)")
    connection.close()


def later(path: Path) -> None:
    filled(path, 1)
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 2")
    connection.close()


def truncated(path: Path) -> None:
    os.truncate(filled(path), 100_000)


NOT_A_STORE = {
    "garbage": (lambda path: path.write_bytes(random.Random(1).randbytes(50_000)), "no SQLite file"),
    "a text": (lambda path: path.write_text("prompt,score\nhello,0.5\n" * 200), "no SQLite file"),
    "a short text": (lambda path: path.write_text("hello"), "no SQLite file"),
    "a wiped header": (lambda path: overwrite(filled(path), 0, bytes(100)), "no SQLite file"),
    "another's SQLite file": (foreign, "another program's SQLite file; name another store"),
    "a later layout": (later, "layout 2, but this edgewise reads layout 1: update edgewise"),
    "a truncated file": (truncated, "damaged: `python -m simulator.scorers cache prune --damaged`"),
}


@pytest.mark.parametrize("what", NOT_A_STORE)
def test_what_is_not_a_store_is_one_line_and_stays_as_it_is(tmp_path, what):
    make, expected = NOT_A_STORE[what]
    path = tmp_path / "s.sqlite"
    make(path)
    before = path.read_bytes()
    line = told(Store, path)
    assert line.startswith(f"{path}: ")
    assert expected in line
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["s.sqlite"]


def test_a_folder_in_its_place_and_a_file_in_its_folders_place(tmp_path):
    assert (
        told(Store, tmp_path) == f"{tmp_path} is a folder; a store is a file, as in {tmp_path}/scores.sqlite"
    )
    (tmp_path / "file").write_text("x")
    for path in (tmp_path / "file" / "s.sqlite", tmp_path / "file" / "deep" / "s.sqlite"):
        assert told(Store, path) == f"{path}: {tmp_path}/file is a file, not a folder"
    assert "File name too long" in told(Store, tmp_path / ("x" * 300) / "s.sqlite")


def test_another_process_may_make_the_file_while_we_are_about_to(tmp_path, monkeypatch):
    met = []

    def late(connection: sqlite3.Connection, kind: str = "IMMEDIATE"):
        if kind == "IMMEDIATE" and not met:
            met.append(kind)
            filled(tmp_path / "s.sqlite", 1)
        return transaction(connection, kind)

    transaction = store_file.transaction
    monkeypatch.setattr(store_file, "transaction", late)
    with Store(tmp_path / "s.sqlite") as store:
        assert met
        assert len(store.read(E5, batch_of(0))) == 16


def test_an_empty_file_becomes_a_store(tmp_path):
    (tmp_path / "s.sqlite").touch()
    assert check_whole(filled(tmp_path / "s.sqlite", 2), 3, 2) == 2


READER = """
import os, sys
from pathlib import Path
from simulator.commands import exit_code
from simulator.encoders.store import Store
from store_parts import E5, batch_of

def act():
    with Store(Path(path)) as store:
        print(len(store.read(E5, batch_of(0))), flush=True)
        store.write(E5, {}, batch_of(1))
        print("written", flush=True)

if os.getuid() == 0:  # who may write anything
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
for path in sys.argv[1:]:
    exit_code(act)
"""


def read_as_another_user(*paths: Path) -> tuple[str, str]:
    """Output and errors of reading one batch and writing the next, in every store."""
    ended = script(READER, *paths)
    assert ended.returncode == 0
    return ended.stdout, ended.stderr


@pytest.fixture
def folder():
    """One that other users may enter, as pytest's are not."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)
        Path(name).chmod(0o755)


@pytest.mark.parametrize("what", ["file", "folder", "both"])
def test_what_cannot_be_written_is_read(folder, what):
    path = filled(folder / "s.sqlite", 1)
    path.chmod(0o444 if what in ("file", "both") else 0o666)
    folder.chmod(0o555 if what in ("folder", "both") else 0o777)
    new = folder / "new.sqlite"
    out, err = read_as_another_user(path, new)
    expected = f"error: {path}: cannot be written: the file or its folder is read only\n"
    if what != "file":
        expected += f"error: {new}: cannot be opened: no permission for the file or its folder\n"
    assert err == expected
    assert out == ("16\n0\nwritten\n" if what == "file" else "16\n")


def test_a_store_that_cannot_be_seen_is_one_line(folder):
    filled(folder / "closed" / "s.sqlite", 1)
    (folder / "closed").chmod(0o000)
    out, err = read_as_another_user(folder / "closed" / "s.sqlite", folder / "closed" / "deep" / "s.sqlite")
    (folder / "closed").chmod(0o755)
    assert out == ""
    for line in err.splitlines():
        assert line.startswith(f"error: {folder}/closed")
        assert line.endswith("ermission denied")
    assert err.count("\n") == 2


def test_where_the_store_lies(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("EDGEWISE_CACHE", "")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert default_path() == tmp_path / ".cache" / "edgewise" / "scores.sqlite"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert default_path() == tmp_path / "xdg" / "edgewise" / "scores.sqlite"
    monkeypatch.setenv("EDGEWISE_CACHE", "~/mine")
    assert default_path() == tmp_path / "mine" / "scores.sqlite"


def test_the_store_needs_nothing_heavy():
    code = "import sys, simulator.encoders.store, simulator.scorers.commands.cache\n"
    code += "assert not {'torch', 'transformers', 'pandas', 'pyarrow', 'scipy'} & set(sys.modules)"
    assert script(code).stderr == ""
