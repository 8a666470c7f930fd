"""firmbom learn, from packages and builds to recognised files: the same, stripped, linked anew."""

from __future__ import annotations

import gzip
import io
import json
import sqlite3
import struct
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from firmbom.cli.main import main
from firmbom.errors import InputError
from firmbom.model import Component, Ownership
from firmbom_elf import elf
from firmbom_elf.binary import fingerprint
from firmbom_elf.facts import Examined, Fingerprint, Rule
from firmbom_elf.learnt import learning, rpm_header
from firmbom_elf.learnt.known import Known
from firmbom_elf.learnt.recognised import recognise

NAMES = [f"pump_{verb}_{noun}" for verb in ("open", "close", "read") for noun in ("valve", "sensor", "log", "port")]


def compiled(folder: Path, names: list[str], *options: str) -> bytes:
    """A library that exports ``names``."""
    source = "".join(
        f"int {name}(int x) {{ return x * {len(name)} + {number}; }}\n" for number, name in enumerate(names)
    )
    (folder / "pump.c").write_text(source)
    command = [
        "gcc",
        "-shared",
        "-fPIC",
        "-Wl,-soname,libpump.so.1",
        "-Wl,--build-id=sha1",
        *options,
        "-o",
        "out.so",
        "pump.c",
    ]
    subprocess.run(command, cwd=folder, check=True)
    return (folder / "out.so").read_bytes()


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return compiled(tmp_path_factory.mktemp("build"), NAMES, "-g", "-O1")


