"""Where a package's sources come from, as external references; nothing of the build machine's file system passes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import quote, urlsplit

from firmbom.model import Digest, ExternalReference
from firmbom_buildroot.said import Download, Package

_FILES = frozenset({"http", "https", "ftp"})
_REPOSITORIES = frozenset({"git", "svn", "hg", "cvs", "bzr"})
_MIRRORS = ("https://sources.buildroot.net", "http://sources.buildroot.net")
_LONGEST = 2_000


def references(package: Package, digests: Mapping[str, tuple[Digest, ...]]) -> Iterator[ExternalReference]:
    """The archives with their digests, and the repositories.

    Args:
        package: with its downloads.
        digests: by file name.
    """
    for download in package.downloads:
        known = digests.get(download.file, ())
        yield from _repositories(download, package.version)
        places = [place for place in _folders(download) if not place.startswith(_MIRRORS)]
        if not places and known and not package.directory.startswith("/"):
            places = _mirror(download)
        if places:
            address = f"{places[0].rstrip('/')}/{quote(download.file, safe='+~')}"
            yield ExternalReference("source-distribution", address, known)
        elif known:
            yield ExternalReference("source-distribution", quote(download.file, safe="+~"), known)


def _folders(download: Download) -> list[str]:
    """The addresses that an archive is fetched from; Buildroot's method may carry options: ``https|urlencode``."""
    return [
        place
        for method, place in map(_parted, download.addresses)
        if method in _FILES and urlsplit_scheme(place) in _FILES
    ]


def _mirror(download: Download) -> list[str]:
    """Buildroot's own mirror, which it states for every package, but which has only what is packaged there."""
    return [place for place in _folders(download) if place.startswith(_MIRRORS)][:1]


def _repositories(download: Download, revision: str) -> Iterator[ExternalReference]:
    for method, place in map(_parted, download.addresses):
        if method in _REPOSITORIES and urlsplit_scheme(place) in (_FILES | _REPOSITORIES | {"ssh"}):
            comment = f"{method}, revision {revision}" if revision else method
            yield ExternalReference("vcs", place, (), comment)


def _parted(address: str) -> tuple[str, str]:
    """Method and address; ``user@host:path`` becomes an ssh address, users other than git and passwords are dropped.

    Releases until 2021 state no method for a patch, whose address then tells it.
    """
    method, plus, place = address.partition("+")
    if not plus or "://" in method:
        method, place = address.partition("://")[0], address
    method = method.partition("|")[0]
    if "://" not in place:
        host, colon, path = place.partition(":")
        place = f"ssh://{host}/{path.lstrip('/')}" if colon and "@" in host and method in _REPOSITORIES else ""
    if len(place) > _LONGEST:
        return method, ""
    try:
        split = urlsplit(place)
    except ValueError:
        return method, ""
    user, at, host = split.netloc.rpartition("@")
    return method, split._replace(netloc=host).geturl() if at and user != "git" else place


def urlsplit_scheme(address: str) -> str:
    """The scheme of an address that leads to another machine; else empty."""
    scheme, colon, rest = address.partition("://")
    return scheme.lower() if colon and rest[:1] not in ("", "/") else ""
