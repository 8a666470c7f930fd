"""The official JSON schemas, from cyclonedx-python-lib's package data, and validators built of them once a process."""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from firmbom.errors import ToolError

if TYPE_CHECKING:
    from jsonschema_rs import Draft7Validator

_REFERRED = ("spdx", "jsf-0.82", "cryptography-defs")
"""Schemas that the main ones refer to, by the name that stands before ``.SNAPSHOT.schema.json``."""


@lru_cache
def validator(version: str) -> Draft7Validator:
    """The validator of a version in :data:`firmbom.cyclonedx.spec.READABLE`.

    Formats are checked: without that, JSF's ``algorithm`` (one of an enumeration or a URI) matches both and fails.
    """
    from jsonschema_rs import Draft7Validator, Registry

    registry = Registry([(f"http://cyclonedx.org/schema/{_file(name)}", _load(name)) for name in _REFERRED])
    return Draft7Validator(_load(f"bom-{version}"), registry=registry, validate_formats=True)


@lru_cache
def spdx_identifiers() -> frozenset[str]:
    """The licence identifiers that ``license.id`` may hold."""
    return frozenset(_load("spdx")["enum"])


def _file(name: str) -> str:
    return f"{name}.SNAPSHOT.schema.json"


def _load(name: str) -> Any:
    """Read a schema. The library itself is not imported: that costs ten times as much as reading the file."""
    found = find_spec("cyclonedx")
    for place in (found and found.submodule_search_locations) or ():
        path = Path(place, "schema", "_res", _file(name))
        if path.is_file():
            return msgspec.json.decode(path.read_bytes())
    raise ToolError(f"the CycloneDX schema {_file(name)} is missing", remedy="reinstall cyclonedx-python-lib")
