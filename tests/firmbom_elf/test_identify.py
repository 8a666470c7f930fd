"""What files are together: one identity a component, contradictions, copies inside, headers, declarations."""

from __future__ import annotations

import msgspec
import pytest
from sighted import file, found, guess, owned, refs, string

from firmbom.identity import purl
from firmbom.model import Basis, Claim, Component, Edge, Licence, Location
from firmbom_elf.deciding import identify
from firmbom_elf.facts import Examined, Rule, Sighting
from firmbom_elf.grounds import MEASURED, Ground

pytestmark = pytest.mark.usefixtures("few_identified")


def test_all_files_of_a_component_are_its_occurrences() -> None:
    crypto = file(
        "lib/libcrypto.so.3", owned("openssl"), string("openssl", "3.0.20", own=True), soname="libcrypto.so.3"
    )
    tls = file("lib/libssl.so.3", owned("openssl"), soname="libssl.so.3")
    [one] = found([crypto, tls])
    assert (one.purl, one.type) == ("pkg:generic/openssl@3.0.20", "library")
    assert {claim.location.path for claim in one.claims} == {"image!/lib/libcrypto.so.3", "image!/lib/libssl.so.3"}
    assert one.cpes == ("cpe:2.3:a:openssl:openssl:3.0.20:*:*:*:*:*:*:*",)
    assert one.licences == (Licence("Apache-2.0", "concluded"),)
    assert one.references == ()
    assert {(claim.basis, claim.field) for claim in one.claims} == {
        (Basis.FILE_NAME, "purl"),
        (Basis.VERSION_STRING, "version"),
    }


def test_an_entry_says_purl_cpe_and_homepage() -> None:
    [zlib] = found([file("libz.so.1", owned("zlib"), soname="libz.so.1")])
    assert (zlib.purl, zlib.cpes) == ("pkg:generic/zlib", ("cpe:2.3:a:zlib:zlib:*:*:*:*:*:*:*:*",))
    assert [one.url for one in zlib.references] == ["https://zlib.net/"]
    [tool] = found([file("bin/tool", owned("tool"), string("tool", "1.2+3", own=True))])
    assert tool.purl == "pkg:npm/%40a/tool@1.2%2B3?x=1"
    assert tool.cpes == (r"cpe:2.3:o:some:tool:1.2\+3:*:*:*:*:*:*:*",)


def test_files_that_are_sure_of_different_versions_are_different_releases() -> None:
    old = file("lib/a/libz.so.1", owned("zlib"), string("zlib", "1.2.11", own=True), soname="libz.so.1")
    new = file("lib/b/libz.so.1", owned("zlib"), string("zlib", "1.3.1", own=True), soname="libz.so.1")
    more = file("lib/c/libz.so.1", owned("zlib"), string("zlib", "1.3.1", own=True), soname="libz.so.1")
    silent = file("lib/d/libz.so.1", owned("zlib"), soname="libz.so.1")
    assert [(one.version, len({c.location.path for c in one.claims})) for one in found([old, new, more, silent])] == [
        ("1.2.11", 1),
        ("1.3.1", 3),
    ]


def test_a_contradiction_in_one_file_leaves_it_without_version() -> None:
    said = (string("zlib", "1.2.11", 0.45, own=True), string("zlib", "1.3.1", 0.45, own=True))
    [one] = found([file("libz.so.1", owned("zlib"), *said, soname="libz.so.1")])
    assert one.version == ""
    assert {claim.value for claim in one.claims if claim.field == "version"} == {"1.2.11", "1.3.1"}


def test_a_text_that_several_rules_read_is_claimed_once() -> None:
    read = string("zlib", "1.2.11", 0.9, own=True)
    again = msgspec.structs.replace(read, confidence=0.3, listed=False)
    [one] = found([file("libz.so.1", owned("zlib"), read, again, soname="libz.so.1")])
    [alone] = found([file("libz.so.1", owned("zlib"), read, soname="libz.so.1")])
    assert [claim.value for claim in one.claims if claim.field == "version"] == ["1.2.11"]
    assert one.claims == alone.claims


def test_files_that_agree_make_each_other_surer() -> None:
    weak = [file(f"bin/p{number}", guess("proj"), guess("proj", "4.17", Rule.NUMBER, 0.3)) for number in range(4)]
    assert refs(weak[:1]) == ["pkg:generic/proj"]
    assert refs(weak) == ["pkg:generic/proj@4.17"]


