"""Runs the console script, and tells what came of it in one line."""

from __future__ import annotations

import json
import os
import subprocess
from typing import Any

from .layers import wrappers_last
from .said import is_on, text, words
from .settings import NONE, command, environment

SBOM, VEX, OPENVEX = ".cdx.json", ".vex.cdx.json", ".openvex.json"
"""Endings of the documents."""
REPORTS = (".vex.json", ".cve.json", ".sbom-cve-check.yocto.json")
"""Endings of an image's vulnerability reports."""
DONE, INCOMPLETE = 0, 4
"""Exit statuses with which the document is written."""

_PASSED = (
    "CI_COMMIT_SHA",
    "CI_COMMIT_TAG",
    "CI_PROJECT_URL",
    "GITHUB_ACTIONS",
    "GITHUB_REF_NAME",
    "GITHUB_REF_TYPE",
    "GITHUB_REPOSITORY",
    "GITHUB_SERVER_URL",
    "GITHUB_SHA",
    "GITLAB_CI",
)
"""What a CI system says of the commit; no secret is among them."""


def build(d: Any, bb: Any, stage: str, images: list[str], output: str, newest: int) -> None:
    """Write the document; whatever prevents it ends the task with one line.

    Args:
        d: the recipe.
        bb: bitbake's library.
        stage: the folder to read.
        images: paths of the files that are shipped.
        output: where the document goes.
        newest: seconds since 1970 for the timestamp, unless something else is stated; 0 is not known.
    """
    program = command(d)
    if not program:
        bb.fatal(f"firmbom: no program {text(d, 'FIRMBOM_COMMAND')!r}")
    arguments = [*program, "build", stage, "-o", output, *_release(d)]
    arguments += ["--spec-version", text(d, "FIRMBOM_SPEC_VERSION"), "--config", _config(d, stage)]
    arguments += [part for one in words(d, "FIRMBOM_PLUGINS") for part in ("--plugin", one)]
    arguments += [part for path in images for part in ("--image", path)]
    arguments += _signing(d)
    arguments += _vex(d, stage, output, newest)
    arguments += ["--strict"] if is_on(d, "FIRMBOM_STRICT") else []
    try:
        done = subprocess.run(
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=_environment(d, stage, newest),
            cwd=stage,
            check=False,
        )
    except OSError as error:
        bb.fatal(f"firmbom: {program[0]} does not start: {error.strerror}")
    said = [line for line in done.stdout.decode("utf-8", "replace").splitlines() if line.strip()]
    print("\n".join(said))  # noqa: T201 - into the task's log
    if done.returncode == INCOMPLETE:
        bb.warn("firmbom: the SBOM is written, but components may be missing: " + _why(said))
    elif done.returncode != DONE:
        bb.fatal(f"firmbom: no SBOM (exit status {done.returncode}): {said[-1] if said else 'nothing was said'}")


def _vex(d: Any, stage: str, output: str, newest: int) -> list[str]:
    """Where what is known of vulnerabilities goes; OpenVEX demands a time."""
    stem, forms = output[: -len(SBOM)], words(d, "FIRMBOM_VEX")
    arguments = ["--vex", stem + VEX] if "cyclonedx" in forms else []
    if "openvex" in forms and "SOURCE_DATE_EPOCH" not in _environment(d, stage, newest):
        print("no OpenVEX document, which needs a time: set FIRMBOM_TIMESTAMP")  # noqa: T201 - into the task's log
    elif "openvex" in forms:
        arguments += ["--openvex", stem + OPENVEX]
    return arguments


def _release(d: Any) -> list[str]:
    stated = (("--release", text(d, "FIRMBOM_RELEASE")), ("--repo", text(d, "FIRMBOM_REPOSITORY")))
    return [part for option, value in stated if value for part in (option, value)]


def _why(said: list[str]) -> str:
    errors = [line.strip()[len("error") :].strip() for line in said if line.strip().startswith("error ")]
    more = f" (and {len(errors) - 1} more in the task's log)" if len(errors) > 1 else ""
    return (errors or said or ["no reason was given"])[0] + more


def _signing(d: Any) -> list[str]:
    keys = words(d, "FIRMBOM_KEY")
    if keys == [NONE]:
        return ["--no-sign"]
    arguments = [part for key in keys for part in ("--key", key)]
    return arguments + [part for one in words(d, "FIRMBOM_PASSPHRASE") for part in ("--passphrase-file", one)]


def _config(d: Any, stage: str) -> str:
    """The user's firmbom.toml, or one that names the product as the recipe does."""
    stated = text(d, "FIRMBOM_CONFIG")
    if stated:
        return stated
    path = os.path.join(stage, "firmbom.toml")
    product = {"name": os.path.basename(stage), "description": text(d, "SUMMARY")}
    with open(path, "w", encoding="utf-8") as stream:
        stream.write("[product]\n")
        stream.writelines(f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in product.items())
    return path


def _environment(d: Any, stage: str, newest: int) -> dict[str, str]:
    """What firmbom may know: the tools of the build and what CI says; no git repository that the stage lies in."""
    original = environment(d)
    epoch = text(d, "FIRMBOM_TIMESTAMP") or original.get("SOURCE_DATE_EPOCH") or (str(newest) if newest else "")
    found = {name: original[name] for name in _PASSED if original.get(name)}
    path = wrappers_last(d.getVar("PATH") or os.environ.get("PATH", ""))
    found.update(PATH=path, LC_ALL="C.UTF-8", HOME=original.get("HOME", "/"))
    found["GIT_CEILING_DIRECTORIES"] = os.path.dirname(os.path.realpath(stage))
    if epoch:
        found["SOURCE_DATE_EPOCH"] = epoch
    return found
