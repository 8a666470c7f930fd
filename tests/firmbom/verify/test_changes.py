"""Every change of a signed document is caught; what is no document fails."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from judging import ED, signed, written

from firmbom.errors import InputError
from firmbom.signing import jsf
from firmbom.verify import Answer, verify


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every value inside, containers too."""
    if path:
        yield path
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, child in children:
        yield from places(child, (*path, step))


def at(value: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        value = value[step]
    return value


def changed(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    made = copy.deepcopy(document)
    at(made, path[:-1])[path[-1]] = value
    return made


def others(value: Any) -> Iterator[Any]:
    """Values near ``value``: for a text, one with each of its characters changed or gone, and one more."""
    if isinstance(value, str):
        for index, character in enumerate(value):
            yield value[:index] + ("x" if character != "x" else "y") + value[index + 1 :]
            yield value[:index] + value[index + 1 :]
        yield value + "x"
    elif isinstance(value, bool):
        yield not value
    elif isinstance(value, int | float):
        yield from (value + 1, -value, str(value), bool(value))
    elif isinstance(value, dict):
        yield from ({**value, "x": 1}, list(value))
    else:
        yield from ([*value, *(value[:1] or [None])], value[::-1])
    yield None


DOCUMENT = signed()
KEYS = [ED.public]


def signature_passes(document: Any) -> bool:
    """The signature's answer alone; the others are asked elsewhere."""
    try:
        checked = jsf.verify(document, KEYS)
    except InputError:
        return False
    return all(one.valid and one.trusted for one in checked)


def test_every_change_of_every_value_is_caught() -> None:
    assert signature_passes(DOCUMENT)
    accepted = [
        (path, other)
        for path in places(DOCUMENT)
        for other in others(at(DOCUMENT, path))
        if repr(other) != repr(at(DOCUMENT, path)) and signature_passes(changed(DOCUMENT, path, other))
    ]
    assert accepted == []


def test_every_removal_of_a_member_is_caught() -> None:
    for path in places(DOCUMENT):
        document = copy.deepcopy(DOCUMENT)
        del at(document, path[:-1])[path[-1]]
        assert not signature_passes(document), path


def test_every_member_added_is_caught() -> None:
    for path in [(), *places(DOCUMENT)]:
        if isinstance(at(DOCUMENT, path), dict):
            document = copy.deepcopy(DOCUMENT)
            at(document, path)["note"] = ""
            assert not signature_passes(document), path


TEXT = written(DOCUMENT)


@given(st.integers(0, len(TEXT) - 1), st.binary(max_size=3), st.integers(0, 3))
@settings(max_examples=600, deadline=None)
def test_changed_bytes_are_caught_unless_they_say_the_same(place: int, new: bytes, gone: int) -> None:
    data = TEXT[:place] + new + TEXT[place + gone :]
    verdict = verify(data, keys=KEYS)
    if verdict.signature.status == "passed":
        assert json.loads(data) == DOCUMENT


@given(
    st.binary(max_size=60) | st.sampled_from([b"", b"[]", b"5", b"null", b'"x"', b"{}", b'{"a":1,"a":1}', b"[" * 9000])
)
@settings(deadline=None)
def test_what_is_no_document_fails(data: bytes) -> None:
    verdict = verify(data, keys=KEYS, path="bom.json")
    assert verdict.exit_status & 25 == 25
    assert all("\n" not in reason for answer in verdict.answers.values() for reason in answer.reasons)


def test_a_name_that_stands_twice_is_refused() -> None:
    twice = TEXT.replace(b'"version": 1,', b'"version": 2, "version": 1,', 1)
    assert json.loads(twice) == DOCUMENT
    assert "stands twice" in verify(twice, keys=KEYS).signature.reasons[0]


def test_an_unreadable_document_fails_whatever_is_asked(folder: Path) -> None:
    verdict = verify(TEXT[:-9], keys=KEYS, images=[folder / "boot.bin"], repository=folder)
    assert verdict.exit_status == 31
    assert verdict.image == Answer("failed", ("the document cannot be read",))


def test_numbers_without_canonical_form_fail() -> None:
    for number in ("NaN", "1e999", "9007199254740993"):
        data = TEXT.replace(b'"version": 1,', f'"version": {number},'.encode(), 1)
        assert verify(data, keys=KEYS).signature.status == "failed"
