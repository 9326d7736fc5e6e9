import shutil

import pytest

from analysis import Unreadable, load


def _corrupt(folder):
    whole = (folder / "turns.parquet").read_bytes()
    (folder / "turns.parquet").write_bytes(whole[: len(whole) // 2])
    return folder


def _no_json(folder):
    (folder / "summary.json").write_text('{"seed": 1,')
    return folder


def _no_log(folder):
    (folder / "events.parquet").unlink()
    return folder


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda folder: folder.parent / "capy", "did you mean"),
        (lambda folder: folder.parent / "capy" / "0", "did you mean"),
        (lambda folder: folder / ".hydra", "no runs here or below"),
        (lambda folder: folder / "turns.parquet", "not a folder"),
        (_corrupt, "not a whole Parquet file"),
        (_no_json, "not JSON"),
        (_no_log, "neither events.parquet nor events.arrows"),
    ],
)
def test_errors_are_one_line_with_the_path(run, tmp_path, spoil, words):
    path = spoil(shutil.copytree(run, tmp_path / "copy"))
    with pytest.raises(Unreadable, match=words) as error:
        load(path)
    assert "\n" not in str(error.value)
    assert str(tmp_path) in str(error.value)
