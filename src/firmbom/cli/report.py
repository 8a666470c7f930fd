"""The summary of a run as files: a page for people, JSON for scripts, NAME=value lines for a CI system's variables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import PurePath
from typing import Any

import msgspec

from firmbom.errors import ConfigError


def checked(names: Iterable[str]) -> tuple[str, ...]:
    """The names of the files, if each tells its form.

    Raises:
        ConfigError: one has another suffix than those of :data:`FORMS`.
    """
    for name in (found := tuple(names)):
        if PurePath(name).suffix not in FORMS:
            raise ConfigError(f"its name must end in {', '.join(FORMS)}", path=name, place="--summary")
    return found


def rendered(name: str, facts: dict[str, Any]) -> bytes:
    """The content of the file ``name`` for the facts that :func:`firmbom.cli.summary.summary` gathers."""
    return FORMS[PurePath(name).suffix](facts).encode()


def as_json(facts: dict[str, Any]) -> str:
    """The facts as an object."""
    return msgspec.json.format(msgspec.json.encode(facts)).decode() + "\n"


def variables(facts: dict[str, Any]) -> str:
    """The counts as NAME=value lines, without quotes: numbers and hexadecimal digits, nothing that an input chose.

    Both the output file of a GitHub step and a dotenv report of GitLab take them as they are.
    """
    of_severity = [one["severity"] for one in facts["problems"]]
    errors, warnings = of_severity.count("error"), of_severity.count("warning")
    values = {
        "status": facts["exit status"],
        "components": sum(facts["components"].values()),
        "conflicts": len(facts["conflicts"]),
        "errors": errors,
        "warnings": warnings,
        "problems": errors + warnings,
        "images": len(facts["images"]),
        "signers": len(facts["signed by"]),
        "tags": int(bool(facts["release"]["tag"])),
        "sha256": facts["sha256"],
    }
    return "".join(f"FIRMBOM_{name.upper()}={value}\n" for name, value in values.items())


def _page(facts: dict[str, Any]) -> str:
    from firmbom.cli.markdown import page

    return page(facts)


FORMS: Mapping[str, Callable[[dict[str, Any]], str]] = {".md": _page, ".json": as_json, ".env": variables}
