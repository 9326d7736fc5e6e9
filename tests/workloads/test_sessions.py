"""Sessions: whole dialogues with both answers, before anyone decides."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from workloads import Answer, Prompt, Site, Start
from workloads.attachments.none import NoAttachments
from workloads.lengths.lognormal import Lognormal
from workloads.lengths.mean import Mean
from workloads.luck import Luck
from workloads.sessions import sessions
from workloads.thinking.share import FixedShare


class Talk:
    """A workload of dialogues with as many turns as the session's number, and one."""

    device_tokens, edge_tokens = 100.0, 200.0

    def dialogue(self, user_id: int, session_id: int, luck: Luck) -> Sequence[Prompt]:
        return [
            Prompt(float(turn), Answer(100.0 + turn, 0.25), Answer(200.0 + turn, 0.75), 0.5, f"t{session_id}")
            for turn in range(session_id + 1)
        ]


class Hourly:
    """Arrivals on the hour; the pause is the quantile itself."""

    def __init__(self, count: int = 100) -> None:
        self.count = count

    def starts(self, user_id: int, users: int, luck: Luck) -> Iterator[Start]:
        for number in range(self.count):
            yield Start(3600.0 * number + users, False)

    def pause_s(self, uniform: float) -> float:
        return uniform


def some(count: int, lengths: Any = None, arrivals: Any = None, user: int = 3, seed: int = 1) -> list[Any]:
    made = sessions(Talk(), arrivals or Hourly(), lengths or Mean(), NoAttachments(), user, 9, Luck(seed))
    return list(islice(made, count))


def test_sessions_and_turns_are_numbered_from_0() -> None:
    for number, session in enumerate(some(5)):
        assert (session.user_id, session.session_id) == (3, number)
        assert session.start == Start(3600.0 * number + 9, False)
        for index, turn in enumerate(session.turns):
            assert (turn.user_id, turn.session_id, turn.index) == (3, number, index)
        assert len(session.turns) == number + 1


def test_figures_come_from_the_dialogue() -> None:
    turn = some(3)[2].turns[1]
    assert (turn.prompt_tokens, turn.score, turn.task) == (1.0, 0.5, "t2")
    assert turn.device == Answer(101.0, 0.25)
    assert turn.edge == Answer(201.0, 0.75)
    assert turn.answer(Site.DEVICE) is turn.device
    assert turn.answer(Site.EDGE) is turn.edge


def test_thoughts_are_a_part_of_the_drawn_reply() -> None:
    """Each site's own share of the length that was drawn; nothing else changes."""
    thinking = FixedShare(device_share=0.25, edge_share=0.75)
    for lengths in (Mean(), Lognormal(sigma=1.0)):
        laws = (Talk(), Hourly(), lengths, NoAttachments(), 3, 9, Luck(1))
        for plain, thoughtful in zip(
            islice(sessions(*laws), 5), islice(sessions(*laws, thinking), 5), strict=True
        ):
            for a, b in zip(plain.turns, thoughtful.turns, strict=True):
                assert (a.device.think_tokens, a.edge.think_tokens) == (0.0, 0.0)
                assert b.device == a.device._replace(think_tokens=0.25 * a.device.tokens)
                assert b.edge == a.edge._replace(think_tokens=0.75 * a.edge.tokens)
                assert b._replace(device=a.device, edge=a.edge) == a


def test_there_is_a_pause_before_every_turn_but_the_first() -> None:
    pauses = [[turn.pause_s for turn in session.turns] for session in some(8)]
    assert all(first == 0.0 for first, *_ in pauses)
    later = [pause_s for _, *rest in pauses for pause_s in rest]
    assert len(set(later)) == len(later) == 28
    assert all(0 < pause_s < 1 for pause_s in later)


def test_every_reply_has_its_own_luck() -> None:
    """By user, session, turn and site; around each turn's own mean."""
    drawn = [
        answer.tokens / mean.tokens
        for user in range(3)
        for session in some(8, Lognormal(sigma=1.0), user=user)
        for turn, prompt in zip(session.turns, Talk().dialogue(0, session.session_id, Luck(1)), strict=True)
        for answer, mean in ((turn.device, prompt.device), (turn.edge, prompt.edge))
    ]
    assert len(set(drawn)) == len(drawn) == 3 * 36 * 2


def test_pauses_and_replies_are_not_the_same_luck() -> None:
    class Same:
        def tokens(self, mean_tokens: float, uniform: float) -> float:
            return uniform

    for session in some(6, Same()):
        for turn in session.turns[1:]:
            assert len({turn.pause_s, turn.device.tokens, turn.edge.tokens}) == 3


def test_sessions_end_where_the_arrivals_end() -> None:
    assert len(some(50, arrivals=Hourly(4))) == 4


def test_sessions_are_made_when_asked() -> None:
    """Endless arrivals are no trouble, and a session costs nothing before its time."""
    asked: list[int] = []

    class Counting(Talk):
        def dialogue(self, user_id: int, session_id: int, luck: Luck) -> Sequence[Prompt]:
            asked.append(session_id)
            return super().dialogue(user_id, session_id, luck)

    made = sessions(Counting(), Hourly(), Mean(), NoAttachments(), 0, 1, Luck(1))
    next(made)
    next(made)
    assert asked == [0, 1]


def test_the_seed_decides() -> None:
    lengths = Lognormal(sigma=1.0)
    assert some(6, lengths) == some(6, lengths)
    assert some(6, lengths)[3].turns[1] != some(6, lengths, seed=2)[3].turns[1]
