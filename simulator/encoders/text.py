"""What a scorer reads of a dialogue."""

from hashlib import sha256

from workloads import Exchange, Transcript

BETWEEN = "\n\n"
"""Between two messages: a blank line, as between paragraphs."""


def text_of(transcript: Transcript, history_turns: int) -> str:
    """The last prompt, after what was said in up to `history_turns` turns before it, oldest first.

    Prompts and replies follow one another with a blank line between them; a reply that is not on record is
    left out. The reply to the last prompt is never read.
    """
    *earlier, last = transcript
    heard = (message for exchange in earlier[max(0, len(earlier) - history_turns) :] for message in exchange)
    return BETWEEN.join([*filter(None, heard), last.prompt])


def words_of(transcript: Transcript) -> float:
    """L_p of Eq. 10: words of the last prompt, the paper's token (Section IV-A)."""
    last: Exchange = transcript[-1]
    return float(len(last.prompt.split()))


def digest(text: str) -> bytes:
    """32 bytes that stand for the text; lone surrogates count too."""
    return sha256(text.encode("utf-8", "surrogatepass")).digest()
