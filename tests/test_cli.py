"""The command line: every form of a command that works, and one clear line for every one that does not."""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hydra.core.global_hydra import GlobalHydra

from simulator.cli import main

SMALL = ("users=2", "horizon_s=2000")


@pytest.fixture
def command(tmp_path, monkeypatch, capfd):
    """Run a command in an empty folder; its exit code, stdout and stderr."""

    def run(*arguments):
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", ["simulator", *arguments])
        monkeypatch.setenv("HYDRA_FULL_ERROR", os.environ.get("HYDRA_FULL_ERROR", ""))
        monkeypatch.delenv("HYDRA_FULL_ERROR")
        capfd.readouterr()
        try:
            with pytest.raises(SystemExit) as exit_:
                main()
        finally:
            GlobalHydra.instance().clear()
        out, err = capfd.readouterr()
        return exit_.value.code or 0, out, err

    return run


def runs(folder: Path) -> list[Path]:
    return sorted(summary.parent for summary in folder.rglob("summary.json"))


@pytest.mark.parametrize(
    ("arguments", "count"),
    [
        ((), 1),
        (("+channel=rayleigh", "+workload=gsm8k"), 1),
        (("channel=rayleigh", "workload=gsm8k"), 1),
        (("channel=rayleigh", "+workload=gsm8k", "channel.speed_m_per_s=3"), 1),
        (("-m", "+channel=rayleigh,fixed", "policy.threshold=-0.1,0.1"), 4),
        (("-m", "channel=glob(f*)"), 2),
        (("--multirun", "policy=choice(coin,always_edge)"), 2),
        (("-m", "channel=rayleigh", "channel/fading=rayleigh,rician"), 2),
        (("air=vehicular", "delta=constant", "channel/mobility=standing"), 1),
        (("air=null", "experiment=null"), 1),
        (("+experiment=paper_gsm8k", "sessions_per_user=3"), 1),
        (("experiment=paper_gsm8k", "sessions_per_user=3"), 1),
    ],
)
def test_every_form_of_a_command_runs(command, tmp_path, arguments, count):
    code, _, err = command(*SMALL, *arguments)
    assert (code, err) == (0, "")
    assert len(runs(tmp_path)) == count
    for folder in runs(tmp_path):
        assert json.loads((folder / "summary.json").read_text())["complete"]
        assert {"events.parquet", "turns.parquet"} <= {file.name for file in folder.iterdir()}


def test_plus_and_bare_forms_mean_the_same(command, tmp_path):
    command(*SMALL, "+channel=rayleigh", "hydra.run.dir=plus")
    command(*SMALL, "channel=rayleigh", "hydra.run.dir=bare")
    for name in ("events.parquet", "turns.parquet"):
        assert (tmp_path / "plus" / name).read_bytes() == (tmp_path / "bare" / name).read_bytes()


def test_help_lists_every_group_and_choice(command):
    conf = Path(__file__).parent.parent / "conf"
    code, out, _ = command("--help")
    assert code == 0
    for group in conf.iterdir():
        if group.is_dir():
            choices = ", ".join(sorted(file.stem for file in group.glob("*.yaml")))
            assert f"{group.name}: {choices}" in out


def test_cfg_shows_the_configuration_and_runs_nothing(command, tmp_path):
    code, out, _ = command("--cfg", "job", "+channel=rayleigh")
    assert code == 0
    assert "channels.fading.rayleigh.Rayleigh" in out
    assert runs(tmp_path) == []


def test_the_table_shows_means_with_intervals_and_where_the_files_are(command):
    _, out, _ = command("users=50", "hydra.run.dir=here")
    assert "95 % interval" in out
    assert "turns done" in out
    assert out.rstrip().endswith("here/")


def test_a_run_ends_with_its_last_session(command, tmp_path):
    for horizon in ("null", "1e6"):
        command("users=3", "sessions_per_user=2", f"horizon_s={horizon}", f"hydra.run.dir=run-{horizon}")
    ends = [json.loads((folder / "summary.json").read_text()) for folder in runs(tmp_path)]
    assert ends[0]["simulated_s"] == ends[1]["simulated_s"] < 1e5
    assert ends[0]["metrics"] == ends[1]["metrics"]


def test_the_papers_experiments_run_with_any_policy(command):
    code, _, err = command("-m", "experiment=paper_gsm8k", "policy=always_edge,coin,oracle,paper_gsm8k")
    assert (code, err) == (0, "")


