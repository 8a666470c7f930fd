"""The values: digests that cannot be wrong, components that rest on claims, JSON and back."""

from __future__ import annotations

import base64
import hashlib

import msgspec
import pytest

from firmbom.errors import FirmbomError, printable
from firmbom.identity import purl
from firmbom.model import ROOT, Algorithm, Basis, Claim, Component, ComponentSet, Digest, Location, nested_ref

SHA256 = hashlib.sha256(b"").hexdigest()
CLAIM = Claim(Basis.LOCKFILE, Location("lock", line=3))


@pytest.mark.parametrize("algorithm", ["sha256", "SHA-256", "sha_256", "Sha256"])
def test_an_algorithm_has_many_spellings(algorithm: str) -> None:
    assert Digest.named(algorithm, SHA256.upper()) == Digest(Algorithm.SHA256, SHA256)


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_every_algorithm_is_found_by_its_own_name(algorithm: Algorithm) -> None:
    lengths = {"MD5": 32, "SHA-1": 40}
    length = lengths.get(algorithm) or int(algorithm.value.rpartition("-")[2].removeprefix("BLAKE3") or 256) // 4
    assert Digest.named(algorithm, "0" * length).algorithm is algorithm


@pytest.mark.parametrize(
    ("algorithm", "value"),
    [("sha256", ""), ("sha256", "0" * 63), ("sha256", "g" * 64), ("sha256", "0" * 64 + "\n0"), ("crc32", "00000000")],
)
def test_a_digest_that_does_not_fit_is_refused(algorithm: str, value: str) -> None:
    with pytest.raises(ValueError, match="digest"):
        Digest.named(algorithm, value)


def test_integrity_text() -> None:
    raw = hashlib.sha512(b"x").digest()
    text = f"sha512-{base64.b64encode(raw).decode()}?opt sha1-{base64.b64encode(raw[:20]).decode()}"
    long, short = Digest.from_sri(text)
    assert (long.value, short.algorithm) == (raw.hex(), Algorithm.SHA1)


@pytest.mark.parametrize("text", ["sha512", "sha512-!!", "sha512-AAAA", "md9-AAAA"])
def test_integrity_text_that_is_none(text: str) -> None:
    with pytest.raises(ValueError, match=r"integrity|digest"):
        Digest.from_sri(text)


def test_a_component_rests_on_a_claim() -> None:
    with pytest.raises(ValueError, match="no claim"):
        Component(purl=purl("npm", "a"), name="a", claims=())


def test_a_ref_tells_the_container() -> None:
    wheel = Component(purl=purl("pypi", "a", "1"), name="a", version="1", claims=(CLAIM,))
    crate = Component(purl=purl("cargo", "b", "2"), name="b", claims=(CLAIM,), within=wheel.ref)
    assert (wheel.ref, crate.ref) == ("pkg:pypi/a@1", "pkg:pypi/a@1!pkg:cargo/b@2")
    assert nested_ref(ROOT, wheel.purl) == wheel.ref


def test_a_set_survives_json() -> None:
    component = Component(purl=purl("npm", "a", "1"), name="a", version="1", claims=(CLAIM,))
    one = ComponentSet(components=(component,))
    assert msgspec.json.decode(msgspec.json.encode(one), type=ComponentSet) == one


def test_json_that_is_no_set_is_answered_with_the_place() -> None:
    with pytest.raises(msgspec.ValidationError, match=r"components\[0\]"):
        msgspec.json.decode(b'{"components": [{"purl": "x", "name": "a", "claims": []}]}', type=ComponentSet)


def test_an_error_is_one_line_that_says_what_where_and_what_to_do() -> None:
    error = FirmbomError("is\x1b[2J no\nlock", path="a/b", place="line 3", remedy="write it anew")
    assert str(error) == r"a/b: line 3: is\x1b[2J no\nlock (write it anew)"
    assert error.within("a/b") == r"line 3: is\x1b[2J no\nlock (write it anew)"
    assert str(FirmbomError("just so")) == "just so"
    assert printable("ä\ud800\t") == r"ä\ud800\t"
