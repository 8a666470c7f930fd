"""What is answered: a status and its reasons for each question, all of them together, and how they are printed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from firmbom.errors import printable
from firmbom.signing.keys import PublicKey

Status = Literal["passed", "failed", "not asked"]

BITS: Mapping[str, int] = {"signature": 1, "image": 2, "release": 4, "soundness": 8, "policy": 32}
"""What a failed answer adds to the exit status; the order is that of the lines."""

FAILED = 16
"""Added once when any answer failed."""

_MOST_FAULTS = 3
"""Faults named on the line; a script gets them all."""


class Answer(msgspec.Struct, frozen=True):
    """The answer to one question."""

    status: Status
    reasons: tuple[str, ...] = ()
    """What was found, each on one line, the weightiest first."""


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """The answers. They are independent; only a passed signature makes the others the signer's word."""

    signature: Answer
    image: Answer = Answer("not asked")
    release: Answer = Answer("not asked")
    soundness: Answer = Answer("not asked")
    policy: Answer = Answer("not asked")
    """What a policy asks beyond signatures, images that fit, a tag that stands and soundness."""
    signers: tuple[PublicKey, ...] = ()
    """Of the verifier's own keys those that made a valid signature, even where the answer is *failed*."""

    @property
    def answers(self) -> dict[str, Answer]:
        """The answers by name, in the order of :data:`BITS`; without a policy there is none about it."""
        found: dict[str, Answer] = {name: getattr(self, name) for name in BITS}
        if self.policy.status == "not asked":
            del found["policy"]
        return found

    @property
    def exit_status(self) -> int:
        """0, or 16 plus the bits of what failed."""
        bits = sum(BITS[name] for name, answer in self.answers.items() if answer.status == "failed")
        return FAILED + bits if bits else 0


def lines(name: str, answer: Answer) -> list[str]:
    """An answer as a person reads it: on one line, or for a policy that is not met on one for each rule."""
    if name == "policy" and answer.status == "failed":
        return [line(name, Answer(answer.status, (reason,))) for reason in answer.reasons]
    return [line(name, answer)]


def line(name: str, answer: Answer) -> str:
    """An answer as a person reads it, on one line."""
    reasons = list(answer.reasons[:_MOST_FAULTS])
    if len(answer.reasons) > _MOST_FAULTS:
        reasons.append(f"and {len(answer.reasons) - _MOST_FAULTS} more")
    return printable(f"{name:<10} {answer.status:<9} {'; '.join(reasons)}".rstrip())
