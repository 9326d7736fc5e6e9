"""Points: measured once, kept whole, shared out among processes, and gone on with after any interruption."""

import errno
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from simulator.mistakes import Mistake
from simulator.points import Point, kept
from simulator.points.measure import checked_workers, measured, processors
from tests import ROOT

HERE = "measures_of_points"
MEASURES = '''
"""What the points of these tests measure; other processes import it too."""
import os, signal, time
from pathlib import Path
from simulator.mistakes import Mistake

def counted(log, name, value=0.0):
    with Path(log).open("a") as lines:
        lines.write(f"{name}\\n")
    return {"twice": 2 * value, "nothing": None, "listed": [value, 0.1 + 0.2]}

def wrong(log, name):
    counted(log, name)
    if not Path(log).with_name("mended").exists():
        raise Mistake(f"{name} cannot be measured")
    return {"twice": 0.0}

def interrupted(log, name):
    counted(log, name)
    raise KeyboardInterrupt

def killed(log, name):
    os.kill(os.getpid(), signal.SIGKILL)

def slow(log, name):
    counted(log, name)
    time.sleep(0.0 if name == "p0" else 60.0)
    return {"name": name}
'''


@pytest.fixture(scope="module", autouse=True)
def measures(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The module, where this process and those that it spawns find it."""
    folder = tmp_path_factory.mktemp("measures")
    (folder / f"{HERE}.py").write_text(MEASURES)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        yield folder


def some(log: Path, count: int = 4, measure: str = "counted") -> list[Point]:
    return [
        Point(f"group/p{number}", f"{HERE}.{measure}", {"log": str(log), "name": f"p{number}"})
        for number in range(count)
    ]


def asked(log: Path) -> list[str]:
    return sorted(log.read_text().split()) if log.exists() else []


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "asked"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "kept"


@pytest.mark.parametrize("workers", [1, 2])
def test_what_is_kept_is_not_measured_again(workers: int, log: Path, folder: Path) -> None:
    points = some(log)
    first = measured(points[:2], folder, 1)
    assert asked(log) == ["p0", "p1"]
    both = measured(points, folder, workers)
    assert asked(log) == ["p0", "p1", "p2", "p3"]
    assert list(both) == [point.name for point in points]
    assert {name: both[name] for name in first} == first
    assert measured(points, folder, workers) == both
    assert len(asked(log)) == 4


def test_another_argument_or_measure_is_another_point(log: Path, folder: Path) -> None:
    point = some(log, 1)[0]
    assert measured([point], folder, 1)[point.name]["twice"] == 0.0
    other = point._replace(arguments={**point.arguments, "value": 2.0})
    assert measured([other], folder, 1)[point.name]["twice"] == 4.0
    assert measured([point], folder, 1)[point.name]["twice"] == 0.0
    assert len(asked(log)) == 3
    log.with_name("mended").touch()
    assert measured([point._replace(measure=f"{HERE}.wrong")], folder, 1)[point.name] == {"twice": 0.0}


def test_points_that_ask_for_the_same_are_measured_once(log: Path, folder: Path) -> None:
    point, other = some(log, 2)
    twin = point._replace(name="group/twin", cost=9.0)
    found = measured([point, other, twin], folder, 1)
    assert asked(log) == ["p0", "p1"]
    assert list(found) == ["group/p0", "group/p1", "group/twin"]
    assert found["group/twin"] == found["group/p0"]
    assert measured([twin], folder, 1) == {"group/twin": found["group/p0"]}
    assert len(asked(log)) == 2


def test_a_cost_is_no_argument(log: Path, folder: Path) -> None:
    points = some(log, 2)
    measured(points, folder, 1)
    measured([point._replace(cost=7.0) for point in points], folder, 1)
    assert len(asked(log)) == 2


def test_another_source_measures_anew(log: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    measured(some(log, 2), folder, 1)
    monkeypatch.setattr(kept, "source", lambda: "another")
    measured(some(log, 2), folder, 1)
    assert len(asked(log)) == 4


def test_the_source_is_code_tables_and_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "conf").mkdir()
    monkeypatch.setattr(kept, "CONF", tmp_path / "conf")
    seen = {kept.source.__wrapped__()}
    (tmp_path / "conf" / "one.yaml").write_text("a: 1\n")
    seen.add(kept.source.__wrapped__())
    (tmp_path / "conf" / "one.yaml").write_text("a: 2\n")
    seen.add(kept.source.__wrapped__())
    (tmp_path / "conf" / "one.yaml").rename(tmp_path / "conf" / "two.yaml")
    seen.add(kept.source.__wrapped__())
    assert len(seen) == 4
    (tmp_path / "conf" / "notes.txt").write_text("nobody reads this")
    assert kept.source.__wrapped__() in seen


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"measured": 1}', "null"])
def test_a_damaged_file_is_measured_anew(damage: str, log: Path, folder: Path) -> None:
    points = some(log, 1)
    whole = measured(points, folder, 1)
    file = folder / "group" / "p0.json"
    before = file.read_bytes()
    file.write_text(damage)
    assert measured(points, folder, 1) == whole
    assert file.read_bytes() == before
    assert len(asked(log)) == 2


def test_two_processes_measure_what_one_does(log: Path, tmp_path: Path) -> None:
    folders = tmp_path / "one", tmp_path / "two"
    one, two = (measured(some(log, 5), folder, count) for folder, count in zip(folders, (1, 2), strict=True))
    assert one == two
    assert list(one) == list(two)
    for file in sorted(folders[0].rglob("*.json")):
        assert file.read_bytes() == (folders[1] / file.relative_to(folders[0])).read_bytes()


def test_a_file_says_how_it_was_measured(log: Path, folder: Path) -> None:
    measured(some(log, 1), folder, 1)
    found = json.loads((folder / "group" / "p0.json").read_text())
    assert found["measure"] == f"{HERE}.counted"
    assert found["arguments"]["name"] == "p0"
    assert found["source"] == kept.source()
    assert found["measured"] == {"twice": 0.0, "nothing": None, "listed": [0.0, 0.1 + 0.2]}


@pytest.mark.parametrize("workers", [1, 2])
def test_a_mistake_keeps_what_is_done(workers: int, log: Path, folder: Path) -> None:
    """The longest come first: all others are done when the wrong one's turn comes."""
    bad = some(log, 1, "wrong")[0]._replace(name="bad", cost=0.1)
    points = [*some(log, 5), bad]
    with pytest.raises(Mistake, match=r"^p0 cannot be measured$"):
        measured(points, folder, workers)
    done = len(list(folder.rglob("*.json")))
    assert done >= 5 - (workers - 1)
    log.with_name("mended").touch()
    log.unlink()
    assert len(measured(points, folder, 1)) == 6
    assert len(asked(log)) == 6 - done
    assert not list(folder.rglob(".*"))


def test_an_interruption_keeps_what_is_done(log: Path, folder: Path) -> None:
    points = [*some(log, 3), some(log, 1, "interrupted")[0]._replace(name="last", cost=0.1)]
    with pytest.raises(KeyboardInterrupt):
        measured(points, folder, 1)
    assert len(list(folder.rglob("*.json"))) == 3
    measured(points[:3], folder, 1)
    assert len(asked(log)) == 4


def test_ctrl_c_ends_the_other_processes_too(log: Path, folder: Path, measures: Path) -> None:
    """In a program of its own, whose two processes would go on for a minute."""
    arguments = [{"log": str(log), "name": f"p{number}"} for number in range(3)]
    program = (
        "from pathlib import Path\nfrom simulator.points import Point\n"
        "from simulator.points.measure import measured\n"
        "if __name__ == '__main__':\n"
        f"    points = [Point(own['name'], '{HERE}.slow', own) for own in {arguments}]\n"
        f"    measured(points, Path({str(folder)!r}), 2)\n"
    )
    file = log.with_name("program.py")
    file.write_text(program)
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{measures}"}
    running = subprocess.Popen(
        [sys.executable, str(file)], env=environment, stderr=subprocess.PIPE, text=True, cwd=ROOT
    )
    try:
        for _ in range(400):
            if (folder / "p0.json").exists() and len(asked(log)) == 3:
                break
            time.sleep(0.05)
        running.send_signal(signal.SIGINT)
        _, told = running.communicate(timeout=20)
    finally:
        running.kill()
    assert "KeyboardInterrupt" in told
    assert "Process SpawnProcess" not in told, "only the process that waits complains"
    assert [file.name for file in folder.rglob("*.json")] == ["p0.json"]


def test_a_process_that_dies_is_told(log: Path, folder: Path) -> None:
    with pytest.raises(Mistake, match=r"was killed.*fewer --workers"):
        measured(some(log, 3, "killed"), folder, 2)


def test_a_folder_that_takes_no_files_is_told_in_a_line(log: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Mistake, match=r"^cannot write to .*: Not a directory$"):
        measured(some(log, 2), tmp_path / "file" / "kept", 1)


def test_a_full_disk_is_told_and_leaves_no_part_of_a_file(
    log: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(file: Path, text: str, **_: Any) -> None:
        file.touch()
        raise OSError(errno.ENOSPC, "No space left on device", str(file))

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(Mistake, match=r"^cannot write to .*p0.json: No space left on device$"):
        measured(some(log, 2), folder, 1)
    assert not [file for file in folder.rglob("*") if file.is_file()]


def test_points_have_names_of_their_own(log: Path, folder: Path) -> None:
    with pytest.raises(ValueError, match=r"one name"):
        measured(some(log, 1) * 2, folder, 1)


def test_nothing_is_said_away_from_a_terminal(log: Path, folder: Path, capfd: Any) -> None:
    measured(some(log, 2), folder, 1)
    assert capfd.readouterr() == ("", "")


def test_workers() -> None:
    assert checked_workers(3) == 3
    assert processors() >= 1
    with pytest.raises(Mistake, match=r"^--workers 0: must be at least 1$"):
        checked_workers(0)
