"""Where a package comes from: registry, git, tarball or folder, told from the address in a lockfile.

Addresses leave here without credentials: user and password of a URL and query members that look like secrets are gone.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal
from urllib.parse import quote, unquote

import msgspec

from firmbom.identity import repository_qualifier
from firmbom.model import Algorithm, Digest

_SECRET = re.compile(r"(?i)token|auth|secret|passw|key|sig|cred|session")
_UNSAFE = re.compile(r"""[^!-~]|[<>"{}|\\^`\[\]]|%(?![0-9A-Fa-f]{2})""")
_HOST = re.compile(r"[A-Za-z0-9._-]*(?::\d{1,5})?|\[[0-9A-Fa-f:.]+\](?::\d{1,5})?")
_SHA1 = re.compile(r"[0-9a-f]{40}\Z")
_COMMIT = re.compile(r"(?:(?:.*&)?commit=)?([0-9a-f]{7,64})(?:&.*)?\Z")
_FORGES = {
    "github": "github.com",
    "gitlab": "gitlab.com",
    "bitbucket": "bitbucket.org",
    "gist": "gist.github.com",
}
"""Short names that package managers know (npm-package-arg, "hosted git")."""
_FORGE_HOSTS = frozenset(_FORGES.values())
_ARCHIVE = re.compile(r"https://codeload\.(github\.com)/([^/]+/[^/]+)/tar\.gz/([0-9a-f]{7,64})\Z")
_SCP = re.compile(r"(?:([\w.-]+)@)?([\w.-]+):(?!/)(.+)\Z")
_GIT = ("git+", "git:", "git@", "ssh:", *(f"{name}:" for name in _FORGES))


class Source(msgspec.Struct, frozen=True):
    """Where a package comes from, and what that adds to its purl."""

    kind: Literal["registry", "git", "tarball", "local", "unknown"] = "unknown"
    url: str = ""
    """Of the downloadable file."""
    vcs: str = ""
    """``git+https://host/x.git@commit`` (purl specification, ``vcs_url``)."""
    local: str = ""
    """A path beside the project."""
    qualifiers: tuple[tuple[str, str], ...] = ()
    digests: tuple[Digest, ...] = ()
    """Stated in the address itself."""


UNKNOWN = Source()
REGISTRY = Source("registry")
"""The default registry, or whichever the user had configured; the file does not say."""


def address(name: str, text: str) -> Source:
    """The source that an address such as npm's ``resolved`` names, for the package ``name``."""
    if not text:
        return UNKNOWN
    if text.startswith(("https://", "http://")):
        return _web(name, text)
    if text.startswith(_GIT):
        return git(text)
    return Source("local", local=text.removeprefix("file:"))


def is_address(text: str) -> bool:
    """Is this the address of a package rather than a version or a range?"""
    return text.startswith(("https://", "http://", "file:", "link:", *_GIT))


def git(text: str, commit: str = "") -> Source:
    """The source in a git repository; the address may carry the commit as its fragment."""
    url, _, fragment = text.partition("#")
    found = _COMMIT.match(fragment)
    commit = commit or (found[1] if found else "")
    vcs = f"git+{_repository(url.removeprefix('git+'))}"
    if commit:
        vcs += f"@{commit}"
    return Source("git", vcs=vcs, qualifiers=(("vcs_url", vcs),))


def repository(text: str) -> str:
    """The address in package.json's ``repository``, shortened forms written out; empty if it is no address."""
    if re.fullmatch(r"[\w.-]+/[\w.-]+", text):
        text = f"github:{text}"
    plain = text.partition("#")[0]
    if not plain.startswith(("http://", "https://", *_GIT)):
        return ""
    return f"git+{_repository(plain.removeprefix('git+'))}"


def tarball(url: str) -> Source:
    """The source that is one file on the web."""
    url = clean(url)
    return Source("tarball", url=url, qualifiers=(("download_url", url),))


def registry(base: str, url: str = "") -> Source:
    """The source in the registry at ``base``, where the file lies at ``url``."""
    return Source("registry", url=url, qualifiers=_qualifiers(base))


