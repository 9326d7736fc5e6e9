"""Every yaml of every group builds, runs, and keeps its group's contract. A new yaml needs no new test."""

import math
import random
from collections.abc import Iterator
from dataclasses import MISSING, fields, is_dataclass
from itertools import islice
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest

from channels.parts.doppler import doppler
from channels.parts.process import Level
from channels.parts.steady import Steady
from simulator.build import build
from simulator.clock import Clock
from simulator.config import NAMED_RUNS, compose
from simulator.context import Context
from simulator.deliveries import NOTHING_DELIVERED
from simulator.devices import Spent
from simulator.estimators import Query
from simulator.phone import Phone
from simulator.radio import NO_TRANSFER, Cell
from simulator.schedulers import Job
from simulator.step_times import Batch
from tests import CHOICES, CONF, GROUPS, INNER, INNER_CHOICES, PARTS, host, part, run, run_settings, settings
from tests.simulator.figures import keep_figures
from tests.simulator.parts import Notes, decision, turn, when
from workloads import Answer, Exchange, Site
from workloads.luck import Luck

HOMES = {
    "arrivals": "workloads.arrivals",
    "attachments": "workloads.attachments",
    "thinking": "workloads.thinking",
    "channel": "channels",
    "delta": "channels.delta",
    "estimator": "simulator.estimators",
    "balancer": "simulator.balancers",
    "delivery": "simulator.deliveries",
    "device": "simulator.devices",
    "device/modem": "simulator.devices.modem",
    "device/thermal": "simulator.devices.thermal",
    "edge": "simulator.machines",
    "edge/step_time": "simulator.step_times",
    "kv_cache": "simulator.kv_caches",
    "lengths": "workloads.lengths",
    "policy": "simulator.policies",
    "scheduler": "simulator.schedulers",
    "scheduler/eviction": "simulator.evictions",
    "scheduler/order": "simulator.orders",
    "scorer": "simulator.scorers",
    "sharing": "channels.sharing",
    "payload": "channels.payload",
    "estimator/report": "channels.report",
    **{group: f"channels.{group.partition('/')[2]}" for group in INNER if group.startswith("channel/")},
}
"""Groups whose classes live in plug-in modules."""
ALL_CHOICES = CHOICES + INNER_CHOICES
NAMED = [f"{group}={file.stem}" for group in NAMED_RUNS for file in sorted((CONF / group).glob("*.yaml"))]
TABLE = (
    "session,prompt,prompt_tokens,device_tokens,edge_tokens,device_quality,edge_quality,score\n"
    + "".join(
        f"{row // 3},word {row},{5 + row},{20 + row},{40 + 2 * row},{row % 2},1,{row / 100}\n"
        for row in range(60)
    )
)


BUSY = ["users=2", "horizon_s=600", "arrivals.sessions_per_s=0.02"]
"""A small whole run in which something happens."""


def of(group: str) -> Any:
    return pytest.mark.parametrize("name", [name for kind, name in ALL_CHOICES if kind == group])


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A user's own table, for what must be set."""
    file = tmp_path_factory.mktemp("table") / "small.csv"
    file.write_text(TABLE)
    return file


@pytest.fixture(autouse=True, scope="module")
def read_already(table: Path) -> Iterator[None]:
    """What every scorer that reads text would make of the table, made up and kept: no model is needed."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("EDGEWISE_CACHE", str(table.parent))
        for name in [name for group, name in CHOICES if group == "scorer"]:
            keep_figures(make("scorer", name, table), make("workload", "table", table))
        yield


@pytest.fixture(autouse=True, scope="module")
def run_already(table: Path) -> None:
    """A finished run, for what reads one."""
    run(*BUSY, folder=table.parent / "run")


def whole(config: dict[str, Any], table: Path) -> dict[str, Any]:
    """The settings with `???` filled in: a run's folder, or a table."""
    fill = {"run": str(table.parent / "run")}
    return {key: fill.get(key, str(table)) if value == "???" else value for key, value in config.items()}


def make(group: str, name: str, table: Path) -> Any:
    return build(whole(part(group, name), table), group)