def test_a_table_without_scores_runs_where_no_score_is_read(command, tmp_path):
    (tmp_path / "mine.csv").write_text("prompt_tokens\n3\n")
    code, _, err = command(*OWN, "workload.path=mine.csv", "policy=always_edge", "users=50")
    assert (code, err) == (0, "")


def test_a_closed_pipe_is_no_error(tmp_path):
    for arguments in (["users=1"], ["-m", "users=1,2"], ["--help"]):
        command = " ".join([sys.executable, "-m", "simulator", *arguments, "horizon_s=100", "| true"])
        done = subprocess.run(
            ["bash", "-c", f"set -o pipefail; {command}"], cwd=tmp_path, capture_output=True, text=True
        )
        assert (done.returncode, done.stderr) == (0, "")


def test_an_overloaded_edge_is_called_unstable(command):
    _, out, _ = command("policy=always_edge", "users=100", "scheduler.slots=1")
    assert "warning: the edge queue is unstable" in out


TABLES = {
    "empty.csv": "",
    "header.csv": "prompt_tokens,score\n",
    "words.csv": "prompt_tokens,score\n12,0.5\ntwelve,0.5\n",
    "high.csv": "prompt_tokens,score\n12,0.5\n12,1.5\n",
    "negative.csv": "prompt_tokens,score\n-3,0.5\n",
    "ragged.csv": "prompt_tokens,score\n3,0.5,7\n",
    "typo.csv": "promt_tokens,score\n3,0.5\n",
    "plain.csv": "prompt_tokens,score\n3,0.5\n",
    "unscored.csv": "prompt_tokens\n3\n",
    "table.txt": "prompt_tokens\n3\n",
    "broken.parquet": "not parquet",
    "apart.csv": "session,prompt_tokens\na,3\nb,3\na,3\n",
    "best.csv": "prompt_tokens,device_quality,edge_quality\n3,1,inf\n",
    "backwards.csv": "at_s\n5\n3\n",
    "zeros.csv": "0,0\n1,0\n2,0\n",
    "gap.csv": "0,1\n1,2\n99,1\n",
}
OWN = ("workload=table", "workload.device_tokens=20", "workload.edge_tokens=80")

CLOSED = ("arrivals=closed", "arrivals.think_median_s=0", "policy=always_device", "users=1")

