"""Addresses of repositories: without credentials, and relative ones resolved."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

_SCP = re.compile(r"(?:(?P<user>[^@/:\s]+)@)?(?P<host>[^@/:\s]{2,}):(?!//)(?P<path>[^\s?#@]*)\Z")
"""``user@host:path`` (git-clone(1), "GIT URLS"); a host of one letter would be a drive."""

_START = re.compile(r"[^/:]+://[^/]*/|[^/:]+:(?!//)")
"""What no ``../`` leads out of: scheme and host."""

_SHOWS_USER = frozenset({"ssh", "git+ssh", "ssh+git"})
"""Schemes whose user name is part of the address (``git@``) and no secret; in https it may itself be a token."""


def without_credentials(url: str) -> str:
    """``url`` without password, token, query and fragment; empty when it names a place on this machine only.

    >>> without_credentials("https://oauth2:secret@git.example/a/b.git?private_token=x")
    'https://git.example/a/b.git'
    >>> without_credentials("git@git.example:a/b.git")
    'git@git.example:a/b.git'
    """
    if "://" not in url:
        return url if _SCP.match(url) and "::" not in url else ""
    try:
        split = urlsplit(url)
        host, port = split.hostname, split.port
    except ValueError:  # a port that is no number, an IPv6 address without its bracket
        return ""
    if not host or split.scheme == "file" or "::" in split.scheme:
        return ""
    user = f"{split.username}@" if split.username and split.scheme in _SHOWS_USER else ""
    place = f"[{host}]" if ":" in host else host
    return f"{split.scheme}://{user}{place}{f':{port}' if port else ''}{split.path}"


def name_of(url: str) -> str:
    """What a repository is called at its address; empty where that cannot be told.

    >>> name_of("git@git.example:team/gateway%20fw.git/")
    'gateway fw'
    """
    _, path = _parts(url)
    name = unquote(path.rpartition("/")[2].removesuffix(".git"))
    return name if name.isprintable() and name.strip(".") else ""


def resolved(url: str, remote: str) -> str:
    """A submodule's address: relative ones (``../lib.git``) start from ``remote`` (git-submodule(1), "add")."""
    if not url.startswith(("./", "../")):
        return without_credentials(url)
    start = _START.match(remote)
    if not start:
        return url
    kept, rest = remote[start.end() :].strip("/").split("/"), url
    while rest.startswith(("./", "../")):
        if rest.startswith("../"):
            if not any(kept):
                return url
            kept.pop()
        rest = rest.partition("/")[2]
    return start[0] + "/".join([*kept, rest])


def same_repository(one: str, other: str) -> bool:
    """Do two addresses name one repository, whatever the scheme, the user, the port or ``.git`` at the end?"""
    return _place(one) == _place(other)


def _place(url: str) -> tuple[str, str]:
    host, path = _parts(url)
    return host.lower(), path.removesuffix(".git").lower()


def _parts(url: str) -> tuple[str, str]:
    """Host and path, without slashes around it."""
    scp = _SCP.match(url) if "://" not in url else None
    host, path = (scp["host"], scp["path"]) if scp else (urlsplit(url).hostname or "", urlsplit(url).path)
    return host, path.strip("/")
