"""A small document that names two images, keys that sign it, and the verdict on it."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

from firmbom.signing import jsf
from firmbom.signing.keys import PrivateKey, generate
from firmbom.verify import Verdict, verify

SMALL = json.loads((Path(__file__).parents[1] / "firmbom/signing/data/small.json").read_text(encoding="utf-8"))
ED, ED2, EC = generate("Ed25519"), generate("Ed25519"), generate("P-256")
IMAGES = {"boot.bin": b"boot image\n", "root.bin": b"root image\n"}
COMMIT = "0123456789abcdef0123456789abcdef01234567"


def written(document: Any) -> bytes:
    """As a file."""
    return json.dumps(document, indent=2, ensure_ascii=False).encode()


def signed(*keys: PrivateKey, **members: Any) -> dict[str, Any]:
    """The document with other members, signed by each of ``keys``, or by ED."""
    return jsf.sign(copy.deepcopy({**SMALL, **members}), keys or [ED])


def judge(document: Any, *keys: PrivateKey, **options: Any) -> Verdict:
    """The verdict of who has the public halves of ``keys``, or of ED."""
    return verify(written(document), keys=[key.public for key in keys or [ED]], **options)