def tar(files: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return made.getvalue()


def deb(path: Path, fields: str, files: dict[str, bytes]) -> Path:
    """A Debian package (deb(5)): an ``ar`` archive of three members."""
    members = {
        "debian-binary": b"2.0\n",
        "control.tar.gz": tar({"./control": fields.encode()}),
        "data.tar.gz": tar({f"./{name}": content for name, content in files.items()}),
    }
    made = b"!<arch>\n"
    for name, content in members.items():
        made += (
            f"{name:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(content):<10}`\n".encode()
            + content
            + b"\n" * (len(content) % 2)
        )
    path.write_bytes(made)
    return path


CONTROL = "Package: libpump1\nSource: pump (1:2.5.1+dfsg-3)\nVersion: 1:2.5.1+dfsg-3+b1\nArchitecture: arm64\n"


@pytest.fixture(scope="module")
def database(library: bytes, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("learnt")
    package = deb(folder / "libpump1.deb", CONTROL, {"usr/lib/libpump.so.1": library, "usr/share/doc/x": b"text"})
    assert main(["learn", str(package), "-o", str(folder / "known.db"), "--quiet"]) == 0
    return folder / "known.db"


@pytest.fixture
def opened(database: Path) -> Iterator[Known]:
    with Known(database) as made:
        yield made


def examined(data: bytes, sha256: str = "") -> Examined:
    found = elf.read(data).elf
    assert found
    return Examined(
        path="lib/x.so", place="lib/x.so", elf=found, fingerprint=fingerprint.of(data, found), sha256=sha256
    )


def sha256(data: bytes) -> str:
    import hashlib

    return hashlib.sha256(data).hexdigest()


def cut(data: bytes, folder: Path, *command: str) -> bytes:
    """What a tool makes of a library."""
    path = folder / "copy.so"
    path.write_bytes(data)
    subprocess.run([*command, str(path)], check=True)
    return path.read_bytes()


def test_the_same_file_is_the_package(library: bytes, opened: Known) -> None:
    files, facts = recognise([examined(library, sha256(library))], opened)
    component, owned = facts
    assert isinstance(component, Component)
    assert component.purl == "pkg:deb/debian/libpump1@1:2.5.1%2Bdfsg-3%2Bb1?arch=arm64"
    assert component.upstream == ("pkg:generic/pump@2.5.1",)
    assert component.claims[0].confidence == 1.0
    assert component.claims[0].location.text == "same bytes as usr/lib/libpump.so.1 of libpump1 1:2.5.1+dfsg-3+b1"
    assert owned == Ownership(component.ref, "lib/x.so")
    assert files[0].sightings == ()


def test_a_stripped_copy_is_the_same_build(library: bytes, opened: Known, tmp_path: Path) -> None:
    stripped = cut(library, tmp_path, "strip")
    assert sha256(stripped) != sha256(library)
    _, facts = recognise([examined(stripped, sha256(stripped))], opened)
    assert isinstance(facts[0], Component)
    assert facts[0].claims[0].location.text.startswith("same build")


def test_a_copy_without_build_id_has_the_same_code(library: bytes, opened: Known, tmp_path: Path) -> None:
    bare = cut(library, tmp_path, "strip")
    one = examined(bare, sha256(bare))
    assert one.elf
    one = msgspec.structs.replace(one, elf=msgspec.structs.replace(one.elf, build_id=""))
    files, facts = recognise([one], opened)
    assert facts == []
    [seen] = files[0].sightings
    assert (seen.rule, seen.name, seen.own) == (Rule.SIMILAR, "pump", True)
    assert seen.text.startswith("same code, ")


def test_a_library_linked_anew_is_alike_but_its_version_is_not_known(opened: Known, tmp_path: Path) -> None:
    other = compiled(tmp_path, [*NAMES[1:], "pump_reset_all"], "-O2", "-Wl,--build-id=none")
    files, facts = recognise([examined(other, sha256(other))], opened)
    assert facts == []
    [seen] = files[0].sightings
    assert (seen.name, seen.version) == ("pump", "")
    assert seen.text.startswith("similar symbols, 0.8")


def test_what_is_only_alike_is_a_component_of_the_document(
    library: bytes, database: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bare = cut(library, tmp_path, "strip", "--remove-section=.note.gnu.build-id")
    other = compiled(tmp_path, [*NAMES[1:], "pump_reset_all"], "-O2", "-Wl,--build-id=none")
    (tmp_path / "root").mkdir()
    for name, content in {"a.so": bare, "b.so": other}.items():
        (tmp_path / "root" / name).write_bytes(content)
    assert main(["audit", str(tmp_path / "root"), "--known", str(database), "--format", "json"]) == 0
    [found] = json.loads(capsys.readouterr().out)["components"]
    assert (found["purl"], found["locations"]) == ("pkg:generic/pump", ["a.so", "b.so"])


def test_another_library_is_not_known(opened: Known, tmp_path: Path) -> None:
    other = compiled(tmp_path, [f"quite_other_{number}" for number in range(12)], "-Wl,--build-id=none")
    one = examined(other, sha256(other))
    assert recognise([one, Examined(path="x", place="x")], opened) == ([one, Examined(path="x", place="x")], [])


def test_two_versions_with_the_same_bytes_are_no_version(library: bytes, tmp_path: Path) -> None:
    newer = CONTROL.replace("2.5.1", "2.5.2")
    packages = [deb(tmp_path / f"{n}.deb", text, {"l.so": library}) for n, text in enumerate((CONTROL, newer))]
    data, problems = learning.learn(packages)
    (tmp_path / "known.db").write_bytes(data)
    assert problems == ()
    with Known(tmp_path / "known.db") as opened:
        files, facts = recognise([examined(library, sha256(library))], opened)
    assert facts == []
    assert (files[0].sightings[0].name, files[0].sightings[0].version) == ("pump", "")


def test_the_same_packages_give_the_same_bytes_in_any_order(library: bytes, tmp_path: Path) -> None:
    one = deb(tmp_path / "one.deb", CONTROL, {"a.so": library, "b.so": library})
    two = deb(tmp_path / "two.deb", CONTROL.replace("libpump1", "libpump2"), {"c.so": library})
    assert learning.learn([one, two]) == learning.learn([two, one])


def test_builds_and_other_packages(library: bytes, tmp_path: Path) -> None:
    def names(*paths: Path) -> list[tuple[str, str, str]]:
        data, _ = learning.learn(paths)
        (tmp_path / "x.db").write_bytes(data)
        with closing(sqlite3.connect(tmp_path / "x.db")) as rows:
            found = rows.execute("SELECT purl, upstream_version, path FROM file JOIN package ON package.id = package")
            return sorted(found.fetchall())

    buildroot = tmp_path / "output"
    for path, content in {
        "build/packages-file-list.txt": b"libpump,./usr/lib/libpump.so.1\nnone,./gone\nlibpump,./etc/pump.conf\nodd\n",
        "build/libpump-2.5.1/Makefile": b"",
        "target/usr/lib/libpump.so.1": library,
        "target/etc/pump.conf": b"",
    }.items():
        (buildroot / path).parent.mkdir(parents=True, exist_ok=True)
        (buildroot / path).write_bytes(content)
    assert names(buildroot) == [("pkg:generic/libpump@2.5.1", "2.5.1", "usr/lib/libpump.so.1")]

    split = tmp_path / "tmp/work/cortexa53-poky-linux/pump/1_2.5.1-r0/packages-split/libpump1/usr/lib"
    (split / ".debug").mkdir(parents=True)
    (split / "libpump.so.1").write_bytes(library)
    (split / ".debug/libpump.so.1").write_bytes(library)
    assert names(tmp_path / "tmp") == [("pkg:yocto/pump@2.5.1", "2.5.1", "usr/lib/libpump.so.1")]

    apk = tmp_path / "pump.apk"
    apk.write_bytes(
        tar(
            {".PKGINFO": b"# x\npkgname = libpump\npkgver = 2.5.1-r4\norigin = pump\narch = aarch64\n", "l.so": library}
        )
    )
    assert names(apk) == [("pkg:apk/alpine/libpump@2.5.1-r4?arch=aarch64", "2.5.1", "l.so")]

    ipk = deb(tmp_path / "pump.ipk", CONTROL.replace("Source: pump (1:2.5.1+dfsg-3)\n", ""), {"l.so": library})
    assert [one[:2] for one in names(ipk)] == [("pkg:generic/libpump1@1:2.5.1%2Bdfsg-3%2Bb1", "2.5.1")]

    (tmp_path / "feed").mkdir()
    deb(tmp_path / "feed/pump.deb", CONTROL, {"l.so": library})
    assert len(names(tmp_path / "feed")) == 1


RELEASES = (
    ("deb", "pump", "0.2.5-1", "0.2.5"),
    ("deb", "pump", "1:1.3.dfsg+really1.3.1-1+b1", "1.3.1"),
    ("deb", "pump (2:4.4.3-P1-2)", "1:9-1", "4.4.3-P1"),
    ("deb", "pump", "1:9.2p1-2+deb12u3", "9.2p1"),
    ("ipk", "pump", "2.90-r2", "2.90"),
    ("ipk", "pump", "1.0+git0+8a7d-r0", "1.0"),
    ("ipk", "pump_1.0.bb", "1.0-r0", "1.0"),
    ("ipk", "feeds/packages/pump", "2023-05-01-1", "2023-05-01"),
)
"""Kind of package, source and version as stated, upstream's release."""


def test_the_release_that_a_package_is_made_from(library: bytes, tmp_path: Path) -> None:
    packages = [
        deb(
            tmp_path / f"{number}.{suffix}",
            f"Package: p{number}\nSource: {source}\nVersion: {version}\nArchitecture: arm64\n",
            {"l.so": library},
        )
        for number, (suffix, source, version, _) in enumerate(RELEASES)
    ]
    data, _ = learning.learn(packages)
    (tmp_path / "x.db").write_bytes(data)
    with closing(sqlite3.connect(tmp_path / "x.db")) as rows:
        found = rows.execute("SELECT upstream, upstream_version FROM package ORDER BY name").fetchall()
    assert found == [("pump", released) for *_, released in RELEASES]


@pytest.mark.parametrize("content", [b"", b"no package", tar({"control": b"Package: x"})])
def test_what_is_no_package_is_told(tmp_path: Path, content: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "x.deb"
    path.write_bytes(content)
    assert main(["learn", str(path), "-o", str(tmp_path / "known.db")]) == 1
    assert "nothing to learn" in capsys.readouterr().err
    assert not (tmp_path / "known.db").exists()


def rpm(path: Path, said: dict[int, str | int], library: bytes) -> Path:
    """An RPM package (rpm's "Package format") of one library; tags as there."""

    def header(values: dict[int, str | int]) -> bytes:
        index, store = b"", b""
        for tag, value in values.items():
            kind, content = (6, value.encode() + b"\0") if isinstance(value, str) else (4, struct.pack(">I", value))
            store += b"\0" * (-len(store) % 4)
            index += struct.pack(">IIII", tag, kind, len(store), 1)
            store += content
        return b"\x8e\xad\xe8\x01" + bytes(4) + struct.pack(">II", len(values), len(store)) + index + store

    payload = b""
    for name, content in (("./usr/lib64/libpump.so.1", library), ("TRAILER!!!", b"")):
        fields = (1, 0o100644, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name) + 1, 0)
        entry = b"070701" + b"".join(b"%08x" % field for field in fields) + name.encode() + b"\0"
        payload += entry + bytes(-len(entry) % 4) + content + bytes(-len(content) % 4)
    signature = header({269: "0" * 40})
    lead = b"\xed\xab\xee\xdb\x03" + bytes(91)
    path.write_bytes(lead + signature + bytes(-len(signature) % 8) + header(said) + gzip.compress(payload))
    return path


def test_an_rpm_package_is_what_its_header_says(library: bytes, tmp_path: Path) -> None:
    full: dict[int, str | int] = {1000: "libpump1", 1001: "2.5.1", 1002: "4.el9", 1003: 1, 1022: "s390x"}
    full[1044] = "pump-2.5.1-4.el9.src.rpm"
    bare: dict[int, str | int] = {1000: "libpump2", 1001: "2.5.1", 1002: "4"}
    packages = [rpm(tmp_path / "any name.rpm", full, library), rpm(tmp_path / "other.rpm", bare, library)]
    data, problems = learning.learn(packages)
    assert problems == ()
    (tmp_path / "x.db").write_bytes(data)
    with closing(sqlite3.connect(tmp_path / "x.db")) as rows:
        assert rows.execute("SELECT purl, upstream, upstream_version FROM package ORDER BY name").fetchall() == [
            ("pkg:rpm/libpump1@2.5.1-4.el9?arch=s390x&epoch=1", "pump", "2.5.1"),
            ("pkg:rpm/libpump2@2.5.1-4", "libpump2", "2.5.1"),
        ]
        assert rows.execute("SELECT DISTINCT path FROM file").fetchall() == [("usr/lib64/libpump.so.1",)]


def test_damaged_rpm_headers(library: bytes, tmp_path: Path) -> None:
    whole = rpm(tmp_path / "x.rpm", {1000: "libpump1", 1001: "2.5.1", 1003: 1}, b"").read_bytes()
    told = rpm_header.read(whole)
    assert told == {1000: "libpump1", 1001: "2.5.1", 1003: "1"}
    for size in range(len(whole)):
        assert set(rpm_header.read(whole[:size]).items()) <= {*told.items(), (1000, ""), (1001, "")} | {
            (tag, text[:cut]) for tag, text in told.items() for cut in range(len(text))
        }
    for at in range(96, len(whole)):
        rpm_header.read(whole[:at] + b"\xff\xff\xff\xff" + whole[at + 4 :])
    with pytest.raises(InputError, match=r"nothing to learn: .*no name and version"):
        learning.learn([rpm(tmp_path / "y.rpm", {1000: "libpump1"}, library)])


def test_one_bad_package_costs_only_itself(library: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = deb(tmp_path / "good.deb", CONTROL, {"l.so": library})
    bad = deb(tmp_path / "bad.deb", "Version: 1\n", {"l.so": library})
    assert main(["learn", str(bad), str(good), "-o", str(tmp_path / "known.db")]) == 4
    assert "bad.deb: not learnt: says no Package in its metadata" in capsys.readouterr().err


@pytest.mark.parametrize("content", [b"", b"SQLite format 3\0" * 9, b"\0" * 5000])
def test_what_is_no_database_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "known.db"
    path.write_bytes(content)
    with pytest.raises(InputError, match="not a database of known files"):
        Known(path)


@pytest.mark.parametrize(
    "damage",
    ["file SET fingerprint = 'x'", "file SET fingerprint = 5", "package SET purl = 'none'", "package SET name = ''"],
)
def test_a_damaged_database_is_told(database: Path, library: bytes, tmp_path: Path, damage: str) -> None:
    with closing(sqlite3.connect(":memory:")) as rows:
        rows.deserialize(database.read_bytes())
        rows.execute(f"UPDATE {damage}")
        rows.commit()
        (tmp_path / "x.db").write_bytes(rows.serialize())
    with Known(tmp_path / "x.db") as opened, pytest.raises(InputError, match="not a database of known files"):
        opened.match(examined(library, sha256(library)))


def test_a_missing_database_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="firmbom learn"):
        Known(tmp_path / "none.db")


def test_sketches_estimate_likeness() -> None:
    left = fingerprint.sketch([f"symbol_{number}" for number in range(1000)])
    half = fingerprint.sketch([f"symbol_{number}" for number in range(500, 1500)])
    assert fingerprint.similarity(left, left) == 1
    assert 0.15 < fingerprint.similarity(left, half) < 0.55  # the true value is 1/3
    assert fingerprint.similarity(left, fingerprint.sketch(["other"])) < 0.1
    assert fingerprint.similarity((), ()) == 0


def test_a_cut_file_has_a_fingerprint_too(library: bytes) -> None:
    whole = elf.read(library).elf
    assert whole
    for size in range(0, len(library), len(library) // 60):
        made = fingerprint.of(library[:size], whole)
        assert isinstance(made, Fingerprint)
        assert fingerprint.shared(made, fingerprint.of(library, whole)) <= 1


def test_a_table_of_segments_that_lies_nowhere(library: bytes) -> None:
    whole = elf.read(library).elf
    assert whole
    for start in (len(library) - 20, 1 << 62, (1 << 64) - 1):
        damaged = library[:32] + start.to_bytes(8, "little") + library[40:]
        assert fingerprint.of(damaged, whole).segments == ()