WRONG = [
    (["channel=raleigh"], "did you mean rayleigh? channel is one of block, cell,"),
    (["+channel=raleigh"], "did you mean rayleigh?"),
    (["chanel=rayleigh"], "did you mean channel?"),
    (["+chanel=rayleigh"], "did you mean channel?"),
    (["channel=rayleigh", "channel.dopler_hz=5"], "did you mean channel.doppler_hz?"),
    (["channel=rayleigh", "+channel.dopler_hz=5"], "did you mean channel.doppler_hz?"),
    (["channel=rayleigh", "+channel.uplink.mean_snr=5"], "did you mean channel.uplink.mean_snr_db?"),
    (["channel=fixed", "channel.doppler_hz=5"], "channel has downlink_bps, uplink_bps"),
    (["channel=rayleigh", "channel/fading=ricean"], "channel/fading=ricean: did you mean rician?"),
    (
        ["channel/fading=rician"],
        "channel=fixed has no part 'fading'; channel=cell and channel=flat_fading and their presets have one",
    ),
    (
        ["channel=rayleigh", "channel/fadin=rician"],
        "unknown group 'channel/fadin': did you mean channel/fading?",
    ),
    (
        ["channel=rayleigh", "channel.fading=3"],
        "channel.fading: must be one of the choices of its group, not 3",
    ),
    (["channel=rician", "channel.fading.k_factor=-1"], "channel.fading.k_factor=-1: input should be greater"),
    (
        ["channel=rayleigh", "channel.doppler_hz=200", "channel.step_s=0.01"],
        "step_s (0.01) is too long for a Doppler frequency of 200 Hz: at most 0.0005",
    ),
    (
        ["channel=cell", "channel.mobility.distance_m=500"],
        "mobility.distance_m (500) must be at most radius_m (150)",
    ),
    (["channel=trace", "channel.path=hsdpa_buss"], "hsdpa_bus"),
    (["channel=trace", "channel.path=zeros.csv"], "zeros.csv"),
    (["channel=trace", "channel.path=gap.csv"], "gap.csv"),
    (["air=cell_egde"], "did you mean cell_edge?"),
    (["channel=null"], "a group cannot be null"),
    (["channel=rayleigh", "channel/fading="], "channel/fading=: channel/fading is one of block,"),
    (["-m", "channel/fading=rayleigh,rician"], "channel/fading: channel=fixed has no part 'fading'"),
    (["-m", "channel=fixed,rayleigh", "channel/fading=rician"], "channel/fading: only channel=cell and"),
    (
        ["channel=cell", "+channel.handover.site_distance=200"],
        "did you mean channel.handover.site_distance_m?",
    ),
    (
        ["channel=rayleigh", "channel.doppler_hz=1e9"],
        "a Doppler frequency of 1e+09 Hz is too high: at most 1e+06",
    ),
    (["channel=gilbert_elliott", "channel.mean_good_s=1e-310"], "channel.mean_good_s=1e-310"),
    (["attachments=images", "attachments.sigma=1000"], "attachments.sigma=1000"),
    (["payload=kv_cache"], "choose kv_cache=keep_all"),
    (
        ["payload=kv_cache", "kv_cache=keep_all", "payload.edge_model=Qwen2.5-32B"],
        "a KV cache of Qwen2.5-3B cannot be read by Qwen2.5-32B",
    ),
    (["estimator/report=exact"], "estimator=nominal has no part 'report'"),
    (["user=5"], "did you mean users?"),
    (["lengths.sigma=2"], "lengths has no settings"),
    (["experiment=paper_mml"], "did you mean paper_mmlu?"),
    (["workload=gsm88k"], "did you mean gsm8k?"),
    (["users=0"], "users=0: input should be greater than or equal to 1"),
    (["users=abc"], "users=abc"),
    (["users=2.5"], "users=2.5"),
    (["seed=-1"], "seed=-1"),
    (["horizon_s=nan"], "horizon_s=nan: input should be a finite number"),
    (["horizon_s=inf"], "horizon_s=inf"),
    (["horizon_s=-5"], "horizon_s=-5: input should be greater than 0"),
    (["horizon_s=null"], "horizon_s and sessions_per_user are both null"),
    (["warmup_s=9000"], "warmup_s=9000 must be below horizon_s"),
    (["policy.threshold=nan"], "policy.threshold=nan"),
    (
        ["policy=coin", "policy.edge_share=1.5"],
        "policy.edge_share=1.5: input should be less than or equal to 1",
    ),
    (["scheduler.slots=0"], "scheduler.slots=0"),
    (["channel.uplink_bps=-1"], "channel.uplink_bps=-1"),
    (["channel.uplink_bps=nan"], "channel.uplink_bps=nan"),
    (["channel=rayleigh", "channel.uplink.bandwidth_hz=0"], "channel.uplink.bandwidth_hz=0"),
    (["device.prefill_s_per_token=-0.1"], "device.prefill_s_per_token=-0.1"),
    (["delta=shifted_lognormal", "delta.mean_s=0.001"], "0.001"),
    (["users"], "cannot read 'users'"),
    (["channel=[fixed"], "cannot read 'channel=[fixed'"),
    (["seed=${sede}"], "Interpolation key 'sede' not found"),
    (["channel._target_=channels.fixed.Fxed"], "did you mean Fixed?"),
    (["workload=table"], "workload.path must be set"),
    (["workload=table", "workload.path=absent.csv"], "no table 'absent.csv'"),
    (["workload.path=mmul"], "did you mean mmlu?"),
    (["workload.quality=routellm"], "mtbench101: no column 'routellm_device_quality'"),
    (["workload=table", "workload.path=plain.csv"], "workload.device_tokens must be set"),
    ([*OWN, "workload.path=empty.csv"], "no column 'prompt_tokens'"),
    ([*OWN, "workload.path=header.csv"], "the table has no rows"),
    ([*OWN, "workload.path=words.csv"], "prompt_tokens must be a number, but row 2 is 'twelve'"),
    ([*OWN, "workload.path=high.csv"], "score must be from 0 to 1, but row 2 is 1.5"),
    ([*OWN, "workload.path=negative.csv"], "prompt_tokens must be at least 0, but row 1 is -3"),
    ([*OWN, "workload.path=ragged.csv"], "row 1 has 3 cells, the header 2"),
    ([*OWN, "workload.path=typo.csv"], "did you mean prompt_tokens?"),
    ([*OWN, "workload.path=table.txt"], "a table ends in .csv, .parquet or .jsonl, not in .txt"),
    ([*OWN, "workload.path=broken.parquet"], "not a readable table"),
    (
        [*OWN, "workload.path=unscored.csv", "arrivals.sessions_per_s=1"],
        "the policy reads scores, and the workload lacks one",
    ),
    ([*OWN, "workload.path=plain.csv", "scorer=oracle", "arrivals.sessions_per_s=1"], "scorer=oracle needs"),
    (["arrivals=replay", "arrivals.path=backwards.csv"], "at_s must ascend from 0, but row 2 is 3"),
    (["hydra.run.dir=plain.csv/out"], "plain.csv"),
    (["workload.score=scoer"], "no column 'scoer'; did you mean score?"),
    (["workload.score=task"], "that column holds names"),
    ([*OWN, "workload.path=apart.csv"], "session 'a' comes back in row 3"),
    (
        [*OWN, "workload.path=best.csv", "workload.quality="],
        "edge_quality must be a finite number, but row 1 is inf",
    ),
    (["--config-dir", "nowhere", "users=1"], "--config-dir: no folder 'nowhere'"),
    (
        [*CLOSED, "device.prefill_s_per_token=0", "device.decode_s_per_token=0"],
        "time stands still at 0 s",
    ),
]


