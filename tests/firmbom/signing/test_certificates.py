"""Chains of certificates: which lead to a CA, and why the others do not; openssl is asked the same."""

from __future__ import annotations

import datetime
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest
from authority import NOW, Holder, certificate
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given, settings
from hypothesis import strategies as st

from firmbom.errors import ConfigError, InputError
from firmbom.signing import certificates
from firmbom.signing.keys import generate
from firmbom.signing.loading import load_chain

ROOT = certificate("Root", ca=True)
INTER = certificate("Inter", ROOT, ca=True, below=0)
ED_ROOT = certificate("Ed Root", ca=True, key=generate("Ed25519"))
RSA_ROOT = certificate("RSA Root", ca=True, key=generate("RSA-2048"), usage=[])
OTHER = certificate("Root", ca=True)
"""Another CA of the same name."""

UNKNOWN = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.99999.1"), b"\x05\x00")
CONSTRAINED = x509.NameConstraints(permitted_subtrees=[x509.DNSName("example.com")], excluded_subtrees=None)


class Case(NamedTuple):
    """A chain, the CAs that are trusted, and why it is refused."""

    chain: Sequence[Holder]
    anchors: Sequence[Holder]
    said: str = ""
    openssl: bool | None = None
    """What openssl says of it where it differs; it knows no purpose of signing documents."""


def leaf(issuer: Holder = ROOT, **options: object) -> Holder:
    return certificate("Release", issuer, **options)  # type: ignore[arg-type]  # handed on as they are


GOOD = leaf(INTER)
CASES: dict[str, Callable[[], Case]] = {
    "below the CA": lambda: Case([leaf()], [ROOT]),
    "with an intermediate": lambda: Case([GOOD, INTER], [ROOT]),
    "the CA at its end": lambda: Case([GOOD, INTER, ROOT], [ROOT]),
    "trusted from the intermediate": lambda: Case([GOOD, INTER], [INTER], openssl=False),
    "one of several CAs": lambda: Case([GOOD, INTER], [OTHER, ED_ROOT, ROOT]),
    "Ed25519 CA": lambda: Case([leaf(ED_ROOT, key=generate("Ed25519"))], [ED_ROOT]),
    "RSA CA without key usage": lambda: Case([leaf(RSA_ROOT, purposes=[], usage=[], ca=None)], [RSA_ROOT]),
    "unknown extension, not critical": lambda: Case([leaf(extra=[(UNKNOWN, False)])], [ROOT]),
    "known extension, critical": lambda: Case(
        [leaf(extra=[(x509.SubjectAlternativeName([x509.RFC822Name("a@example.com")]), True)])], [ROOT]
    ),
    "expired": lambda: Case([leaf(days=(-30, -1))], [ROOT], "Release: expired on 2026-02-28 12:00:00 UTC"),
    "not yet valid": lambda: Case([leaf(days=(1, 30))], [ROOT], "Release: not valid before 2026-03-02 12:00:00 UTC"),
    "expired intermediate": lambda: _below(certificate("Old", ROOT, ca=True, days=(-30, -1)), "Old: expired on"),
    "expired CA": lambda: _under(certificate("Old", ca=True, days=(-30, -1)), "Old: expired on"),
    "wrong CA": lambda: Case([GOOD, INTER], [ED_ROOT], "Release: no CA given issued it, or what it leads to"),
    "another CA of the same name": lambda: Case([GOOD, INTER], [OTHER], "Release: no CA given issued it"),
    "missing intermediate": lambda: Case([GOOD], [ROOT], "Release: no CA given issued it"),
    "out of order": lambda: Case([GOOD, ROOT, INTER], [ED_ROOT], "certificate 2 did not issue certificate 1", False),
    "self-signed": lambda: Case([certificate("Release")], [ROOT], "Release: no CA given issued it"),
    "self-signed and given as CA": lambda: _same(certificate("Release"), "Release: it is no CA's", openssl=True),
    "the CA itself signs": lambda: _same(ROOT, "Root: a CA's certificate signs certificates", openssl=True),
    "intermediate is no CA": lambda: _below(certificate("Team", ROOT), "Team: it is no CA's"),
    "intermediate without basicConstraints": lambda: _below(
        certificate("Team", ROOT, ca=None, usage=["key_cert_sign"], purposes=[]), "Team: it is no CA's"
    ),
    "too long a path": lambda: _too_long("Inter: its path length allows 0 CAs below it, and there are 1"),
    "no digitalSignature": lambda: Case(
        [leaf(usage=["key_encipherment"])], [ROOT], "Release: its key usage lacks digitalSignature", True
    ),
    "no keyCertSign": lambda: _below(
        certificate("Odd", ROOT, ca=True, usage=["crl_sign"]), "Odd: its key usage lacks keyCertSign"
    ),
    "server certificate": lambda: Case(
        [leaf(purposes=[ExtendedKeyUsageOID.SERVER_AUTH])], [ROOT], "lacks codeSigning", True
    ),
    "CA for servers": lambda: _below(
        certificate("Web", ROOT, ca=True, purposes=[ExtendedKeyUsageOID.SERVER_AUTH]), "Web: .*codeSigning", True
    ),
    "unknown critical extension": lambda: Case(
        [leaf(extra=[(UNKNOWN, True)])], [ROOT], "critical extension 1.3.6.1.4.1.99999.1 is not understood"
    ),
    "name constraints": lambda: _below(
        certificate("Tight", ROOT, ca=True, extra=[(CONSTRAINED, True)]), "Tight: name constraints are not", True
    ),
    "short digest": lambda: Case([leaf(digest=hashes.SHA224())], [ROOT], "Release: signed with SHA224, which", True),
    "signed by another key": lambda: Case(
        [leaf(certificate("Thief"), named_by="Root")], [ROOT], "Release: no CA given issued it"
    ),
    "weak curve": lambda: _below(_weak(), "Weak: curve secp256k1 is refused", True),
}


