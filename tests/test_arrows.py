"""Who may import whom, read off the source: the rooms' one-way arrows, and what is imported late or never."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import ROOT

ROOMS = ("simulator", "channels", "workloads", "analysis")
FORBIDDEN = {
    "channels": {"workloads", "simulator", "analysis", "simpy", "hydra", "omegaconf"},
    "workloads": {"channels", "simulator", "analysis", "simpy", "hydra", "omegaconf"},
    "analysis": {"channels", "workloads", "simpy", "hydra", "omegaconf"},
    "simulator": {"analysis"},
}
HYDRA = {"hydra", "omegaconf"}
HYDRA_FILES = {"cli.py", "config.py", "explain.py"}
SIMPY_FILES = {"clock.py", "medium.py", "radio.py", "simulation.py", "turn.py", "fleet.py"} | {
    *("schedulers", "batching", "deliveries", "devices")
}
"""Files and folders of the simulator that know SimPy; a scheduler makes events, so all of theirs may."""
READING = {"torch", "transformers", "huggingface_hub", "datasets", "filelock", "sklearn"}
"""The extra `bert`."""
HEAVY = {"pandas", "matplotlib", "scipy", *READING}
LATE = {"channels": {"scipy"}, "simulator": {"matplotlib", "scipy"}}
"""Special functions of a few laws; the gallery, and the fits of step times."""
READERS = [ROOT / "simulator" / folder for folder in ("encoders", "heads", "scorers/commands")]
"""Who may import the extra `bert`, late: never a run whose texts are all in the store."""
MOST_LINES = 200


def files(room: str) -> list[Path]:
    return sorted((ROOT / room).rglob("*.py"))


EVERYWHERE = [file for room in ROOMS for file in files(room)]


def imports(nodes: Iterator[ast.AST] | list[ast.stmt]) -> set[str]:
    """Dotted names of all modules imported by these nodes."""
    found = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {str(node.module)}
    return found


def parse(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


def tops(names: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in names}


def all_imports(file: Path) -> set[str]:
    return imports(ast.walk(parse(file)))


def eager_imports(file: Path) -> set[str]:
    """What importing the file imports: not what stands in functions or behind TYPE_CHECKING."""

    def walk(statements: list[ast.stmt]) -> Iterator[ast.stmt]:
        for statement in statements:
            yield statement
            if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            if isinstance(statement, ast.If) and "TYPE_CHECKING" in ast.unparse(statement.test):
                continue
            for block in ("body", "orelse", "finalbody"):
                yield from walk(getattr(statement, block, []))

    return imports(walk(parse(file).body))


def name(file: Path) -> str:
    return str(file.relative_to(ROOT))


@pytest.mark.parametrize("room", ROOMS)
def test_arrows_go_one_way(room: str) -> None:
    for file in files(room):
        assert not tops(all_imports(file)) & FORBIDDEN[room], name(file)


def test_analysis_reads_files_never_a_live_simulation() -> None:
    """Only the columns' names and the one-line error may cross."""
    for file in files("analysis"):
        crossed = {module for module in all_imports(file) if module.startswith("simulator")}
        allowed = ("simulator.columns", "simulator.mistakes", "simulator.config")
        assert all(module == "simulator" or module.startswith(allowed) for module in crossed), name(file)


def test_hydra_is_known_in_three_files() -> None:
    for file in files("simulator"):
        if tops(all_imports(file)) & HYDRA:
            assert file.relative_to(ROOT / "simulator").parts[0] in HYDRA_FILES, name(file)


def test_simpy_is_known_where_time_passes() -> None:
    knowing = {
        file.relative_to(ROOT / "simulator").parts[0]
        for file in files("simulator")
        if "simpy" in tops(all_imports(file))
    }
    assert knowing == SIMPY_FILES


