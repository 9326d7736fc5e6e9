"""One user's sessions, whole: who asks what when, and both answers to every turn."""

from collections.abc import Iterator

from workloads import Answer, Arrivals, Lengths, Prompt, Session, Site, Turn, Workload
from workloads.luck import Luck

_SITE_NUMBER = {Site.DEVICE: 0, Site.EDGE: 1}


def sessions(
    workload: Workload, arrivals: Arrivals, lengths: Lengths, user_id: int, users: int, luck: Luck
) -> Iterator[Session]:
    """The sessions of user `user_id` out of `users`, in order of session_id; made one by one, when asked."""

    def reply(session_id: int, index: int, mean: Answer, site: Site) -> Answer:
        uniform = luck.uniform("reply", user_id, session_id, index, _SITE_NUMBER[site])
        return Answer(lengths.tokens(mean.tokens, uniform), mean.quality)

    def turn(session_id: int, index: int, prompt: Prompt) -> Turn:
        pause_s = arrivals.pause_s(luck.uniform("pause", user_id, session_id, index)) if index else 0.0
        return Turn(
            user_id,
            session_id,
            index,
            pause_s,
            prompt.tokens,
            reply(session_id, index, prompt.device, Site.DEVICE),
            reply(session_id, index, prompt.edge, Site.EDGE),
            prompt.score,
            prompt.task,
        )

    for session_id, start in enumerate(arrivals.starts(user_id, users, luck)):
        prompts = workload.dialogue(user_id, session_id, luck)
        turns = tuple(turn(session_id, index, prompt) for index, prompt in enumerate(prompts))
        yield Session(user_id, session_id, start, turns)
