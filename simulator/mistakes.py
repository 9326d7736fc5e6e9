"""A user's mistakes, told in one line: the value, what is allowed, the nearest valid choice."""

from collections.abc import Iterable
from difflib import get_close_matches


class Mistake(Exception):
    """Something that the user can put right. Its text is one clear line."""


def nearest(word: str, choices: Iterable[str], prefix: str = "") -> str:
    """A hint "did you mean X? " where a choice is close to `word`, else nothing; X is told after `prefix`."""
    near = get_close_matches(word, list(choices), n=1)
    return f"did you mean {prefix}{near[0]}? " if near else ""


def unknown_key(key: str, known: Iterable[str]) -> Mistake:
    """The mistake of a setting that does not exist; `known` are the keys beside it."""
    parent, _, name = key.rpartition(".")
    known = sorted(known)
    hint = nearest(name, known, f"{parent}." if parent else "")
    listed = ", ".join(known) or "no settings"
    return Mistake(f"unknown key {key!r}: {hint}{parent or 'the configuration'} has {listed}")
