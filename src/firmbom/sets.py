"""ComponentSets as files: written by ``firmbom collect``, read by ``firmbom merge`` beside CycloneDX documents."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from firmbom.errors import InputError
from firmbom.identity import canonical
from firmbom.merge import combine
from firmbom.model import ComponentSet
from firmbom.opening import opened

_IS_SET = re.compile(rb'\s*\{\s*"format"\s*:\s*"firmbom-component-set-')
"""A set says so in its first member; what does not is read as a document."""


def encode(one: ComponentSet) -> bytes:
    """The set as JSON: sorted, one form for one content."""
    return msgspec.json.format(msgspec.json.encode(combine([one])), indent=1) + b"\n"


def is_set(data: bytes) -> bool:
    """Does a file begin as a set does?"""
    return bool(_IS_SET.match(data))


def load(path: Path) -> ComponentSet:
    """Read a set, or a CycloneDX document as one.

    Raises:
        InputError: the file is neither, or names a package by no canonical purl.
    """
    try:
        with opened(path) as stream:
            data = stream.read()
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", path=str(path)) from error
    if not is_set(data):
        from firmbom.cyclonedx import read

        return read.component_set(read.load(data, path=str(path)), plugin="merge", location=path.name)
    try:
        made = msgspec.json.decode(data, type=ComponentSet)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        remedy = "give a file written by 'firmbom collect' or a CycloneDX JSON document"
        raise InputError(f"not a component set: {error}", path=str(path), remedy=remedy) from error
    _check(made, str(path))
    return made


def _check(one: ComponentSet, path: str) -> None:
    for number, component in enumerate(one.components):
        try:
            right = canonical(component.purl) == component.purl
        except ValueError:
            right = False
        if not right:
            raise InputError(f"not a canonical purl: {component.purl!r}", path=path, place=f"components[{number}].purl")
    nested = [(number, component) for number, component in enumerate(one.components) if component.within]
    known = {component.ref for component in one.components} if nested else set()
    for number, component in nested:
        if component.within not in known:
            place = f"components[{number}].within"
            raise InputError(f"names no component of the set: {component.within!r}", path=path, place=place)