def test_a_series_beside_its_release_says_nothing() -> None:
    both = (guess("lua", "5.3", Rule.STRING, 0.7), guess("lua", "5.3.6", Rule.STRING, 0.7))
    assert refs([file("bin/lua", guess("lua"), *both)]) == ["pkg:generic/lua@5.3.6"]


def test_a_copy_inside_is_nested_in_the_owner_of_the_file() -> None:
    node = file(
        "lib/libnode.so.108",
        guess("libnode"),
        guess("libnode", "18.20.4", Rule.STRING, 0.8),
        string("zlib", "1.2.11", inside=True),
        soname="libnode.so.108",
    )
    own = file("lib/libz.so.1", owned("zlib"), string("zlib", "1.2.13", own=True, inside=True), soname="libz.so.1")
    assert refs([node, own]) == [
        "pkg:generic/libnode@18.20.4",
        "pkg:generic/libnode@18.20.4!pkg:generic/zlib@1.2.11",
        "pkg:generic/zlib@1.2.13",
    ]


def test_two_copies_of_one_component_inside() -> None:
    copies = [
        string("zlib", version, inside=True, text=f" deflate {version} Copyright 1995-2024 Jean-loup Gailly")
        for version in ("1.2.11", "1.3.1")
    ]
    tool = "pkg:generic/tool"
    assert refs([file("bin/tool", guess("tool"), *copies)]) == [
        tool,
        f"{tool}!pkg:generic/zlib@1.2.11",
        f"{tool}!pkg:generic/zlib@1.3.1",
    ]
    told = [
        string("openssl", version, inside=True, text=f"OpenSSL {version} 1 Jan 2024") for version in ("3.0.1", "3.2")
    ]
    assert refs([file("bin/tool", guess("tool"), *told)]) == [tool, f"{tool}!pkg:generic/openssl"], (
        "a text may quote it"
    )


def test_what_the_file_declares_is_no_second_copy() -> None:
    claim = Claim(Basis.EMBEDDED, Location("image!/boot.bin"))
    boot, zlib = (
        Component(purl=purl("generic", name, version), name=name, version=version, claims=(claim,))
        for name, version in (("u-boot", "2023.01"), ("zlib", "1.2.11"))
    )
    for version, more in (("1.2.11", []), ("", []), ("1.2.8", [f"{boot.ref}!pkg:generic/zlib@1.2.8"])):
        seen = string("zlib", version, inside=True)
        assert refs([file("boot.bin", seen, components=(boot, zlib))]) == more


def test_sources_are_inside_whatever_is_loaded_and_under_the_purl_that_is_stated() -> None:
    own = Sighting(name="pump", version="2.0", rule=Rule.SOURCE, confidence=0.8, own=True, inside=True, listed=False)
    ssl = msgspec.structs.replace(own, name="openssl", version="3.0.16", own=False)
    mbed = msgspec.structs.replace(own, name="mbed", version="3.5", own=False, purl="pkg:github/arm/mbed@3.5")
    user = file("bin/x", guess("x"), own, ssl, mbed, needed=("libcrypto.so.3",))
    crypto = file(
        "lib/libcrypto.so.3", owned("openssl"), string("openssl", "3.0.20", own=True), soname="libcrypto.so.3"
    )
    sections = {claim.location.symbol for one in found([user]) for claim in one.claims}
    assert sections == {".debug_info"}
    assert refs([user, crypto]) == [
        "pkg:generic/openssl@3.0.20",
        "pkg:generic/pump@2.0",
        "pkg:generic/pump@2.0!pkg:generic/openssl@3.0.16",
        "pkg:generic/pump@2.0!pkg:github/arm/mbed@3.5",
    ]


def test_a_file_that_is_only_like_a_known_one_is_not_of_the_release_that_is_here() -> None:
    exact = Sighting(name="pump", version="1.0.0", rule=Rule.SIMILAR, ground=Ground.LIKENESS, confidence=0.95, own=True)
    alike = msgspec.structs.replace(exact, version="", confidence=0.5)
    told = string("pump", "1.0.0", 0.9, own=True, listed=False)
    one, other = file("lib/libpump.so.1", exact, soname="libpump.so.1"), file("opt/libpump.so.1", alike)
    assert refs([one, other]) == ["pkg:generic/pump", "pkg:generic/pump@1.0.0"]
    assert refs([one, file("opt/libpump.so.1", alike, told)]) == ["pkg:generic/pump@1.0.0"]
    assert refs([other]) == ["pkg:generic/pump"]


