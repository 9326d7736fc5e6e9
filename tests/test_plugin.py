"""A user's own part: one Python file and one yaml, from the command line, without an edit of the package."""

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

CHANNEL = '''"""A link that gets slower with every user drawn."""

import numpy as np
from pydantic import PositiveFloat
from pydantic.dataclasses import dataclass

from channels import STRICT, Link
from channels.parts.steady import Steady


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Toy:
    """One rate both ways."""

    bps: PositiveFloat

    def draw(self, rng: np.random.Generator) -> Link:
        """The same for all."""
        return Link(Steady(self.bps), Steady(self.bps))
'''
POLICY = '''"""Every second turn of a session goes up."""

from typing import ClassVar

from pydantic import PositiveInt
from pydantic.dataclasses import dataclass

from simulator.policies import Choice, Decision, Static
from workloads import STRICT, Site


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Alternate(Static):
    """The edge for turns whose number is not divisible by `every`."""

    every: PositiveInt

    reads_score: ClassVar[bool] = False

    def choose(self, decision: Decision) -> Choice:
        """By number."""
        return Choice(Site.EDGE if decision.turn.index % self.every else Site.DEVICE, decision.score)
'''
FILES = {
    "toy.py": CHANNEL,
    "alternate.py": POLICY,
    "conf/channel/toy.yaml": "_target_: toy.Toy\nbps: 45000.0\n",
    "conf/policy/alternate.yaml": "_target_: alternate.Alternate\nevery: 2\n",
}
SMALL = ["users=2", "horizon_s=2000", "arrivals.sessions_per_s=0.01", "hydra.run.dir=out"]
OWN_FOLDER = {
    "searchpath": ["hydra.searchpath=[file://{conf}]"],
    "config-dir": ["--config-dir", "{conf}"],
}


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A user's folder."""
    for name, text in FILES.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return tmp_path


def command(own: Path, how: str, *overrides: str) -> subprocess.CompletedProcess[str]:
    folder = [argument.format(conf=own / "conf") for argument in OWN_FOLDER[how]]
    return subprocess.run(
        [sys.executable, "-m", "simulator", *folder, *overrides],
        cwd=own,
        env=os.environ | {"PYTHONPATH": str(own)},
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(("how", "plus"), [("searchpath", ""), ("config-dir", "+")])
def test_a_channel_of_ones_own(own: Path, how: str, plus: str) -> None:
    """1,000 tokens a second: delta and a millisecond a token."""
    done = command(own, how, f"{plus}channel=toy", "policy=always_edge", *SMALL)
    assert done.returncode == 0, done.stderr
    turns = pd.read_parquet(own / "out" / "turns.parquet")
    assert len(turns) > 20
    assert set(turns["uplink_bps"]) == {45_000.0}
    alone = turns["uplink_s"] - 0.02 - (turns["context_tokens"] + turns["prompt_tokens"]) / 1000
    assert alone.abs().median() < 1e-9


def test_a_policy_of_ones_own(own: Path) -> None:
    done = command(own, "config-dir", "policy=alternate", "policy.every=3", *SMALL)
    assert done.returncode == 0, done.stderr
    turns = pd.read_parquet(own / "out" / "turns.parquet")
    assert turns["turn_index"].max() > 2
    assert ((turns["site"] == "edge") == (turns["turn_index"] % 3 != 0)).all()


@pytest.mark.parametrize("how", OWN_FOLDER)
def test_mistakes_in_ones_own_part_are_told_as_well_as_in_ours(own: Path, how: str) -> None:
    """An unknown key, with the nearest; a wrong name, with one's own among the choices."""
    done = command(own, how, "channel=toy", "channel.bsp=3", *SMALL)
    assert done.returncode == 1
    assert "did you mean channel.bps?" in done.stderr
    done = command(own, how, "channel=toi", *SMALL)
    assert done.returncode == 1
    assert "toy" in done.stderr


def test_a_sweep_over_ours_and_ones_own(own: Path) -> None:
    folder = f"hydra.searchpath=[file://{own / 'conf'}]"
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "simulator",
            "-m",
            folder,
            "channel=fixed,toy",
            "hydra.sweep.dir=out",
            *SMALL[:3],
        ],
        cwd=own,
        env=os.environ | {"PYTHONPATH": str(own)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert len(list((own / "out").glob("*/turns.parquet"))) == 2
