"""A product as a CI job finds it, and the key that its secrets hold."""

from __future__ import annotations

import sys
from pathlib import Path

from firmbom.signing.keys import generate

FIRMBOM = Path(sys.executable).with_name("firmbom")
PASSPHRASE = 'open "sesame" $HOME'  # noqa: S105 - of keys that live as long as a test


def product_in(beside: Path) -> Path:
    """A folder with a lockfile, an image, and a place for keys."""
    folder = beside / "product"
    (folder / "keys").mkdir(parents=True)
    (folder / "requirements.txt").write_text("idna==3.6\n")
    (folder / "firmware.img").write_bytes(b"image")
    return folder


def key_pair() -> tuple[str, str]:
    """A private key with the passphrase, and its public key."""
    made = generate()
    return made.pem(PASSPHRASE.encode()).decode(), made.public.pem().decode()
