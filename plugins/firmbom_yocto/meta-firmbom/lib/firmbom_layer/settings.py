"""The settings: which are known, what they may say, and for which recipes there is something to do."""

from __future__ import annotations

import difflib
import os
import re
import shlex
import shutil
import stat
from typing import Any, Callable, Iterator, Mapping

from .layers import state
from .said import is_on, text, words

NONE = "none"
"""FIRMBOM_KEY that asks for no signature."""

SWITCHES = ("FIRMBOM_STRICT", "FIRMBOM_SPDX", "FIRMBOM_NATIVE", "FIRMBOM_ENABLED")
FREE = ("FIRMBOM_PLUGINS", "FIRMBOM_EXCLUDE", "FIRMBOM_EXCLUDE_PACKAGES", "FIRMBOM_BUNDLE_CLASSES")
OWN = ("FIRMBOM_COMMIT", "FIRMBOM_WORKDIR", "FIRMBOM_RECORDS", "FIRMBOM_LAYER", "FIRMBOM_LAYERDIR")
"""Variables of the class itself."""

_BUILD_MACHINE = ("native", "cross", "crosssdk")
_UNPACKAGED = ("image", "cross-canadian", "nopackages")


def problems(d: Any) -> Iterator[str]:
    """What is wrong with the settings, each as one line that says what to do."""
    known = {*CHECKS, *TOGETHER, *FREE, *OWN}
    stated = {key.partition(":")[0] for key in d.keys()}  # noqa: SIM118 - a data store does not iterate over itself
    for name in sorted(name for name in stated - known if re.match(r"FIRMBOM_[A-Z_]+\Z", name)):
        near = difflib.get_close_matches(name, sorted(known), 1)
        yield f"{name}: there is no such variable" + (f"; did you mean {near[0]}?" if near else "")
    for name, check in CHECKS.items():
        yield from (f"{name}: {problem}" for problem in check(text(d, name)))
    for name, joined in TOGETHER.items():
        yield from (f"{name}: {problem}" for problem in joined(text(d, name), d))


def is_recorded(d: Any, bb: Any) -> bool:
    """Has this recipe something to record? What runs on the build machine only when asked for."""
    if any(bb.data.inherits_class(name, d) for name in _UNPACKAGED):
        return False
    return is_on(d, "FIRMBOM_NATIVE") or not any(bb.data.inherits_class(name, d) for name in _BUILD_MACHINE)


def is_product(d: Any, bb: Any) -> bool:
    """Does this recipe make something that is shipped: an image or a bundle?"""
    classes = ["image", *words(d, "FIRMBOM_BUNDLE_CLASSES")]
    return is_on(d, "FIRMBOM_ENABLED") and any(bb.data.inherits_class(name, d) for name in classes)


def environment(d: Any) -> Mapping[str, str]:
    """The environment that bitbake was called with; most of it never reaches a task."""
    original = d.getVar("BB_ORIGENV", False)
    if original is None:
        return dict(os.environ)
    names = original.keys()
    return {name: original.getVar(name, False) or "" for name in names}


def command(d: Any) -> list[str]:
    """The command with its program's whole path; empty when it is not there."""
    parts = shlex.split(text(d, "FIRMBOM_COMMAND"))
    found = shutil.which(parts[0], path=environment(d).get("PATH", "")) if parts else None
    return [os.path.abspath(found), *parts[1:]] if found else []


def _command(value: str, d: Any) -> Iterator[str]:
    try:
        missing = not command(d)
    except ValueError as error:
        yield f"cannot be read: {error}"
        return
    if missing:
        yield f"no program {value!r}: install firmbom and name its console script by its whole path"


def _key(value: str) -> Iterator[str]:
    if not value:
        yield 'no key: name the private key that signs the documents, or set "none" to write them unsigned'
    if value in ("", NONE):
        return
    for one in value.split():
        yield from _secret(one)


def _passphrase(value: str) -> Iterator[str]:
    for one in value.split():
        yield from _secret(one)


def _secret(stated: str) -> Iterator[str]:
    """A file that nobody else can read; BitBake logs its whole environment (``bitbake-cookerdaemon.log``)."""
    if stated.startswith("env:"):
        yield f"{stated} is refused, since bitbake writes its environment into a log: use a file that only you can read"
        return
    path = stated[5:] if stated.startswith("file:") else stated
    yield from _file(path)
    if os.path.isfile(path) and os.stat(path).st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        yield f"{path} may be read by others: chmod 600 {path}"


def _file(path: str) -> Iterator[str]:
    if not os.path.isabs(path):
        yield f"{path} is not an absolute path"
    elif not os.path.isfile(path):
        yield f"{path}: no such file"
    elif not os.access(path, os.R_OK):
        yield f"{path} cannot be read"


def _config(value: str) -> Iterator[str]:
    if value:
        yield from _file(value)


def _release(value: str, d: Any) -> Iterator[str]:
    """Empty, it is the tag of the checkout, so there has to be one."""
    if not value.isprintable() or not (value or text(d, "FIRMBOM_REPOSITORY")):
        yield "name the release, such as v1.2.0"


def _repository(value: str) -> Iterator[str]:
    if value and not os.path.isabs(value):
        yield f"{value} is not an absolute path"
    elif value and not os.path.isdir(value):
        yield f"{value}: no such folder"
    elif value and not state(value, anew=True):
        yield f"{value} is no git checkout with a commit, or git refuses to read it"


def _spec_version(value: str) -> Iterator[str]:
    if value not in ("1.6", "1.7"):
        yield f"expected 1.6 or 1.7, got {value!r}"


def _timestamp(value: str) -> Iterator[str]:
    if value and not re.match(r"[0-9]{1,12}\Z", value):
        yield f"expected seconds since 1970, got {value!r}"


def _vex(value: str) -> Iterator[str]:
    for one in value.split():
        if one not in ("cyclonedx", "openvex"):
            yield f"expected cyclonedx, openvex, both or nothing, got {one!r}"


def _switch(value: str) -> Iterator[str]:
    if value not in ("0", "1"):
        yield f"expected 0 or 1, got {value!r}"


CHECKS: Mapping[str, Callable[[str], Iterator[str]]] = {
    "FIRMBOM_KEY": _key,
    "FIRMBOM_PASSPHRASE": _passphrase,
    "FIRMBOM_CONFIG": _config,
    "FIRMBOM_REPOSITORY": _repository,
    "FIRMBOM_SPEC_VERSION": _spec_version,
    "FIRMBOM_TIMESTAMP": _timestamp,
    "FIRMBOM_VEX": _vex,
    **dict.fromkeys(SWITCHES, _switch),
}
"""What each variable may say that is checked by itself."""

TOGETHER: Mapping[str, Callable[[str, Any], Iterator[str]]] = {"FIRMBOM_COMMAND": _command, "FIRMBOM_RELEASE": _release}
"""Those that other variables have a say in."""
