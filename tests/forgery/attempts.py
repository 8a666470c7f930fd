"""What attackers lay before a verifier: forged documents, and the files around them."""

import copy
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from authority import NOW, Holder, certificate
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from firmbom.signing import base64url, jcs
from firmbom.signing.jsf import sign
from firmbom.signing.keys import PrivateKey, generate

Json = dict[str, Any]

_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of P-256's base point (SEC 2 section 2.4.2)."""


class Attempt(NamedTuple):
    """What lies before the verifier."""

    bom: bytes
    """``bom.json``: what arrived."""
    options: tuple[str, ...] = ("--key", "release.pub")
    """Of ``firmbom verify bom.json``."""
    files: Mapping[str, bytes] = {}
    """What the verifier has, by name; ``release.pub`` is always there."""


class Attack(NamedTuple):
    """A row."""

    name: str
    does: str
    """What the attacker does, in a few words."""
    make: Callable[[], Attempt]
    said: str
    """A pattern of the answer that refuses it; where it is not defended, of what makes it pass."""
    question: str = "signature"
    """The line of ``verify`` that fails; empty: the attack is not defended, and the document passes."""
    instead: str = ""
    """Where it is not defended: what to do about it."""


@cache
def key(name: str) -> PrivateKey:
    """A key by the name of its holder; ``release`` is the one that the verifier trusts."""
    return generate({"rsa": "RSA-2048", "ed": "Ed25519"}.get(name, "P-256"))


IMAGE = b"firmware 1.4.0\n"
NEWER = b"firmware 1.5.0, with the same name\n"


def document() -> Json:
    """A small SBOM of an image."""
    hashes = [
        {"alg": "SHA-256", "content": hashlib.sha256(IMAGE).hexdigest()},
        {"alg": "SHA-512", "content": hashlib.sha512(IMAGE).hexdigest()},
    ]
    image = {"type": "firmware", "bom-ref": "image:firmware.img", "name": "firmware.img", "hashes": hashes}
    component = {"type": "library", "bom-ref": "pkg:generic/openssl@3.0.1", "name": "openssl", "version": "3.0.1"}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
        "version": 1,
        "metadata": {
            "timestamp": "2026-01-02T03:04:05Z",
            "component": {"type": "firmware", "bom-ref": "product", "name": "gateway", "components": [image]},
        },
        "components": [component, {**component, "bom-ref": "café", "name": "café", "version": "1"}],
    }


def signed(*holders: str, **options: Any) -> Json:
    """The document, signed by the holders of keys."""
    return sign(document(), [key(name) for name in holders or ("release",)], **options)


def text(value: Any) -> str:
    """As a file."""
    return json.dumps(value, ensure_ascii=False, indent=1)


def changed(change: Callable[[Json], object], *holders: str) -> Callable[[], Attempt]:
    """The signed document after ``change`` was done to it."""

    def make() -> Attempt:
        bom = copy.deepcopy(signed(*holders))
        change(bom)
        files = {"release.pub": key(holders[0]).public.pem()} if holders else {}
        return Attempt(text(bom).encode("utf-8", "surrogatepass"), files=files)

    return make


def respelt(old: str, new: str) -> Callable[[], Attempt]:
    """The signed document with a piece of its text replaced, whatever that makes of it."""

    def make() -> Attempt:
        before = text(signed())
        assert old in before
        return Attempt(before.replace(old, new, 1).encode("utf-8", "surrogatepass"))

    return make


def evil(bom: Json) -> None:
    bom["components"][0]["version"] = "3.0.99"


def resigned(bom: Json, **members: Any) -> None:
    """Change the content and sign it with the attacker's key, then put ``members`` into the signature."""
    evil(bom)
    bom.update(sign({name: value for name, value in bom.items() if name != "signature"}, [key("attacker")]))
    bom["signature"].update(members)


def _forged(bom: Json, entry: Json, make: Callable[[bytes], bytes]) -> None:
    """Change the content and put a signature there that the attacker has made in a way of their own."""
    evil(bom)
    bom["signature"] = entry
    bom["signature"] = {**entry, "value": base64url.encode(make(jcs.canonical(bom)))}


def with_mac(bom: Json) -> None:
    secret = key("release").public.pem()
    _forged(bom, {"algorithm": "HS256"}, lambda data: hmac.digest(secret, data, "sha256"))


def claims_release_key(bom: Json) -> None:
    entry = {"algorithm": "ES256", "keyId": key("release").key_id, "publicKey": key("attacker").public.jwk}
    _forged(bom, entry, key("attacker").sign)


