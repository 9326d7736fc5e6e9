"""One user's sessions, whole: who asks what when, and both answers to every turn."""

from collections.abc import Iterator

from workloads import Answer, Arrivals, Lengths, Prompt, Session, Turn, Workload
from workloads.attachments import Attachments
from workloads.luck import Luck


def sessions(
    workload: Workload,
    arrivals: Arrivals,
    lengths: Lengths,
    attachments: Attachments,
    user_id: int,
    users: int,
    luck: Luck,
) -> Iterator[Session]:
    """The sessions of user `user_id` out of `users`, in order of session_id; made one by one, when asked."""

    def turn(session_id: int, index: int, prompt: Prompt) -> Turn:
        pause, device, edge, attached = luck.uniforms("turn", user_id, session_id, index)
        tokens, mean_device, mean_edge, score, task = prompt
        return Turn(
            user_id,
            session_id,
            index,
            arrivals.pause_s(pause) if index else 0.0,
            tokens,
            Answer(lengths.tokens(mean_device.tokens, device), mean_device.quality),
            Answer(lengths.tokens(mean_edge.tokens, edge), mean_edge.quality),
            score,
            task,
            attachments.bits(index, attached),
        )

    for session_id, start in enumerate(arrivals.starts(user_id, users, luck)):
        prompts = workload.dialogue(user_id, session_id, luck)
        turns = tuple(turn(session_id, index, prompt) for index, prompt in enumerate(prompts))
        yield Session(user_id, session_id, start, turns)
