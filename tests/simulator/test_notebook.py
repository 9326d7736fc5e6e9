"""`simulate`: frames in, nothing of Hydra's left behind; and nothing heavy imported on the way."""

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra

from simulator import Run, simulate
from simulator.mistakes import Mistake
from tests import CONF, KEY, ROOT, run

SMALL = ["users=3", "horizon_s=1000", "arrivals.sessions_per_s=0.01"]
HEAVY = ("torch", "transformers", "pandas", "scipy", "matplotlib")


def test_frames_and_figures() -> None:
    found = simulate("arrivals.sessions_per_s=0.01", "channel=rayleigh", users=3, horizon_s=1000)
    assert isinstance(found, Run)
    assert isinstance(found.turns, pd.DataFrame)
    assert isinstance(found.events, pd.DataFrame)
    assert found.events["at_s"].is_monotonic_increasing
    assert found.summary["turns"]["done"] == len(found.turns) > 0
    assert found.summary["config"]["users"] == 3


def test_it_is_the_run_of_the_yamls() -> None:
    """Composed by Hydra or read from the yamls: the same rows."""
    overrides = [*SMALL, "policy=coin", "channel=gilbert_elliott", "channel.uplink.good_bps=1.0e+6"]
    found, wanted = simulate(*overrides), run(*overrides)
    pd.testing.assert_frame_equal(found.turns, wanted.turns)
    assert found.summary["config"] == wanted.summary["config"]


def test_a_plus_before_a_group_changes_nothing() -> None:
    assert simulate(*SMALL, "+channel=rayleigh").turns.equals(simulate(*SMALL, "channel=rayleigh").turns)


def test_none_is_null_and_words_are_words() -> None:
    found = simulate(*SMALL, horizon_s=None, sessions_per_user=1, policy="always_edge")
    assert found.summary["config"]["horizon_s"] is None
    assert set(found.turns["site"]) == {"edge"}
    assert found.turns.groupby("user_id")["session_id"].nunique().tolist() == [1, 1, 1]


def test_files_are_kept_where_asked(tmp_path: Path) -> None:
    found = simulate(*SMALL, folder=tmp_path / "new" / "folder")
    kept = tmp_path / "new" / "folder"
    assert {file.name for file in kept.iterdir()} == {"events.parquet", "summary.json", "turns.parquet"}
    assert pd.read_parquet(kept / "turns.parquet").equals(found.turns)
    assert json.loads((kept / "summary.json").read_text()) == json.loads(json.dumps(found.summary))


def test_turns_and_events_join() -> None:
    found = simulate(*SMALL)
    done = found.events[found.events["kind"] == "done"].set_index(KEY)["at_s"]
    assert (done.loc[pd.MultiIndex.from_frame(found.turns[KEY])].to_numpy() > 0).all()


def test_hydra_is_left_as_it_was() -> None:
    GlobalHydra.instance().clear()
    simulate(*SMALL)
    assert not GlobalHydra.instance().is_initialized()
    with pytest.raises(Mistake):
        simulate(*SMALL, "channel=raleigh")
    assert not GlobalHydra.instance().is_initialized()


def test_it_works_inside_a_users_own_hydra(tmp_path: Path) -> None:
    """And theirs still works afterwards, errors or not."""
    (tmp_path / "mine.yaml").write_text("a: 1\n")
    with initialize_config_dir(str(tmp_path), version_base="1.3"):
        first = simulate(*SMALL)
        with pytest.raises(Mistake):
            simulate(*SMALL, "nonsense=1")
        assert GlobalHydra.instance().is_initialized()
        assert compose("mine").a == 1
    assert simulate(*SMALL).turns.equals(first.turns)
    assert not GlobalHydra.instance().is_initialized()


def test_mistakes_are_one_line() -> None:
    for wrong in ("usrs=3", "users=many"):
        with pytest.raises(Mistake) as caught:
            simulate(wrong)
        assert "\n" not in str(caught.value)


def imported_by(*arguments: str, cwd: Path) -> set[str]:
    """Top-level names that a fresh process imports."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", *arguments], cwd=cwd, check=True, capture_output=True, text=True
    )
    names = [
        line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time")
    ]
    return {name.partition(".")[0] for name in names}


def test_a_run_imports_nothing_heavy(tmp_path: Path) -> None:
    overrides = ["users=1", "horizon_s=10000", "arrivals.sessions_per_s=0.01", "channel=rayleigh"]
    imported = imported_by("-m", "simulator", *overrides, "hydra.run.dir=out", cwd=tmp_path)
    assert {"simpy", "numpy", "pyarrow", "simulator"} <= imported
    assert imported.isdisjoint({*HEAVY, "tqdm", "IPython"})
    assert len(pd.read_parquet(tmp_path / "out" / "turns.parquet")) > 100


def test_importing_simulate_is_cheap() -> None:
    imported = imported_by("-c", "from simulator import simulate", cwd=ROOT)
    assert "simulator" in imported
    assert imported.isdisjoint({*HEAVY, "hydra", "omegaconf", "simpy", "numpy", "pyarrow", "pydantic"})


def test_the_rooms_can_be_imported_without_the_simulator() -> None:
    for room in ("channels", "workloads", "workloads.table", "channels.flat_fading"):
        imported = imported_by("-c", f"import {room}", cwd=ROOT)
        assert imported.isdisjoint({*HEAVY, "hydra", "omegaconf", "simpy", "simulator", "analysis"}), room


def test_conf_is_where_the_package_looks() -> None:
    from simulator.config import CONF as PACKAGED

    assert PACKAGED == CONF
