"""The measured runs that come with the package, and what a replay of each is given."""

import csv
from pathlib import Path
from typing import NamedTuple

from simulator.validation.figures import Figures
from simulator.validation.recording import Recording, read

TABLES = Path(__file__).parent / "tables"


class Run(NamedTuple):
    """One measured run of vLLM."""

    name: str
    """Of its table."""
    title: str
    given: tuple[str, ...]
    """The preset and the engine's settings: all that a replay knows beside arrivals and lengths."""

    @property
    def recording(self) -> Recording:
        """The requests, with the measured instants."""
        return read(TABLES / f"{self.name}.csv")

    @property
    def llmservingsim(self) -> Figures:
        """What LLMServingSim 2.0 published for this run."""
        with (TABLES / "llmservingsim.csv").open(newline="", encoding="utf-8") as lines:
            rows = [row for row in csv.DictReader(lines) if row["run"] == self.name]
        return {(row["metric"], row["statistic"]): float(row["llmservingsim_ms"]) for row in rows}


PRO_6000 = Run(
    "rtxpro6000_llama_8b",
    "Llama-3.1-8B on one RTX PRO 6000",
    (
        "edge=rtxpro6000_llama_8b",
        "scheduler=continuous",
        "scheduler.max_num_seqs=128",
        "scheduler.max_num_batched_tokens=2048",
    ),
)
RTX_4090 = Run(
    "rtx4090_llama_8b",
    "Llama-3.1-8B on one RTX 4090",
    (
        "edge=rtx4090_llama_8b",
        "scheduler=continuous",
        "scheduler.max_num_seqs=256",
        "scheduler.max_num_batched_tokens=2048",
    ),
)
RUNS = (PRO_6000, RTX_4090)

STAND_IN_GIVEN = (
    "edge=rtxpro6000_qwen3_32b_tp2",
    "scheduler=continuous",
    "scheduler.max_num_seqs=128",
    "scheduler.max_num_batched_tokens=2048",
)
STAND_IN_PUBLISHED: Figures = {("TTFT", "mean"): 36_900.0, ("TPOT", "mean"): 80.3, ("TPOT", "p99"): 97.0}
"""Of vLLM, Qwen3-32B on two RTX PRO 6000: 300 requests of ShareGPT at 10/s, published with LLMServingSim."""