def test_likeness_supports_what_the_catalogue_knows_and_names_what_it_does_not() -> None:
    like = Sighting(name="zlib", version="1.2.11", rule=Rule.SIMILAR, confidence=0.85, own=True, listed=False)
    odd = msgspec.structs.replace(like, name="db", version="5.3")
    assert refs([file("lib/libz.so.1", owned("zlib"), like, soname="libz.so.1")]) == ["pkg:generic/zlib@1.2.11"]
    assert refs([file("lib/libz.so.1", owned("zlib"), odd, soname="libz.so.1")]) == ["pkg:generic/zlib@5.3"]
    told = (owned("zlib"), string("zlib", "1.2.13", own=True))
    assert refs([file("lib/libz.so.1", *told, odd, soname="libz.so.1")]) == ["pkg:generic/zlib@1.2.13"]
    assert refs([file("bin/x", guess("x"), like)]) == ["pkg:generic/zlib@1.2.11"]
    assert refs([file("bin/x", odd)]) == ["pkg:generic/db@5.3"]


def test_copies_in_files_of_nobody_stand_alone_and_once() -> None:
    raw = [
        Examined(path=name, place=name, sightings=(string("zlib", "1.2.11", inside=True),))
        for name in ("a.bin", "b.bin")
    ]
    [one] = found(raw)
    assert (one.ref, len(one.claims)) == ("pkg:generic/zlib@1.2.11", 2)
    own = file("lib/libz.so.1", owned("zlib"), string("zlib", "1.2.11", own=True), soname="libz.so.1")
    assert refs([*raw, own]) == ["pkg:generic/zlib@1.2.11"]


def test_the_likelier_version_of_a_copy_and_none_of_two_that_are_equal() -> None:
    exports = Sighting(name="zlib", rule=Rule.SYMBOL, confidence=0.8, inside=True)
    said = (exports, string("zlib", "1.2.11", 0.5, inside=True), string("zlib", "1.2.8", 0.3, inside=True))
    assert "pkg:generic/x!pkg:generic/zlib@1.2.11" in refs([file("bin/x", guess("x"), *said)])
    equal = (string("zlib", "1.2.11", 0.4, inside=True), string("zlib", "1.2.8", 0.4, inside=True), exports)
    [copy] = [one for one in found([file("bin/x", guess("x"), *equal)]) if one.within]
    assert copy.ref == "pkg:generic/x!pkg:generic/zlib"
    assert sorted(claim.value for claim in copy.claims) == ["", "1.2.11", "1.2.8"]


def test_a_header_of_a_library_that_is_loaded_indirectly_is_no_copy() -> None:
    crypto = file(
        "lib/libcrypto.so.3", owned("openssl"), string("openssl", "3.0.20", own=True), soname="libcrypto.so.3"
    )
    middle = file("lib/libmid.so.1", guess("libmid"), soname="libmid.so.1", needed=("libcrypto.so.3", "libmid.so.1"))
    user = file("bin/wpa", guess("wpa"), string("openssl", "3.0.16", inside=True), needed=("libmid.so.1", "libc.so.6"))
    alone = file("bin/alone", guess("alone"), string("openssl", "3.0.16", inside=True))
    assert [ref for ref in refs([crypto, middle, user, alone]) if "openssl" in ref] == [
        "pkg:generic/alone!pkg:generic/openssl@3.0.16",
        "pkg:generic/openssl@3.0.20",
    ]


def test_a_number_of_a_loaded_library_is_not_the_files_own() -> None:
    library = file("lib/libx.so.1", guess("libx"), guess("libx", "1.6.39", Rule.STRING, 0.8), soname="libx.so.1")
    user = file("bin/y", guess("y"), guess("y", "1.6.39", Rule.NUMBER, 0.7), needed=("libx.so.1",))
    assert refs([library, user]) == ["pkg:generic/libx@1.6.39", "pkg:generic/y"]
    assert refs([user]) == ["pkg:generic/y@1.6.39"]


def test_a_number_of_a_copy_inside_is_not_the_files_own() -> None:
    made = file(
        "usr/bin/sampled",
        guess("sampled"),
        guess("sampled", "1.2.13", Rule.NUMBER, 0.6),
        string("zlib", "1.2.13", inside=True),
    )
    assert refs([made]) == ["pkg:generic/sampled", "pkg:generic/sampled!pkg:generic/zlib@1.2.13"]


