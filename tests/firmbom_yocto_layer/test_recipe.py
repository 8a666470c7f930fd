"""The record of a recipe: sources, patches, CVEs, packages; and that the plugin reads what the class writes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from firmbom.model import Digest, Party, Patch
from firmbom.problems import Report
from firmbom.tree.folder import FolderTree
from firmbom_yocto import records
from firmbom_yocto.said import Said, Stored

MAKE = Callable[..., Any]
SHA256 = "b" * 64
COMMIT = "0123456789abcdef0123456789abcdef01234567"
PATCH = "Upstream-Status: Backport [https://example.com]\nCVE: CVE-2023-1234 cve-2023-1235\n--- a\n+++ b\n"


@pytest.fixture
def build(tmp_path: Path) -> Path:
    """A layer and the pkgdata and packages of a recipe."""
    files = tmp_path / "layer" / "recipes-x" / "hello" / "files"
    files.mkdir(parents=True)
    (files / "fix-CVE-2022-0001.patch").write_text(PATCH)
    (files / "hello.sh").write_text("echo hello")
    runtime = tmp_path / "pkgdata" / "runtime"
    runtime.mkdir(parents=True)
    (runtime / "hello").write_text(
        "PN: hello\nPKG:hello: hello1\nPKGV: 1.2\nPKGR: r0.1\nRDEPENDS:hello: libc6 (>= 2)\n"
    )
    (runtime / "hello.packaged").touch()
    (runtime / "hello-dbg").write_text("PN: hello\nPKGV: 1.2\nSUMMARY:hello-dbg: Two\\nlines \\ud800\n")
    (runtime / "hello-dbg.packaged").touch()
    (runtime / "hello-doc").write_text("PN: hello\n")
    for package in ("hello", "hello-dbg"):
        (tmp_path / "split" / package / "usr" / "bin").mkdir(parents=True)
        (tmp_path / "split" / package / "usr" / "bin" / "hello").write_text("echo hello")
    (tmp_path / "split" / "hello" / "usr" / "bin" / "hi").symlink_to("hello")
    return tmp_path


@pytest.fixture
def variables(build: Path) -> dict[str, Any]:
    return {
        "PN": "lib32-hello",
        "BPN": "hello",
        "PV": "1.2+git",
        "PE": "1",
        "PACKAGE_ARCH": "core2-64",
        "FIRMBOM_LAYER": "Standin",
        "LICENSE": "MIT & GPLv2+",
        "SUMMARY": "Says\n hello",
        "HOMEPAGE": "https://example.com",
        "SPDX_SUPPLIER": "Organization: Example (hi@example.com)",
        "SRC_URI": "https://u:p@example.com/hello.tgz git://u:p@example.com/x.git;protocol=https;branch=main "
        "git:///home/me/x;protocol=file file://fix-CVE-2022-0001.patch file://hello.sh file://gone.patch "
        "file:///home/me/secret.cfg https://example.com/CVE-2021-1111.patch;apply=yes "
        "git://example.com/y.git;protocol=https;x=AUTOREV",
        "SRC_URI[sha256sum]": SHA256,
        "SRCREV": COMMIT,
        "CVE_STATUS[CVE-2020-0001]": "not-applicable-config: needs ${PV}",
        "CVE_STATUS[doc]": "The documentation",
        "CVE_STATUS_GROUPS": "GROUP",
        "GROUP": "CVE-2020-0002",
        "GROUP[status]": "fixed-version",
        "CVE_CHECK_STATUSMAP[not-applicable-config]": "Ignored",
        "CVE_CHECK_IGNORE": "CVE-2020-0003",
        "PACKAGES": "hello hello-dbg hello-doc hello-none",
        "FIRMBOM_EXCLUDE_PACKAGES": "*-dbg",
        "PKGDATA_DIR": str(build / "pkgdata"),
        "PKGDEST": str(build / "split"),
        "BBLAYERS": f"{build / 'layer'} /other",
        "FILE": str(build / "layer" / "recipes-x" / "hello" / "hello_1.2.bb"),
        "FIRMBOM_WORKDIR": str(build / "work"),
    }


@pytest.fixture
def library(build: Path, bitbake: MAKE) -> Any:
    made = bitbake("kernel")
    files = build / "layer" / "recipes-x" / "hello" / "files"
    made.files = {path.name: str(path) for path in files.iterdir()}
    return made


def read(folder: Path) -> tuple[Said, Report]:
    report = Report()
    tree = FolderTree(folder)
    found = [file for file in tree.walk() if file.path.endswith(".json")]
    return records.read(found, report), report


def written(module: MAKE, store: MAKE, library: Any, variables: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(module("recipe").record(store(variables), library)))
    return found


def test_the_record(module: MAKE, store: MAKE, library: Any, variables: dict[str, Any]) -> None:
    said = written(module, store, library, variables)
    assert said["file"] == "recipes-x/hello/hello_1.2.bb"
    assert said["summary"] == "Says hello"
    assert said["kinds"] == ["kernel"]
    assert said["products"] == ["hello"]
    assert said["product_version"] == "1.2"
    assert said["cve_status"] == {
        "CVE-2020-0001": {"detail": "not-applicable-config", "means": "Ignored", "reason": "needs 1.2+git"},
        "CVE-2020-0002": {"detail": "fixed-version", "means": "", "reason": ""},
        "CVE-2020-0003": {"detail": "ignored", "means": "", "reason": ""},
    }


def test_sources(module: MAKE, store: MAKE, library: Any, variables: dict[str, Any]) -> None:
    said = written(module, store, library, variables)
    assert [one["url"] for one in said["sources"]] == [
        "https://example.com/hello.tgz",
        "git://example.com/x.git",
        "file://x",
        "https://example.com/CVE-2021-1111.patch",
        "git://example.com/y.git",
    ]
    assert said["sources"][0]["digests"]["sha256"] == SHA256
    assert said["sources"][4]["unknown"] == "RuntimeError"
    digest = hashlib.sha256(PATCH.encode()).hexdigest()
    assert said["patches"] == [
        {
            "name": "fix-CVE-2022-0001.patch",
            "path": "recipes-x/hello/files/fix-CVE-2022-0001.patch",
            "sha256": digest,
            "cves": ["CVE-2022-0001", "CVE-2023-1234", "CVE-2023-1235"],
            "status": "Backport [https://example.com]",
        },
        {"name": "gone.patch"},
        {"name": "CVE-2021-1111.patch", "url": "https://example.com/CVE-2021-1111.patch", "cves": ["CVE-2021-1111"]},
    ]
    assert [one["name"] for one in said["files"]] == ["hello.sh", "secret.cfg"]
    assert "/home/me" not in json.dumps(said)


def test_packages(module: MAKE, store: MAKE, library: Any, variables: dict[str, Any]) -> None:
    hello, debug = written(module, store, library, variables)["packages"]
    digest = hashlib.sha256(b"echo hello").hexdigest()
    assert hello["files"] == {"/usr/bin/hello": [10, digest]}
    assert (hello["name"], hello["version"], hello["revision"]) == ("hello1", "1.2", "r0.1")
    assert "files" not in debug
    assert debug["name"] == "hello-dbg"


def test_a_file_without_permission_keeps_its_place(module: MAKE, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr("builtins.open", refuse)
    assert module("packaged")._sha256("/etc/shadow") == ""


@pytest.mark.parametrize(("value", "products"), [("", []), ("a:b c", ["a:b", "c"])])
def test_products_as_stated(
    module: MAKE, store: MAKE, library: Any, variables: dict[str, Any], value: str, products: list[str]
) -> None:
    assert written(module, store, library, variables | {"CVE_PRODUCT": value})["products"] == products


def test_a_file_that_is_too_large_has_no_digest(
    module: MAKE, store: MAKE, library: Any, variables: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module("sources"), "LARGEST", 3)
    assert "sha256" not in written(module, store, library, variables)["patches"][0]


@pytest.mark.parametrize(
    ("address", "plain"),
    [
        ("https://u:p@example.com/x", "https://example.com/x"),
        ("https://example.com/x@y", "https://example.com/x@y"),
        ("https://u:p@[broken/x", "https://[broken/x"),
    ],
)
def test_no_password_is_recorded(module: MAKE, address: str, plain: str) -> None:
    assert module("said").without_user(address) == plain


def test_the_plugin_reads_it(module: MAKE, store: MAKE, library: Any, variables: dict[str, Any], build: Path) -> None:
    module("recipe").write(store(variables), library)
    text = (build / "work" / "record" / "lib32-hello.json").read_text("utf-8")
    assert str(build) not in text
    said, report = read(build / "work")
    assert list(report.problems()) == []
    recipe = said.recipes["lib32-hello"]
    assert (recipe.base, recipe.version, recipe.layer) == ("hello", "1.2+git", "standin")
    assert recipe.licence == "MIT AND GPL-2.0-or-later"
    assert recipe.cpes == ("cpe:2.3:*:*:hello:1.2:*:*:*:*:*:*:*",)
    assert recipe.supplier == Party("Example", email="hi@example.com")
    assert [one.url for one in recipe.sources] == [
        f"git+https://example.com/x.git@{COMMIT}",
        "git+https://example.com/y.git",
        "https://example.com/hello.tgz",
    ]
    assert recipe.sources[2].digests == (Digest.named("sha256", SHA256),)
    assert recipe.patches == (
        Patch("backport", "CVE-2021-1111.patch", ("CVE-2021-1111",)),
        Patch(
            "backport",
            "recipes-x/hello/files/fix-CVE-2022-0001.patch",
            ("CVE-2022-0001", "CVE-2023-1234", "CVE-2023-1235"),
        ),
        Patch("unofficial", "gone.patch"),
    )
    package = said.packages["hello1"]
    assert (package.key, package.recipe, package.version) == ("hello", "lib32-hello", "1.2-r0.1")
    assert package.requires == ("libc6",)
    assert package.files == {"usr/bin/hello": Stored(10, hashlib.sha256(b"echo hello").hexdigest())}
    assert said.packages["hello-dbg"].files is None


def test_the_kernel_and_its_configuration(
    module: MAKE, store: MAKE, library: Any, variables: dict[str, Any], tmp_path: Path
) -> None:
    more = {"B": str(tmp_path / "b"), "KERNEL_VERSION": "6.6.30-acme"}
    assert written(module, store, library, variables | more)["kernel"] == {"release": "6.6.30-acme"}
    (tmp_path / "b").mkdir()
    config = b"# Linux/arm64 6.6.30 Kernel Configuration\nCONFIG_USB=m\nCONFIG_A=y\nCONFIG_HZ=250\n"
    (tmp_path / "b/.config").write_bytes(config)
    said = written(module, store, library, variables | more)["kernel"]["config"]
    assert (said["options"], said["sha256"]) == ("A=y USB=m", hashlib.sha256(config).hexdigest())
    assert (len(said["sha512"]), str(tmp_path) in str(said)) == (128, False)
