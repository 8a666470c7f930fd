"""Attacks on signed documents: what somebody does, and what must be answered.

One list, :data:`ATTACKS`, for the tests (each must end as it says here) and for ``benchmarks/attacks.py``, which puts
the same files before other verifiers and writes the table of docs/red-team.md. More attacks are more rows: a module of
its own beside this one makes a tuple of :class:`~attempts.Attack` (of attestations, of bundles), and :data:`GROUPS`
takes it in under a heading.
"""

from collections.abc import Mapping

from attempts import (
    Attack,
    Attempt,
    algorithm,
    another_in_chain,
    back_dated,
    below_leaf,
    borrowed,
    by_certificate,
    changed,
    claims_release_key,
    colleague,
    document,
    evil,
    example_ca,
    excluding,
    from_array,
    in_der,
    names_release_key,
    nested,
    replayed,
    resigned,
    respelt,
    second_dropped,
    second_dropped_but_asked,
    signed,
    small_order,
    text,
    twin,
    with_mac,
    zeros,
)
from attestations import ATTESTATIONS
from authority import certificate
from cryptography.x509.oid import ExtendedKeyUsageOID
from envelopes import BUNDLES_AND_LINES

SIGNATURE = (
    Attack("content changed", "changes a version", changed(evil), "the document was changed"),
    Attack("stripped", "takes the signature out", changed(lambda bom: bom.pop("signature")), "no signature of its own"),
    Attack("nested only", "leaves signatures of parts alone", changed(nested), "inside it cover only parts"),
    Attack("empty", "leaves an empty signature", changed(lambda bom: bom.update(signature={})), "algorithm 'None'"),
    Attack(
        "no signers", "empties the list", changed(lambda bom: bom.update(signature={"signers": []})), "not a list of"
    ),
    Attack("null", "sets it to null", changed(lambda bom: bom.update(signature=None)), "signature is not an object"),
    Attack("in a list", "wraps it in a list", changed(from_array), "signature is not an object"),
    Attack("in a chain", "wraps it in a chain", changed(another_in_chain), "the document was changed"),
    Attack("excludes", "declares the components unsigned", changed(excluding), "'components' leaves members unsigned"),
    Attack(
        "extensions",
        "declares an extension",
        changed(lambda bom: bom["signature"].update(extensions=["x"], x=1)),
        "'x' is not understood",
    ),
    Attack("zero signature", "sets R and S to zero (CVE-2022-21449)", changed(zeros), "the document was changed"),
    Attack("DER", "spells the same signature in DER", changed(in_der), "the document was changed"),
    Attack(
        "padded base64",
        "appends a = to the value",
        changed(lambda bom: bom["signature"].update(value=bom["signature"]["value"] + "=")),
        "not base64url without padding",
    ),
    Attack(
        "second signature dropped",
        "removes a signature that is not asked for",
        second_dropped,
        "signature  passed",
        "",
        "name every signer: `--key` for each, or a policy",
    ),
    Attack(
        "dropped, but asked for",
        "the same, and the verifier asks for both",
        second_dropped_but_asked,
        "no signature by",
    ),
    Attack(
        "ECDSA twin",
        "replaces S by n - S, which is as valid",
        changed(twin),
        "signature  passed",
        "",
        "the content is the same; do not tell documents apart by the bytes of their signature",
    ),
)

ALGORITHMS = (
    Attack("none", "states `none`", changed(algorithm("none")), "algorithm 'none' is refused: an unsigned"),
    Attack(
        "HMAC with the public key",
        "states HS256, the public key as secret",
        changed(with_mac),
        "an HMAC proves nothing",
    ),
    Attack("RS256 for an EC key", "states another family", changed(algorithm("RS256")), "RS256 does not fit P-256"),
    Attack("ES384 for ES256", "states another curve", changed(algorithm("ES384")), "ES384 does not fit P-256"),
    Attack("PS256 as RS256", "states another padding", changed(algorithm("RS256"), "rsa"), "the document was changed"),
    Attack("PS256 as PS512", "states another digest", changed(algorithm("PS512"), "rsa"), "the document was changed"),
    Attack("lower case", "states `es256`", changed(algorithm("es256")), "algorithm 'es256' is refused"),
    Attack("URI", "states a URI", changed(algorithm("https://example.com/alg")), "algorithm 'https://.*' is refused"),
)

