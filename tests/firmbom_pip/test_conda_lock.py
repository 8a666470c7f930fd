"""conda-lock.yml beyond what the file in data shows."""

from __future__ import annotations

from collections.abc import Callable

from firmbom.model import ComponentSet
from firmbom.plugin import Target

Read = Callable[..., ComponentSet]


def test_conda_of_another_shape(read: Read) -> None:
    entry = "- {name: %s, version: '1', manager: conda, platform: linux-64, url: '%s', optional: %s, category: %s}\n"
    text = "package:\n" + entry % ("a", "https://c.example/main/linux-64/a-1-0.conda", "true", "main")
    text += entry % ("b", "https://c.example/odd.exe", "false", "dev") + entry % ("c", "", "false", "main")
    found = read({"conda-lock.yml": text}, target=Target(platform="darwin", machine="arm64"))
    assert {one.purl: one.scope for one in found.components} == {
        "pkg:conda/a@1?build=0&channel=main&subdir=linux-64&type=conda": "optional",
        "pkg:conda/b@1": "excluded",
        "pkg:conda/c@1": "required",
    }
