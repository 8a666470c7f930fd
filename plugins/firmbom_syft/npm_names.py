"""npm packages as syft 1.18 misspells them, put right: names and versions that are really paths, addresses or aliases.

Without it the same package would stand in the SBOM twice, once as the npm plugin reads it and once as syft does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from firmbom.errors import FirmbomError
from firmbom.tree.base import FileTree
from firmbom_syft.package import Package, Repair

_UNKNOWN = frozenset({"UNKNOWN", "0.0.0-use.local"})
"""A workspace's version, in package-lock.json and in yarn's lockfile."""
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*:")
_PEERS = re.compile(r"[_(]")
"""Where pnpm goes on with what the package was resolved beside; no version holds such a character."""
_ALIAS = re.compile(r"(@?[\w./-]+)@npm:(@?[\w./-]+)@")
"""In yarn's lockfiles: ``string-width-cjs@npm:string-width@^4.2.0``."""


def put_right(package: Package, aliases: Mapping[str, str]) -> Package | None:
    """The package that is meant; None where syft gives a workspace's folder for its name."""
    name, version = package
    if "/" in name and not name.startswith("@"):
        return None
    name = aliases.get(name, name)
    aliased = re.fullmatch(r"(?:npm:|/)(@?[^@]+)@([^@]+)", version)  # package-lock.json, pnpm-lock.yaml
    if aliased:
        name, version = aliased.groups()
    if version in _UNKNOWN:
        return Package(name, "")
    if _ADDRESS.match(version):
        return Package(name, _from_file_name(name, version))
    return Package(name, _PEERS.split(version, maxsplit=1)[0])


def _from_file_name(name: str, address: str) -> str:
    """The version in a registry's address of a tarball, ``…/-/ms-2.1.3.tgz``; of any other address none."""
    base = re.escape(name.rpartition("/")[2])
    found = re.search(rf"/-/{base}-(\d[\w.+-]*)\.tgz(?:[?#]|\Z)", address)
    return found[1] if found else ""


def repair(tree: FileTree) -> Repair:
    """The repair for what was seen in ``tree``; each lockfile that may define aliases is read once."""
    known: dict[str, dict[str, str]] = {}

    def aliases(path: str) -> Mapping[str, str]:
        if path not in known:
            file = tree.get(path)
            try:
                content = file.read().decode(errors="replace") if file else ""
            except FirmbomError:  # the plugin that reads the file says what is wrong with it
                content = ""
            known[path] = dict(_ALIAS.findall(content))
        return known[path]

    def look(package: Package, paths: tuple[str, ...]) -> Package | None:
        defined: dict[str, str] = {}
        for path in paths:
            if path.endswith("yarn.lock"):
                defined.update(aliases(path))
        return put_right(package, defined)

    return look