KEYS = (
    Attack(
        "own key", "signs with a key that the document brings along", changed(resigned), "no signature by P-256 key"
    ),
    Attack(
        "own key, other name",
        "and calls it by the release key's id",
        changed(claims_release_key),
        "no signature by P-256",
    ),
    Attack("no key, other name", "and brings none along", changed(names_release_key), "was changed, or another key"),
    Attack(
        "private parts",
        "adds a member to the key",
        changed(lambda bom: bom["signature"]["publicKey"].update(d="AA")),
        "must have just the members",
    ),
    Attack(
        "point off the curve",
        "puts a point there that is not on the curve",
        changed(lambda bom: bom["signature"]["publicKey"].update(y=bom["signature"]["publicKey"]["x"])),
        "publicKey is not a key",
    ),
    Attack(
        "small order", "uses a key for which any signature is good", changed(small_order), "anybody can sign for it"
    ),
)

JSON = (
    Attack(
        "key twice",
        "puts other components before the signed ones",
        respelt(
            '"components": [\n  {\n   "type": "library"',
            '"components": [],\n "components": [\n  {\n   "type": "library"',
        ),
        "key 'components' stands twice",
    ),
    Attack(
        "key twice, escaped",
        "and spells the name with an escape",
        respelt('"version": 1,', '"version": 1,\n "\\u0063omponents": [],'),
        "key 'components' stands twice",
    ),
    Attack(
        "look-alike key",
        "adds `components` with its first letter in Cyrillic",
        respelt('"version": 1,', '"version": 1,\n "\u0441omponents": [],'),
        "the document was changed",
    ),
    Attack(
        "look-alike signature",
        "renames `signature` with a Greek letter",
        respelt('"signature": {', '"s\u03b9gnature": {'),
        "no signature of its own",
    ),
    Attack(
        "decomposed letter",
        "spells é as e and an accent",
        respelt('"caf\u00e9"', '"cafe\u0301"'),
        "the document was changed",
    ),
    Attack(
        "half a surrogate pair",
        "adds a text that is no text",
        respelt('"gateway"', '"gateway\\ud800"'),
        "half of a surrogate pair",
    ),
    Attack("NaN", "writes a number that is none", respelt('"version": 1', '"version": NaN'), "NaN is not JSON"),
    Attack(
        "huge exponent",
        "writes 1e999999999",
        respelt('"version": 1', '"version": 1e999999999'),
        "beyond what a double holds",
    ),
    Attack(
        "tiny exponent",
        "writes 1e-999999999",
        respelt('"version": 1', '"version": 1e-999999999'),
        "beyond what a double holds",
    ),
    Attack(
        "too many digits",
        "writes 1.00000000000000000001, which many readers take for 1",
        respelt('"version": 1', '"version": 1.00000000000000000001'),
        "beyond what a double holds",
    ),
    Attack(
        "integer beyond 53 bits",
        "writes 2^53 + 1, which many readers take for 2^53",
        respelt('"version": 1', '"version": 9007199254740993'),
        "beyond 53 bits",
    ),
    Attack(
        "a million digits",
        "writes a number to choke on",
        respelt('"version": 1', f'"version": {"9" * 10**6}'),
        "not JSON",
    ),
    Attack(
        "nested deeply",
        "writes 100,000 brackets",
        respelt('"version": 1', f'"version": {"[" * 10**5}{"]" * 10**5}'),
        "nested too deeply",
    ),
    Attack(
        "second document",
        "appends another document",
        lambda: Attempt((text(signed()) + text(document())).encode()),
        "not JSON",
    ),
    Attack("comment", "writes a comment", respelt('"version": 1', '/* */ "version": 1'), "not JSON"),
    Attack(
        "other spelling",
        "writes 1.0 for 1, and other white space",
        respelt('"version": 1', '"version"   : 1.0'),
        "signature  passed",
        "",
        "every reader reads the same",
    ),
)

