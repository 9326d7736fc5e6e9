"""`python -m simulator.scorers cache`: what a user sees of the store, and how it ends."""

import csv
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from simulator.encoders.store import Encoding, Store
from tests import ROOT
from tests.simulator.store_parts import E5, batch_of, check_whole, filled, key, overwrite, place_of

LOGITS = Encoding("org/model@1234", "logits", '{"dtype": "float32", "max_tokens": null}')
SUFFIX = "`python -m simulator.scorers cache prune --damaged` keeps what is intact"


@pytest.fixture
def cache(tmp_path, monkeypatch, capsys):
    """Run the command as a user would; exit code, output, errors."""
    from simulator.scorers.__main__ import main

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EDGEWISE_CACHE", str(tmp_path / "own"))

    def run(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["scorers", "cache", *map(str, words)])
        code = main()
        return (code, *capsys.readouterr())

    return run


@pytest.fixture
def path(tmp_path) -> Path:
    """A store of two encodings: 640 values of 64 numbers, and 3 of 3."""
    (tmp_path / "own").mkdir()
    path = filled(tmp_path / "own" / "scores.sqlite")
    with Store(path) as store:
        values = {key(n): np.float32([n, 0.1, -0.0]) for n in range(3)}
        store.write(LOGITS, {"checkpoint": "org/model"}, values)
    return path


def line_of(answer: tuple[int, str, str]) -> str:
    """The one line of an error, with exit code 1."""
    code, _, err = answer
    assert code == 1
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    return err[len("error: ") : -1]


def test_list_shows_every_encoding(cache, path):
    code, out, err = cache()
    assert (code, err) == (0, "")
    assert (code, out, err) == cache("list") == cache("list", "--store", path)
    head, first, second, last = out.splitlines()
    assert head.split() == ["N", "checkpoint", "commit", "kind", "texts", "width", "bytes", "options"]
    assert first.split() == ["1", "small", "c0ffeec0ffee", "cls", "640", "64", "163,840", "max_tokens=512"]
    assert second.split() == ["2", "org/model", "logits", "3", "3", "36", "dtype=float32", "max_tokens=null"]
    assert last.startswith(f"{path}: ")
    assert last.endswith(" kB, 643 values of 2 encodings")
    assert cache("size") == (0, last + "\n", "")


def test_no_store_is_no_mistake_where_one_looks(cache, tmp_path):
    store = tmp_path / "own" / "scores.sqlite"
    for what in ("list", "size"):
        assert cache(what) == (0, f"no store at {store}: nothing has been kept yet\n", "")
    assert line_of(cache("verify")) == f"no store at {store}: nothing to verify"
    assert line_of(cache("prune", "--all")) == f"no store at {store}: nothing to prune"
    assert line_of(cache("export", "--out", "a.csv")) == f"no store at {store}: nothing to export"
    assert os.listdir(tmp_path) == []


def test_export_to_csv_and_parquet_holds_the_same_numbers(cache, path, tmp_path):
    import pyarrow.parquet as pq

    said = "a.csv: 640 rows, digest and 64 numbers each\n"
    assert cache("export", "--encoding", 1, "--out", "a.csv") == (0, said, "")
    assert cache("export", "--encoding", 1, "--out", "a.parquet")[0] == 0
    with (tmp_path / "a.csv").open(newline="") as lines:
        head, *rows = csv.reader(lines)
    table = pq.read_table(tmp_path / "a.parquet")
    assert head == table.column_names == ["digest", *(f"cls_{n}" for n in range(64))]
    expected = {digest: value for n in range(40) for digest, value in batch_of(n).items()}
    assert [row[0] for row in rows] == table["digest"].to_pylist() == sorted(map(bytes.hex, expected))
    for row, cells in zip(rows, table.drop_columns("digest").to_pandas().to_numpy(), strict=True):
        value = expected[bytes.fromhex(row[0])].tobytes()
        assert np.array(row[1:], dtype=np.float32).tobytes() == cells.tobytes() == value


def test_export_of_awkward_numbers_reads_back(cache, path, tmp_path):
    assert cache("export", "--encoding", 2, "--out", "a.csv")[0] == 0
    head, *lines = csv.reader((tmp_path / "a.csv").read_text().splitlines())
    assert head == ["digest", "logits_0", "logits_1", "logits_2"]
    rows = {line[0]: np.array(line[1:], dtype=np.float32) for line in lines}
    assert rows[key(2).hex()].tobytes() == np.float32([2, 0.1, -0.0]).tobytes()
    assert len(rows) == 3
    assert sorted(os.listdir(tmp_path)) == ["a.csv", "own"]


def test_export_tells_what_it_needs(cache, path, tmp_path):
    assert line_of(cache("export")) == "cache export needs --out FILE.csv or --out FILE.parquet"
    line = line_of(cache("export", "--out", "a.csv"))
    assert line == f"{path}: which encoding? --encoding N, where N is one of 1, 2"
    assert line_of(cache("export", "--out", "a.csv", "--encoding", 7)) == f"--encoding 7: {path} has 1, 2"
    line = line_of(cache("export", "--out", "a.txt", "--encoding", 1))
    assert line == "--out a.txt: a table ends in .csv or .parquet, not in .txt"
    for name in ("no/a.csv", "no/a.parquet"):
        line = line_of(cache("export", "--out", name, "--encoding", 1))
        assert line.startswith(f"cannot write to {name}: ")
    cache("prune", "--encoding", 1)
    assert cache("export", "--out", "a.csv")[0] == 0  # the only one