def test_a_number_that_a_listed_component_has_is_doubted() -> None:
    zlib = file("lib/libz.so.1", owned("zlib"), string("zlib", "1.2.13", own=True), soname="libz.so.1")
    user = file("bin/y", guess("y"), guess("y", "1.2.13", Rule.NUMBER, 0.7))
    assert refs([zlib, user]) == ["pkg:generic/y", "pkg:generic/zlib@1.2.13"]


def test_general_rules_help_where_the_catalogue_has_no_version() -> None:
    own = guess("libz", "1.3.1", Rule.STRING, 0.8)
    assert refs([file("libz.so.1", owned("zlib"), own, soname="libz.so.1")]) == ["pkg:generic/zlib@1.3.1"]
    sure = string("zlib", "1.2.13", own=True)
    assert refs([file("libz.so.1", owned("zlib"), sure, own, soname="libz.so.1")]) == ["pkg:generic/zlib@1.2.13"]
    plugin = file("usr/lib/x/z.so", owned("zlib"), own, soname="z.so")
    assert refs([plugin]) == ["pkg:generic/zlib"]


def test_a_release_in_the_name_of_a_library_that_is_called_otherwise() -> None:
    seen = msgspec.structs.replace(guess("libnss", "2.0", Rule.SYMBOL, 0.6), ground=Ground.RELEASE)
    read = {}
    for name in ("libnss.so.2", "libshy.so.2"):
        [one] = found([file(f"lib/{name}", owned("shy"), seen, soname=name)])
        read[name] = [claim.value for claim in one.claims if claim.field == "version"]
    assert read == {"libnss.so.2": [], "libshy.so.2": ["2.0"]}


def test_names_without_version_are_said_once_and_with_little_confidence() -> None:
    [one] = found([file("bin/x", guess("x")), file("sbin/x", guess("x"))])
    assert (one.ref, one.type, {claim.confidence for claim in one.claims}) == ("pkg:generic/x", "application", {0.3})
    assert found([Examined(path="a", place="a")]) == []


def declared(version: str, *upstream: str, within: str = "") -> Component:
    claim = Claim(Basis.EMBEDDED, Location("image!/bin/x"))
    made = purl("deb", "x", version, namespace="debian")
    return Component(
        purl=made,
        name="x",
        version=version,
        claims=(claim,),
        upstream=tuple(purl("generic", "x", one) for one in upstream),
        within=within,  # type: ignore[arg-type]  # a ref
    )


def test_what_a_file_says_itself_is_not_said_again() -> None:
    seen = (guess("x"), guess("x", "1.2.3", Rule.STRING, 0.8), string("zlib", "1.2.11", inside=True))
    inside = "pkg:deb/debian/x@1.2.3-1!pkg:generic/zlib@1.2.11"
    assert refs([file("bin/x", *seen, components=(declared("1.2.3-1"),))]) == [inside]
    assert refs([file("bin/x", *seen, components=(declared("1.2.3-1", "1.2.3"),))]) == [inside, "pkg:generic/x@1.2.3"]
    assert refs([file("bin/x", seen[0], components=(declared(""),))]) == []
    assert refs([file("bin/x", seen[0], seen[1], components=(declared(""),))]) == ["pkg:generic/x@1.2.3"]
    itself = (string("x", "1.2.3", inside=True),)
    assert refs([file("bin/x", *itself, components=(declared("1.2.3-1"),))]) == []
    nested = declared("1", within="pkg:generic/other")
    assert refs([file("bin/x", seen[0], components=(nested,))]) == ["pkg:generic/x"]


def test_a_version_is_as_sure_as_such_evidence_was_found_to_be_and_what_is_not_stated_is_not() -> None:
    built = msgspec.structs.replace(guess("a", "1.2.3", Rule.STRING, 0.8), ground=Ground.BESIDE)
    number = msgspec.structs.replace(guess("b", "1.2.3", Rule.NUMBER, 0.8), ground=Ground.NUMBER)
    [sound, weak] = found([file("bin/a", guess("a"), built), file("bin/b", guess("b"), number)])
    assert (sound.ref, weak.ref) == ("pkg:generic/a@1.2.3", "pkg:generic/b")
    [sure] = [claim.confidence for claim in sound.claims if claim.field == "version"]
    [unsure] = [claim.confidence for claim in weak.claims if claim.field == "version"]
    assert sure == round(MEASURED[Ground.BESIDE].share, 3)
    assert unsure == identify.UNSTATED


