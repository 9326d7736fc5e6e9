"""Columns out of csv and parquet files, with errors that a user can act on."""

import math
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from workloads.columns import TABLES, find_table, read_columns


def write(folder: Path, content: bytes | str, name: str = "data.csv") -> str:
    file = folder / name
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return str(file)


@pytest.mark.parametrize(
    "content",
    [
        "x,name\n1,a\n2.5,b\n",
        "x,name\r\n1,a\r\n2.5,b\r\n",  # Windows
        "\ufeffx,name\n1,a\n2.5,b\n",  # Excel's byte order mark
        "x,name\n1,a\n2.5,b",  # no line end
        "\nx,name\n1,a\n2.5,b\n".lstrip("\n"),
        "x,name\n1,a\n\n2.5,b\n\n",  # blank lines
        '"x","name"\n"1","a"\n"2.5","b"\n',
        "name,unused,x\na,?,1\nb,?,2.5\n",
    ],
)
def test_csv(tmp_path: Path, content: str) -> None:
    assert read_columns(write(tmp_path, content), {"x": float, "name": str}) == {
        "x": [1.0, 2.5],
        "name": ["a", "b"],
    }


def test_optional_columns_come_where_they_exist(tmp_path: Path) -> None:
    path = write(tmp_path, "x,y\n1,2\n")
    assert read_columns(path, {"x": float}, {"y": float, "z": float}) == {"x": [1.0], "y": [2.0]}


def test_empty_cells(tmp_path: Path) -> None:
    columns = read_columns(write(tmp_path, "x,name\n,\n1,a\n"), {"x": float, "name": str})
    assert math.isnan(float(columns["x"][0]))
    assert columns["name"] == ["", "a"]


def test_commas_quotes_and_line_ends_inside_cells(tmp_path: Path) -> None:
    path = write(tmp_path, 'x,name\n1,"a,""b""\nc"\n')
    assert read_columns(path, {"name": str}) == {"name": ['a,"b"\nc']}


def test_a_header_alone_is_a_table_without_rows(tmp_path: Path) -> None:
    assert read_columns(write(tmp_path, "x,y\n"), {"x": float}) == {"x": []}


def test_parquet(tmp_path: Path) -> None:
    """Whole numbers, numbers, words, and nulls."""
    file = tmp_path / "data.parquet"
    parquet.write_table(pa.table({"x": [1, 2, None], "y": [0.5, None, 2.5], "name": ["a", None, "c"]}), file)
    columns = read_columns(str(file), {"x": float, "y": float, "name": str})
    assert columns["x"][:2] == [1.0, 2.0]
    assert math.isnan(float(columns["x"][2]))
    assert columns["y"][0::2] == [0.5, 2.5]
    assert columns["name"] == ["a", "", "c"]


def test_parquet_and_csv_say_the_same(tmp_path: Path) -> None:
    path = write(tmp_path, "x,name\n1,7\n2.5,8\n")
    file = tmp_path / "data.parquet"
    parquet.write_table(pa.table({"x": [1.0, 2.5], "name": [7, 8]}), file)
    wanted = {"x": float, "name": str}
    assert read_columns(str(file), wanted) == read_columns(path, wanted)


@pytest.mark.parametrize(
    ("content", "name", "pieces"),
    [
        ("", "data.csv", ["no column 'x'"]),
        ("y\n1\n", "data.csv", ["no column 'x'", "the table has y"]),
        ("xx,y\n1,2\n", "data.csv", ["no column 'x'", "did you mean xx?"]),
        ("x\n1\ntwo\n", "data.csv", ["x must be a number", "row 2 is 'two'"]),
        ("x\n1,5\n", "data.csv", ["row 1 has 2 cells, the header 1"]),
        ("x,y\n1,2\n3\n", "data.csv", ["row 2 has 1 cells, the header 2"]),
        (b"x\n\xff\xfe\n", "data.csv", ["not in UTF-8", "save it so"]),
        ("x\n1\n", "data.parquet", ["not a readable table"]),
        ("x\n1\n", "data.xlsx", [".csv, .parquet or .jsonl, not in .xlsx"]),
        ("x\n1\n", "data", [".csv, .parquet or .jsonl, not in nothing"]),
    ],
)
def test_what_is_wrong_is_told(tmp_path: Path, content: bytes | str, name: str, pieces: list[str]) -> None:
    path = write(tmp_path, content, name)
    with pytest.raises(ValueError, match="data") as caught:
        read_columns(path, {"x": float})
    for piece in (path, *pieces):
        assert piece in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_column_that_stands_there_twice_is_an_error(tmp_path: Path) -> None:
    """Which of the two was meant, nobody can tell."""
    with pytest.raises(ValueError, match="x"):
        read_columns(write(tmp_path, "x,x\n1,2\n"), {"x": float})


def test_embedded_tables_go_by_their_name() -> None:
    assert find_table("mmlu") == TABLES / "mmlu.csv"
    assert len(read_columns("gsm8k", {"prompt_tokens": float})["prompt_tokens"]) == 1319


def test_a_home_folder_is_understood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    write(tmp_path, "x\n1\n")
    assert read_columns("~/data.csv", {"x": float}) == {"x": [1.0]}


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"no table 'gsm8'.*did you mean gsm8k\?"):
        find_table("gsm8")
    with pytest.raises(FileNotFoundError, match="give a csv, parquet or jsonl file, or one of gsm8k, mmlu"):
        find_table(str(tmp_path))
