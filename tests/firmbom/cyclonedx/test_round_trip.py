"""What firmbom wrote reads back as what it was written from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firmbom import identity
from firmbom.cyclonedx.evidence import location_of, location_text
from firmbom.cyclonedx.names import part, unpart
from firmbom.cyclonedx.read import component_set, load
from firmbom.cyclonedx.write import encode
from firmbom.merge import merge
from firmbom.model import (
    ROOT,
    Aggregate,
    Algorithm,
    Basis,
    Claim,
    Component,
    ComponentSet,
    Coverage,
    Digest,
    Edge,
    ExternalReference,
    FileProperties,
    Licence,
    LicenceText,
    Location,
    Ownership,
    Party,
    Patch,
    PluginRun,
    Problem,
    Property,
    Ref,
    StoredFile,
)

Make = Callable[..., Any]

WORDS = st.text(st.sampled_from("ab1-_.%#&=:/ é"), min_size=1, max_size=8).map(str.strip).filter(bool)
PLUGINS = ("npm", "pip", "elf")
PATHS = ("web/package-lock.json", "a#b", "50% off: x", "out/pump.img!/etc/os-release")
LOCATIONS = st.builds(
    Location,
    st.sampled_from(PATHS),
    line=st.sampled_from([0, 7]),
    offset=st.sampled_from([-1, 0, 4096]),
    symbol=st.one_of(st.just(""), WORDS),
    text=st.one_of(st.just(""), WORDS),
)
CLAIMS = st.builds(
    Claim,
    st.sampled_from(list(Basis)),
    LOCATIONS,
    st.sampled_from([0.0, 0.25, 1.0]),
    field=st.sampled_from(["purl", "name", "version", "cpe", "hash"]),
    value=st.one_of(st.just(""), WORDS.map("other ".__add__)),
    plugin=st.sampled_from(PLUGINS),
)
SHORT, LONG = Digest(Algorithm.SHA256, "1" * 64), Digest(Algorithm.SHA512, "3" * 128)
DIGESTS = st.sampled_from([(), (SHORT,), (Digest(Algorithm.SHA256, "2" * 64), LONG)])
PARTIES = st.sampled_from([Party(), Party("ACME"), Party("ACME", "https://acme.example", "psirt@acme.example")])
REFERENCES = st.builds(
    ExternalReference,
    st.sampled_from(["distribution", "vcs", "website"]),
    st.sampled_from(["https://npm.example/a-1.tgz", "https://npm.example/b-1.whl", "a.txt"]),
    DIGESTS,
    st.sampled_from(["", "a comment"]),
)
AGGREGATES: st.SearchStrategy[Aggregate] = st.sampled_from(["complete", "incomplete", "unknown"])
FILES = ("out/pump.img!/bin/sh", "out/pump.img!/rootfs!/bin/a b", "bin/sh")
PIE = Property("firmbom-test:pie", "yes")
LICENCES = st.sampled_from(
    [
        (),
        (Licence("MIT"),),
        (Licence("MIT OR ISC"),),
        (Licence("see COPYING"),),
        (Licence("ISC", "concluded"), Licence("MIT")),
        (Licence("MIT OR ISC", "concluded"), Licence("0BSD")),
        (Licence("LicenseRef-own"),),
        (Licence("MIT AND LicenseRef-own AND LicenseRef-other"),),
    ]
)
TEXTS = (LicenceText("LicenseRef-other", "Other\n"), LicenceText("LicenseRef-own", 'Do as you like.\n\n1. "Now"\n'))


@st.composite
def components(draw: st.DrawFn, within: Ref = ROOT) -> Component:
    kind, name = draw(st.sampled_from(["npm", "pypi", "generic"])), draw(st.sampled_from("abcdef"))
    version = draw(st.sampled_from(["", "1.0", "2.0-rc1+x"]))
    licences = draw(LICENCES)
    used = [text for text in TEXTS if any(text.name in licence.value for licence in licences)]
    return Component(
        purl=identity.purl(kind, name, version),
        name=name,
        version=version,
        group=draw(st.sampled_from(["", "@scope"])),
        type=draw(st.sampled_from(["library", "application", "firmware"])),
        within=within,
        scope=draw(st.sampled_from(["", "required", "optional", "excluded"])),
        digests=draw(DIGESTS),
        cpes=draw(st.sampled_from([(), ("cpe:2.3:a:x",), ("cpe:2.3:a:x", "cpe:2.3:a:y", "cpe:2.3:a:z")])),
        licences=licences,
        licence_texts=tuple(draw(st.sampled_from([used, []]))),
        supplier=draw(PARTIES),
        manufacturer=draw(PARTIES),
        author=draw(st.sampled_from(["", "Ada <ada@a.example>"])),
        description=draw(st.sampled_from(["", "words"])),
        copyright=draw(st.sampled_from(["", "2026 ACME"])),
        references=tuple(sorted(draw(st.sets(REFERENCES, max_size=2)))),
        properties=draw(st.sampled_from([(), (Property("cdx:npm:package:path", "x"), Property("firmbom:own", "y"))])),
        patches=draw(st.sampled_from([(), (Patch("backport", "fix.patch", ("CVE-2024-1",)),)])),
        upstream=draw(st.sampled_from([(), (identity.purl("generic", "up", "1"),)])),
        claims=tuple(sorted(draw(st.sets(CLAIMS, min_size=1, max_size=3)))),
    )


@st.composite
def sets(draw: st.DrawFn) -> ComponentSet:
    top = draw(st.lists(components(), max_size=5, unique_by=lambda one: one.ref))
    inside = [draw(components(draw(st.sampled_from(top)).ref)) for _ in range(draw(st.integers(0, 3)) if top else 0)]
    listed = list({one.ref: one for one in (*top, *inside)}.values())
    refs = [one.ref for one in listed]
    ends = st.builds(Edge, st.sampled_from([ROOT, *refs]), st.sampled_from(refs or [ROOT]))
    stored = draw(st.sets(st.builds(StoredFile, st.sampled_from(FILES), st.just(SHORT)), max_size=3))
    paths = st.sampled_from([file.path for file in stored] or [""])
    owned = st.sets(st.builds(Ownership, st.sampled_from(refs or [ROOT]), paths), max_size=3)
    read = draw(st.sets(st.tuples(st.sampled_from(PATHS), st.sampled_from(PLUGINS)), max_size=3))
    wrong = st.builds(Problem, st.just("warning"), WORDS, st.one_of(st.just(""), WORDS), st.just("npm"))
    told = st.builds(FileProperties, paths, st.sampled_from([(PIE,), (Property("a", "b"), PIE)]))
    known = draw(st.lists(told, max_size=2, unique_by=lambda one: one.path)) if stored else []
    return ComponentSet(
        components=tuple(listed),
        edges=tuple(edge for edge in draw(st.sets(ends, max_size=6)) if edge.source != edge.target),
        ownership=tuple(draw(owned)) if refs and stored else (),
        files=tuple(stored),
        file_properties=tuple(known),
        coverage=tuple(Coverage(path, draw(AGGREGATES), draw(AGGREGATES), plugin, (SHORT,)) for path, plugin in read),
        problems=tuple(draw(st.sets(wrong, max_size=2))),
        plugins=tuple(PluginRun(name, "0.1.0", "tool 1" if name == "elf" else "") for name in PLUGINS),
    )


def comparable(one: Component) -> Component:
    """With the freedoms the format has: an empty claimed value and the component's own are the same, order is none."""
    claims = {
        msgspec.structs.replace(claim, value="" if claim.value in own(one, claim.field) else claim.value)
        for claim in one.claims
    }
    properties, licences = tuple(sorted(one.properties)), tuple(sorted(one.licences))
    return msgspec.structs.replace(one, claims=tuple(sorted(claims)), properties=properties, licences=licences)