def assert_same_keys(config: dict[str, Any], cls: type, where: str) -> None:
    known = [field for field in fields(cls) if field.init]
    config = {key: value for key, value in config.items() if key != "_target_"}
    assert set(config) == {field.name for field in known}, where
    for field in known:
        inner = config[field.name]
        if isinstance(inner, dict) and "_target_" not in inner:  # else a part with a yaml of its own
            nested = next(kind for kind in (field.type, *get_args(field.type)) if is_dataclass(kind))
            assert_same_keys(inner, nested, f"{where}.{field.name}")  # type: ignore[arg-type]


@pytest.mark.parametrize(("group", "name"), ALL_CHOICES)
def test_it_builds_from_exactly_its_fields(group: str, name: str, table: Path) -> None:
    built = make(group, name, table)
    assert_same_keys(part(group, name), type(built), f"{group}={name}")
    assert type(built).__dataclass_params__.frozen
    assert all(field.kw_only for field in fields(built) if field.default is MISSING)
    assert make(group, name, table) == built


@pytest.mark.parametrize(("group", "name"), [choice for choice in ALL_CHOICES if choice[0] in HOMES])
def test_a_yaml_is_of_its_group(group: str, name: str) -> None:
    """Its class lives where the group's classes live."""
    home, _, module = part(group, name)["_target_"].rpartition(".")[0].rpartition(".")
    assert home == HOMES[group], module


@pytest.mark.parametrize("group", HOMES)
def test_one_module_one_yaml_one_name(group: str) -> None:
    """Every module has a yaml of its own name; what else there is are presets of these."""
    folder = CONF.parent / HOMES[group].replace(".", "/")
    modules = {file.stem for file in folder.glob("*.py") if not file.stem.startswith("_")}
    own = {
        name
        for kind, name in ALL_CHOICES
        if kind == group and part(group, name)["_target_"].split(".")[-2] == name
    }
    assert modules == own


@pytest.mark.parametrize(("group", "name"), ALL_CHOICES)
def test_every_yaml_says_what_it_is(group: str, name: str) -> None:
    assert (CONF / group / f"{name}.yaml").read_text(encoding="utf-8").startswith("# ")


def test_every_group_has_a_default() -> None:
    main = (CONF / "config.yaml").read_text(encoding="utf-8")
    for group in GROUPS:
        assert f"- {group}: " in main


@pytest.mark.parametrize(("group", "name"), ALL_CHOICES)
def test_every_choice_runs(group: str, name: str, table: Path) -> None:
    """A small whole run beside the defaults, in which something happens."""
    around = [host(group, name), "policy=always_edge"] if group in INNER else []
    busy = BUSY[2:] if (group, name) != ("arrivals", name) or name == "poisson" else []
    if (group, name) == ("payload", "kv_cache"):
        around.append("kv_cache=keep_all")
    quality = (group, name) == ("workload", "table") or group == "scorer"
    if group == "scorer":
        around += ["workload=table", f"workload.path={table}"]
    path = [f"workload.path={table}"] if (group, name) == ("workload", "table") else []
    path += [f"policy.run={table.parent / 'run'}"] if (group, name) == ("policy", "replay") else []
    overrides = [*BUSY[:2], *around, f"{group}={name}", *busy, *path]
    config = settings(*overrides)
    if quality:
        config["workload"]["quality"] = ""
    logs = run_settings(config, overrides)
    assert logs.summary["complete"]
    assert logs.summary["turns"]["done"] == len(logs.turns) > 0
    assert (logs.turns["e2e_s"] >= 0).all()
    assert np.isfinite(logs.turns["e2e_s"]).all()


@pytest.mark.parametrize("choice", NAMED)
def test_every_named_run_runs(choice: str) -> None:
    """And has the keys of the parts it chose: none is added behind their backs."""
    config = compose([choice, "users=2", "horizon_s=300", "warmup_s=0"]).settings
    assert config["users"] == 2
    assert set(config) == set(settings())
    for group in PARTS:
        known = [part(group, choice) for kind, choice in CHOICES if kind == group]
        assert any(set(config[group]) == set(keys) for keys in known), group
    assert run_settings(config).summary["simulated_s"] <= 300


