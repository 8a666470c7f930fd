"""The sample product is what it says: locks by the real tools, images that its build makes again, byte for byte."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest
import zstandard

SAMPLE = Path(__file__).parents[1] / "sample_firmware"
IMAGES = ("sensor-gateway.squashfs", "sensor-gateway-rootfs.tar.zst")
VENDOR = SAMPLE / "vendor"
TOOLS = ("gcc", "make", "strip", "dpkg-query", "mksquashfs", "tar", "zstd")
TOOLCHAIN = SAMPLE / "images" / "toolchain.txt"
MACHINE = "x86_64"
PACKAGE_JSON = re.compile(r"/node_modules/[^/@]+/package\.json$")
"""Of a package itself, not of a folder inside one."""


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def build(into: Path) -> Mapping[str, str]:
    """Copy the sample to another place, build it there, and return the digest of each file that came out."""
    shutil.copytree(SAMPLE, into / "sample", ignore=shutil.ignore_patterns("vendor", "images"))
    subprocess.run(
        ["sh", into / "sample" / "tools" / "build.sh", into / "out"],
        check=True,
        env={**os.environ, "VENDOR": str(VENDOR), "PYTHON": sys.executable},
    )
    return {path.name: digest(path) for path in (into / "out").iterdir()}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    for tool in TOOLS:
        if not shutil.which(tool):
            pytest.skip(f"{tool} is not installed")
    if os.uname().machine != MACHINE:
        pytest.skip(f"platform: the sample is built on {MACHINE}")
    lock = VENDOR / "ui" / "package-lock.json"
    if not lock.exists() or lock.read_bytes() != (SAMPLE / "ui" / "package-lock.json").read_bytes():
        pytest.skip("sample_firmware/vendor is empty or old; run sample_firmware/tools/fetch.sh")
    return build(tmp_path_factory.mktemp("build"))


def test_building_again_gives_the_committed_bytes_or_with_another_toolchain_the_same_bytes_twice(
    built: Mapping[str, str], tmp_path: Path
) -> None:
    if built["toolchain.txt"] == digest(TOOLCHAIN):
        assert {name: built[name] for name in IMAGES} == {name: digest(SAMPLE / "images" / name) for name in IMAGES}
    else:  # this machine's compiler or packer is not the recorded one, so only its own builds can agree
        assert build(tmp_path) == built


def test_the_images_are_small_enough_to_be_cloned() -> None:
    assert sum((SAMPLE / "images" / name).stat().st_size for name in IMAGES) <= 3 << 20


@pytest.fixture(scope="module")
def root() -> Mapping[str, bytes]:
    """The shipped root filesystem: path to content."""
    with (
        (SAMPLE / "images" / "sensor-gateway-rootfs.tar.zst").open("rb") as packed,
        zstandard.ZstdDecompressor().stream_reader(packed) as stream,
        tarfile.open(fileobj=stream, mode="r|") as archive,
    ):
        return {
            member.name.removeprefix("./"): (archive.extractfile(member) or stream).read()
            for member in archive
            if member.isfile()
        }


def test_the_image_holds_exactly_the_runtime_packages_of_the_python_lock(root: Mapping[str, bytes]) -> None:
    lock = tomllib.loads((SAMPLE / "service" / "pdm.lock").read_text())
    locked = {
        f"{one['name']}-{one['version']}".replace("-", "_") for one in lock["package"] if "default" in one["groups"]
    }
    folders = {path.split("/")[4] for path in root if path.endswith(".dist-info/METADATA")}
    installed = {folder.removesuffix(".dist-info").replace("-", "_") for folder in folders}
    assert installed == locked | {"sensor_gateway_1.0.0"}


def test_the_image_holds_exactly_the_production_packages_of_the_npm_lock(root: Mapping[str, bytes]) -> None:
    lock = json.loads((SAMPLE / "ui" / "package-lock.json").read_text())
    production = {(path, entry["version"]) for path, entry in lock["packages"].items() if path and not entry.get("dev")}
    ui = "usr/share/sensor-gateway/ui/"
    installed = {
        (path.removeprefix(ui).removesuffix("/package.json"), json.loads(data)["version"])
        for path, data in root.items()
        if PACKAGE_JSON.search(path)
    }
    assert installed == production
    assert len({path.rpartition("node_modules/")[2] for path, _ in production}) < len(production), "no nested duplicate"
    assert any(entry.get("dev") for entry in lock["packages"].values())


def test_every_package_in_the_import_map_is_in_the_image(root: Mapping[str, bytes]) -> None:
    page = root["usr/share/sensor-gateway/ui/index.html"].decode()
    table = json.loads(page.split('<script type="importmap">')[1].split("</script>")[0])
    files = [file for names in (table["imports"], *table["scopes"].values()) for file in names.values()]
    assert files
    assert [file for file in files if f"usr/share/sensor-gateway/ui/{file.removeprefix('./')}" not in root] == []
    assert table["scopes"], "the nested duplicate has no scope"


def test_the_program_is_linked_as_told(root: Mapping[str, bytes]) -> None:
    program = root["usr/bin/sampled"]
    assert program.startswith(b"\x7fELF")
    assert b" deflate 1." in program, "zlib is not inside"
    for library in (b"libsqlite3.so.0", b"libcjson.so.1", b"libm.so.6", b"libc.so.6"):
        assert library in program


def test_no_file_in_the_image_is_byte_code_or_tells_where_it_was_built(root: Mapping[str, bytes]) -> None:
    own = [path for path in root if path.endswith(".pyc") or "__pycache__" in path]
    own += [path for path, data in root.items() if b"/tmp/tmp." in data or b"sample_firmware" in data]
    assert own == []
