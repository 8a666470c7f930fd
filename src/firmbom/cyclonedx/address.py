"""Addresses as a document may carry them: valid IRI references without secrets, and e-mail addresses."""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from urllib.parse import quote

_UNIT = r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})"
_PLAIN = re.compile(
    rf"[A-Za-z][A-Za-z0-9+.-]*://[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]{{1,5}})?(?:/{_UNIT}*)?(?:#{_UNIT}*)?\Z"
)
_SCP = re.compile(r"([\w.-]+@[\w.-]+):(?!//)/?(.*)\Z", re.DOTALL)
_HIERARCHICAL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*:)?//([^/?#]*)(.*)\Z", re.DOTALL)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_FORBIDDEN = re.compile(r"%(?![0-9A-Fa-f]{2})|[^A-Za-z0-9._~!$&'()*+,;=:@/?%#-]")
_EMAIL = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]{1,60}(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]{1,60}){0,3}"
    r"@[A-Za-z0-9](?:[A-Za-z0-9-]{0,60}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,60}[A-Za-z0-9])?){1,9}\Z"
)


def address(text: str) -> str:
    """``text`` as an IRI reference (RFC 3987), which is what the schema demands of every ``url``.

    What may not stand in one is percent-encoded; git's ``user@host:path`` becomes ``ssh://user@host/path``. Passwords,
    and any user of an http address (where tokens are put), are dropped: a document is read by strangers.
    """
    return text if _PLAIN.match(text) else _spelt(text)


@lru_cache(1 << 14)
def _spelt(text: str) -> str:
    plain = text.encode("utf-8", "backslashreplace").decode("utf-8").strip()
    if scp := _SCP.match(plain):
        plain = f"ssh://{scp[1]}/{scp[2]}"
    if found := _HIERARCHICAL.match(plain):
        return (found[1] or "") + "//" + _authority(found[1] or "", found[2]) + _encoded(found[3])
    if ":" in plain.split("/", 1)[0].split("?", 1)[0].split("#", 1)[0] and not _SCHEME.match(plain):
        plain = "./" + plain  # RFC 3986 section 4.2: the first segment of a relative reference holds no colon
    return _encoded(plain)


def is_email(text: str) -> bool:
    """Is it an address that every validator accepts? Stricter than RFC 5321; what fails is written as text."""
    return _EMAIL.match(text) is not None


def _authority(scheme: str, text: str) -> str:
    user, _, place = text.rpartition("@")
    if not user or ":" in user or scheme.lower() in {"http:", "https:"}:
        return _place(place)
    return f"{_escaped(user).replace('@', '%40')}@{_place(place)}"


def _place(text: str) -> str:
    """Host and port; a port that is no number is git's way of writing a path (``git+ssh://git@host:owner/name``)."""
    if text.startswith("["):
        host, bracket, port = text[1:].partition("]")
        if bracket and _is_ipv6(host) and re.fullmatch(r"(:[0-9]{0,5})?", port):
            return f"[{host}]{port}"
    host, colon, port = text.partition(":")
    host = quote(host, safe="-._~")
    if re.fullmatch(r"[0-9]{0,5}", port):
        return host + colon + port
    return f"{host}/{_encoded(port)}"


def _is_ipv6(host: str) -> bool:
    try:
        ipaddress.IPv6Address(host)
    except ValueError:
        return False
    return "%" not in host


def _encoded(text: str) -> str:
    head, hash_, fragment = text.partition("#")
    return _escaped(head) + hash_ + _escaped(fragment).replace("#", "%23")


def _escaped(text: str) -> str:
    return _FORBIDDEN.sub(lambda found: quote(found[0], safe=""), text)


def public(text: str) -> str:
    """The address without its secrets, or nothing if it is a place on this machine, which means nothing elsewhere."""
    remote = _SCP.match(text) or _HIERARCHICAL.match(text) or text.startswith((".", "/"))
    return "" if not remote or text.startswith(("/", "file:", "\\")) else address(text)
