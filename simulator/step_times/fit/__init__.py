"""Fit `linear` and `regimes` to a profile that was measured:

    python -m simulator.step_times.fit rtx4090_llama_8b --layers 32 --kv-tokens 41392
    python -m simulator.step_times.fit FOLDER --layers 64 --gpus 2 --bytes-per-token 10240

It prints both as yamls of conf/edge/step_time, each with its errors against the profile: the mean, and what
95 % of the batches stay below. Nothing but the profile is used: no latency that any server had.
"""