def names_release_key(bom: Json) -> None:
    _forged(bom, {"algorithm": "ES256", "keyId": key("release").key_id}, key("attacker").sign)


def nested(bom: Json) -> None:
    entry = bom.pop("signature")
    bom["components"][0] = sign(bom["components"][0], [key("release")])
    bom["metadata"]["signature"] = entry
    evil(bom)


def excluding(bom: Json) -> None:
    bom["signature"]["excludes"] = ["components"]
    evil(bom)


def another_in_chain(bom: Json) -> None:
    bom["signature"] = {"chain": [bom["signature"]]}
    evil(bom)


def from_array(bom: Json) -> None:
    bom["signature"] = [bom["signature"]]


def in_der(bom: Json) -> None:
    raw = base64url.decode(bom["signature"]["value"], "value")
    numbers = (int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    bom["signature"]["value"] = base64url.encode(encode_dss_signature(*numbers))


def twin(bom: Json) -> None:
    raw = base64url.decode(bom["signature"]["value"], "value")
    other = (_ORDER - int.from_bytes(raw[32:], "big")).to_bytes(32, "big")
    bom["signature"]["value"] = base64url.encode(raw[:32] + other)


def zeros(bom: Json) -> None:
    evil(bom)
    bom["signature"]["value"] = base64url.encode(bytes(64))


def small_order(bom: Json) -> None:
    point = base64url.encode(bytes([1]) + bytes(31))
    entry = {"algorithm": "Ed25519", "publicKey": {"kty": "OKP", "crv": "Ed25519", "x": point}}
    _forged(bom, entry, lambda _: bytes([1]) + bytes(63))


def algorithm(name: str) -> Callable[[Json], None]:
    def change(bom: Json) -> None:
        bom["signature"]["algorithm"] = name

    return change


def back_dated(bom: Json) -> None:
    """What the holder of the key can do: state any time."""
    bom.update(sign({**document(), "metadata": {"timestamp": "2001-01-01T00:00:00Z"}}, [key("release")]))


def second_dropped() -> Attempt:
    bom = signed("release", "quality")
    bom["signature"]["signers"].pop()
    return Attempt(text(bom).encode())


def second_dropped_but_asked() -> Attempt:
    found = second_dropped()
    return found._replace(
        options=("--key", "release.pub", "--key", "quality.pub"), files={"quality.pub": key("quality").public.pem()}
    )


def replayed(*options: str, policy: str = "") -> Callable[[], Attempt]:
    """The document of the old image, whatever lies beside it."""
    files = {"firmware.img": NEWER, "policy.toml": policy.encode()}
    return lambda: Attempt(text(signed()).encode(), ("--key", "release.pub", *options), files)


@cache
def example_ca() -> Holder:
    return certificate("Example CA", ca=True)


def by_certificate(make: Callable[[], tuple[Holder, ...]], *options: str) -> Callable[[], Attempt]:
    """A document that the holder of a certificate signed; the verifier trusts the example CA."""

    def attempt() -> Attempt:
        chain = make()
        signer = chain[0].key.certified([one.der for one in chain])
        asked = ("--ca", "ca.pem", "--at", NOW.isoformat(), *options)
        files = {"ca.pem": example_ca().pem, "release.pub": signer.public.pem()}
        return Attempt(text(sign(document(), [signer])).encode(), asked, files)

    return attempt


def borrowed() -> Attempt:
    """Somebody else's certificate beside the attacker's signature."""
    good = certificate("Release", example_ca())
    bom = document()
    path = [base64url.encode(good.der)]
    _forged(bom, {"algorithm": "ES256", "certificatePath": path}, key("attacker").sign)
    asked = ("--ca", "ca.pem", "--at", NOW.isoformat())
    return Attempt(text(bom).encode(), asked, {"ca.pem": example_ca().pem, "release.pub": good.key.public.pem()})


def below_leaf() -> tuple[Holder, ...]:
    middle = certificate("Somebody", example_ca())
    return certificate("Release", middle), middle


_SUBJECT = '[[signers]]\nca = "ca.pem"\nsubject = "CN=Release"\n'


def colleague() -> Attempt:
    found = by_certificate(lambda: (certificate("Colleague", example_ca()),))()
    options = ("--policy", "policy.toml", "--at", NOW.isoformat())
    return found._replace(options=options, files={**found.files, "policy.toml": _SUBJECT.encode()})


def lay(attempt: Attempt, folder: Path) -> None:
    """Write the files of an attempt."""
    for name, data in {"release.pub": key("release").public.pem(), **attempt.files, "bom.json": attempt.bom}.items():
        (folder / name).write_bytes(data)
