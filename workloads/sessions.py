"""One user's sessions, whole: who asks what when, and both answers to every turn."""

from collections.abc import Iterator

from workloads import Answer, Arrivals, Lengths, Prompt, Session, Site, Transcript, Turn, Workload
from workloads.attachments import Attachments
from workloads.luck import Luck
from workloads.thinking import Thinking
from workloads.thinking.none import NoThinking

NO_THINKING = NoThinking()


def sessions(
    workload: Workload,
    arrivals: Arrivals,
    lengths: Lengths,
    attachments: Attachments,
    user_id: int,
    users: int,
    luck: Luck,
    thinking: Thinking = NO_THINKING,
) -> Iterator[Session]:
    """The sessions of user `user_id` out of `users`, in order of session_id; made one by one, when asked."""

    def answer(site: Site, mean: Answer, uniform: float) -> Answer:
        tokens = lengths.tokens(mean.tokens, uniform)
        return Answer(tokens, mean.quality, thinking.tokens(site, tokens))

    def turn(session_id: int, index: int, prompt: Prompt, transcript: Transcript) -> Turn:
        pause, device, edge, attached = luck.uniforms("turn", user_id, session_id, index)
        tokens, mean_device, mean_edge, score, task, _ = prompt
        return Turn(
            user_id,
            session_id,
            index,
            arrivals.pause_s(pause) if index else 0.0,
            tokens,
            answer(Site.DEVICE, mean_device, device),
            answer(Site.EDGE, mean_edge, edge),
            score,
            task,
            attachments.bits(index, attached),
            transcript,
        )

    for session_id, start in enumerate(arrivals.starts(user_id, users, luck)):
        prompts = workload.dialogue(user_id, session_id, luck)
        spoken = tuple(prompt.said for prompt in prompts if prompt.said is not None)
        turns = tuple(
            turn(session_id, index, prompt, spoken[: index + 1]) for index, prompt in enumerate(prompts)
        )
        yield Session(user_id, session_id, start, turns)
