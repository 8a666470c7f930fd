"""The four rules of unification and the resolution of fields, case by case."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from firmbom.identity import canonical, parts, purl
from firmbom.inventory import Inventory, Merged
from firmbom.merge import merge
from firmbom.model import (
    ROOT,
    Basis,
    Claim,
    Component,
    ComponentSet,
    Digest,
    Edge,
    ExternalReference,
    Licence,
    Location,
    Ownership,
    Party,
    Property,
    Ref,
)


def said(package: str, basis: Basis = Basis.LOCKFILE, path: str = "lock", **fields: object) -> Component:
    """A statement about ``package`` on the ground of one claim."""
    parsed = parts(package)
    claim = Claim(basis, Location(path), plugin="test")
    stated = {"version": parsed.version or "", **fields}
    return Component(purl=canonical(package), name=parsed.name, claims=(claim,), **stated)  # type: ignore[arg-type] # any field


def merged(*components: Component, edges: tuple[Edge, ...] = (), owned: tuple[Ownership, ...] = ()) -> Inventory:
    """The inventory of one set."""
    return merge([ComponentSet(components=components, edges=edges, ownership=owned)])


def refs(inventory: Inventory) -> list[str]:
    """What is left."""
    return [one.ref for one in inventory.components]


def only(inventory: Inventory) -> Merged:
    """The one component there must be."""
    (one,) = inventory.components
    return one


def download(digit: str, host: str = "npm.example") -> tuple[ExternalReference, ...]:
    """A distribution reference whose digest is all ``digit``."""
    return (ExternalReference("distribution", f"https://{host}/a-1.tgz", (Digest.named("sha256", digit * 64),)),)


class TestFewerQualifiers:
    def test_who_knew_less_joins_who_knew_more(self) -> None:
        found = merged(said("pkg:deb/debian/zlib@1"), said("pkg:deb/debian/zlib@1?arch=arm64"))
        assert refs(found) == ["pkg:deb/debian/zlib@1?arch=arm64"]
        assert len(only(found).statements) == 2

    def test_two_that_know_different_things_stay_two_and_the_third_stays_itself(self) -> None:
        found = merged(*(said(f"pkg:deb/debian/zlib@1{end}") for end in ("", "?arch=arm64", "?arch=armhf")))
        assert len(refs(found)) == 3

    def test_what_another_tool_reports_never_adds_to_two_that_are_known(self) -> None:
        reported = said("pkg:npm/a@1", Basis.REPORTED)
        found = merged(reported, *(said(f"pkg:npm/a@1?vcs_url=git%2B{end}") for end in "xy"))
        assert len(refs(found)) == 2
        assert all(reported in one.statements for one in found.components)

    def test_one_name_with_two_contents_is_two_packages(self) -> None:
        public = said("pkg:npm/a@1", references=download("0"))
        private = said("pkg:npm/a@1?repository_url=https:%2F%2Fcorp.example", references=download("1", "corp.example"))
        assert len(refs(merged(public, private))) == 2

    def test_the_identity_is_the_richer_one_s_whoever_is_stronger(self) -> None:
        rich = said("pkg:npm/a@1?vcs_url=x", Basis.REPORTED, "y")
        component = only(merged(said("pkg:npm/a@1", Basis.LOCKFILE, description="ours"), rich)).component
        assert (component.purl, component.description) == (rich.purl, "ours")

    def test_a_chain_ends_at_the_richest(self) -> None:
        found = merged(*(said(f"pkg:deb/debian/z@1{end}") for end in ("", "?arch=a", "?arch=a&distro=d")))
        assert refs(found) == ["pkg:deb/debian/z@1?arch=a&distro=d"]

    def test_edges_follow(self) -> None:
        edges = (Edge(ROOT, Ref("pkg:npm/a@1")), Edge(Ref("pkg:npm/a@1"), Ref("pkg:npm/b@1")))
        found = merged(said("pkg:npm/a@1"), said("pkg:npm/a@1?vcs_url=x"), said("pkg:npm/b@1"), edges=edges)
        assert [tuple(map(str, (e.source, e.target))) for e in found.edges] == [
            ("", "pkg:npm/a@1?vcs_url=x"),
            ("pkg:npm/a@1?vcs_url=x", "pkg:npm/b@1"),
        ]


class TestNoVersion:
    def test_a_wish_joins_the_pin_beside_it(self) -> None:
        found = merged(
            said("pkg:pypi/requests", Basis.MANIFEST, "app/requirements.in"),
            said("pkg:pypi/requests@2.31", path="app/uv.lock"),
        )
        assert refs(found) == ["pkg:pypi/requests@2.31"]
        assert only(found).component.version == "2.31"
        assert not found.conflicts

    def test_a_wish_elsewhere_stays_unknown(self) -> None:
        found = merged(
            said("pkg:pypi/requests", Basis.MANIFEST, "tool/requirements.in"),
            said("pkg:pypi/requests@2.31", path="app/uv.lock"),
        )
        assert refs(found) == ["pkg:pypi/requests", "pkg:pypi/requests@2.31"]

    def test_a_wish_beside_two_pins_stays_unknown(self) -> None:
        found = merged(said("pkg:npm/a", Basis.MANIFEST), said("pkg:npm/a@1"), said("pkg:npm/a@2"))
        assert len(refs(found)) == 3


class TestOwnedFile:
    def test_what_the_bytes_say_is_evidence_on_the_owner(self) -> None:
        package = said("pkg:deb/debian/libssl3@3.0.13-1", Basis.PACKAGE_DATABASE, "var/lib/dpkg/status")
        seen = said("pkg:generic/openssl@3.0.13", Basis.VERSION_STRING, "usr/lib/libssl.so.3")
        found = merged(package, seen, owned=(Ownership(package.ref, "usr/lib/libssl.so.3"),))
        assert refs(found) == [package.ref]
        assert [claim.value for claim in only(found).component.claims] == ["", seen.purl]
        assert seen in only(found).statements
        assert not found.conflicts

    def test_what_is_said_of_another_file_is_no_statement_about_the_owner(self) -> None:
        package = said("pkg:npm/openssl", Basis.BUILD_RECORD, digests=(Digest.named("sha256", "1" * 64),))
        seen = said("pkg:npm/openssl@1.0", Basis.VERSION_STRING, "a")
        other = said("pkg:npm/openssl@1.0", Basis.VERSION_STRING, "b", digests=(Digest.named("sha256", "0" * 64),))
        found = merged(package, seen, other, owned=(Ownership(package.ref, "a"),))
        assert [(one.ref, one.statements) for one in found.components] == [
            (package.ref, (package, seen)),
            (other.ref, (other,)),
        ]
        assert not found.conflicts

    def test_what_stays_is_named_by_its_own_statement_though_that_rests_on_an_owned_file(self) -> None:
        package = said("pkg:npm/openssl", Basis.BUILD_RECORD)
        fuller = said("pkg:npm/openssl@1.0?arch=arm64", Basis.VERSION_STRING, "owned.so")
        beside = said("pkg:npm/openssl@1.0", Basis.VERSION_STRING, "free.so")
        found = merged(package, fuller, beside, owned=(Ownership(package.ref, "owned.so"),))
        assert refs(found) == [package.ref, fuller.ref]
        assert {claim.location.path for claim in found.components[1].component.claims} == {"owned.so", "free.so"}

    def test_an_owner_that_is_known_better_elsewhere_owns_its_files_still(self) -> None:
        package = said("pkg:deb/debian/libz@1?arch=arm64&distro=debian-12", Basis.PACKAGE_DATABASE, "status")
        known = said("pkg:deb/debian/libz@1?arch=arm64", Basis.HASH, "opt/libz.so")
        seen = said("pkg:generic/zlib@1", Basis.VERSION_STRING, "opt/libz.so")
        found = merged(package, known, seen, owned=(Ownership(known.ref, "opt/libz.so"),))
        assert refs(found) == [package.ref]

    def test_what_is_inside_goes_with_its_container_and_may_move_again(self) -> None:
        package = said("pkg:npm/openssl", Basis.BUILD_RECORD)
        seen = said("pkg:npm/openssl@1.0", Basis.VERSION_STRING, "lib.so")
        inside = [
            replace(said(f"pkg:npm/zlib{end}", Basis.BUILD_RECORD), within=seen.ref) for end in ("", "?arch=arm64")
        ]
        found = merged(package, seen, *inside, owned=(Ownership(package.ref, "lib.so"),))
        assert refs(found) == [package.ref, f"{package.ref}!pkg:npm/zlib?arch=arm64"]

    def test_each_owner_gets_what_was_seen_in_its_own_files(self) -> None:
        library = said("pkg:deb/debian/libdbus@1.14-1", Basis.PACKAGE_DATABASE)
        daemon = said("pkg:deb/debian/dbus@1.14-1", Basis.PACKAGE_DATABASE)
        copy = said("pkg:generic/expat@2.5", Basis.VERSION_STRING, "usr/bin/dbus-daemon")
        paths = ("usr/lib/libdbus.so", "usr/bin/dbus-daemon", "opt/vendor/libdbus.so")
        claims = tuple(Claim(Basis.VERSION_STRING, Location(path)) for path in paths)
        seen = replace(said("pkg:generic/dbus@1.14", Basis.VERSION_STRING), claims=claims)
        found = merged(
            library,
            daemon,
            seen,
            replace(copy, within=seen.ref),
            owned=(Ownership(library.ref, paths[0]), Ownership(daemon.ref, paths[1])),
        )
        places = {
            one.ref: [claim.location.path for claim in one.component.claims if claim.basis is Basis.VERSION_STRING]
            for one in found.components
        }
        assert places == {
            library.ref: [paths[0]],
            daemon.ref: [paths[1]],
            seen.ref: [paths[2]],
            f"{daemon.ref}!{copy.ref}": [paths[1]],
        }

    @pytest.mark.parametrize(
        "package", ["1:3.0.13.dfsg-1", "3.0.13+dfsg1-2+deb12u1", "3.0.13~ds-1", "3.0.13+repack1-1", "3.0.13ds"]
    )
    def test_a_repacked_release_is_that_release(self, package: str) -> None:
        owner = said(f"pkg:deb/debian/libssl3@{package.replace('+', '%2B')}", Basis.PACKAGE_DATABASE)
        seen = said("pkg:generic/openssl@3.0.13", Basis.VERSION_STRING, "usr/lib/libssl.so.3")
        found = merged(owner, seen, owned=(Ownership(owner.ref, "usr/lib/libssl.so.3"),))
        assert found.conflicts == ()

    def test_the_manifest_and_the_bytes_disagree(self) -> None:
        package = said("pkg:deb/debian/libssl3@3.0.12-1", Basis.PACKAGE_DATABASE)
        seen = said("pkg:generic/openssl@3.0.13", Basis.VERSION_STRING, "usr/lib/libssl.so.3")
        (conflict,) = merged(package, seen, owned=(Ownership(package.ref, "usr/lib/libssl.so.3"),)).conflicts
        assert (conflict.field, conflict.chosen, conflict.rejected) == ("version", "3.0.12-1", "3.0.13")
        assert [(claim.location, claim.value) for claim in conflict.rejected_by] == [
            (seen.claims[0].location, "pkg:generic/openssl@3.0.13")
        ]

    def test_a_declared_component_inside_an_owned_file_stays(self) -> None:
        wheel = said("pkg:pypi/notebook@7", Basis.PACKAGE_DATABASE)
        bundled = said("pkg:npm/lodash@4", Basis.PACKAGE_DATABASE, "site/notebook/lodash/package.json")
        found = merged(wheel, bundled, owned=(Ownership(wheel.ref, "site/notebook/lodash/package.json"),))
        assert len(refs(found)) == 2

    def test_what_moved_for_fewer_qualifiers_keeps_its_claim_though_another_owns_the_file(self) -> None:
        owner, recorded = said("pkg:npm/openssl@1.0"), said("pkg:npm/openssl?arch=arm64", Basis.BUILD_RECORD)
        read = said("pkg:npm/openssl", Basis.VERSION_STRING, "lib.so")
        other = said("pkg:npm/zlib", Basis.VERSION_STRING, "lib.so")
        found = merged(owner, recorded, read, other, owned=(Ownership(owner.ref, "lib.so"),))
        assert refs(found) == [recorded.ref, owner.ref]
        assert read.purl in {claim.value for claim in found.components[0].component.claims}

    def test_one_file_nobody_owns_keeps_the_component(self) -> None:
        package = said("pkg:deb/debian/z@1", Basis.PACKAGE_DATABASE)
        claims = tuple(Claim(Basis.VERSION_STRING, Location(path)) for path in ("owned", "stray"))
        seen = Component(purl=canonical("pkg:generic/z@1"), name="z", version="1", claims=claims)
        assert len(refs(merged(package, seen, owned=(Ownership(package.ref, "owned"),)))) == 2


def test_what_the_bytes_say_is_evidence_on_the_packaging_of_that_upstream() -> None:
    recipe = said(
        "pkg:yocto/core/openssl@3.0.13", Basis.BUILD_RECORD, upstream=(canonical("pkg:generic/openssl@3.0.13"),)
    )
    seen = said("pkg:generic/openssl@3.0.13", Basis.VERSION_STRING, "usr/bin/tool")
    assert refs(merged(recipe, seen)) == [recipe.ref]


class TestNested:
    def test_the_same_purl_inside_two_containers_is_two_components(self) -> None:
        wheels = [said(f"pkg:pypi/{name}@1") for name in "ab"]
        crates = [said("pkg:cargo/serde@1", Basis.EMBEDDED, within=wheel.ref) for wheel in wheels]
        assert len(refs(merged(*wheels, *crates))) == 4

    def test_what_is_inside_moves_with_its_container(self) -> None:
        bare, full = said("pkg:pypi/a@1"), said("pkg:pypi/a@1?vcs_url=x")
        crate = said("pkg:cargo/serde@1", Basis.EMBEDDED, within=bare.ref)
        assert refs(merged(bare, full, crate)) == [full.ref, f"{full.ref}!pkg:cargo/serde@1"]

    def test_two_copies_meet_when_their_containers_do(self) -> None:
        bare, full = said("pkg:pypi/a@1"), said("pkg:pypi/a@1?vcs_url=x")
        crates = [said("pkg:cargo/serde@1", Basis.EMBEDDED, within=one.ref) for one in (bare, full)]
        found = merged(bare, full, *crates)
        assert refs(found) == [full.ref, f"{full.ref}!pkg:cargo/serde@1"]
        assert len(found.components[1].statements) == 2


class TestFields:
    def test_the_stronger_basis_wins_and_the_weaker_fills_what_is_open(self) -> None:
        strong = said("pkg:npm/a@1", Basis.PACKAGE_DATABASE, "x", description="installed")
        weak = said("pkg:npm/a@1", Basis.REPORTED, "y", description="reported", supplier=Party("Acme"))
        component = only(merged(weak, strong)).component
        assert (component.description, component.supplier.name) == ("installed", "Acme")
        assert component.claims == (*strong.claims, *weak.claims)

    @pytest.mark.parametrize(
        ("stated", "wanted"),
        [
            (("excluded", "required"), "required"),
            (("excluded", "optional"), "optional"),
            (("excluded", ""), "excluded"),
            (("", ""), ""),
        ],
    )
    def test_what_one_needs_at_run_time_is_needed(self, stated: tuple[str, str], wanted: str) -> None:
        found = merged(*(said("pkg:npm/a@1", path=str(n), scope=scope) for n, scope in enumerate(stated)))
        assert only(found).component.scope == wanted

    def test_two_licences_conflict_when_both_are_spdx(self) -> None:
        found = merged(*(said("pkg:npm/a@1", path=name, licences=(Licence(name),)) for name in ("MIT", "ISC")))
        (conflict,) = found.conflicts
        assert {conflict.chosen, conflict.rejected} == {"MIT", "ISC"}
        assert only(found).component.licences == (Licence(conflict.chosen),)

    @pytest.mark.parametrize("other", ["mit", "Free for all", ""])
    def test_wording_is_no_conflict(self, other: str) -> None:
        found = merged(*(said("pkg:npm/a@1", path=text, licences=(Licence(text),)) for text in ("MIT", other)))
        assert not found.conflicts

    def test_one_download_with_two_digests_conflicts_and_keeps_both(self) -> None:
        found = merged(*(said("pkg:npm/a@1", path=digit, references=download(digit)) for digit in "01"))
        (conflict,) = found.conflicts
        assert conflict.field == "references[a-1.tgz][SHA-256]"
        assert len(only(found).component.references[0].digests) == 2

    def test_collections_are_united(self) -> None:
        found = merged(*(said("pkg:npm/a@1", path=n, properties=(Property("p", n),), cpes=(n,)) for n in "ba"))
        assert only(found).component.properties == (Property("p", "a"), Property("p", "b"))
        assert only(found).component.cpes == ("a", "b")

    def test_the_first_cpe_stays_the_first(self) -> None:
        found = merged(*(said("pkg:npm/a@1", path=n, cpes=("z", n)) for n in "ba"))
        assert only(found).component.cpes == ("z", "a", "b")


@pytest.mark.parametrize(
    ("package", "seen", "agree"),
    [
        ("3.0.13", "3.0.13", True),
        ("1:3.0.13-1+deb12u1", "3.0.13", True),
        ("3.0.13+dfsg-1", "3.0.13", True),
        ("3.0.13", "3.0.1", False),
        ("3.0.13-1", "3.0", False),
        ("3.0.13", "3.0.14", False),
    ],
)
def test_an_upstream_version_agrees_with_its_packaging(package: str, seen: str, agree: bool) -> None:
    owner = said(purl("deb", "x", package, namespace="debian"), Basis.PACKAGE_DATABASE)
    read = said(f"pkg:generic/x@{seen}", Basis.VERSION_STRING, "lib")
    assert bool(merged(owner, read, owned=(Ownership(owner.ref, "lib"),)).conflicts) is not agree


@pytest.mark.parametrize(("seen", "agree"), [("3.45.1", True), ("3.45.2", False)])
def test_a_version_of_the_release_that_is_packaged_is_no_conflict(seen: str, agree: bool) -> None:
    packaged = (canonical("pkg:generic/sqlite@3.45.1"),)
    owner = said("pkg:generic/sqlite@3450100", Basis.BUILD_RECORD, upstream=packaged)
    read = said(f"pkg:generic/sqlite@{seen}", Basis.VERSION_STRING, "lib")
    found = merged(owner, read, owned=(Ownership(owner.ref, "lib"),))
    assert bool(found.conflicts) is not agree
    assert only(found).component.version == "3450100"


@pytest.mark.parametrize(
    ("poor", "rich", "kept"),
    [
        ("pkg:yocto/zlib@1.3", "pkg:yocto/core/zlib@1.3?layer_version=1", 1),
        ("pkg:yocto/zlib", "pkg:yocto/core/zlib@1.3", 1),
        ("pkg:yocto/zlib@1.2", "pkg:yocto/core/zlib@1.3", 2),
        ("pkg:yocto/extra/zlib@1.3", "pkg:yocto/core/zlib@1.3", 2),
        ("pkg:yocto/zlib@1.3?a=b", "pkg:yocto/core/zlib@1.3", 2),
        ("pkg:generic/zlib@1.3", "pkg:yocto/core/zlib@1.3", 2),
        ("pkg:npm/core@1", "pkg:npm/%40babel/core@1", 2),
    ],
)
def test_a_recipe_of_which_more_is_known_is_named_once(poor: str, rich: str, kept: int) -> None:
    package = "pkg:generic/libz1@1.3-r0"
    database = said(package, Basis.PACKAGE_DATABASE, "status", upstream=(canonical(poor),))
    build = said(package, Basis.BUILD_RECORD, "record", upstream=(canonical(rich),))
    upstream = only(merged(database, build)).component.upstream
    assert (len(upstream), canonical(rich) in upstream) == (kept, True)


def test_an_edge_that_leads_nowhere_is_told() -> None:
    found = merged(said("pkg:npm/a@1"), edges=(Edge(Ref("pkg:npm/a@1"), Ref("pkg:npm/gone@1")),))
    assert not found.edges
    assert [(one.severity, "pkg:npm/gone@1" in one.message) for one in found.problems] == [("warning", True)]
