"""Core metadata (``METADATA``, ``PKG-INFO``): what a distribution says of itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from types import MappingProxyType

import msgspec

from firmbom.model import ExternalReference, Licence
from firmbom_pip import licences, requirement, source
from firmbom_pip.headers import Headers
from firmbom_pip.report import Report, clean
from firmbom_pip.requirement import Need

_BLANK_LINE = re.compile(rb"\r?\n\r?\n|\r\r")
_LETTERS = re.compile(r"[^a-z]")
_MAIL = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+\Z")
_SEVERAL = re.compile(r"[,;&<@]|\band\b")
"""What stands in a header of several people, or of one with the address already."""
_LABELS: Mapping[str, str] = MappingProxyType(
    {
        "bugreports": "issue-tracker",
        "bugs": "issue-tracker",
        "bugtracker": "issue-tracker",
        "issues": "issue-tracker",
        "issuetracker": "issue-tracker",
        "tracker": "issue-tracker",
        "home": "website",
        "homepage": "website",
        "website": "website",
        "download": "distribution",
        "docs": "documentation",
        "documentation": "documentation",
        "changelog": "release-notes",
        "changes": "release-notes",
        "history": "release-notes",
        "releasenotes": "release-notes",
        "whatsnew": "release-notes",
        "code": "vcs",
        "github": "vcs",
        "gitlab": "vcs",
        "repository": "vcs",
        "source": "vcs",
        "sourcecode": "vcs",
        "chat": "chat",
        "discord": "chat",
        "funding": "other",
    }
)
"""Project-URL labels, letters only ("Well-known Project URLs in Metadata"), to CycloneDX reference types."""


class Metadata(msgspec.Struct, frozen=True, kw_only=True):
    """The fields that matter here; what is absent is empty."""

    name: str
    version: str
    summary: str = ""
    author: str = ""
    licences: tuple[Licence, ...] = ()
    references: tuple[ExternalReference, ...] = ()
    needs: tuple[Need, ...] = ()
    extras: tuple[str, ...] = ()


def read(data: bytes, report: Report) -> Metadata:
    """Read the headers; the description below them is not looked at. Never fails: what is wrong is told."""
    headers = Headers(_BLANK_LINE.split(data.lstrip(b"\xef\xbb\xbf"), maxsplit=1)[0])

    def text(header: str) -> str:
        return clean(headers.first(header).strip())

    def person(header: str) -> str:
        """``Name <mail>`` of one person who stands in two headers; else the one that says something."""
        name, email = _known(text(header)), _known(text(f"{header}-email"))
        both = name and _MAIL.match(email) and not _SEVERAL.search(name)
        return f"{name} <{email}>" if both else name or email

    return Metadata(
        name=text("name"),
        version=text("version"),
        summary=_known(text("summary")),
        author=person("author") or person("maintainer"),
        licences=licences.declared(
            text("license-expression"), headers.only("license"), [clean(one) for one in headers.all("classifier")]
        ),
        references=tuple(dict.fromkeys(_references(headers, report))),
        needs=tuple(_needs(headers.all("requires-dist"), report)),
        extras=headers.all("provides-extra"),
    )


def _known(value: str) -> str:
    """The value; old setuptools wrote ``UNKNOWN`` where nothing was stated."""
    return "" if value.upper() == "UNKNOWN" else value


def _references(headers: Headers, report: Report) -> Iterator[ExternalReference]:
    stated = [
        ("website", "Home-page", headers.only("home-page")),
        ("distribution", "Download-URL", headers.only("download-url")),
    ]
    for label, _, url in (one.partition(",") for one in headers.read("project-url")):
        stated.append((_LABELS.get(_LETTERS.sub("", label.lower()), "other"), f"Project-URL: {label.strip()}", url))
    for kind, comment, url in stated:
        if _known(url.strip()):
            shown = report.tried(partial(source.public, clean(url.strip()), fragment=True), "", comment)
            if shown:
                yield ExternalReference(kind, shown, comment=clean(comment))


def _needs(texts: Iterable[str], report: Report) -> Iterator[Need]:
    for text in texts:
        need = report.tried(partial(requirement.parse, clean(text)), None, "Requires-Dist")
        if need:
            yield need
