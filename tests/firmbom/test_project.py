from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from firmbom.errors import ConfigError, FirmbomError
from firmbom.model import Party
from firmbom.plugin import Target
from firmbom.project import LARGEST, Build, Product, Project, decode, find, images_of, load
from firmbom.tree.base import Limits

WHOLE = """
[product]
name = "gateway"
group = "example"
description = "A gateway."
licence = "Apache-2.0 AND LicenseRef-Firmware"
copyright = "2026 Example"
cpe = "cpe:2.3:o:example:gateway:1.0:*:*:*:*:*:*:*"
purl = "pkg:generic/gateway@1.0"
supplier = { name = "Example", url = "https://www.example.com", email = "a@example.com" }
authors = [{ name = "A" }, { email = "b@example.com" }]
security_txt = "https://www.example.com/.well-known/security.txt"
download_url = "https://www.example.com/gateway.bin"
source_url = "git@git.example:a/b.git"
end_of_support = 2031-11-30

[build]
images = ["out/*.bin"]
exclude = ["tests/**"]
plugins = ["pip"]
omit = ["dev", "peer"]

[document]
spec_version = "1.7"

[target]
python = "3.11"
platform = "linux"

[limits]
depth = 3
seconds = 5

[plugin.pip]
anything = [1, { goes = true }]
"""


def test_a_whole_file(tmp_path: Path) -> None:
    (tmp_path / "firmbom.toml").write_text(WHOLE)
    path = find(tmp_path)
    assert path == tmp_path / "firmbom.toml"
    project = load(path)
    assert project.product.end_of_support == "2031-11-30"
    assert project.product.supplier == Party("Example", "https://www.example.com", "a@example.com")
    assert project.product.authors == (Party(name="A"), Party(email="b@example.com"))
    assert project.build == Build(images=("out/*.bin",), exclude=("tests/**",), plugins=("pip",), omit=("dev", "peer"))
    assert project.document.spec_version == "1.7"
    assert project.target == Target(python="3.11", platform="linux")
    assert project.limits == Limits(depth=3, seconds=5.0)
    assert project.plugin == {"pip": {"anything": [1, {"goes": True}]}}