@pytest.mark.parametrize(
    ("arguments", "words"), WRONG, ids=lambda value: " ".join(value)[:60] if isinstance(value, list) else ""
)
def test_a_wrong_command_ends_in_one_clear_line(command, tmp_path, arguments, words):
    for name, text in TABLES.items():
        (tmp_path / name).write_text(text)
    code, _, err = command(*arguments)
    assert code == 1
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert words in err


def test_a_wrong_run_of_a_sweep_is_told_and_the_others_go_on(command, tmp_path):
    code, _, err = command("-m", "users=0,2", "horizon_s=1000")
    assert code == 1
    assert err.splitlines() == ["error: users=0: input should be greater than or equal to 1"]
    assert len(runs(tmp_path)) == 1


def test_a_wrong_sweep_ends_in_one_clear_line(command):
    code, _, err = command("-m", "channel=rayleigh,raleigh")
    assert code == 1
    assert err.startswith("error: channel=raleigh: did you mean rayleigh?")
    assert err.count("\n") == 1


def start(folder, *arguments, **options):
    """A run in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "simulator", "hydra.run.dir=out", *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def wait_for(condition, seconds=60.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.02)


def grown(file: Path, size: int) -> bool:
    return file.is_file() and file.stat().st_size > size


LONG = ("users=200", "horizon_s=1e9")


def test_ctrl_c_ends_a_run_cleanly_and_marks_it_incomplete(tmp_path):
    run = start(tmp_path, *LONG)
    wait_for(lambda: grown(tmp_path / "out" / "events.arrows", 100_000))
    run.send_signal(signal.SIGINT)
    out, err = run.communicate(timeout=60)
    assert run.returncode == 130
    assert err == ""
    assert "interrupted: these are the figures up to here" in out
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["complete"] is False
    assert summary["turns"]["done"] > 0
    assert (tmp_path / "out" / "turns.parquet").is_file()


def test_sigkill_loses_at_most_the_last_batch(tmp_path):
    import pyarrow as pa

    run = start(tmp_path, *LONG)
    events = tmp_path / "out" / "events.arrows"
    wait_for(lambda: grown(events, 1_000_000))
    run.kill()
    run.communicate()
    rows, batches = 0, 0
    with pa.ipc.open_stream(str(events)) as stream:
        try:
            while True:
                rows, batches = rows + stream.read_next_batch().num_rows, batches + 1
        except (StopIteration, pa.ArrowInvalid, OSError):
            pass
    assert batches >= 1
    assert rows >= 30_000
    assert json.loads((tmp_path / "out" / "summary.json").read_text())["complete"] is False


def test_a_full_disk_ends_in_one_clear_line_and_keeps_what_was_written(tmp_path):
    def small_files():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, 600_000))

    run = start(tmp_path, *LONG, preexec_fn=small_files)
    _, err = run.communicate(timeout=120)
    assert run.returncode == 1
    assert err.startswith("error: cannot write to ")
    assert err.count("\n") == 1
    assert grown(tmp_path / "out" / "events.arrows", 100_000)


def test_a_bare_run_imports_nothing_heavy(tmp_path):
    code = "import sys; sys.argv = ['simulator', 'users=1', 'horizon_s=10']\n"
    code += "from simulator.cli import main\ntry: main()\nexcept SystemExit as end: assert not end.code\n"
    code += "heavy = {'torch', 'transformers', 'pandas', 'scipy', 'matplotlib'} & set(sys.modules)\n"
    code += "assert not heavy, heavy"
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True, capture_output=True)
