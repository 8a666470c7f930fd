"""audit, ls and extract on real images, as a person runs them."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import pytest

from firmbom.cli.main import main

SQUASHFS = Path(__file__).parents[1] / "tree/readers/data/squashfs/sample-xz.squashfs"
STATUS = """\
Package: zlib1g
Status: install ok installed
Architecture: arm64
Version: 1:1.2.13.dfsg-1
Source: zlib
Maintainer: Zlib People <zlib@example.com>
Description: compression library

"""
CURL = STATUS.replace("zlib1g", "curl").replace("1:1.2.13.dfsg-1", "8.0.1-2").replace("Source: zlib\n", "")
OS_RELEASE = "ID=debian\nVERSION_ID=12\n"


def image(path: Path, files: dict[str, str]) -> Path:
    """A root filesystem as a tar archive."""
    with tarfile.open(path, "w:xz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content.encode())
            archive.addfile(member, io.BytesIO(content.encode()))
    return path


ROOT = {
    "etc/os-release": OS_RELEASE,
    "usr/bin/curl": "curl 8.0.1",
    "usr/bin/own": "ours",
    "usr/lib/libz.so.1": "zlib 1.2.13",
    "var/lib/dpkg/info/curl.list": "/usr/bin/curl\n",
    "var/lib/dpkg/info/zlib1g.list": "/usr/lib/libz.so.1\n",
    "var/lib/dpkg/status": STATUS + CURL,
}


@pytest.fixture
def shipped(tmp_path: Path) -> Path:
    return image(tmp_path / "firmware.bin", ROOT)


@pytest.fixture
def bom(shipped: Path, tmp_path: Path) -> Path:
    assert main(["audit", str(shipped), "--quiet", "-o", str(tmp_path / "bom.json")]) == 0
    return tmp_path / "bom.json"


def drift(path: Path, bom: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, list[tuple[str, str]]]:
    capsys.readouterr()
    status = main(["audit", str(path), "--against", str(bom), "--format", "json", "--quiet"])
    return status, [(row["kind"], row["subject"]) for row in json.loads(capsys.readouterr().out)["drift"]]


def test_an_image_is_listed_with_where_each_component_sits(shipped: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", str(shipped)]) == 0
    listed = capsys.readouterr().out
    assert "curl" in listed
    assert "1:1.2.13.dfsg-1" in listed
    assert "firmware.bin!/var/lib/dpkg/status" in listed


def test_an_untouched_image_does_not_drift_whatever_it_is_called(
    shipped: Path, bom: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert drift(shipped, bom, capsys) == (0, [])
    assert drift(shipped.rename(tmp_path / "renamed"), bom, capsys) == (0, [])
    assert main(["audit", str(tmp_path / "renamed"), "--against", str(bom)]) == 0
    assert capsys.readouterr().out == "no difference\n"


@pytest.mark.parametrize(
    ("changes", "status", "rows"),
    [
        (
            {"var/lib/dpkg/status": STATUS, "usr/bin/curl": None, "var/lib/dpkg/info/curl.list": None},
            32 + 1,
            [("absent", "pkg:deb/debian/curl")],
        ),
        (
            {"var/lib/dpkg/status": STATUS + CURL.replace("8.0.1-2", "8.0.1-3"), "usr/bin/curl": "patched"},
            32 + 4,
            [("version", "pkg:deb/debian/curl")],
        ),
        ({"usr/bin/stray": "who am I"}, 32 + 2, [("unclaimed", "usr/bin/stray")]),
        ({"usr/bin/own": "0urs"}, 32 + 8, [("changed", "usr/bin/own")]),
        ({"usr/lib/libz.so.1": "zlib 1.2.14"}, 32 + 8, [("changed", "usr/lib/libz.so.1")]),
    ],
)
def test_each_change_is_told_and_nothing_else(
    changes: dict[str, str | None],
    status: int,
    rows: list[tuple[str, str]],
    bom: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    files = {name: content for name, content in {**ROOT, **changes}.items() if content is not None}
    found = drift(image(tmp_path / "other", files), bom, capsys)
    assert found == (status, rows)


def test_an_image_with_nothing_known_in_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", str(SQUASHFS), "-o", str(tmp_path / "bom.json")]) == 3
    assert not (tmp_path / "bom.json").exists()
    assert "--allow-empty" in capsys.readouterr().err
    bom = tmp_path / "bom.json"
    assert main(["audit", str(SQUASHFS), "--allow-empty", "--quiet", "-o", str(bom)]) == 0
    assert main(["audit", str(SQUASHFS), "--against", str(bom), "--quiet"]) == 0


def test_what_is_no_image_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "text").write_text("hello")
    for command in (["audit"], ["ls"]):
        assert main([*command, str(tmp_path / "text")]) == 1
        assert "is text, not a container" in capsys.readouterr().err
    assert main(["audit", str(SQUASHFS), "--against", str(tmp_path / "gone")]) == 1
    assert "gone" in capsys.readouterr().err


def test_ls_shows_files_and_links_through_containers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub/rootfs").write_bytes(SQUASHFS.read_bytes())
    assert main(["ls", str(tmp_path)]) == 0
    lines = [line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines()]
    assert ["6", "sub/rootfs!/etc/hello"] in lines
    assert ["0", "sub/rootfs!/etc/link -> ../usr/lib/big"] in lines
    assert main(["ls", str(tmp_path), "--flat"]) == 0
    assert capsys.readouterr().out.split() == [str(SQUASHFS.stat().st_size), "sub/rootfs"]


def test_ls_for_scripts(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ls", str(SQUASHFS), "--only", "etc/h*", "--json", "--digest"]) == 0
    entries = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(one["path"], one["size"], one["sha256"][:8]) for one in entries] == [
        ("etc/hard", 6, "5891b5b5"),
        ("etc/hello", 6, "5891b5b5"),
    ]
    assert main(["ls", str(SQUASHFS), "--digest", "--only", "etc/hello"]) == 0
    assert capsys.readouterr().out.startswith("5891b5b5")


def test_ls_of_a_damaged_image_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    damaged = SQUASHFS.with_name("hostile") / "block-beyond-end.squashfs"
    assert main(["ls", str(damaged), "--digest"]) == 4
    assert "its image ends in it" in capsys.readouterr().err


@pytest.mark.parametrize("path", ["etc/hello", "/etc/hello", "sample-xz.squashfs!/etc/hello"])
def test_extract_takes_one_file_out(path: str, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["extract", str(SQUASHFS), path]) == 0
    assert capfdbinary.readouterr().out == b"hello\n"
    target = tmp_path / "out"
    assert main(["extract", str(SQUASHFS), path, "-o", str(target)]) == 0
    assert target.read_bytes() == b"hello\n"


def test_extract_leaves_nothing_behind_when_it_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "out"
    assert main(["extract", str(SQUASHFS), "etc/none", "-o", str(target)]) == 1
    assert "no such file in it" in capsys.readouterr().err
    damaged = SQUASHFS.with_name("hostile") / "block-beyond-end.squashfs"
    assert main(["extract", str(damaged), "usr/lib/big", "-o", str(target)]) == 1
    assert list(tmp_path.iterdir()) == []
