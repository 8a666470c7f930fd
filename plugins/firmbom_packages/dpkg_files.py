"""What dpkg knows of a package's files: lists, checksums, diversions, and the copyright file that is one of them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from firmbom.model import Licence
from firmbom.problems import Report
from firmbom.tree.base import File
from firmbom_packages.copyright import licences
from firmbom_packages.listed import entries
from firmbom_packages.root import Root, read
from firmbom_packages.stanza import Stanza

INFO = "var/lib/dpkg/info"
DOCUMENTATION = "usr/share/doc"
DIVERSIONS = "var/lib/dpkg/diversions"

_CHECKSUM = re.compile(r"[0-9a-f]{32} [ *](.+)")


class InstalledFiles:
    """Looks up a package's files in the root that its database stands in."""

    def __init__(self, root: Root, report: Report) -> None:
        self._root, self._report = root, report
        self._info = frozenset(root.list(INFO))
        self._documented = frozenset(root.list(DOCUMENTATION))
        self._diverted = self._diversions()
        self._licences: dict[str, tuple[Licence, ...]] = {}
        self._unlisted = 0

    def tell(self) -> None:
        """Tell how many packages have no list."""
        if self._unlisted:
            self._report.say("note", f"packages without a list, so that their files are not known: {self._unlisted}")

    def licences(self, name: str) -> tuple[Licence, ...]:
        """What the machine-readable copyright file of a package states; nothing when there is none."""
        file = self._root.get(f"{DOCUMENTATION}/{name}/copyright") if name in self._documented else None
        if file is None:
            return ()
        if file.path not in self._licences:
            found = read(file, self._report)
            self._licences[file.path] = licences(found[1]) if found else ()
        return self._licences[file.path]

    def paths(self, name: str, architecture: str, stanza: Stanza, file: File) -> Sequence[str]:
        """What a package installed, from the root without leading slash: its list, else its checksums."""
        for known in (f"{name}:{architecture}", name):
            if f"{known}.list" in self._info:
                return self._at_their_place(self._listed(f"{INFO}/{known}.list"), name)
            if f"{known}.md5sums" in self._info:
                return self._summed(self._root.get(f"{INFO}/{known}.md5sums"), stanza)
        beside = file.sibling(f"{file.name}.md5sums") if file.name != "status" else None
        if beside is None:
            self._unlisted += 1
            return ()
        return self._summed(beside, stanza)

    def _listed(self, path: str) -> list[str]:
        found = self._root.read(path, self._report)
        if found is None:
            return []
        good, unfit = entries(_decoded(found[1]))
        self._tell_unfit(unfit, found[0])
        return good

    def _summed(self, file: File | None, stanza: Stanza) -> list[str]:
        """The paths of an ``md5sums`` file, which leaves out the configuration files, and those."""
        found = read(file, self._report) if file else None
        if found is None:
            return []
        matches = [_CHECKSUM.match(line) for line in _decoded(found[1]).split("\n") if line]
        lines = [match[1].removeprefix("/") for match in matches if match]
        good, unfit = entries("\n".join(f"/{line}" for line in lines))
        self._tell_unfit(unfit + ["(not a checksum)"] * (len(matches) - len(lines)), found[0])
        return good + entries("\n".join(stanza.get("conffiles").split()[::2]))[0]

    def _tell_unfit(self, unfit: list[str], file: File) -> None:
        for line in unfit:
            self._report.say("warning", "not a path in the root; ignored", detail=line[:80], path=file.location_path)

    def _at_their_place(self, paths: list[str], name: str) -> Sequence[str]:
        if not self._diverted:
            return paths
        return [
            diverted[0] if (diverted := self._diverted.get(path)) and diverted[1] != name else path for path in paths
        ]

    def _diversions(self) -> dict[str, tuple[str, str]]:
        """By diverted path: where it went, and the package that may still install it at its place.

        The file holds three lines each: from, to, package or ``:`` for a local one (dpkg-divert(1)).
        """
        found = self._root.read(DIVERSIONS, self._report)
        if found is None:
            return {}
        lines = _decoded(found[1]).removesuffix("\n").split("\n")
        if len(lines) % 3 and lines != [""]:
            self._report.say("warning", "does not hold three lines for each diversion", path=found[0].location_path)
        return {source[1:]: (target[1:], package) for source, target, package in zip(*[iter(lines)] * 3, strict=False)}


def _decoded(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")