def test_yamls_read_here_are_those_that_hydra_composes() -> None:
    """Several groups at a time: composing is slow."""
    named = [choice for choice in CHOICES if choice not in (("workload", "table"), ("policy", "replay"))]
    while named:
        chosen = dict(named)  # one choice of each group that has any left
        named = [choice for choice in named if choice not in chosen.items()]
        overrides = [f"{group}={name}" for group, name in chosen.items()]
        assert compose(overrides).settings == settings(*overrides)
    inner = dict(INNER_CHOICES)
    overrides = [*{host(group) for group in inner}, *(f"{group}={name}" for group, name in inner.items())]
    assert compose(overrides).settings == settings(*overrides)


# The contracts of the groups.


@of("channel")
def test_channel(name: str, table: Path) -> None:
    """finish_s is the inverse of bits, the past does not matter, and another user has other luck."""
    channel = make("channel", name, table)
    asked = [(at_s, 10.0**power) for at_s in (0.0, 3.7, 250.0, 86_400.0) for power in range(7)]
    asked += [(5.0, 0.0)]

    def answers(order: list[tuple[float, float]]) -> dict[Any, list[float]]:
        link = channel.draw(np.random.default_rng(1))
        return {
            (at_s, bits): [x for rate in link for x in (rate.rate_bps(at_s), rate.finish_s(at_s, bits))]
            for at_s, bits in order
        }

    forward = answers(asked)
    assert answers(random.Random(1).sample(asked, len(asked))) == forward
    for rate in channel.draw(np.random.default_rng(1)):
        for at_s, bits in asked:
            finish_s = rate.finish_s(at_s, bits)
            assert rate.rate_bps(at_s) >= 0
            assert finish_s >= at_s
            if math.isfinite(finish_s):
                blur = 8 * math.ulp(finish_s) * max(rate.rate_bps(at_s), rate.rate_bps(finish_s), 1.0)
                assert rate.bits(at_s, finish_s) == pytest.approx(bits, rel=1e-9, abs=blur)


@of("delta")
def test_delta(name: str, table: Path) -> None:
    """At least 0, and a function of time."""
    delay, again = (make("delta", name, table).draw(np.random.default_rng(1)) for _ in range(2))
    instants = [0.0, 0.5, 1e6, 3.3, 0.5, 12.25]
    forward = [delay.delay_s(at_s) for at_s in instants]
    assert forward == [again.delay_s(at_s) for at_s in reversed(instants)][::-1]
    assert all(math.isfinite(delay_s) and delay_s >= 0 for delay_s in forward)


@of("arrivals")
def test_arrivals(name: str, table: Path) -> None:
    """Starts ascend and repeat themselves; pauses grow with the quantile."""
    arrivals, luck = make("arrivals", name, table), Luck(1)
    for user in range(3):
        starts = list(islice(arrivals.starts(user, 3, luck), 200))
        assert starts == list(islice(arrivals.starts(user, 3, Luck(1)), 200))
        assert starts
        assert all(math.isfinite(start.seconds) and start.seconds >= 0 for start in starts)
        if not starts[0].after_previous:
            assert starts == sorted(starts)
        assert len({start.after_previous for start in starts}) == 1
    pauses = [arrivals.pause_s(uniform) for uniform in (2.0**-54, 0.01, 0.5, 0.99, 1 - 2.0**-53)]
    assert pauses == sorted(pauses)
    assert pauses[0] >= 0
    assert math.isfinite(pauses[-1])


