"""When conversations began in a recorded trace of a chat service (Mooncake, 59 minutes)."""

import json
from pathlib import Path

SYSTEM_BLOCK = 0
"""The hash of the system prompt's block, which every request shares."""


def conversation_starts_s(trace: Path) -> list[float]:
    """Instants of the first requests of conversations, in seconds from the first.

    Each line of the trace holds a request's `timestamp` (ms) and the hashes of its prompt's 512-token
    blocks. A request that repeats no block of an earlier one, the system prompt's aside, continues nothing:
    it opens a conversation. (One whose whole text fits the shared block opens one as well.)
    """
    seen: set[int] = set()
    instants_ms: list[int] = []
    with trace.open(encoding="utf-8") as stream:
        for line in stream:
            request = json.loads(line)
            blocks = set(request["hash_ids"]) - {SYSTEM_BLOCK}
            if not blocks & seen:
                instants_ms.append(request["timestamp"])
            seen |= blocks
    return [(instant - instants_ms[0]) / 1000 for instant in instants_ms]
