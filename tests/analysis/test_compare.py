import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis import Runs, load, paired
from analysis.compare import turn_differences


def _runs(*tables, **labels):
    """Runs out of (policy, values by (user, session, turn)); the values are the latencies."""
    frames = []
    for number, (policy, values) in enumerate(tables):
        index = pd.MultiIndex.from_tuples(values, names=["user_id", "session_id", "turn_index"])
        frame = pd.Series(list(values.values()), index=index, name="e2e_s").reset_index()
        frames.append(frame.assign(run=str(number), seed=1, policy=policy, **labels))
    turns = pd.concat(frames, ignore_index=True)
    return Runs(turns, pd.DataFrame(), pd.DataFrame())


A = {(0, 0, 0): 1.0, (0, 0, 1): 2.0, (1, 0, 0): 3.0, (1, 1, 0): 4.0}
B = {(0, 0, 0): 2.0, (0, 0, 1): 4.0, (1, 0, 0): 3.0, (1, 1, 0): 5.0}


def test_a_known_answer():
    row = paired(_runs(("a", A), ("b", B)), "e2e_s").iloc[0]
    assert (row["policy"], row["base"], row["pairs"], row["clusters"]) == ("b", "a", 4, 3)
    assert row["mean"] == 1.0
    # deviations 0 and 1 in session (0, 0), -1 in (1, 0), 0 in (1, 1): sums 1, -1, 0
    half = stats.t.ppf(0.975, 2) * np.sqrt(3 / 2 * 2 / 16)
    assert row["ci95_low"] == pytest.approx(1 - half)
    assert row["ci95_high"] == pytest.approx(1 + half)


def test_the_base_can_be_chosen_and_turns_the_sign():
    assert paired(_runs(("a", A), ("b", B)), "e2e_s", base="b")["mean"].item() == -1.0


def test_turns_that_one_run_lacks_and_unknown_values_are_left_out():
    more = B | {(9, 0, 0): 1e9}
    unknown = A | {(1, 1, 0): np.nan}
    row = paired(_runs(("a", unknown), ("b", more)), "e2e_s").iloc[0]
    assert row["pairs"] == 3
    assert row["mean"] == 1.0


def test_one_cluster_gives_no_interval():
    row = paired(_runs(("a", A), ("b", B)), "e2e_s", cluster="seed").iloc[0]
    assert row["clusters"] == 1
    assert np.isnan(row["ci95_low"])


def test_seeds_and_other_settings_are_not_mixed():
    one, two = _runs(("a", A), ("b", B), channel="x"), _runs(("a", A), ("b", A), channel="y")
    both = Runs(pd.concat([one.turns, two.turns.assign(seed=2)]), one.events, one.summary)
    differences = turn_differences(both, "e2e_s")
    assert differences.groupby(["channel", "seed"])["difference"].mean().to_dict() == {
        ("x", 1): 1,
        ("y", 2): 0,
    }
    assert paired(both, "e2e_s", cluster="seed")["clusters"].item() == 2


def test_a_setting_of_the_policy_itself_does_not_keep_pairs_apart():
    runs = _runs(("a", A), ("b", B))
    runs.turns["policy.threshold"] = np.where(runs.turns["policy"] == "a", 0.2, np.nan)
    assert paired(runs, "e2e_s")["pairs"].item() == 4


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"metric": "e3e_s"}, "no column 'e3e_s'"),
        ({"metric": "e2e_s", "by": "color"}, "no column 'color'"),
        ({"metric": "e2e_s", "base": "z"}, "nothing to compare"),
        ({"metric": "e2e_s", "by": "seed"}, "nothing to compare"),
    ],
)
def test_errors_are_one_line(arguments, words):
    with pytest.raises(ValueError, match=words) as error:
        paired(_runs(("a", A), ("b", B)), **arguments)
    assert "\n" not in str(error.value)


def test_a_value_that_stands_for_two_runs_is_refused():
    with pytest.raises(ValueError, match="stands for several runs"):
        paired(_runs(("a", A), ("a", A), ("b", B)), "e2e_s")


def test_runs_that_share_no_turn_are_refused():
    with pytest.raises(ValueError, match="no turn is in two runs"):
        paired(_runs(("a", {(0, 0, 0): 1.0}), ("b", {(5, 0, 0): 1.0})), "e2e_s")


def test_two_real_runs(multirun):
    """What a turn brings along is the same under every policy, so differences show the policy alone."""
    runs = load(multirun, events=False)
    for same in ("prompt_tokens", "score"):
        assert (turn_differences(runs, same)["difference"] == 0).all()
    share = paired(runs, "site", base="always_device").set_index("policy")
    assert share["mean"]["always_edge"] == 1
    quality = paired(runs, "quality", base="always_device").set_index("policy").loc["always_edge"]
    edge, device = (
        runs.turns[runs.turns["policy"] == policy].set_index(["user_id", "session_id", "turn_index"])[
            "quality"
        ]
        for policy in ("always_edge", "always_device")
    )
    assert quality["mean"] == pytest.approx((edge - device).dropna().mean())
    assert quality["pairs"] == (edge - device).notna().sum() > 10