@of("lengths")
def test_lengths(name: str, table: Path) -> None:
    """The mean is kept, quantiles ascend, and the law scales."""
    lengths = make("lengths", name, table)
    grid = (np.arange(100_000) + 0.5) / 100_000
    tokens = np.array([lengths.tokens(300.0, uniform) for uniform in grid.tolist()])
    assert tokens.mean() == pytest.approx(300.0, rel=5e-3)
    assert (tokens >= 0).all()
    assert (np.diff(tokens) >= 0).all() or (np.diff(tokens) <= 0).all()
    assert lengths.tokens(600.0, 0.3) == pytest.approx(2 * lengths.tokens(300.0, 0.3), rel=1e-12)
    assert lengths.tokens(0.0, 0.3) == 0.0
    assert math.isfinite(lengths.tokens(300.0, 2.0**-54))
    assert math.isfinite(lengths.tokens(300.0, 1 - 2.0**-53))


@of("workload")
def test_workload(name: str, table: Path) -> None:
    """Dialogues of at least one turn, the same whenever asked; users differ."""
    workload, luck = make("workload", name, table), Luck(1)
    dialogues = {(u, s): workload.dialogue(u, s, luck) for u in range(5) for s in range(10)}
    assert all(len(dialogue) >= 1 for dialogue in dialogues.values())
    for (user, session), dialogue in reversed(dialogues.items()):
        assert workload.dialogue(user, session, Luck(1)) == dialogue
    for dialogue in dialogues.values():
        for prompt in dialogue:
            assert prompt.tokens >= 0
            assert prompt.device.tokens >= 0
            assert prompt.edge.tokens >= 0
            assert math.isnan(prompt.score) or 0 <= prompt.score <= 1
    assert len({tuple(dialogue) for dialogue in dialogues.values()}) > 5
    assert workload.device_tokens > 0
    assert workload.edge_tokens > 0


@of("channel/fading")
def test_fading(name: str, table: Path) -> None:
    """Power of mean 1 over users, never above its peak; any window; still air stands still."""
    fading = make("channel/fading", name, table)
    rng = np.random.default_rng(1)
    means = []
    for _ in range(300):
        process = fading.draw(rng, doppler(1.0, 3.5e9))
        window_s = process.grid_s or 0.7
        offsets_s, power = process.during(-3 * window_s, 8 * window_s)
        assert offsets_s[0] == 0
        assert offsets_s[-1] == pytest.approx(8 * window_s)
        assert (np.diff(offsets_s) >= 0).all()
        assert ((power >= 0) & (power <= process.peak)).all()
        means.append((power * np.diff(offsets_s)).sum() / offsets_s[-1])
    assert np.mean(means) == pytest.approx(1.0, abs=4 * np.std(means) / math.sqrt(300) + 1e-12)
    assert isinstance(fading.draw(rng, doppler(0.0, 3.5e9)), Level)


@of("channel/rate")
def test_rate_law(name: str, table: Path) -> None:
    """Below Shannon, rising with the SNR where the report is true, below its own peak, both ways."""
    law = make("channel/rate", name, table)
    snr = 10 ** np.linspace(-3, 5, 2000)
    for uplink in (True, False):
        efficiency = law.bps_per_hz(snr, snr, uplink)
        assert (efficiency <= np.log2(1 + snr) + 1e-12).all()
        assert efficiency.max() > 0.1
        assert (efficiency >= 0).all()
        assert (np.diff(efficiency) >= -0.05 * efficiency.max()).all()
        assert efficiency.max() <= law.peak_bps_per_hz(1e5, uplink)
        again = law.bps_per_hz(snr[:1], snr, uplink)
        assert again is not snr
    assert 0 <= law.report_delay_s < 1


@of("channel/outage")
def test_outage(name: str, table: Path) -> None:
    """A gate of zeros and ones, or none."""
    gate = make("channel/outage", name, table).draw(np.random.default_rng(1))
    if gate is not None:
        offsets_s, up = gate.during(3.3, 500.0)
        assert set(up.tolist()) <= {0.0, 1.0}
        assert offsets_s[-1] == pytest.approx(500.0)
        assert gate.peak == 1.0


