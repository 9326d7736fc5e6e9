"""Random numbers by the number of a block of time, in any order and without memory.

A law that is constant within blocks asks for a block's luck by its number. The numbers are digests of a keyed
hash (BLAKE2b, RFC 7693): equal on every platform, and as uniform and independent as a cryptographic hash is.
"""

from hashlib import blake2b
from struct import Struct

_four_integers = Struct("<4Q").unpack
_BLOCK_BYTES = 16
_UNIT = 2.0**-52
"""52 bits and a half: the largest uniform is 1 - 2**-53, which a float can still tell from 1."""


class BlockLuck:
    """Four numbers for each block of time."""

    __slots__ = ("_hash",)

    def __init__(self, key: bytes) -> None:
        """`key`, at most 64 bytes, tells one user's luck from another's; ValueError if it is longer."""
        self._hash = blake2b(key=key, digest_size=32)

    def uniforms(self, block: int) -> tuple[float, float, float, float]:
        """Independent numbers of block number `block`, uniform on the open interval (0, 1).

        `block` may be negative.
        """
        hashed = self._hash.copy()
        hashed.update(block.to_bytes(_BLOCK_BYTES, "little", signed=True))
        a, b, c, d = _four_integers(hashed.digest())
        return (
            ((a >> 12) + 0.5) * _UNIT,
            ((b >> 12) + 0.5) * _UNIT,
            ((c >> 12) + 0.5) * _UNIT,
            ((d >> 12) + 0.5) * _UNIT,
        )