def _same(holder: Holder, said: str, *, openssl: bool | None = None) -> Case:
    return Case([holder], [holder], said, openssl)


def _below(inter: Holder, said: str, openssl: bool | None = None) -> Case:
    return Case([leaf(inter), inter], [ROOT], said, openssl)


def _under(root: Holder, said: str) -> Case:
    return Case([leaf(root)], [root], said)


def _too_long(said: str) -> Case:
    deep = certificate("Deep", INTER, ca=True)
    return Case([leaf(deep), deep, INTER], [ROOT], said)


def _weak() -> Holder:
    from cryptography.hazmat.primitives.asymmetric import ec

    holder = certificate("Weak", ROOT, ca=True)
    key = ec.generate_private_key(ec.SECP256K1())
    made = (
        x509.CertificateBuilder()
        .subject_name(holder.certificate.subject)
        .issuer_name(ROOT.certificate.subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW - datetime.timedelta(days=1))
        .not_valid_after(NOW + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(ROOT.key.key, hashes.SHA256())
    )
    signer = generate("P-256")
    return Holder(made, type(signer)(public=signer.public, algorithm="ES256", make=signer.make, key=key))


def judged(case: Case, at: datetime.datetime = NOW) -> certificates.Certified:
    return certificates.certified([one.der for one in case.chain], [one.der for one in case.anchors], at)


@pytest.mark.parametrize("name", CASES)
def test_the_verdict(name: str) -> None:
    case = CASES[name]()
    if case.said:
        with pytest.raises(InputError, match=case.said) as caught:
            judged(case)
        assert "\n" not in str(caught.value)
    else:
        found = judged(case)
        assert (found.subject, found.key.id) == ("CN=Release", case.chain[0].key.key_id)
        assert "certificate of CN=Release, issued by CN=" in found.key.note


HANGS_ON_THE_CA = (
    "expired CA",
    "wrong CA",
    "another CA of the same name",
    "missing intermediate",
    "self-signed",
    "self-signed and given as CA",
    "signed by another key",
)
"""What who signs cannot see: it is not in the chain."""


@pytest.mark.parametrize("name", [name for name in CASES if name != "out of order"])  # which check_order refuses
def test_who_signs_is_told_what_every_verifier_will_refuse(name: str) -> None:
    case = CASES[name]()
    told = certificates.doubts([one.der for one in case.chain], NOW)
    assert bool(told) == bool(case.said and name not in HANGS_ON_THE_CA)
    assert not told or re.search(case.said, told[0])


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed")
@pytest.mark.parametrize("name", CASES)
def test_openssl_agrees(name: str, tmp_path: Path) -> None:
    case = CASES[name]()
    (tmp_path / "leaf").write_bytes(case.chain[0].pem)
    (tmp_path / "rest").write_bytes(b"".join(one.pem for one in case.chain[1:]) or ROOT.pem)
    (tmp_path / "anchors").write_bytes(b"".join(one.pem for one in case.anchors))
    command = ["openssl", "verify", "-no-CApath", "-no-CAstore", "-attime", str(int(NOW.timestamp()))]
    command += ["-CAfile", "anchors", "-untrusted", "rest", "leaf"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    expected = (not case.said) if case.openssl is None else case.openssl
    assert (done.returncode == 0) is expected, done.stderr


@pytest.mark.parametrize(("days", "good"), [(-30, True), (-30.001, False), (335, True), (335.001, False)])
def test_both_ends_of_the_validity_belong_to_it(days: float, good: bool) -> None:
    case, at = Case([leaf()], [certificate("Root", ca=True, key=ROOT.key, days=(-99, 999))]), NOW
    at += datetime.timedelta(days=days)
    if good:
        assert judged(case, at).subject
    else:
        with pytest.raises(InputError, match=r"expired on|not valid before"):
            judged(case, at)


@pytest.mark.parametrize("count", [0, 11])
def test_the_length_is_bounded(count: int) -> None:
    with pytest.raises(InputError, match=f"{count} certificates instead of 1 to 10"):
        judged(Case([GOOD] * count, [ROOT]))


def test_a_certificate_without_a_name_is_named_by_its_number() -> None:
    holder = certificate("", ROOT, days=(-2, -1))
    with pytest.raises(InputError, match=f"certificate of serial number {holder.certificate.serial_number:x}: expired"):
        judged(Case([holder], [ROOT]))


def test_a_signature_is_whole_bytes() -> None:
    at = len(GOOD.der) - len(x509.load_der_x509_certificate(GOOD.der).signature) - 1
    for unused in range(1, 8):
        changed = GOOD.der[:at] + bytes([unused]) + GOOD.der[at + 1 :]
        with pytest.raises(InputError):
            certificates.certified([changed, INTER.der], [ROOT.der], NOW)


@given(at=st.integers(0, len(GOOD.der) - 1), bit=st.integers(0, 7))
@settings(max_examples=80)
def test_a_changed_bit_never_passes_and_never_raises_anything_else(at: int, bit: int) -> None:
    changed = bytearray(GOOD.der)
    changed[at] ^= 1 << bit
    with pytest.raises(InputError):
        certificates.certified([bytes(changed), INTER.der], [ROOT.der], NOW)


def test_a_chain_is_read_from_pem() -> None:
    data = b"subject=Release\n" + GOOD.pem + INTER.pem
    chain = certificates.read_chain("chain.pem", data)
    assert chain == (GOOD.der, INTER.der)
    assert certificates.check_order("chain.pem", chain).id == GOOD.key.key_id


def test_a_variable_may_hold_a_chain() -> None:
    environment = {"CHAIN": (GOOD.pem + INTER.pem).decode()}
    assert load_chain("env:CHAIN", environment=environment) == (GOOD.der, INTER.der)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "chain.pem: holds no certificate in PEM"),
        (GOOD.pem + GOOD.key.pem(), "chain.pem: holds a private key"),
        (GOOD.pem.replace(b"MII", b"AII"), "chain.pem: not a certificate that can be read"),
        (GOOD.pem * 11, "chain.pem: holds 11 certificates, more than 10"),
        (INTER.pem + GOOD.pem, r"certificate 2 did not issue certificate 1 .put the signer's certificate first"),
    ],
)
def test_files_that_hold_no_chain(data: bytes, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        certificates.check_order("chain.pem", certificates.read_chain("chain.pem", data))


def test_a_key_that_is_refused_certifies_nobody() -> None:
    with pytest.raises(ConfigError, match=r"chain\.pem: curve secp256k1 is refused"):
        certificates.check_order("chain.pem", [_weak().der])
