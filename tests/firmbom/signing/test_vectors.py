"""Objects that others signed: the vectors of the JSF specification's author."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from firmbom.errors import InputError
from firmbom.signing import jsf
from firmbom.signing.loading import load_public

FOLDER = Path(__file__).parents[3] / "../shared/vectors/jsf"
NAMES = sorted(file.name for file in FOLDER.glob("*.json"))
EXCLUDES, EXTENSIONS = ["myUnsignedData"], ["otherExt", "https://example.com/extension"]

pytestmark = pytest.mark.skipif(not NAMES, reason="the shared test vectors are not here")


def parts(name: str) -> tuple[list[tuple[str, str]], str]:
    """``key#algorithm,key#algorithm@how.json`` → the pairs, and how."""
    signers, how = name.removesuffix(".json").split("@")
    return [(key, algorithm) for key, _, algorithm in (one.partition("#") for one in signers.split(","))], how


def load(name: str) -> tuple[Any, str]:
    """The object, and the name of its signature member."""
    document = json.loads((FOLDER / name).read_bytes())
    return document, "authorizationSignature" if "name" in parts(name)[1] else "signature"


ASYMMETRIC = [name for name in NAMES if "#hs" not in name]


@pytest.mark.parametrize("name", ASYMMETRIC)
def test_every_signature_is_its_key_s(name: str) -> None:
    pairs, _ = parts(name)
    document, member = load(name)
    trusted = [load_public(str(FOLDER / f"keys/{key}publickey.pem")) for key, _ in pairs]
    checked = jsf.verify(document, trusted, member=member, excludes=EXCLUDES, extensions=EXTENSIONS)
    assert [(one.valid, one.trusted, one.key) for one in checked] == [(True, True, key) for key in trusted]
    assert [one.algorithm.lower() for one in checked] == [algorithm for _, algorithm in pairs]


@pytest.mark.parametrize("name", ASYMMETRIC)
def test_a_changed_object_is_not(name: str) -> None:
    pairs, _ = parts(name)
    document, member = load(name)
    if isinstance(document, list):
        document[0] = "changed"
    else:
        document["mySignedData" if "mySignedData" in document else "now"] = "changed"
    trusted = [load_public(str(FOLDER / f"keys/{key}publickey.pem")) for key, _ in pairs]
    checked = jsf.verify(document, trusted, member=member, excludes=EXCLUDES, extensions=EXTENSIONS)
    assert not any(one.valid for one in checked)


@pytest.mark.parametrize("name", [name for name in ASYMMETRIC if "cer" in name])
def test_a_certificate_stands_for_its_key(name: str) -> None:
    (key, _), *_ = parts(name)[0]
    trusted = load_public(str(FOLDER / f"keys/{key}certpath.pem"))
    assert trusted.note.startswith("certificate of CN=")
    assert jsf.verify(load(name)[0], [trusted])[0].trusted


@pytest.mark.parametrize("name", [name for name in ASYMMETRIC if "excl" in name or "exts" in name])
def test_excludes_and_extensions_are_refused_unless_allowed(name: str) -> None:
    with pytest.raises(InputError, match="is refused"):
        jsf.verify(load(name)[0], [])


@pytest.mark.parametrize("name", [name for name in NAMES if "#hs" in name])
def test_hmac_is_refused_with_the_reason(name: str) -> None:
    (checked,) = jsf.verify(load(name)[0], [])
    assert checked.valid is False
    assert "proves nothing to a third party" in checked.reason
