"""The columns' page is the columns' module, and says what the logs hold."""

import subprocess
import sys

from simulator.columns import ENTITIES, EVENTS, KINDS, TURNS, page
from tests import ROOT
from workloads import Site


def test_the_page_is_up_to_date() -> None:
    assert (ROOT / "analysis" / "COLUMNS.md").read_text(encoding="utf-8") == page() + "\n"


def test_the_page_is_what_the_module_prints() -> None:
    printed = subprocess.run(
        [sys.executable, "-m", "simulator.columns"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert printed.stdout == page() + "\n"


def test_every_column_has_a_unit_that_its_name_tells() -> None:
    units = {"_s": "s", "_tokens": "tokens", "_bits": "bit", "_bps": "bit/s", "_j": "J", "_c": "C"}
    for column in (*TURNS, *EVENTS):
        wanted = next((unit for ending, unit in units.items() if column.name.endswith(ending)), "")
        assert column.unit == wanted, column.name
        assert column.meaning


def test_names_are_unique() -> None:
    for columns in (TURNS, EVENTS):
        names = [column.name for column in columns]
        assert len(set(names)) == len(names)
    assert len(set(ENTITIES)) == len(ENTITIES) == 6
    assert next(iter(KINDS)) == "arrived"
    assert list(KINDS)[-1] == "done"
    assert {str(site) for site in Site} == {"device", "edge"}
