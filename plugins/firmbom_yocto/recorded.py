"""Which of the records that meta-firmbom's class left behind count for an image.

``deploy/firmbom/recipes/<PACKAGE_ARCH>/<PN>.json`` is kept from build to build: the folder holds what all images and
machines of a TMPDIR have used.
"""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterable, Mapping, Sequence

from firmbom.problems import Report
from firmbom.tree.base import File
from firmbom_yocto import records
from firmbom_yocto.records import Product
from firmbom_yocto.said import Said

NONE = Product()
_FOLDER = "firmbom/recipes/"
_EVERYWHERE = ("all", "allarch")


class Recorded:
    """The records of recipes in one tree."""

    def __init__(self, files: Iterable[File], report: Report) -> None:
        self._report = report
        self._read: dict[tuple[tuple[str, ...], tuple[tuple[str, str], ...]], Said] = {}
        self._builds: dict[str, dict[str, dict[str, File]]] = {}
        """By deploy folder, PN and PACKAGE_ARCH."""
        for file in files:
            deploy, _, rest = f"/{file.path}".rpartition(f"/{_FOLDER}")
            architecture, _, name = rest.partition("/")
            recipe = name.removesuffix(".json")
            self._builds.setdefault(deploy.lstrip("/"), {}).setdefault(recipe, {})[architecture] = file

    def of(
        self, folder: str = "", machine: str = "", architectures: Collection[str] = (), product: Product = NONE
    ) -> Said | None:
        """What is recorded of an image's build; None when nothing is.

        Args:
            folder: ``deploy/images/<machine>``, or nothing where no image is deployed.
            machine: whose recipes go before those of other machines.
            architectures: PACKAGE_ARCH of what is installed.
            product: the record of the image, which tells the layers' revisions.
        """
        deploy = posixpath.dirname(posixpath.dirname(folder))
        tops = [deploy] if folder and deploy in self._builds else list(self._builds)
        if len(tops) > 1:
            message = "records of several builds, and nothing tells which is the image's; none is read"
            self._report.say("warning", message, folder, detail=", ".join(sorted(tops)[:3]))
        if len(tops) != 1:
            return None
        own = machine.replace("-", "_")
        ranks = {**dict.fromkeys(_EVERYWHERE, 2), **dict.fromkeys(architectures, 1), own: 0}
        chosen = [_nearest(found, ranks) for _, found in sorted(self._builds[tops[0]].items())]
        revisions = {layer.name: layer.revision for layer in product.layers}
        return self._said(chosen, revisions)

    def _said(self, chosen: Sequence[File], revisions: Mapping[str, str]) -> Said:
        key = tuple(file.path for file in chosen), tuple(sorted(revisions.items()))
        if key not in self._read:
            self._read[key] = records.read(chosen, self._report, revisions)
        return self._read[key]


def _nearest(found: Mapping[str, File], ranks: Mapping[str, int]) -> File:
    """Of records of one recipe that of the image's machine, else that of an architecture that is installed."""
    return found[min(found, key=lambda one: (ranks.get(one, len(ranks) + 2), one))]
