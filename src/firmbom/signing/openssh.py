"""OpenSSH's own forms of keys: ``openssh-key-v1`` private keys and one-line public keys.

Sources: OpenSSH PROTOCOL.key (the private form), RFC 4253 section 6.6 and sshd(8) "AUTHORIZED_KEYS FILE FORMAT" (the
public line). ``cryptography`` parses them; here they are recognised.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

LABEL = b"OPENSSH PRIVATE KEY"
"""Of the PEM block."""

MOST_ROUNDS = 1000
"""Of bcrypt; ``ssh-keygen`` takes 16 or 24, and 1000 are half a minute."""

_MAGIC = b"openssh-key-v1\0"
_LINE = re.compile(
    rb"^(?P<type>(?:sk-)?(?:ssh|ecdsa)-[a-z0-9@.-]{1,60}) +(?P<blob>[A-Za-z0-9+/]+={0,2})(?:[ \t]|\r?$)", re.MULTILINE
)
_ON_TOKEN = b"sk-"
"""How the types of keys begin that a FIDO token holds; of these the file has only a handle."""


def is_encrypted(text: bytes) -> bool:
    """Whether a private key's PEM block states another cipher than ``none``."""
    cipher, _ = _field(_body(text), len(_MAGIC))
    return bool(cipher) and cipher != b"none"


def refusal(text: bytes) -> str:
    """Why a private key's PEM block cannot sign here; empty where nothing speaks against it."""
    body = _body(text)
    _, place = _field(body, len(_MAGIC))  # cipher
    _, place = _field(body, place)  # key derivation
    options, place = _field(body, place)
    _, rounds = _field(options, 0)  # after the salt
    if int.from_bytes(options[rounds : rounds + 4], "big") > MOST_ROUNDS:
        return f"its passphrase is stretched over more than {MOST_ROUNDS} rounds"
    public, _ = _field(body, place + 4)  # after the number of keys
    kind, _ = _field(public, 0)
    if kind.startswith(_ON_TOKEN):
        return f"a key of type {kind.decode('ascii', 'replace')} is on a FIDO token, which signs only for SSH"
    return ""


def read_private(text: bytes, passphrase: bytes | None) -> Any:
    """The private key of ``cryptography``; raises whatever it raises."""
    from cryptography.hazmat.primitives.serialization import load_ssh_private_key

    return load_ssh_private_key(text, passphrase)


def public_lines(data: bytes) -> list[bytes]:
    """The lines of the text that are OpenSSH public keys, comments cut off."""
    return [found["type"] + b" " + found["blob"] for found in _LINE.finditer(data)]


def read_public(line: bytes) -> Any:
    """The public key of ``cryptography``; raises whatever it raises."""
    from cryptography.hazmat.primitives.serialization import load_ssh_public_key

    return load_ssh_public_key(line)


def _body(text: bytes) -> bytes:
    """The bytes inside the PEM block; empty when they are no OpenSSH key."""
    _, label, rest = text.partition(b"-----BEGIN " + LABEL + b"-----")
    if not label:
        return b""
    try:
        body = base64.b64decode(b"".join(rest.partition(b"-----")[0].split()), validate=True)
    except binascii.Error:
        return b""
    return body if body.startswith(_MAGIC) else b""


def _field(body: bytes, place: int) -> tuple[bytes, int]:
    """The string at ``place`` (RFC 4251 section 5: four bytes of length, then the bytes) and where the next one is."""
    end = place + 4 + int.from_bytes(body[place : place + 4], "big")
    return body[place + 4 : end], end