@pytest.mark.parametrize("file", EVERYWHERE, ids=name)
def test_heavy_libraries_are_imported_late(file: Path) -> None:
    """Inside functions; and outside analysis and the scripts that make tables only where they are named."""
    scripts = ROOT / "workloads" / "tables"
    if scripts not in file.parents:
        assert not tops(eager_imports(file)) & HEAVY
    if ROOT / "analysis" not in file.parents and scripts not in file.parents:
        never = HEAVY - {"pandas"} - LATE.get(file.relative_to(ROOT).parts[0], set())
        if any(folder in file.parents for folder in READERS):
            never -= READING
        assert not tops(all_imports(file)) & never


def test_the_simulator_does_not_import_the_scripts_that_make_tables() -> None:
    for file in EVERYWHERE:
        if ROOT / "workloads" / "tables" not in file.parents:
            assert not any(module.startswith("workloads.tables") for module in all_imports(file)), name(file)


def test_plug_ins_do_not_know_one_another() -> None:
    """A plug-in imports its group's contract; of its siblings only what it extends, by inheritance."""
    for group in ("policies", "scorers", "kv_caches", "schedulers", "estimators"):
        for file in (ROOT / "simulator" / group).glob("*.py"):
            siblings = {
                module
                for module in all_imports(file)
                if module.startswith(f"simulator.{group}.") and module.count(".") == 2 and module.islower()
            }
            known = {sibling.name for sibling in (ROOT / "simulator" / group).glob("*.py")}
            siblings = {module for module in siblings if f"{module.rpartition('.')[2]}.py" in known}
            if siblings:
                bases = {
                    ast.unparse(base)
                    for node in parse(file).body
                    if isinstance(node, ast.ClassDef)
                    for base in node.bases
                }
                for sibling in siblings:
                    assert any(
                        base.lower() == sibling.rpartition(".")[2].replace("_", "") for base in bases
                    ), name(file)


def test_every_folder_with_modules_is_a_package() -> None:
    for file in EVERYWHERE:
        assert (file.parent / "__init__.py").is_file(), name(file)


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_is_typed(room: str) -> None:
    assert (ROOT / room / "py.typed").is_file()


def test_every_module_says_what_it_is() -> None:
    for file in EVERYWHERE:
        assert ast.get_docstring(parse(file)), name(file)


def test_files_are_short() -> None:
    long = {
        name(file): lines
        for file in EVERYWHERE
        if (lines := len(file.read_text().splitlines())) >= MOST_LINES
    }
    assert long == {}


def test_nobody_keeps_random_numbers_for_all() -> None:
    """No module-level generator, no `random`, no numpy seed: luck is an argument."""
    for file in EVERYWHERE:
        if ROOT / "analysis" in file.parents or ROOT / "workloads" / "tables" in file.parents:
            continue
        assert "random" not in tops(all_imports(file)), name(file)
        calls = [ast.unparse(node.func) for node in ast.walk(parse(file)) if isinstance(node, ast.Call)]
        assert not any(call.endswith("random.seed") or call == "np.random.rand" for call in calls), name(file)


def test_the_walls_clock_is_for_the_progress_bar() -> None:
    """A simulation that looked at real time would not repeat itself."""
    for file in EVERYWHERE:
        if {"time", "datetime"} & tops(all_imports(file)) and ROOT / "analysis" not in file.parents:
            assert name(file) in ("simulator/report.py", "simulator/encoders/timing.py"), name(file)


def test_a_planted_import_is_noticed(tmp_path: Path) -> None:
    """These tests can fail: late, nested and dotted imports are all seen, TYPE_CHECKING is not eager."""
    file = tmp_path / "planted.py"
    file.write_text(
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import pandas\n"
        "try:\n    import scipy.stats\nexcept ImportError:\n    pass\n"
        "def f():\n    from simpy.core import Environment\n"
    )
    assert {"pandas", "scipy", "simpy", "typing"} == tops(all_imports(file))
    assert tops(eager_imports(file)) == {"typing", "scipy"}
