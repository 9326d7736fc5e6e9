"""What was said in one row of a public data set: the turns, by the keys that the row has.

| keys of a row | its turns |
|---|---|
| `history` | MT-Bench-101: a list of {"user", "bot"} |
| `turns`, or a `prompt` that is a list | MT-Bench: what the user says, turn after turn; no replies |
| `messages`, `conversation`, `conversations` | {"role", "content"} again and again, or {"from", "value"} |
| `question` and `choices` | MMLU: the question, a line "A. ..." for each choice, and "Answer:" (RouteLLM) |
| `question` | GSM8K; an `answer` in words is the reply |
| `prompt` | one turn, and its `reply` if there is one |

The first that fits counts, but a `prompt` in words comes before a `question`.

In a chat a system message goes in front of the next thing that the user says, for
the model reads it there; neighbouring messages of one side are one, a blank line between them; what the
assistant says before the user has said anything is left out, as FastChat does; the last reply may be missing.
"""

from collections.abc import Mapping
from string import ascii_uppercase
from typing import Any

from workloads import Exchange

Row = Mapping[str, Any]
CHATS = ("messages", "conversation", "conversations")
SPOKEN = {"history", "turns", "prompt", "reply", "question", "choices", "answer", *CHATS}
"""Keys whose values are words, or lead to words."""
SIDES = {
    **dict.fromkeys(("user", "human"), "user"),
    **dict.fromkeys(("assistant", "gpt", "model", "bot", "chatgpt", "bing", "bard"), "assistant"),
    **dict.fromkeys(("system", "developer"), "system"),
}


def said_in(row: Row) -> list[Exchange]:
    """The turns of one row, at least one.

    Raises ValueError, in one line, for a row of no known shape, a dialogue in which the user says nothing,
    and words that are no text.
    """
    listed = row.get("turns") if isinstance(row.get("turns"), list) else row.get("prompt")
    chat = next((row[key] for key in CHATS if isinstance(row.get(key), list)), None)
    if isinstance(row.get("history"), list):
        said = [_exchange(turn.get("user"), turn.get("bot")) for turn in _objects(row["history"])]
    elif isinstance(listed, list):
        said = [_exchange(prompt) for prompt in listed]
    elif chat is not None:
        said = _chat(chat)
    elif isinstance(row.get("question"), str) and not isinstance(row.get("prompt"), str):
        said = [_question(row)]
    elif "prompt" in row:
        said = [_exchange(row["prompt"], row.get("reply"))]
    else:
        known = "history, turns, messages, conversations, question (and choices) or prompt"
        raise ValueError(f"no words in its keys {', '.join(map(str, row)) or '(none)'}; known are {known}")
    if not said:
        raise ValueError("a dialogue in which the user says nothing")
    return said


def _question(row: Row) -> Exchange:
    choices, answer = row.get("choices"), row.get("answer")
    if not isinstance(choices, list):
        return _exchange(row["question"], answer if isinstance(answer, str) else None)
    lines = [f"{letter}. {choice}" for letter, choice in zip(ascii_uppercase, choices, strict=False)]
    return _exchange("\n".join((row["question"], *lines, "Answer:")))


def _chat(messages: list[object]) -> list[Exchange]:
    turns: list[tuple[list[str], list[str]]] = []
    system: list[str] = []
    for message in _objects(messages):
        role = message.get("role", message.get("from"))
        side = SIDES.get(str(role).lower())
        text = _text(message.get("content", message.get("value")))
        if side == "system":
            system.append(text)
        elif side == "user":
            if not turns or turns[-1][1]:
                turns.append(([], []))
            turns[-1][0].extend((*system, text))
            system.clear()
        elif side is None:
            raise ValueError(f"a message of {role!r}; known are {', '.join(SIDES)}")
        elif turns:
            turns[-1][1].append(text)
    return [_exchange(*("\n\n".join(filter(None, side)) for side in turn)) for turn in turns]


def _objects(items: list[object]) -> list[Mapping[str, Any]]:
    for item in items:
        if not isinstance(item, dict):
            raise ValueError(f"a turn must be an object, not {item!r:.40}")
    return items  # type: ignore[return-value]


def _text(content: object) -> str:
    """What a message says: words, a list of parts that are words, or nothing beside a call of a tool."""
    if isinstance(content, list):
        return "\n".join(_text(part.get("text", part)) for part in _objects(content))
    if not isinstance(content, str | None):
        raise ValueError(f"words must be text, not {content!r:.40}")
    return content or ""


def _exchange(prompt: object, reply: object = None) -> Exchange:
    if not isinstance(prompt, str):
        raise ValueError(f"a prompt must be text, not {prompt!r:.40}")
    exchange = Exchange(prompt, _text(reply))
    for text in exchange:
        text.encode()  # half a character is an error here, where the row is known, not in a tokenizer
    return exchange
