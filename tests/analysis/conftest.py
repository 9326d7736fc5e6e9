"""Runs on disk, made once, by the command line."""

import subprocess
import sys

import pytest

POLICIES = ["fused", "always_edge", "always_device"]
TINY = ["users=3", "horizon_s=2000", "+channel=rayleigh"]


def simulator(folder, *arguments):
    command = [sys.executable, "-m", "simulator", *arguments]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=100)


@pytest.fixture(scope="session")
def multirun(tmp_path_factory):
    """Three policies under one seed."""
    folder = tmp_path_factory.mktemp("multirun")
    simulator(folder, "-m", f"policy={','.join(POLICIES)}", "arrivals.sessions_per_s=0.002", *TINY)
    return next(folder.glob("multirun/*/*"))


@pytest.fixture(scope="session")
def run(multirun):
    """The folder of one run, of the fused policy."""
    return multirun / "0"


@pytest.fixture
def write_run(tmp_path):
    """Write a run by hand: its summary, and the logs that are given as frames."""
    import json

    def write(name, summary, **logs):
        folder = tmp_path / name
        folder.mkdir(parents=True)
        (folder / "summary.json").write_text(json.dumps(summary))
        for log, frame in logs.items():
            frame.to_parquet(folder / f"{log}.parquet")
        return folder

    return write