def own(one: Component, field: str) -> set[str]:
    return {"cpe": set(one.cpes[:1]), "hash": {digest.value for digest in one.digests[:1]}}.get(
        field, {str(getattr(one, field, ""))}
    )


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(said=sets(), spec=st.sampled_from(["1.6", "1.7"]))
def test_everything_reads_back(build: Make, stated: Make, said: ComponentSet, spec: str) -> None:
    inventory = stated(
        said.components,
        said.edges,
        ownership=tuple(sorted(said.ownership)),
        files=said.files,
        file_properties=tuple(sorted(said.file_properties)),
        coverage=said.coverage,
        problems=said.problems,
        plugins=said.plugins,
    )
    written = build(inventory, spec=spec)
    back = component_set(load(encode(written), path="bom.json"), plugin="nobody", location="bom.json")
    assert {one.ref: comparable(one) for one in back.components} == {
        one.ref: comparable(one.component) for one in inventory.components
    }
    assert back.edges == inventory.edges
    assert tuple(sorted(back.ownership)) == inventory.ownership
    assert sorted(back.files) == sorted(inventory.files)
    assert tuple(sorted(back.file_properties)) == inventory.file_properties
    assert sorted(back.coverage) == sorted(inventory.coverage)
    assert sorted(back.problems) == sorted(inventory.problems)
    assert sorted(back.plugins) == sorted(inventory.plugins)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(said=sets())