@of("sharing")
def test_sharing(name: str, table: Path) -> None:
    """Nobody gets more than alone, one user loses nothing to nobody, and shares are rates like any other."""
    law = make("sharing", name, table)
    channel = make("channel", "rayleigh", table)
    rates = [channel.draw(np.random.default_rng(user)).up for user in range(3)]
    for count in (1, 2, 3):
        shares = law.allot(rates[:count], True)
        assert len(shares) == count
        for rate, share in zip(rates, shares, strict=False):
            for at_s in (0.0, 1.3, 77.7):
                assert 0 <= share.bits(at_s, at_s + 3) <= rate.bits(at_s, at_s + 3) * (1 + 1e-9)
                finish_s = share.finish_s(at_s, 1e5)
                assert share.bits(at_s, finish_s) == pytest.approx(1e5, rel=1e-6)
                assert finish_s >= rate.finish_s(at_s, 1e5) - 1e-9
    if law.apart:
        assert list(law.allot(rates, True)) == rates


@of("payload")
def test_payload(name: str, table: Path) -> None:
    """More text weighs more; nobody reads again what was carried, nor more than was missing."""
    law = make("payload", name, table)
    assert law.uplink_bits(100.0, 100.0, 10.0) >= law.uplink_bits(100.0, 0.0, 10.0) > 0
    assert law.uplink_bits(100.0, 50.0, 11.0) > law.uplink_bits(100.0, 50.0, 10.0)
    assert law.downlink_bits(5.0, 11.0) > law.downlink_bits(5.0, 10.0) > law.downlink_bits(0.0, 0.0) == 0
    assert law.carries_cache == (law.reprefill_tokens(70.0) == 0)
    assert 0 <= law.reprefill_tokens(70.0) <= 70.0


@of("estimator/report")
def test_report(name: str, table: Path) -> None:
    """Finite, above zero, and blind to the future: two links with one past get one report."""
    law = make("estimator/report", name, table)
    for user in range(3):
        rate = make("channel", "rayleigh", table).draw(np.random.default_rng(user)).up
        for at_s in (0.0, 0.3, 5.0, 1e4):
            told_bps = law.rate_bps(rate, at_s)
            assert 0 < told_bps < 1e9
            assert law.rate_bps(UntilNow(rate, at_s), at_s) == told_bps
    assert law.rate_bps(Steady(0.0), 5.0) > 0


class UntilNow:
    """A rate that cannot be asked about the future."""

    def __init__(self, rate: Any, now_s: float) -> None:
        self.rate, self.now_s = rate, now_s

    def rate_bps(self, at_s: float) -> float:
        assert at_s <= self.now_s
        return float(self.rate.rate_bps(at_s))

    def bits(self, start_s: float, end_s: float) -> float:
        assert end_s <= self.now_s
        return float(self.rate.bits(start_s, end_s))


@of("kv_cache")
def test_kv_cache(name: str, table: Path) -> None:
    """0 <= Delta C_t <= C_t over all dialogues of six turns."""
    cache = make("kv_cache", name, table)
    for number in range(2**6):
        context = Context()
        for index in range(6):
            for site in Site:
                assert 0 <= cache.reprefill_tokens(context, site) <= context.tokens
            context.grow(Site.EDGE if number >> index & 1 else Site.DEVICE, 7.0 + index)


@of("scorer")
def test_scorer(name: str, table: Path) -> None:
    """In [0, 1], and the turn's own."""
    scores = make("scorer", name, table).open(make("workload", "table", table))
    assert all(isinstance(word, str) for pair in scores.source.items() for word in pair)
    for user in range(50):
        asked = turn(user, edge=Answer(10.0, user % 3), device=Answer(10.0, 1.0), score=user / 49)
        asked = asked._replace(transcript=(Exchange(f"word {user}"),))
        score = scores.score(asked, Luck(1))
        assert 0 <= score <= 1
        assert scores.score(asked, Luck(1)) == score


