"""The operating system as a component, from the os-release of a root filesystem."""

from __future__ import annotations

from collections.abc import Iterator

from firmbom.identity import purl
from firmbom.model import ROOT, Basis, Component, Coverage, Edge, ExternalReference, Fact, Party
from firmbom.problems import Report
from firmbom.tree.base import File
from firmbom_packages.os_release import PATHS, OsRelease, parse
from firmbom_packages.root import Root, Visit

_REFERENCES = (
    ("HOME_URL", "website"),
    ("DOCUMENTATION_URL", "documentation"),
    ("SUPPORT_URL", "support"),
    ("BUG_REPORT_URL", "issue-tracker"),
)


def collect(file: File, visit: Visit) -> Iterator[Fact]:
    """Read the os-release that counts in its root: the one below ``usr/lib`` only where ``etc`` has none."""
    root = Root.around(file, PATHS, visit)
    counts = next((one for path in PATHS if (one := root.get(path))), file)
    if counts.path != file.path:
        return
    report = Report(file.location_path)
    found = _component(parse(file.read(), report), file)
    if found:
        yield found
        yield Edge(ROOT, found.ref)
    else:
        report.say("note", "names no operating system (no ID)")
    yield from report.problems()
    yield Coverage(file.location_path, components="unknown", dependencies="unknown")


def _component(release: OsRelease, file: File) -> Component | None:
    """The operating system as a component; None when the file does not name one."""
    if not release.id:
        return None
    values = release.values
    references = [
        ExternalReference(kind, values[key])
        for key, kind in _REFERENCES
        if values.get(key, "").startswith(("http://", "https://"))
    ]
    return Component(
        purl=purl("generic", release.id, release.version),
        name=release.id,
        version=release.version,
        type="operating-system",
        description=values.get("PRETTY_NAME", ""),
        cpes=(values["CPE_NAME"],) if values.get("CPE_NAME", "").lower().startswith("cpe:") else (),
        supplier=Party(values.get("VENDOR_NAME", ""), values.get("VENDOR_URL", "")),
        references=tuple(references),
        claims=(file.claim(Basis.EMBEDDED, symbol="ID"),),
    )
