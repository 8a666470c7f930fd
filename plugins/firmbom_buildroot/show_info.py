"""``make show-info``: one JSON object on one line, a member for each package and root filesystem.

The members are those of ``json-info`` in Buildroot's package/pkg-utils.mk, since 2019; newer releases add
``stamp_dir``, ``patches``, ``hashes``, ``package_dir``. The object may stand between lines that make itself prints.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from firmbom.model import Location
from firmbom.problems import Report
from firmbom.tree.base import File
from firmbom_buildroot.json_text import loaded
from firmbom_buildroot.said import CVE, NAME, Download, Package, Said

_INSTALLS = ("target", "staging", "images")
_LONGEST = 2_000
"""Characters of a text, and entries of a list."""


def read(file: File, report: Report) -> Said | None:
    """What the file states; None when it is no such object, which is told."""
    text = report.text(file)
    if text is None:
        return None
    found = _parsed(_object(text), file, report)
    if not isinstance(found, dict):
        return None
    said = Said()
    images: list[str] = []
    for key, member in found.items():
        if not isinstance(member, dict) or not NAME.match(key):
            report.say("error", "a member that is no package", file.location_path, detail=key[:80])
        elif member.get("type") == "rootfs":
            images += [
                one for one in (_Fields(member, key, file, report).text("image_name"),) if one and "/" not in one
            ]
        else:
            package = _package(key, _Fields(member, key, file, report))
            said.packages[package.key] = package
    said.images = tuple(images)
    return said


def _object(text: str) -> str:
    """The line that holds the object, where make says which folder it enters and leaves."""
    if text.lstrip().startswith("{"):
        body, newline, rest = text.rstrip().rpartition("\n")
        return body if newline and rest.startswith("make") else text
    return next((line for line in text.splitlines() if line.startswith("{")), text)


def _parsed(text: str, file: File, report: Report) -> object:
    try:
        return loaded(text)
    except RecursionError:
        what = "nested too deeply"
    except ValueError as error:
        what = str(error)
    report.say("error", "no JSON as make show-info writes it, keep its output anew", file.location_path, detail=what)
    return None


class _Fields:
    """Reads members of one package; one of another type than Buildroot writes is told and left out."""

    def __init__(self, member: Mapping[str, Any], key: str, file: File, report: Report) -> None:
        self._member, self._key, self._file, self._report = member, key, file, report
        self.location = Location(file.location_path, symbol=key)

    def wrong(self, name: str) -> None:
        detail = f"{self._key}.{name}"
        self._report.say(
            "error", "a member of another type than make show-info writes", self.location.path, detail=detail
        )

    def text(self, name: str) -> str:
        value = self._member.get(name)
        if value is not None and not isinstance(value, str):
            self.wrong(name)
        return value.strip()[:_LONGEST] if isinstance(value, str) else ""

    def flag(self, name: str, *, otherwise: bool) -> bool:
        value = self._member.get(name, otherwise)
        if not isinstance(value, bool):
            self.wrong(name)
        return value if isinstance(value, bool) else otherwise

    def list(self, name: str) -> list[Any] | None:
        value = self._member.get(name)
        if value is not None and not isinstance(value, list):
            self.wrong(name)
        return value[:_LONGEST] if isinstance(value, list) else None

    def texts(self, name: str) -> tuple[str, ...] | None:
        values = self.list(name)
        if values is None:
            return None
        if not all(isinstance(one, str) for one in values):
            self.wrong(name)
        return tuple(one[:_LONGEST] for one in values if isinstance(one, str) and one)

    def has(self, name: str) -> bool:
        return name in self._member


def _package(key: str, fields: _Fields) -> Package:
    host = fields.text("type") == "host" or key.startswith("host-")
    name = fields.text("name")
    stated = any(fields.has(f"install_{where}") for where in _INSTALLS)
    downloads = tuple(_downloads(fields))
    return Package(
        name=name if NAME.match(name) else key.removeprefix("host-") if host else key,
        location=fields.location,
        host=host,
        virtual=fields.flag("virtual", otherwise=False),
        version=fields.text("version"),
        licence=fields.text("licenses"),
        cpe=fields.text("cpe-id"),
        directory=fields.text("package_dir"),
        installs=tuple(one for one in _INSTALLS if fields.flag(f"install_{one}", otherwise=False)) if stated else None,
        provides=fields.texts("provides") or (),
        needs=fields.texts("dependencies"),
        downloads=tuple(one for one in downloads if not is_patch(one.file)),
        hash_files=fields.texts("hashes") or (),
        patches=fields.texts("patches") or tuple(_patch(one) for one in downloads if is_patch(one.file)),
        redistributable=fields.flag("redistributable", otherwise=True),
        ignored_cves=tuple(one for one in fields.texts("ignore_cves") or () if CVE.match(one)),
    )


def is_patch(file: str) -> bool:
    """Is a download a patch? Newer releases list those among ``patches`` as well, older ones only so."""
    return file.endswith((".patch", ".diff", ".patch.gz", ".diff.gz", ".patch.bz2", ".patch.xz"))


def _patch(download: Download) -> str:
    return f"{download.addresses[0].rstrip('/')}/{download.file}" if download.addresses else download.file


def _downloads(fields: _Fields) -> list[Download]:
    found = []
    for one in fields.list("downloads") or ():
        file = one.get("source") if isinstance(one, dict) else None
        addresses = one.get("uris") if isinstance(one, dict) else None
        if not isinstance(file, str) or not isinstance(addresses, list):
            fields.wrong("downloads")
        elif file and "/" not in file:
            kept = tuple(each for each in addresses[:50] if isinstance(each, str))
            found.append(Download(file[:_LONGEST], kept))
    return found