@of("policy")
def test_policy(name: str, table: Path) -> None:
    """Monotone in the score and in the gap; the same decision gets the same choice."""
    scores, gaps_s = np.linspace(0, 1, 21), np.linspace(-40, 40, 21)
    ups = []
    for score in scores.tolist():
        for gap_s in gaps_s.tolist():
            asked = decision(score, 50.0, 50.0 + gap_s)
            choice = make("policy", name, table).choose(asked)
            assert choice == make("policy", name, table).open().choose(asked)
            assert choice.site in Site
            assert math.isfinite(choice.fused_score)
            ups.append(choice.site is Site.EDGE)
    grid = np.array(ups).reshape(len(scores), len(gaps_s)).astype(int)
    assert (np.diff(grid, axis=0) >= 0).all(), "a higher score never sends a turn down"
    assert (np.diff(grid, axis=1) <= 0).all(), "a wider gap never sends a turn up"


@of("scheduler")
def test_scheduler(name: str, table: Path) -> None:
    """Every job is finished once, after what it needs; nothing idles while work waits; notes agree."""
    scheduler, speed, luck = make("scheduler", name, table), make("edge", "paper", table), random.Random(1)
    clock, notes, done = Clock(), Notes(), list[Any]()
    server = scheduler.open(clock, speed, "edge", notes)
    jobs = [
        Job(turn(user), context, context, float(luck.randint(1, 40)), float(luck.randint(0, 200)))
        for user in range(120)
        for context in [luck.choice([0.0, 50.0])]
    ]
    came_s = sorted(luck.choice([luck.uniform(0, 60), 10.0]) for _ in jobs)

    def source() -> Any:
        for at_s, job in zip(came_s, jobs, strict=True):
            yield clock.ring(at_s, job.turn)
            waits_s = server.peek().wait_s
            assert math.isfinite(waits_s)
            assert waits_s >= 0
            when(clock, server.submit(job), done)

    clock.env.process(source())
    clock.env.run()
    assert len(done) == len(jobs)
    of_kind = {
        kind: {note[3].user_id: note for note in notes if note[1] == kind}
        for kind in ("submitted", "started", "prefilled", "finished")
    }
    assert all(len(by_user) == len(jobs) for by_user in of_kind.values())
    assert len(notes) == 4 * len(jobs)
    for user, at_s in enumerate(came_s):
        steps = [of_kind[kind][user][0] for kind in of_kind]
        assert steps[0] == at_s
        assert steps == sorted(steps)
        service_s = steps[3] - steps[1]
        least_s = 0.02 * (sum(jobs[user][2:]) - 1)  # a batch's first token comes with the end of the reading
        assert service_s >= least_s * (1 - 1e-9)
        for step, kind in ((1, "started"), (2, "prefilled"), (3, "finished")):
            assert of_kind[kind][user][4] == pytest.approx(steps[step] - steps[step - 1], abs=1e-9)
    ends_s = sorted(at_s for at_s, _ in done)
    assert ends_s == pytest.approx(sorted(note[0] for note in of_kind["finished"].values()), abs=1e-9)
    assert 0 < server.utilisation() <= 1
    assert server.offered_load(30) > 0
    assert server.offered_load(10_000) == 0
    starts = {user: note[0] for user, note in of_kind["started"].items()}
    for user, at_s in enumerate(came_s):
        if starts[user] > at_s:
            middle_s = (at_s + starts[user]) / 2
            assert _running(of_kind, middle_s) > 0, "idle while work waits"


def _running(of_kind: dict[str, dict[int, Any]], at_s: float) -> int:
    """Jobs taken up and not finished at an instant."""
    started, finished = of_kind["started"], of_kind["finished"]
    return sum(started[user][0] <= at_s < finished[user][0] for user in started)