def conventional(name: str, version: str) -> str:
    """The address at which the default registry serves a package: for lockfiles that state a digest and no address."""
    return f"{_default_registry()}/{name}/-/{name.rpartition('/')[2]}-{version}.tgz"


def iri(text: str) -> str:
    """``text`` with every character percent-encoded that no address may hold (RFC 3987)."""
    return _UNSAFE.sub(lambda found: quote(found[0], safe=""), text) if _UNSAFE.search(text) else text


def clean(url: str) -> str:
    """A URL without credentials and fragment, safe to write down."""
    url = url.partition("#")[0]
    url, question, query = url.partition("?")
    if question:
        kept = [part for part in query.split("&") if not _SECRET.search(part.partition("=")[0])]
        query = "?" + "&".join(kept) if kept else ""
    scheme, separator, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    host = authority.rpartition("@")[2]
    if not _HOST.fullmatch(host):
        host = quote(host, safe="")
    return f"{scheme}{separator}{host}{slash}{iri(path + query)}"


def _web(name: str, text: str) -> Source:
    plain, _, fragment = text.partition("#")
    archive = _ARCHIVE.match(plain)
    if archive:
        return git(f"https://{archive[1]}/{archive[2]}.git", archive[3])
    if plain.endswith(".git") or "commit=" in fragment:
        return git(text)
    url = clean(plain)
    digests = (Digest(Algorithm.SHA1, fragment),) if _SHA1.match(fragment) else ()
    base = _registry_base(name, url)
    if base:
        return Source("registry", url, qualifiers=_qualifiers(base), digests=digests)
    if digests and not url.endswith((".tgz", ".tar.gz")):  # yarn 1: https://github.com/owner/name#<commit>
        return git(text)
    return Source("tarball", url, qualifiers=(("download_url", url),), digests=digests)


def _registry_base(name: str, url: str) -> str:
    """The registry's address: what stands before the package's name in the path, empty if it is no registry's file."""
    base, found, _ = url.partition(f"/{name}/-/")
    if not found and "%" in url:
        base, found, _ = unquote(url).partition(f"/{name}/-/")
    if not found:  # the form of registries that serve files apart from metadata: <registry>/download/<name>/<version>/…
        base, found, _ = url.partition(f"/download/{name}/")
    return base if found else ""


@lru_cache(256)
def _qualifiers(base: str) -> tuple[tuple[str, str], ...]:
    try:
        return tuple(repository_qualifier("npm", base).items())
    except ValueError:  # a port that is no number, an unclosed bracket
        return (("repository_url", base),)


@lru_cache(1)
def _default_registry() -> str:
    from packageurl.contrib import purl2url

    url = purl2url.get_download_url("pkg:npm/a@1")  # type: ignore[no-untyped-call] # the library has no annotations
    return str(url).partition("/a/-/")[0]


def _repository(url: str) -> str:
    """A repository's address in one spelling: forges by https, others as written without password."""
    scheme, separator, rest = url.partition("://")
    if not separator:
        forge, colon, path = url.partition(":")
        if colon and forge in _FORGES:
            return _forge(_FORGES[forge], path)
        scp = _SCP.match(url)
        if not scp:
            return iri(url)
        scheme, rest = "ssh", f"{scp[1]}@{scp[2]}/{scp[3]}" if scp[1] else f"{scp[2]}/{scp[3]}"
    authority, _, path = rest.partition("/")
    user, _, host = authority.rpartition("@")
    if ":" in host and not host.rpartition(":")[2].isdigit():  # ssh://git@host:owner/x.git
        host, _, owner = host.rpartition(":")
        path = f"{owner}/{path}"
    if host in _FORGE_HOSTS:
        return _forge(host, path)
    kept = f"{iri(user.partition(':')[0])}@" if scheme == "ssh" and user else ""
    if not _HOST.fullmatch(host):
        host = quote(host, safe="")
    return f"{iri(scheme)}://{kept}{host}/{iri(path.partition('?')[0])}"


def _forge(host: str, path: str) -> str:
    return f"https://{host}/{iri(path.partition('?')[0].strip('/').removesuffix('.git'))}.git"
