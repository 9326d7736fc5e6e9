"""Held against real measurements: recorded requests through an edge server, beside what was measured.

    python -m simulator.validation                                           the bundled runs of vLLM
    python -m simulator.validation requests.jsonl edge=PRESET scheduler.max_num_seqs=128      a run of yours

From Python:

    from simulator.validation import engine, figures, read, replay

    recording = read("requests.jsonl")
    machine, scheduler = engine("edge=rtx4090_llama_8b", "scheduler.max_num_seqs=256")
    served = replay(recording.requests, machine, scheduler)
    figures(recording.requests, served)["TPOT", "mean"]     # in ms, as served; recording.served as measured

Every field of `recording.requests` and of `served` is a numpy array with one element per request, so that
`pandas.DataFrame(served._asdict())` is a frame. Nothing is written to disk.
"""

from simulator.validation.engine import engine
from simulator.validation.figures import figures
from simulator.validation.recording import Recording, Requests, Served, read
from simulator.validation.replay import replay

__all__ = ["Recording", "Requests", "Served", "engine", "figures", "read", "replay"]