def test_export_gives_no_damaged_value(cache, path, tmp_path):
    overwrite(path, place_of(path, 20, 3), b"\x00")
    (tmp_path / "a.csv").write_text("older")
    assert "damaged: a checksum does not fit" in line_of(cache("export", "--out", "a.csv", "--encoding", 1))
    assert (tmp_path / "a.csv").read_text() == "older"
    assert sorted(os.listdir(tmp_path)) == ["a.csv", "own"]


def test_verify_and_prune_of_a_damaged_value(cache, path):
    assert cache("verify") == (0, f"{path}: 643 values, all intact\n", "")
    overwrite(path, place_of(path, 20, 3), b"\x00")
    code, out, err = cache("verify")
    assert out == f"encoding 1: the value of {key((20, 3)).hex()} does not fit its checksum\n"
    assert (code, err) == (1, f"error: {path}: 1 value damaged, 642 intact; {SUFFIX}\n")
    code, out, err = cache("prune", "--damaged")
    assert (code, out.splitlines()[0], err) == (0, "removed 1 damaged value", "")
    assert cache("verify") == (0, f"{path}: 642 values, all intact\n", "")
    assert os.listdir(path.parent) == ["scores.sqlite"]


def test_verify_and_prune_of_a_broken_file(cache, path):
    os.truncate(path, path.stat().st_size // 2)
    broken = path.read_bytes()
    for what in ("list", "size"):
        assert "prune --damaged` keeps what can still be read" in line_of(cache(what))
    code, out, err = cache("verify")
    assert (code, err.count("\n")) == (1, 1)
    assert err.startswith(f"error: {path}: the file is damaged, ")
    assert err.endswith(f" intact; {SUFFIX}\n")
    assert 1 < out.count("\n") <= 21
    code, out, err = cache("prune", "--damaged")
    assert (code, err) == (0, "")
    assert out.startswith("the file was broken: kept ")
    assert f"the old file is {path}.damaged\n" in out
    assert path.with_name("scores.sqlite.damaged").read_bytes() == broken
    assert cache("verify")[0] == 0
    assert cache("list")[1].splitlines()[1].split()[:4] == ["1", "small", "c0ffeec0ffee", "cls"]


def test_prune_of_one_encoding_and_of_all(cache, path):
    before = path.stat().st_size
    code, out, err = cache("prune", "--encoding", 1)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[1].split()[:2] == ["1", "small"]
    assert lines[2] == "removed 1 encoding"
    assert lines[3].endswith(" kB came free")
    assert path.stat().st_size < before / 4
    with Store(path) as store:
        assert store.read(E5, batch_of(0)) == {}
        assert len(store.read(LOGITS, [key(n) for n in range(3)])) == 3
        store.remember("org/model", "main", "c0ffee")
    code, out, err = cache("prune", "--all")
    assert (code, out.splitlines()[2], err) == (0, "removed 1 encoding", "")
    assert cache("list")[1].endswith(", 0 values of 0 encodings\n")
    with Store(path) as store:
        assert store.commit("org/model", "main") is None


def test_a_store_in_use_can_be_pruned(cache, path):
    """Those who have it open see what is left, and go on."""
    with Store(path) as store:
        assert len(store.read(E5, batch_of(0))) == 16
        cache("prune", "--all")
        assert store.read(E5, batch_of(0)) == {}
        store.write(E5, {}, batch_of(0))
        overwrite(path, 2 * 4096, bytes(4096))
        assert cache("prune", "--damaged")[0] == 0
        store.write(E5, {}, batch_of(1))
    assert check_whole(path, 2, 0) >= 1


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["lst"], "cache lst: did you mean list? cache does list, size, export, verify, prune"),
        (["prune"], "cache prune needs one of --encoding N, --damaged and --all"),
        (["prune", "--all", "--damaged"], "cache prune needs one of --encoding N, --damaged and --all"),
        (["verify", "--damaged"], "--damaged is for cache prune, not for verify"),
        (["--encoding", "1"], "--encoding is for cache export and prune, not for list"),
        (["scorer=bert"], "cache takes no settings, but 'scorer=bert' is one; the store is --store FILE"),
        (["prune", "--encoding", "x"], "argument --encoding: invalid int value: 'x'"),
    ],
)
def test_mistakes_are_one_line(cache, path, words, expected):
    before = path.read_bytes()
    assert line_of(cache(*words)).startswith(expected)
    assert path.read_bytes() == before


def test_other_files_are_told_and_left_alone(cache, tmp_path):
    file = tmp_path / "notes.txt"
    file.write_text("not a store\n")
    for words in (["list"], ["size"], ["verify"], ["prune", "--all"], ["prune", "--damaged"]):
        assert "notes.txt: not a store of scores" in line_of(cache(*words, "--store", file))
    assert "is a folder" in line_of(cache("list", "--store", tmp_path))
    assert file.read_text() == "not a store\n"
    assert os.listdir(tmp_path) == ["notes.txt"]


def test_the_command_line_itself(path):
    """In a process of its own, which reads no heavy library."""
    code = "import sys, runpy; sys.argv = ['scorers', 'cache', '--store', sys.argv[1]]\n"
    code += "try: runpy.run_module('simulator.scorers', run_name='__main__')\n"
    code += "except SystemExit as end: assert not end.code\n"
    code += "heavy = {'torch', 'transformers', 'pandas', 'sklearn', 'matplotlib'} & set(sys.modules)\n"
    code += "assert not heavy, heavy"
    ended = subprocess.run([sys.executable, "-c", code, str(path)], cwd=ROOT, capture_output=True, text=True)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.count("\n") == 4