@of("estimator")
def test_estimator(name: str, table: Path) -> None:
    """Finite and positive, more for longer prompts, and asking changes nothing: on a live phone and edge."""
    estimator, clock, luck = make("estimator", name, table), Clock(), Luck(1)
    edge = make("scheduler", "fifo_slots", table).open(clock, make("edge", "paper", table), "edge", Notes())
    channel, delta = make("channel", "rayleigh", table), make("delta", "constant", table)
    link, delay = channel.draw(luck.generator("channel", 0)), delta.draw(luck.generator("delta", 0))
    radios = Cell(clock, make("sharing", "alone", table)).radios(link, delay)
    phone = Phone(clock, make("device", "paper", table), lambda: radios, Notes())
    edge.submit(Job(turn(), 0.0, 0.0, 100.0, 100.0))
    phone.model.submit(Job(turn(), 0.0, 0.0, 100.0, 100.0))
    opened, payload = estimator.open(edge), make("payload", "text", table)

    def expect(prompt: float, context: float) -> Any:
        up_bits, down_bits = 45.0 * (prompt + context), 36_000.0
        return opened.expect(
            Query(
                *(0.0, prompt, context, context, context, 200.0, 800.0),
                *(up_bits, down_bits, 0.5, phone, edge, turn(), payload),
            )
        )

    for prompt in (0.0, 10.0, 5_000.0):
        for context in (0.0, 100.0, 20_000.0):
            expected = expect(prompt, context)
            assert expected == expect(prompt, context)
            assert all(math.isfinite(seconds) and seconds > 0 for seconds in expected)
            assert expected.gap_s == expected.edge_s - expected.device_s
            longer = expect(prompt + 100.0, context)
            assert longer.device_s > expected.device_s
            assert longer.edge_s > expected.edge_s


@of("device")
def test_device(name: str, table: Path) -> None:
    """Scores and jobs take time, longer ones more; what a turn costs is not negative, or not known."""
    device, clock, took_s, done = make("device", name, table), Clock(), list[Any](), list[Any]()
    chips, other = device.open(clock, Notes()), device.open(clock, Notes())
    when(clock, chips.route(turn(), 0.0, 10.0), took_s)
    when(clock, other.route(turn(), 90.0, 10.0), took_s)
    clock.env.run()
    assert 0 <= took_s[0][1] <= took_s[1][1] < 60
    assert chips.model.peek() == other.model.peek() == (0, 0, 0.0, 1.0)
    short, long = Job(turn(), 0.0, 0.0, 10.0, 20.0), Job(turn(), 100.0, 100.0, 10.0, 80.0)
    for model, asked in ((chips.model, short), (other.model, long)):
        when(clock, model.submit(asked), done)
    clock.env.run()
    (short_at_s, work), (long_at_s, more) = done
    assert short_at_s < long_at_s
    assert 0 < work.prefill_s <= more.prefill_s
    assert 0 < work.decode_s < more.decode_s
    assert 0 <= work.first_token_s <= work.decode_s
    assert (work.queue_s, work.response_tokens, more.reprefill_tokens) == (0.0, 20.0, 100.0)
    body = chips.after(Spent(short, True, Site.DEVICE, work, NO_TRANSFER, NOTHING_DELIVERED))
    assert math.isnan(body.energy_j) or 0 < body.energy_j < 1e4
    assert math.isnan(body.battery_share) or 0 < body.battery_share <= 1
    assert math.isnan(body.temperature_c) or 0 < body.temperature_c < 100


@of("edge")
def test_edge(name: str, table: Path) -> None:
    """More to read and to write takes longer, alone and in a batch, and there is room for something."""
    machine = make("edge", name, table)
    assert machine.tokens_per_word > 0
    assert machine.block_tokens >= 1
    assert machine.window_tokens <= machine.kv_tokens
    assert machine.window_tokens > 1000
    alone = machine.alone_s(100.0, 50.0, 200.0)
    assert 0 <= alone.first_token_s < alone.decode_s
    assert 0 < alone.prefill_s < machine.alone_s(100.0, 500.0, 200.0).prefill_s
    assert alone.decode_s < machine.alone_s(100.0, 50.0, 201.0).decode_s
    pace = machine.step_time.pace(4, 1000, 300)
    assert 0 < machine.step_time.step_s(Batch(0, 0.0, 0, 4, 1000, 300)) == pytest.approx(pace.first_s)
    assert machine.step_time.step_s(Batch(500, 0.0, 1, 4, 1000, 300)) > pace.first_s


def test_the_main_yaml_is_the_scenario_and_runs() -> None:
    """The defaults as they stand: the figures of a first try."""
    logs = run("users=20")
    assert logs.summary["warnings"] == []
    assert 0.05 < logs.summary["metrics"]["edge_share"]["mean"] < 0.95
