"""Where a package comes from: index, repository, archive or folder, as purl qualifiers, references and properties.

Property names are those of the CycloneDX taxonomy ``cdx:python``; credentials never leave this module.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import quote, unquote, urlsplit, urlunsplit

import msgspec

from firmbom.identity import purl, pypi_name, repository_qualifier
from firmbom.model import Algorithm, Digest, ExternalReference, Property

LOCAL = "firmbom:local"
"""The path of a package that is taken from the project's own files."""
SUBDIRECTORY = "cdx:python:package:source:subdirectory"
EDITABLE = "cdx:python:package:source:local:editable"
COMMIT = "cdx:python:package:source:vcs:commit_id"
REQUESTED = "cdx:python:package:source:vcs:requested_revision"
EXTRA = "cdx:python:package:required-extra"

_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?\Z|\d+\Z")
"""An object's name in git and hg, a revision's number in svn and bzr; anything else is a branch or a tag."""
_SECRET = re.compile(r"token|secret|passw|auth|sig|key|credential", re.IGNORECASE)
_SCP = re.compile(r"(?P<user>[\w.-]+@)?(?P<host>[\w.-]+):(?P<path>[^/\\].*)\Z")
_DRIVE = re.compile(r"[A-Za-z]:[\\/]")
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_HASH = re.compile(r"(md5|sha1|sha224|sha256|sha384|sha512|blake2b)[:=]([0-9A-Fa-f]+)\Z")


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """What a package's origin adds to its component."""

    qualifiers: Mapping[str, str] = {}
    references: tuple[ExternalReference, ...] = ()
    properties: tuple[Property, ...] = ()
    index: str = ""
    """The index, where one is stated."""
    local: bool = False


DEFAULT = Source()
"""The default index, or one that is not stated."""


@lru_cache(1 << 10)
def from_index(url: str) -> Source:
    """From a package index.

    Raises:
        ValueError: not an address.
    """
    shown = public(url)
    return Source(qualifiers=repository_qualifier("pypi", url), index=shown.rstrip("/"))


def from_repository(tool: str, url: str, commit: str, *, requested: str = "", subdirectory: str = "") -> Source:
    """From version control; ``tool`` is ``git``, ``hg``, ``svn`` or ``bzr``; ``commit`` may be only a branch or empty.

    Raises:
        ValueError: not an address.
    """
    scp = _SCP.match(url) if "://" not in url and not _DRIVE.match(url) else None
    if scp:
        url = f"ssh://{scp['user'] or ''}{scp['host']}/{scp['path']}"
    address = public(url)
    where = f"{tool}+{address}" + (f"@{commit}" if commit else "")
    shown = ExternalReference("vcs", f"{address}#{quote(commit)}" if commit else address, comment=f"from {tool}")
    exact = commit if _COMMIT.match(commit) else ""
    asked = requested if requested != exact else ""
    said = _properties((COMMIT, exact), (REQUESTED, asked or commit[len(exact) :]), (SUBDIRECTORY, subdirectory))
    return Source(qualifiers={"vcs_url": where}, references=(shown,), properties=said)


def from_archive(url: str, digests: tuple[Digest, ...] = (), *, subdirectory: str = "") -> Source:
    """From a file at an address of its own.

    Raises:
        ValueError: not an address.
    """
    shown = public(url)
    if shown.startswith("file:"):
        return from_path(url, digests)
    elsewhere = repository_qualifier("pypi", url)
    return Source(
        qualifiers={"download_url": shown} if elsewhere else {},
        references=(file_reference(shown, digests),),
        properties=_properties((SUBDIRECTORY, subdirectory)),
    )


def from_path(path: str, digests: tuple[Digest, ...] = (), *, editable: bool = False, archive: bool = True) -> Source:
    """From the file system; of an absolute path only its last part is kept, as the rest tells of one machine only."""
    shown = local_path(path)
    said = _properties((LOCAL, shown), (EDITABLE, "true" if editable else ""))
    references = (file_reference(escaped(shown), digests),) if archive and shown else ()
    return Source(references=references, properties=said, local=True)


def local_path(path: str) -> str:
    """A path as the document may state it: relative ones as they are, of absolute ones the last part."""
    if path.startswith("file:"):
        path = unquote(urlsplit(path).path) or path
    path = path.replace("\\", "/")
    if path.startswith("/") or _DRIVE.match(path):
        return posixpath.basename(path.rstrip("/"))
    return posixpath.normpath(path) if path else ""


@lru_cache(1 << 14)
def public(url: str, *, fragment: bool = False) -> str:
    """An address that may be shown: without credentials and tokens, and valid as an IRI; the fragment on request.

    Raises:
        ValueError: not an address.
    """
    split = urlsplit(url)
    _ = split.port  # raises ValueError for what is no number
    user, at, host = split.netloc.rpartition("@")
    if at and "ssh" in split.scheme:
        host = f"{user.partition(':')[0]}@{host}"
    query = "&".join(part for part in split.query.split("&") if part and not _SECRET.search(part.partition("=")[0]))
    return escaped(urlunsplit((split.scheme, host, split.path, query, split.fragment if fragment else "")))


def escaped(url: str) -> str:
    """``url`` with what RFC 3987 does not allow percent-encoded."""
    netloc = url.split("/", 3)[2] if "://" in url else ""
    safe = "%/:?#@!$&'()*+,;=~" + ("[]" if netloc.startswith("[") else "")
    return _STRAY_PERCENT.sub("%25", quote(url, safe=safe))


def file_reference(url: str, digests: tuple[Digest, ...], name: str = "") -> ExternalReference:
    """A file that can be downloaded; ``name`` where the address does not end in it."""
    return ExternalReference("distribution", url, digests, "" if url.endswith(escaped(name)) else name)


def page(name: str, version: str = "", origin: Source = DEFAULT) -> str:
    """Where files of which only digests are known can be found: the project's page of the index."""
    if origin.index:
        return f"{origin.index}/{pypi_name(name)}/"
    from packageurl.contrib import purl2url

    found = purl2url.get_repo_url(purl("pypi", name, version))  # type: ignore[no-untyped-call] # the library has no annotations
    return str(found)


def digest(text: str) -> Digest:
    """Read ``sha256:<hex>`` or ``sha256=<hex>``.

    Raises:
        ValueError: unknown algorithm or not its length of hexadecimal.
    """
    match = _HASH.match(text.strip())
    if not match:
        raise ValueError(f"not a digest: {text[:80]!r}")
    if match[1] == "sha256":
        return Digest(Algorithm.SHA256, match[2].lower())
    return Digest.named("blake2b-512" if match[1] == "blake2b" else match[1], match[2])


def _properties(*pairs: tuple[str, str]) -> tuple[Property, ...]:
    return tuple(Property(name, value) for name, value in pairs if value)
