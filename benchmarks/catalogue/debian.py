"""Debian packages of any architecture: fetched with apt into a folder of their own, read without being installed.

Nothing here needs root or touches the host's package state: apt gets its own lists, status file and cache, and the
sources that the host has.
"""

from __future__ import annotations

import io
import re
import subprocess
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

AT_ONCE = 40
"""Packages that one call of apt-get downloads."""
MOST_BYTES = 300 << 20
"""Larger members of a package are left out."""

_REPACKED = re.compile(r"[+~.]?(?:dfsg|ds|repack|git|svn|stable|nmu|deb)[0-9.+~a-z-]*$")


class Package(NamedTuple):
    """One .deb file and what its control file says."""

    file: Path
    name: str
    version: str
    source_version: str

    @property
    def upstream(self) -> frozenset[str]:
        """Upstream's version as the package states it: the binary package's and the source's may differ."""
        return frozenset(found for version in (self.version, self.source_version) for found in upstream(version))


class Owner(NamedTuple):
    """Whose a file is."""

    source: str
    upstream: frozenset[str]


class Member(NamedTuple):
    """An ELF file in a package."""

    path: str
    data: bytes


def upstream(version: str) -> Iterator[str]:
    """Yield what Debian's version may say of upstream's, in :func:`plain` spelling.

    >>> list(upstream("1:2023.01+dfsg-2+deb12u3")), list(upstream("16.02+really26.02+dfsg-0"))
    (['2023.01'], ['16.02', '26.02'])
    """
    whole = version.split(":", 1)[-1]
    whole = whole.rsplit("-", 1)[0] if "-" in whole else whole
    for part in whole.split("+really"):
        yield plain(_REPACKED.sub("", part.lstrip("+")))


def plain(version: str) -> str:
    """One spelling for ``2.1.0~beta3`` and ``2.1.0-beta3``; what a packager adds after ``+`` is left out.

    >>> plain("2.1.0~beta3"), plain("30+20221128"), plain("6.9.11-60")
    ('2.1.0.beta3', '30', '6.9.11.60')
    """
    return re.sub(r"[-~_]", ".", version.partition("+")[0]).strip(".")


