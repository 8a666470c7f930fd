"""rpm's databases in the three forms that its own tools wrote, whole and damaged at random."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from rpm_databases import FORMS, GATEWAY, SHELL, TLS, unpacked

from firmbom.model import ComponentSet
from firmbom_packages import rpm_bdb, rpm_ndb, rpm_sqlite
from firmbom_packages.rpm_record import Record

Said = Callable[[Path], ComponentSet]
System = Callable[[str, bytes], Path]


@pytest.mark.parametrize("form", FORMS)
def test_each_form_states_the_same(form: str, data: Path, system: System, said: Said) -> None:
    found = said(system(FORMS[form], unpacked(data, form)))
    by_ref = {str(one.ref): one for one in found.components if one.type == "library"}
    assert set(by_ref) == {TLS, GATEWAY, SHELL}
    tls, gateway = by_ref[TLS], by_ref[GATEWAY]
    assert (tls.name, tls.version, tls.description) == ("libtls", "1:3.0.9-1.fc39", "Sécurité of transport")
    assert tls.upstream == ("pkg:rpm/fedora/libtls@3.0.9-1.fc39?arch=src&distro=fedora-39", "pkg:generic/libtls@3.0.9")
    assert tls.supplier.name == "Example Corp"
    assert (gateway.supplier.name, gateway.supplier.email) == ("Jane Doe", "jane@doe.example")
    assert [one.value for one in gateway.licences] == ["GPL-2.0-or-later AND MIT"]
    assert [one.url for one in gateway.references] == ["https://gateway.example/"]
    assert {(one.owner, one.path) for one in found.ownership} == {
        (TLS, "usr/lib/libtls.so.3"),
        (TLS, "etc/tls.conf"),
        (GATEWAY, "usr/bin/gateway"),
        (SHELL, "usr/bin/sh"),
    }
    assert {(one.source, one.target) for one in found.edges} == {
        ("", "pkg:generic/fedora@39"),
        ("", GATEWAY),
        (GATEWAY, TLS),
        (GATEWAY, SHELL),
        (SHELL, GATEWAY),
    }
    unmet = "dependencies that nothing installed meets (1): missing-thing for gateway"
    assert [one.message for one in found.problems] == [unmet]
    assert {(one.components, one.dependencies) for one in found.coverage if "rpm" in one.path} == {
        ("complete", "complete")
    }


def test_without_os_release_the_purls_have_no_vendor(data: Path, system: System, said: Said) -> None:
    root = system("Packages.db", unpacked(data, "Packages.db"))
    (root / "etc/os-release").unlink()
    found = said(root)
    assert TLS.replace("/fedora/", "/").replace("&distro=fedora-39", "") in {one.ref for one in found.components}
    assert "os-release does not name the distribution; purls are without a vendor" in {
        one.message for one in found.problems
    }


def test_a_leftover_of_an_older_form_is_not_read(data: Path, system: System, said: Said) -> None:
    root = system("rpmdb.sqlite", unpacked(data, "rpmdb.sqlite"))
    (root / "var/lib/rpm/Packages").write_bytes(b"whatever")
    found = said(root)
    assert "not read, because rpm uses rpmdb.sqlite beside it" in [one.message for one in found.problems]
    assert len(found.components) == 4


def mutated(content: bytes, seed: int) -> bytes:
    chance = random.Random(seed)
    out = bytearray(content)
    for _ in range(chance.choice((1, 3, 10))):
        at = chance.randrange(len(out))
        match chance.randrange(4):
            case 0:
                out[at] = chance.randrange(256)
            case 1:
                out[at : at + 4] = chance.choice((b"\xff\xff\xff\xff", b"\0\0\0\0", b"\0\0\0\1", b"\1\0\0\0"))
            case 2:
                del out[at : at + chance.randrange(600)]
            case _:
                out[at:at] = out[chance.randrange(len(out)) :][:100]
        out = out or bytearray(1)
    return bytes(out)


READERS: Mapping[str, Callable[[bytes, Callable[[str], None]], Iterator[Record]]] = {
    "rpmdb.sqlite": rpm_sqlite.records,
    "Packages.db": rpm_ndb.records,
    "Packages.little": rpm_bdb.records,
    "Packages.big": rpm_bdb.records,
}


@pytest.mark.parametrize("form", FORMS)
def test_mutations_and_truncations_never_escape(form: str, data: Path, system: System, said: Said) -> None:
    whole = unpacked(data, form)
    root = system(FORMS[form], whole)
    place = root / "var/lib/rpm" / FORMS[form]
    for seed in range(40):
        place.write_bytes(mutated(whole, seed))
        said(root)
    for cut in range(0, len(whole), len(whole) // 20):
        place.write_bytes(whole[:cut])
        found = said(root)
        lost = {TLS, GATEWAY, SHELL} - {one.ref for one in found.components}
        assert not lost or any(one.severity == "error" for one in found.problems)
