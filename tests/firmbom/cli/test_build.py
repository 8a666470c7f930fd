"""build as a person or a script runs it: results, messages, exit statuses."""

from __future__ import annotations

import io
import json
import os
import stat
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from small_project import build, purls

from firmbom.cli.main import main

pytestmark = pytest.mark.usefixtures("one_time")


def test_a_folder_without_configuration_is_read(project: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert build(project) == 0
    out, err = capfd.readouterr()
    assert json.loads(out)["metadata"]["component"]["name"] == "project"
    assert "components  4 (npm 3, pypi 1)" in err
    assert "signed by   nobody" in err


def test_the_result_goes_to_a_file_and_the_summary_to_a_script(
    project: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "bom.json"
    assert build(project, "-o", str(target), "--json") == 0
    out, err = capfd.readouterr()
    facts = json.loads(out)
    assert (facts["components"], facts["written to"], err) == ({"npm": 3, "pypi": 1}, str(target), "")
    assert len(purls(target)) == 4
    assert stat.S_IMODE(target.stat().st_mode) == 0o666 & ~_umask()


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current


def test_quiet_says_nothing(project: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert build(project, "-o", str(tmp_path / "bom.json"), "--quiet") == 0
    assert capfd.readouterr() == ("", "")


def test_twice_the_same_bytes(project: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        assert build(project, "-o", str(tmp_path / name), "--quiet") == 0
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_options_narrow_what_is_read(project: Path, tmp_path: Path) -> None:
    target = tmp_path / "bom.json"
    assert build(project, "-o", str(target), "--quiet", "--plugin", "npm", "--omit", "dev") == 0
    assert purls(target) == ["pkg:npm/ms@2.1.3", "pkg:npm/ui@1.0.0"]
    assert build(project, "-o", str(target), "--quiet", "--spec-version", "1.7") == 0
    assert json.loads(target.read_bytes())["specVersion"] == "1.7"


@pytest.mark.parametrize(
    "options",
    [
        [],
        ["--key", "k", "--no-sign"],
        ["--no-sign", "--json"],
        ["--no-sign", "--certificate", "c.pem"],
        ["--no-sign", "--algorithm", "RS256"],
    ],
)
def test_what_contradicts_itself_is_usage(project: Path, options: list[str]) -> None:
    assert main(["build", str(project), "--release", "v1", *options]) == 2


def test_nothing_found_is_no_success(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "bom.json"
    assert build(tmp_path, "-o", str(target)) == 3
    assert "no component found" in capfd.readouterr().err
    assert not target.exists()
    assert build(tmp_path, "-o", str(target), "--allow-empty") == 0
    assert purls(target) == []


def test_what_may_be_missing_outranks_that_nothing_was_found(tmp_path: Path) -> None:
    (tmp_path / "package-lock.json").write_text("{")
    target = tmp_path / "bom.json"
    assert build(tmp_path, "-o", str(target)) == 4
    document = json.loads(target.read_bytes())
    assert [one["name"] for one in document["metadata"]["properties"]].count("firmbom:problem:error") == 1
    assert {one["aggregate"] for one in document["compositions"]} == {"incomplete"}


def test_a_file_that_cannot_be_read_makes_the_document_incomplete(
    project: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (project / "web").mkdir()
    (project / "web/package-lock.json").write_text('{"lockfileVersion": 3, "packages": {')
    target = tmp_path / "bom.json"
    assert build(project, "-o", str(target)) == 4
    assert "web/package-lock.json" in capfd.readouterr().err
    document = json.loads(target.read_bytes())
    assert len(document["components"]) == 4
    assert "incomplete" in {one["aggregate"] for one in document["compositions"]}
    target.unlink()
    assert build(project, "-o", str(target), "--strict") == 5
    assert not target.exists()


def test_the_release_of_another_folder(
    project: Path, tmp_path: Path, git: Callable[..., str], checkout: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    git(checkout, "tag", "v1.0")
    key, target = tmp_path / "release.key", tmp_path / "bom.json"
    assert main(["keygen", "-o", str(key)]) == 0
    made = ["build", str(project), "--repo", str(checkout), "--key", str(key), "-o", str(target)]
    assert main(made) == 0
    verified = ["verify", str(target), "--key", f"{key}.pub", "--repo", str(checkout)]
    assert main(verified) == 0
    document = json.loads(target.read_bytes())
    assert document["metadata"]["component"]["version"] == "v1.0"
    assert git(checkout, "rev-parse", "HEAD") in target.read_text()
    assert str(checkout) not in target.read_text()
    git(checkout, "commit", "--quiet", "--allow-empty", "--message", "second")
    git(checkout, "tag", "--force", "v1.0")
    assert main(verified) == 16 + 4
    capfd.readouterr()
    assert main([*made[:2], "--repo", str(project), *made[4:]]) == 1
    assert "no git repository" in capfd.readouterr().err


def test_a_plugin_that_is_not_installed_is_said(project: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert build(project, "--plugin", "npm", "--plugin", "gone") == 4
    assert "no such plugin is installed  [gone]" in capfd.readouterr().err
    assert build(project, "--plugin", "nmp") == 1
    assert capfd.readouterr().err == (
        "firmbom: nmp: no such plugin is installed (did you mean npm?) ('firmbom plugins' lists what there is)\n"
    )


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--image", "gone.img"], "gone.img"),
        (["--config", "gone.toml"], "gone.toml"),
        (["-o", "no/such/folder/bom.json"], "no/such/folder/bom.json"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    project: Path, options: list[str], said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert build(project, *options, "--quiet") == 1
    (line,) = capfd.readouterr().err.splitlines()
    assert line.startswith("firmbom: ")
    assert said in line


def test_a_wrong_configuration_is_answered_with_the_key(project: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (project / "firmbom.toml").write_text('[build]\nimages = "one.img"\n')
    assert build(project) == 1
    assert "build.images" in capfd.readouterr().err


def test_options_for_a_plugin_that_is_not_installed_are_said(project: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (project / "firmbom.toml").write_text("[plugin.pipp]\n[plugin.pip]\n[plugin.syft]\n")
    assert build(project) == 0
    err = capfd.readouterr().err
    assert err.count("has options") == 1
    assert "warning  firmbom.toml: plugin.pipp has options, but no such plugin is installed (did you mean pip?)" in err


def test_a_pattern_that_fits_nothing_is_answered_with_the_file_given(
    project: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "other.toml"
    config.write_text('build.images = ["*.img"]')
    assert build(project, "--config", str(config)) == 1
    assert capfd.readouterr().err.startswith(f"firmbom: {config}: build.images[0]: no file fits '*.img' (build the")


def test_an_image_and_a_link_to_it_are_one(project: Path, tmp_path: Path) -> None:
    image, link, output = tmp_path / "fw-1.tar", tmp_path / "fw.tar", tmp_path / "bom.json"
    with tarfile.open(image, "w") as archive:
        archive.add(project / "requirements.txt", "etc/requirements.txt")
    link.symlink_to(image.name)
    assert build(project, "--image", str(link), "--image", str(image), "-o", str(output)) == 0
    assert "fw-1.tar!/etc/requirements.txt" in output.read_text()
    assert "fw.tar" not in output.read_text()


def test_an_image_that_is_a_link_stored_as_text_is_told(
    project: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "fw-2026.img").write_bytes(b"\x01\x02\x03" * 100)
    link = tmp_path / "fw.img"
    link.write_text("fw-2026.img\n")
    build(project, "-o", str(tmp_path / "bom.json"), "--image", str(link))
    assert "fw.img: holds nothing but the name fw-2026.img" in capfd.readouterr().err


def test_an_empty_image_is_a_warning(project: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "fw.img").touch()
    options = ("-o", str(tmp_path / "bom.json"), "--image", str(tmp_path / "fw.img"))
    assert build(project, *options) == 0
    assert "warning  fw.img: its content was not read" in capfd.readouterr().err
    assert build(project, *options, "--strict") == 5


def test_an_image_is_described_by_digest_and_content(
    project: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    image = Path(__file__).parents[1] / "tree/readers/data/squashfs/sample-xz.squashfs"
    unknown = tmp_path / "blob.img"
    unknown.write_bytes(b"\x01\x02\x03" * 100)
    target = tmp_path / "bom.json"
    assert build(project, "-o", str(target), "--image", str(image), "--image", str(unknown)) == 0
    assert "blob.img: its content was not read, it is tied by its digests alone" in capfd.readouterr().err
    images = json.loads(target.read_bytes())["metadata"]["component"]["components"]
    assert [one["name"] for one in images] == ["blob.img", "sample-xz.squashfs"]
    assert "sample-xz.squashfs!/etc/hello" in {one["name"] for one in images[1]["components"]}


def test_an_image_in_which_something_else_is_installed_than_was_locked(
    project: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    image = tmp_path / "rootfs.tar"
    with tarfile.open(image, "w") as archive:
        for name, version in (("idna", "3.5"), ("six", "1.16.0")):
            metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode()
            member = tarfile.TarInfo(f"usr/lib/python3/site-packages/{name}-{version}.dist-info/METADATA")
            member.size = len(metadata)
            archive.addfile(member, io.BytesIO(metadata))
    target = tmp_path / "bom.json"
    assert build(project, "-o", str(target), "--image", str(image)) == 0
    err = capfd.readouterr().err
    assert "the image holds pkg:pypi/idna 3.5, where the checkout says 3.6" in err
    assert "six" not in err
    assert {"pkg:pypi/idna@3.5", "pkg:pypi/idna@3.6", "pkg:pypi/six@1.16.0"} <= set(purls(target))
    assert build(project, "-o", str(target), "--image", str(image), "--strict") == 5
