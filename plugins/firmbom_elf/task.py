"""What a worker is asked."""

from __future__ import annotations

import msgspec


class Task(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """One file to examine; its bytes travel beside."""

    path: str
    """In its tree."""
    place: str
    """As evidence states it."""
    fingerprint: bool = False
    """Somebody wants to compare it with known files."""


class Question(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """Files to examine one after the other; each gets an answer of its own."""

    tasks: tuple[Task, ...]
    sizes: tuple[int, ...] = ()
    """How many bytes of the body are each one's; empty where every file comes as an open one."""