class Archive:
    """The host's apt sources, or those of a file, seen as a machine of another architecture would."""

    def __init__(self, arch: str, cache: Path, sources: Path | None = None) -> None:
        self.arch, self._root = arch, (cache / arch).resolve()
        self._sources = sources.resolve() if sources else None
        self._debs = self._root / "debs"
        for folder in ("lists/partial", "cache/archives/partial", "etc/apt.conf.d", "etc/preferences.d", "debs"):
            (self._root / folder).mkdir(parents=True, exist_ok=True)
        (self._root / "status").touch()
        if not list((self._root / "lists").glob("*Packages*")):
            self._apt("apt-get", "update")

    @property
    def release(self) -> str:
        """Such as ``debian 12``, from the signed index."""
        for index in sorted((self._root / "lists").glob("*InRelease")):
            text = index.read_text(encoding="utf-8", errors="replace")
            origin = re.search(r"^Origin: (\w+)$", text, re.MULTILINE)
            version = re.search(r"^Version: (\d+)", text, re.MULTILINE)
            if origin and version:
                return f"{origin[1].lower()} {version[1]}"
        return "debian"

    def fetch(self, names: Sequence[str]) -> Iterator[Package]:
        """Yield each package that exists here; what is there already is not downloaded again."""
        known = set(self._apt("apt-cache", "pkgnames").split())
        there = {name for name in names if list(self._debs.glob(f"{name}_*.deb"))}
        missing = [name for name in names if name in known - there]
        for start in range(0, len(missing), AT_ONCE):
            self._download(missing[start : start + AT_ONCE])
        for name in names:
            for file in sorted(self._debs.glob(f"{name}_*.deb"))[-1:]:
                yield self._package(file)

    def available(self) -> Iterator[Mapping[str, str]]:
        """Yield what the index says of each package: its one-line fields."""
        for paragraph in self._apt("apt-cache", "dumpavail").split("\n\n"):
            if paragraph.strip():
                yield dict(re.findall(r"^([\w-]+): (.*)$", paragraph, re.MULTILINE))

    def standard(self) -> list[str]:
        """Names of a system's packages: of priority required, important and standard, with what they depend on."""
        index = {one["Package"]: one for one in self.available()}
        for one in list(index.values()):
            for name in _names(one.get("Provides", "")):
                index.setdefault(name, one)
        pending = [one for one in index.values() if one.get("Priority") in {"required", "important", "standard"}]
        found: dict[str, bool] = {}
        while pending:
            one = pending.pop()
            if one["Package"] not in found:
                found[one["Package"]] = one.get("Architecture") == self.arch
                needed = _names(f"{one.get('Depends', '')}, {one.get('Pre-Depends', '')}")
                pending += [index[name] for name in needed if name in index]
        return sorted(name for name, own in found.items() if own)

    def _download(self, names: Sequence[str]) -> None:
        if not self._apt("apt-get", "download", *names, check=False) and len(names) > 1:
            for name in names:  # one that has no file for this architecture stops all the others
                if not list(self._debs.glob(f"{name}_*.deb")):
                    self._apt("apt-get", "download", name, check=False)

    def _package(self, file: Path) -> Package:
        control = subprocess.run(["dpkg-deb", "-f", str(file)], capture_output=True, check=True).stdout
        field = dict(re.findall(r"^([\w-]+): (.*)$", control.decode("utf-8", "replace"), re.MULTILINE))
        source = re.search(r"\((.+)\)$", field.get("Source", ""))
        return Package(file, field["Package"], field["Version"], source[1] if source else field["Version"])

    def _apt(self, tool: str, *arguments: str, check: bool = True) -> str:
        root = self._root
        options: dict[str, str | Path] = {
            "APT::Architecture": self.arch,
            "APT::Architectures": self.arch,
            "APT::Sandbox::User": "",
            "Acquire::Languages": "none",
            "Dir::State": root,
            "Dir::State::Lists": root / "lists",
            "Dir::State::status": root / "status",
            "Dir::Cache": root / "cache",
            "Dir::Etc::parts": root / "etc" / "apt.conf.d",
        }
        if self._sources:
            options |= {"Dir::Etc::sourcelist": self._sources, "Dir::Etc::sourceparts": root / "etc" / "apt.conf.d"}
        command = [tool, *(part for key, value in options.items() for part in ("-o", f"{key}={value}")), *arguments]
        done = subprocess.run(command, cwd=self._debs, capture_output=True, text=True, check=False, timeout=3600)
        if check and done.returncode:
            raise SystemExit(f"{tool} {arguments[0]}: {done.stderr.strip()[-300:]}")
        return "" if done.returncode else done.stdout or "done"


def _names(relations: str) -> Iterator[str]:
    """The packages in a field of relations, the first of alternatives: ``a (>= 1) | b, c:any`` → a, c."""
    for relation in relations.split(","):
        if found := re.match(r"[a-z0-9][a-z0-9+.-]+", relation.strip()):
            yield found[0]


def elf_files(package: Package) -> Iterator[Member]:
    """Yield the package's ELF files, links left out; paths without a leading slash."""
    plain = subprocess.run(["dpkg-deb", "--fsys-tarfile", str(package.file)], capture_output=True, check=True).stdout
    with tarfile.open(fileobj=io.BytesIO(plain)) as archive:
        for member in archive:
            stream = archive.extractfile(member) if member.isreg() and 52 <= member.size <= MOST_BYTES else None
            if stream and stream.read(4) == b"\x7fELF":
                yield Member(member.name.removeprefix("./"), b"\x7fELF" + stream.read())