def test_order_does_not_matter() -> None:
    files = [
        file("lib/libz.so.1", owned("zlib"), string("zlib", "1.2.13", own=True), soname="libz.so.1"),
        file("bin/y", guess("y"), guess("y", "1.2.13", Rule.NUMBER, 0.7), string("zlib", "1.2.11", inside=True)),
        file("bin/a", guess("a"), guess("p", "4.0.2", Rule.STRING, 0.4, own=False)),
        file("bin/b", guess("b"), guess("p", "4.0.2", Rule.STRING, 0.4, own=False)),
    ]
    assert refs(files) == refs(files[::-1])


def test_numbers_of_interfaces_do_not_add_up() -> None:
    many = [
        file(f"lib/libm{number}.so.8", guess("m"), guess("m", "8.0.0", confidence=0.2), soname=f"libm{number}.so.8")
        for number in range(9)
    ]
    assert refs(many) == ["pkg:generic/m"]


def test_strings_that_mislead_are_left_alone() -> None:
    library = file("lib/libshy.so.1", owned("shy"), soname="libshy.so.1")
    read = Sighting(
        name="libshy", version="0.1.0", rule=Rule.STRING, confidence=0.85, listed=False, own=True, text="Version: 0.1.0"
    )
    assert refs([msgspec.structs.replace(library, sightings=(*library.sightings, read))]) == ["pkg:generic/shy"]
    beside = Examined(path="lib/pkgconfig/shy.pc", place="image!/lib/pkgconfig/shy.pc", sightings=(read,))
    assert refs([library, beside]) == ["pkg:generic/shy"]


def go_program(path: str, module: str, *seen: Sighting, version: str = "") -> Examined:
    claim = Claim(Basis.EMBEDDED, Location(f"image!/{path}"))
    above, _, last = f"example.org/{module}".rpartition("/")
    program = Component(
        purl=purl("golang", last, version, namespace=above),
        name=f"example.org/{module}",
        claims=(claim,),
        version=version,
    )
    inside = Component(purl=purl("golang", "stdlib", "1.19"), name="stdlib", within=program.ref, claims=(claim,))
    return file(path, *seen, components=(program, inside), edges=(Edge(program.ref, inside.ref),))


def test_a_declaration_without_version_and_a_version_that_is_read_are_one() -> None:
    seen = (owned("gopher"), string("gopher", "1.1.5", own=True))
    [told], facts = identify.identified([go_program("bin/gopher", "gopher/cmd/gopher", *seen)])
    [one] = facts
    program, inside = told.components
    assert isinstance(one, Component)
    assert one.ref == program.ref == "pkg:golang/example.org/gopher@v1.1.5"
    assert (one.version, program.version) == ("v1.1.5", "v1.1.5")
    assert program.claims[0].value == "pkg:golang/example.org/gopher/cmd/gopher"
    assert inside.within == program.ref
    assert told.edges == (Edge(program.ref, inside.ref),)


def test_a_program_of_no_entry_keeps_its_modules_name() -> None:
    seen = (guess("thing"), guess("thing", "2.0.4", Rule.STRING, 0.8))
    [told], [one] = identify.identified([go_program("bin/thing", "thing", *seen)])
    assert isinstance(one, Component)
    assert (one.ref, one.name) == ("pkg:golang/example.org/thing@v2.0.4", "example.org/thing")
    assert told.components[0].ref == one.ref


def test_the_modules_of_a_go_library_are_inside_it() -> None:
    claim = Claim(Basis.EMBEDDED, Location("image!/lib/libgo.so"))
    standard = Component(purl=purl("golang", "stdlib", "1.19"), name="stdlib", version="1.19", claims=(claim,))
    module = Component(purl=purl("golang", "core", ""), name="core", claims=(claim,))
    library = file("lib/libgo.so", guess("libgo"), soname="libgo.so", components=(module, standard))
    [seen], found = identify.identified([library])
    assert [one.ref for one in seen.components] == [
        "pkg:generic/libgo!pkg:golang/core",
        "pkg:generic/libgo!pkg:golang/stdlib@1.19",
    ]
    assert [one.ref for one in found if isinstance(one, Component)] == ["pkg:generic/libgo"]
    [unnamed], _ = identify.identified([file("lib/x.so", soname="x.so", components=(standard,))])
    assert [one.within for one in unnamed.components] == [""]


def test_a_declared_version_stays() -> None:
    program = go_program(
        "bin/thing", "thing", guess("thing"), guess("thing", "2.0.4", Rule.STRING, 0.8), version="v2.0.3"
    )
    assert identify.identified([program]) == ([program], [])
