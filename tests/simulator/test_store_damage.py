"""A damaged store: no wrong number ever, one line, and what can be saved is saved."""

import os
import random
import sqlite3
from pathlib import Path

import numpy as np
import pytest

from simulator.encoders.store import Store
from simulator.encoders.store_health import health
from simulator.encoders.store_upkeep import salvage
from simulator.mistakes import Mistake
from tests.simulator.store_parts import E5, batch_of, check_whole, filled, key, overwrite, place_of, told


def flip(path: Path, number: int, text: int) -> None:
    """One bit of a value."""
    at = place_of(path, number, text)
    overwrite(path, at, bytes([path.read_bytes()[at] ^ 1]))


def wipe(path: Path, number: int, text: int) -> None:
    """The whole page of a value."""
    overwrite(path, place_of(path, number, text) // 4096 * 4096, bytes(4096))


def test_a_flipped_bit_is_never_a_wrong_number(tmp_path):
    path = filled(tmp_path / "s.sqlite")
    flip(path, 20, 3)
    with Store(path) as store:
        line = told(store.read, E5, batch_of(20))
        assert line.startswith(f"{path}: damaged: a checksum does not fit")
        assert f"cache verify --store {path}`" in line
        assert "cache prune --damaged --store" in line
        assert len(store.read(E5, batch_of(21))) == 16
    found = health(path)
    assert (found.file, found.intact) == ([], 639)
    assert [damage.digest for damage in found.damaged] == [key((20, 3)).hex()]


@pytest.mark.parametrize("column", ["identity", "kind", "options", "width", "about"])
def test_a_value_of_an_encoding_that_has_changed_does_not_fit(tmp_path, column):
    path = filled(tmp_path / "s.sqlite", 2)
    with sqlite3.connect(path) as connection:
        connection.execute(f"UPDATE encodings SET {column} = 32")
    connection.close()
    found = health(path)
    assert (found.intact, len(found.damaged)) == (0, 32)
    changed = E5._replace(**{column: "32"}) if column in E5._fields else E5
    with Store(path) as store:
        assert "a checksum does not fit" in told(store.read, changed, batch_of(0))


def read_or_line(path: Path, digests: list[bytes]) -> dict[bytes, np.ndarray] | str:
    try:
        with Store(path) as store:
            return store.read(E5, digests)
    except Mistake as mistake:
        return str(mistake)


def test_any_flipped_byte_is_found_or_harmless(tmp_path):
    """All over the file: right numbers, a value fewer, or one line; never a wrong number."""
    path, luck = filled(tmp_path / "s.sqlite", 10), random.Random(3)
    content, told_damaged = path.read_bytes(), 0
    values = {digest: value.tobytes() for n in range(10) for digest, value in batch_of(n).items()}
    for _ in range(300):
        at = luck.randrange(100, len(content))
        path.write_bytes(content)
        overwrite(path, at, bytes([content[at] ^ (1 << luck.randrange(8))]))
        found = read_or_line(path, list(values))
        if isinstance(found, str):
            assert "damaged" in found
            told_damaged += 1
        else:
            assert all(value.tobytes() == values[digest] for digest, value in found.items())
    assert told_damaged > 100


def test_salvage_keeps_what_is_on_sound_pages(tmp_path):
    path = filled(tmp_path / "s.sqlite")
    with Store(path) as store:
        store.remember("org/model", "main", "c0ffee")
    wipe(path, 20, 3)
    broken = path.read_bytes()
    with Store(path) as store:
        assert "prune --damaged` keeps what can still be read" in told(store.read, E5, batch_of(20))
    assert health(path).file
    old, kept = salvage(path)
    assert old.read_bytes() == broken
    assert 620 <= kept < 640
    assert sorted(os.listdir(tmp_path)) == ["s.sqlite", "s.sqlite.damaged"]
    found = health(path)
    assert (found.file, found.intact, found.damaged) == ([], kept, [])
    with Store(path) as store:
        assert store.commit("org/model", "main") == "c0ffee"
        assert store.about(E5) == {"checkpoint": "small", "commit": "c0ffee" * 6 + "abcd"}
        for number in range(40):
            store.write(E5, {}, batch_of(number))
    assert check_whole(path, 41, 40) == 40
    assert salvage(path)[0].name == "s.sqlite.damaged1"


def test_salvage_of_a_file_without_its_end(tmp_path):
    path = filled(tmp_path / "s.sqlite")
    os.truncate(path, path.stat().st_size // 2)
    _, kept = salvage(path)
    assert 200 < kept < 400
    assert health(path) == ([], kept, [])


def test_salvage_on_a_full_disk_changes_nothing(tmp_path, monkeypatch):
    path = filled(tmp_path / "s.sqlite")
    wipe(path, 20, 3)
    broken = path.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr("simulator.encoders.store_upkeep._copy", full)
    assert told(salvage, path) == f"{path}: No space left on device"
    assert path.read_bytes() == broken
    assert os.listdir(tmp_path) == ["s.sqlite"]
