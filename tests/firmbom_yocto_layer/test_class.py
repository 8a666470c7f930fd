"""firmbom.bbclass as the real BitBake library reads it: its tasks, its checks, and its functions, executed."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from firmbom.cli.main import main

HERE = Path(__file__).parent
FIRMBOM = f"{sys.executable} -c 'import sys; from firmbom.cli.main import main; sys.exit(main())'"

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("bb") is None, reason="the BitBake library (pip install bitbake-setup) is not installed"
)


@pytest.fixture(scope="session")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A private key; its public half is beside it."""
    path = tmp_path_factory.mktemp("key") / "release.key"
    assert main(["keygen", "-o", str(path)]) == 0
    return path


@pytest.fixture
def project(tmp_path: Path, key: Path) -> Path:
    """The project in ``data``, with settings that work."""
    folder = tmp_path / "project"
    shutil.copytree(HERE / "data" / "project", folder)
    settings(folder, FIRMBOM_KEY=str(key))
    return folder


def settings(project: Path, **values: str) -> None:
    """Write the settings; what is not given stays as it works."""
    known = {"FIRMBOM_KEY": "none", "FIRMBOM_COMMAND": FIRMBOM, "FIRMBOM_RELEASE": "v1.2", **values}
    lines = [f'{name} = "{value}"\n' for name, value in known.items()]
    (project / "conf" / "settings.conf").write_text("".join(lines))


def bitbake(project: Path, recipe: str, *tasks: str) -> dict[str, Any]:
    """What the driver says."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", HERE / "bitbake_driver.py", project, f"recipes/{recipe}", *tasks],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_a_recipe_is_recorded(project: Path) -> None:
    found = bitbake(project, "greeting_1.2.bb", "do_package", "do_firmbom_record")
    assert found["said"] == []
    said = json.loads(
        (project / "tmp" / "work" / "greeting" / "firmbom" / "record" / "greeting.json").read_text("utf-8")
    )
    assert said["layer"] == "project"
    assert said["file"] == "recipes/greeting_1.2.bb"
    assert said["sources"][0]["url"] == "https://example.com/greeting-1.2.tar.gz"
    assert said["sources"][0]["digests"]["sha256"] == "0" * 63 + "1"
    assert said["sources"][1]["revision"] == "0123456789abcdef0123456789abcdef01234567"
    assert said["patches"][0]["cves"] == ["CVE-2021-0002"]
    assert said["patches"][0]["path"] == "recipes/files/fix.patch"
    assert said["cve_status"]["CVE-2020-0001"] == {"detail": "not-applicable-platform", "reason": "runs elsewhere"}
    assert said["packages"][0]["files"]["/etc/greeting"][0] == 5
    assert str(project) not in json.dumps(said)


def test_the_tasks_of_a_recipe(project: Path) -> None:
    """A path of the build is in no signature, so that sstate is shared; the sources and the layer's name are."""
    found = bitbake(project, "greeting_1.2.bb")
    tasks = found["tasks"]
    assert "do_firmbom" not in tasks
    assert {"do_firmbom_record", "do_firmbom_record_setscene"} <= set(tasks)
    assert {"do_package", "do_packagedata"} <= set(tasks["do_firmbom_record"]["deps"])
    assert "do_firmbom_record" in tasks["do_build"]["deps"]
    assert (tasks["do_firmbom_needs"]["rdeptask"], tasks["do_firmbom_needs"]["noexec"]) == ("do_packagedata", "1")
    assert not any(flags["nostamp"] or flags["network"] for name, flags in tasks.items() if "firmbom" in name)
    assert f"{project}/recipes/files/fix.patch:True" in tasks["do_firmbom_record"]["file-checksums"]
    depends = set(found["dependencies"])
    assert {"SRC_URI", "CVE_STATUS", "FIRMBOM_LAYER", "PV"} <= depends
    assert not depends & {"FIRMBOM_WORKDIR", "FIRMBOM_RECORDS", "FIRMBOM_LAYERDIR", "FIRMBOM_KEY", "BB_ORIGENV"}


def test_the_tasks_of_an_image(project: Path) -> None:
    found = bitbake(project, "picture_1.0.bb")
    assert "do_firmbom_record" not in found["tasks"]
    assert "do_image_complete" in found["tasks"]["do_firmbom"]["deps"]
    assert found["tasks"]["do_firmbom"]["recrdeptask"].split() == ["do_firmbom_record", "do_firmbom_needs"]
    assert "do_firmbom" in found["tasks"]["do_build"]["deps"]
    assert found["depvalid"] == "firmbom_setscene_depvalid"