CERTIFICATES = (
    Attack(
        "expired",
        "signs with an expired certificate",
        by_certificate(lambda: (certificate("Release", example_ca(), days=(-9, -1)),)),
        "expired on 2026-02-28",
    ),
    Attack(
        "not yet valid",
        "signs with one of the future",
        by_certificate(lambda: (certificate("Release", example_ca(), days=(1, 9)),)),
        "not valid before 2026-03-02",
    ),
    Attack(
        "wrong CA",
        "has a CA of the same name",
        by_certificate(lambda: (certificate("Release", certificate("Example CA", ca=True)),)),
        "no CA given issued it",
    ),
    Attack(
        "self-signed",
        "makes a certificate of their own",
        by_certificate(lambda: (certificate("Release"),)),
        "no CA given issued it",
    ),
    Attack(
        "issued by a holder",
        "issues one with a certificate that is no CA's",
        by_certificate(below_leaf),
        "CN=Somebody: it is no CA's",
    ),
    Attack(
        "server certificate",
        "signs with a certificate for TLS",
        by_certificate(lambda: (certificate("Release", example_ca(), purposes=[ExtendedKeyUsageOID.SERVER_AUTH]),)),
        "lacks codeSigning",
    ),
    Attack(
        "wrong key usage",
        "signs with a certificate for encryption",
        by_certificate(lambda: (certificate("Release", example_ca(), usage=["key_encipherment"]),)),
        "lacks digitalSignature",
    ),
    Attack(
        "borrowed certificate",
        "puts another's certificate beside an own signature",
        borrowed,
        "was changed, or another key",
    ),
    Attack(
        "another holder",
        "has a good certificate of the same CA; the policy names the holder",
        colleague,
        "the one asked for is of CN=Release",
    ),
    Attack(
        "another holder, unnamed",
        "the same, and the verifier names the CA only",
        by_certificate(lambda: (certificate("Colleague", example_ca()),)),
        "signature  passed",
        "",
        "name the holder: `subject` in a policy, or `--key`",
    ),
    Attack(
        "revoked",
        "signs with a stolen key whose certificate was revoked",
        by_certificate(lambda: (certificate("Release", example_ca()),)),
        "signature  passed",
        "",
        "revocation is not looked at: name the keys with `--key`, or issue certificates for days",
    ),
)

REPLAY = (
    Attack(
        "older SBOM, newer image",
        "hands out last release's document",
        replayed("--image", "firmware.img"),
        "firmware.img is no image of the document",
        "image",
    ),
    Attack(
        "image not shown",
        "the same, and nobody gives the image",
        replayed("--policy", "policy.toml", policy='[images]\nshown = ["*"]\n'),
        "firmware.img was not shown",
        "policy",
    ),
    Attack(
        "too old",
        "the same, and the policy limits the age",
        replayed("--policy", "policy.toml", "--at", "2026-06-01", policy="[document]\nmax_age_days = 90\n"),
        "149 days old, more than 90",
        "policy",
    ),
    Attack(
        "nothing but the key",
        "the same, and the verifier asks for no image and no age",
        replayed(),
        "signature  passed",
        "",
        "give `--image`, or write a policy",
    ),
    Attack(
        "back-dated by the signer",
        "the holder of the key states an old time",
        changed(back_dated),
        "signature  passed",
        "",
        "times are the signer's word; archive documents when they arrive",
    ),
)

GROUPS: Mapping[str, tuple[Attack, ...]] = {
    "The signature": SIGNATURE,
    "The algorithm": ALGORITHMS,
    "The key": KEYS,
    "The JSON": JSON,
    "Certificates": CERTIFICATES,
    "Replay": REPLAY,
    "Attestations": ATTESTATIONS,
    "Bundles, and several attestations in a file": BUNDLES_AND_LINES,
}
"""The attacks by what they are aimed at, as the documentation orders them."""

ATTACKS = tuple(attack for group in GROUPS.values() for attack in group)