def test_an_empty_file_and_none(tmp_path: Path) -> None:
    assert find(tmp_path) is None
    (tmp_path / "firmbom.toml").mkdir()
    assert find(tmp_path) is None
    (tmp_path / "firmbom.toml").rmdir()
    (tmp_path / "firmbom.toml").symlink_to("nowhere")
    assert find(tmp_path) == tmp_path / "firmbom.toml"
    (tmp_path / "other.toml").touch()
    assert load(tmp_path / "other.toml") == Project()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('build.images = ["a", 3]', "build.images[1]: expected text, got a whole number (3) (write it in quotes)"),
        ('build.images = "a"', "build.images: expected an array, got text ('a')"),
        ("build.imagse = []", "build.imagse: there is no such key; did you mean images?"),
        ("[proudct]", "proudct: there is no such key; did you mean product?"),
        ('"x\\ny\\u001b" = 1', "x\\ny\\x1b: there is no such key; "),
        ("product = []", "product: expected a table, got an array"),
        ("target = 3", "target: expected a table, got a whole number (3)"),
        ("plugin.pip = 3", "plugin.pip: expected a table, got a whole number (3)"),
        ("product.name = 2030-01-01", "product.name: expected text, got a date"),
        ('product.name = "\\u0007"', "product.name: expected a name that can be printed, got '\\x07'"),
        ('product.name = " "', "product.name: expected a name that can be printed, got ' '"),
        ('product.supplier.nam = "x"', "product.supplier.nam: there is no such key; did you mean name?"),
        ('product.authors = ["x"]', "product.authors[0]: expected a table, got text ('x')"),
        (
            'product.authors = [{}, {emial = "x"}]',
            "product.authors[1].emial: there is no such key; did you mean email?",
        ),
        ('product.authors = [{email = "x"}]', "product.authors[0].email: expected an e-mail address, got 'x'"),
        ('product.supplier.url = "x y"', "product.supplier.url: expected an address such as https://…, got 'x y'"),
        ('product.licence = "MIT or foo"', "product.licence: expected an SPDX expression or LicenseRef-…, got 'MIT or"),
        ('product.purl = "gateway"', "product.purl: expected a package URL (pkg:…), got 'gateway'"),
        ('product.cpe = "cpe:2.3:o:x"', "product.cpe: expected a CPE 2.3 or 2.2 name, got 'cpe:2.3:o:x'"),
        ('product.source_url = "here"', "product.source_url: expected an address such as https://…, got 'here'"),
        ('product.end_of_support = "20311130"', "product.end_of_support: expected a date YYYY-MM-DD, got '20311130'"),
        (
            'product.end_of_support = "2031-02-30"',
            "product.end_of_support: expected a date YYYY-MM-DD, got '2031-02-30'",
        ),
        (
            "product.end_of_support = 2031-11-30T00:00:00",
            "product.end_of_support: expected text, got a date with a time",
        ),
        ('build.omit = ["dev", "tests"]', "build.omit[1]: expected 'dev' or 'optional' or 'peer', got 'tests'"),
        (
            "document.spec_version = 1.6",
            "document.spec_version: expected text, got a number (1.6) (write it in quotes)",
        ),
        ('document.spec_version = "1.5"', "document.spec_version: expected '1.6' or '1.7', got '1.5'"),
        ('target.python = "three"', "target.python: expected a version such as 3.11 or 3.11.4, got 'three'"),
        ('target.libc = "bionic"', "target.libc: expected glibc or musl, got 'bionic'"),
        ("limits.depth = true", "limits.depth: expected a whole number, got true"),
        ("limits.depth = 0", "limits.depth: expected a number above zero"),
        ("limits.seconds = nan", "limits.seconds: expected a number above zero"),
        ("product = [", "not TOML: "),
        ("a = 1\na = 2", "not TOML: "),
    ],
)
def test_a_wrong_file_is_answered_with_its_place(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "firmbom.toml"
    path.write_text(text)
    with pytest.raises(FirmbomError) as caught:
        load(path)
    assert str(caught.value).startswith(f"{path}: {said}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"\xff\x00", "not text in UTF-8"), (b"#" * (LARGEST + 1), "larger than"), (b"a=" + b"[" * 5000, "TOML")],
)
def test_bytes_that_are_no_configuration(content: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "firmbom.toml"
    path.write_bytes(content)
    with pytest.raises(FirmbomError, match=said):
        load(path)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"firmbom\.toml: cannot be read: No such file"):
        load(tmp_path / "firmbom.toml")
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        load(tmp_path)


@pytest.mark.parametrize(
    "product",
    [
        {"licence": "LicenseRef-Own"},
        {"cpe": "cpe:/o:example:gateway:1.0"},
        {"cpe": r"cpe:2.3:a:ex\:ample:g:-:*:*:*:*:*:*:*"},
        {"purl": "pkg:generic/a"},
        {"source_url": "ssh://git@git.example/a"},
        {"end_of_support": "2031-11-30"},
    ],
)
def test_values_that_make_sense(product: dict[str, Any]) -> None:
    assert isinstance(decode({"product": product}).product, Product)


def test_images_are_found_beside_the_file(tmp_path: Path) -> None:
    for name in ("out/b.bin", "out/deep/er/a.bin", "out/a.bin", "image[1].bin", "other"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()

    def found(*patterns: str) -> list[str]:
        paths = images_of(Project(build=Build(images=patterns)), tmp_path)
        return [path.relative_to(tmp_path).as_posix() for path in paths]

    assert found() == []
    assert found("out/*.bin") == ["out/a.bin", "out/b.bin"]
    assert found("out/b.bin", "out/*.bin") == ["out/a.bin", "out/b.bin"]
    assert found("**/*.bin") == ["image[1].bin", "out/a.bin", "out/b.bin", "out/deep/er/a.bin"]
    assert found("image[1].bin") == ["image[1].bin"]
    assert found(str(tmp_path / "oth*")) == ["other"]
    for pattern in ("*.img", "out", "out/*/er", "missing"):
        with pytest.raises(
            ConfigError, match=r"firmbom\.toml: build\.images\[1\]: no file fits .*build the image first"
        ):
            found("other", pattern)