@pytest.mark.parametrize("recipe", ["tool_1.0.bb", "silent_1.0.bb"])
def test_where_there_is_nothing_to_do_there_is_no_task(project: Path, recipe: str) -> None:
    assert [name for name in bitbake(project, recipe)["tasks"] if "firmbom" in name] == []


def test_from_a_recipe_to_a_signed_document(project: Path, key: Path) -> None:
    assert bitbake(project, "greeting_1.2.bb", "do_package", "do_firmbom_record", "do_share")["said"] == []
    found = bitbake(project, "picture_1.0.bb", "do_image_complete", "do_firmbom")
    assert found["said"] == []
    document = project / "tmp" / "work" / "picture" / "firmbom" / "document" / "picture.cdx.json"
    bom = json.loads(document.read_text("utf-8"))
    assert bom["metadata"]["component"]["version"] == "v1.2"
    assert bom["signature"]["algorithm"] == "Ed25519"
    assert {"greeting", "greeting1"} <= {one["name"] for one in bom["components"]}
    assert str(project) not in document.read_text("utf-8")

    image = project / "tmp" / "deploy" / "images" / "machine" / "picture.bin"
    verify = ["verify", str(document), "--key", f"{key}.pub", "--image", str(image)]
    assert main(verify) == 0
    image.write_text("another image\n")
    assert main(verify) == 18


def test_what_is_known_of_vulnerabilities_lies_beside_the_document(project: Path, key: Path) -> None:
    settings(project, FIRMBOM_KEY=str(key), FIRMBOM_TIMESTAMP="1700000000")
    bitbake(project, "greeting_1.2.bb", "do_package", "do_firmbom_record", "do_share")
    assert bitbake(project, "picture_1.0.bb", "do_image_complete", "do_firmbom")["said"] == []
    folder = project / "tmp" / "work" / "picture" / "firmbom" / "document"
    bom, vex = (json.loads((folder / f"picture{kind}.json").read_text("utf-8")) for kind in (".cdx", ".vex.cdx"))
    assert "CVE-2020-0001" not in json.dumps(bom)
    states = {one["id"]: one["analysis"]["state"] for one in vex["vulnerabilities"]}
    assert states == {"CVE-2020-0001": "not_affected", "CVE-2021-0002": "resolved_with_pedigree"}
    sbom = ["--sbom", str(folder / "picture.cdx.json")]
    assert main(["verify", str(folder / "picture.vex.cdx.json"), "--key", f"{key}.pub", *sbom]) == 0
    openvex = json.loads((folder / "picture.openvex.json").read_text("utf-8"))
    assert [one["status"] for one in openvex["statements"]] == ["not_affected", "fixed"]


def test_no_vex_where_none_is_wanted(project: Path) -> None:
    settings(project, FIRMBOM_VEX="", FIRMBOM_TIMESTAMP="1700000000")
    bitbake(project, "greeting_1.2.bb", "do_package", "do_firmbom_record", "do_share")
    assert bitbake(project, "picture_1.0.bb", "do_image_complete", "do_firmbom")["said"] == []
    folder = project / "tmp" / "work" / "picture" / "firmbom" / "document"
    assert {one.name for one in folder.iterdir() if one.is_symlink()} == {"picture.cdx.json", "picture.firmbom.json"}
    assert len(list(folder.iterdir())) == 4


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"FIRMBOM_VEX": "csaf"}, "firmbom: FIRMBOM_VEX: expected cyclonedx, openvex"),
        ({"FIRMBOM_KEY": ""}, "firmbom: FIRMBOM_KEY: no key"),
        ({"FIRMBOM_RELEAS": "1"}, "firmbom: FIRMBOM_RELEAS: there is no such variable"),
    ],
)
def test_a_bad_setting_ends_the_parsing(project: Path, changed: dict[str, str], told: str) -> None:
    settings(project, **changed)
    found = bitbake(project, "greeting_1.2.bb")
    assert found["failed"]
    assert len(found["said"]) == 1
    assert found["said"][0].startswith(told)


def test_a_bad_key_fails_the_build_with_one_line(project: Path) -> None:
    bad = project / "bad.key"
    bad.touch(0o600)
    bad.write_text("rubbish")
    settings(project, FIRMBOM_KEY=str(bad))
    bitbake(project, "greeting_1.2.bb", "do_package", "do_firmbom_record", "do_share")
    found = bitbake(project, "picture_1.0.bb", "do_image_complete", "do_firmbom")
    assert found["failed"]
    assert len(found["said"]) == 1
    assert "no SBOM (exit status 1)" in found["said"][0]
    assert "holds no private key" in found["said"][0]