def test_writing_what_was_read_gives_the_same_bytes(build: Make, said: ComponentSet) -> None:
    """From the second document on: the first may tell apart statements that it has merged."""

    def again(document: bytes) -> bytes:
        return encode(build(merge([component_set(load(document, path=""), plugin="nobody", location="bom.json")])))

    second = again(encode(build(merge([said]))))
    assert again(second) == second


def test_joined_expressions_read_back_as_the_one_they_became(build: Make, component: Make) -> None:
    one = component("ms", licences=(Licence("MIT OR ISC"), Licence("0BSD")))
    [back] = component_set(build([one]), plugin="", location="").components
    assert back.licences == (Licence("(MIT OR ISC) AND 0BSD"),)
    [kept] = component_set(build([one], spec="1.7"), plugin="", location="").components
    assert sorted(kept.licences) == sorted(one.licences)


def test_a_mirrored_digest_is_not_taken_for_the_components_own(build: Make, component: Make) -> None:
    download = ExternalReference("distribution", "https://npm.example/a.tgz", (Digest(Algorithm.SHA256, "1" * 64),))
    one = component("ms", references=(download,))
    assert component_set(build([one]), plugin="", location="").components == (one,)


def test_what_firmbom_wrote_into_a_wheel_is_evidence_of_that_wheel_only(build: Make, component: Make) -> None:
    wheel = Ref("pkg:pypi/w@1")
    document = build([component("ms")])
    said = component_set(document, plugin="pip", location="w/sbom.json", basis=Basis.EMBEDDED, within=wheel)
    [one] = said.components
    assert one.ref == f"{wheel}!pkg:npm/ms@1.0.0"
    assert {(claim.basis, claim.plugin) for claim in one.claims} == {(Basis.EMBEDDED, "pip")}
    assert said.edges == ()
    assert said.plugins == ()


@given(st.builds(Location, st.text(max_size=12), st.integers(0, 99), st.integers(-1, 99), st.text(max_size=12)))
def test_a_location_survives_being_text(location: Location) -> None:
    assert location_of(location_text(location)) == location


@given(st.one_of(st.text(max_size=12), st.text(st.sampled_from("-%:2D53A "), max_size=8)), st.text(max_size=9))
def test_the_parts_of_a_problem_can_be_told_apart(path: str, message: str) -> None:
    before, _, after = f"{part(path)}: {message}".partition(": ")
    assert (unpart(before), after) == (path, message)
