"""The table of bundle formats, and the one way in: a file, and the bundle that it is.

A format is one line here and one module of the same name with ``fits(opened) -> bool`` and ``read(opened, reading) ->
Bundle``; see :mod:`firmbom.bundles.reading` for what they are given.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

from firmbom.bundles.bundle import Bundle
from firmbom.bundles.reading import Opened, Reading
from firmbom.bundles.trust import Anchor
from firmbom.errors import FirmbomError
from firmbom.model import Problem
from firmbom.tree.base import Limits, shown
from firmbom.tree.format import Contents
from firmbom.tree.formats import recognise
from firmbom.tree.open import open_tree
from firmbom.tree.source import HandleSource

BUNDLES: Mapping[str, str] = {
    "swupdate": "SWUpdate (.swu)",
    "rauc": "RAUC (.raucb), plain, verity and crypt",
    "mender": "Mender Artifact (.mender), versions 2 and 3",
    "cabinet": "fwupd's cabinet (.cab with metainfo)",
    "sysupgrade": "OpenWrt's sysupgrade image (tar)",
    "slots": "GPT disk or UBI image with two slots, such as rootfs_a and rootfs_b",
}
"""What they are called in documents, and what they are."""


def read_bundle(
    path: Path,
    *,
    limits: Limits | None = None,
    anchors: Sequence[Anchor] = (),
    timestamp: int | None = None,
    sizes: Iterable[int] = (),
) -> tuple[Bundle | None, tuple[Problem, ...]]:
    """What a file says as an update bundle, and what is wrong with it; None when it is none.

    Args:
        path: of the file.
        limits: how much it may ask for.
        anchors: the keys whose signatures count.
        timestamp: the time of the release, in seconds since 1970.
        sizes: of the images given beside it, in bytes.
    """
    when = None if timestamp is None else datetime.fromtimestamp(timestamp, UTC)
    try:
        with closing(HandleSource(path.open("rb", buffering=0))) as source:
            container = recognise(Contents(source.size, source.read_at))
            if container is None or container.kind == "stream":
                return None, ()
            with closing(open_tree(path, limits=limits)) as tree:
                beside = frozenset(sizes)
                return _read(Opened(shown(path.name), source, container, tree, tuple(anchors), when, beside))
    except (FirmbomError, OSError, ValueError):
        return None, ()  # whoever reads the images says so


def _read(opened: Opened) -> tuple[Bundle | None, tuple[Problem, ...]]:
    for name in BUNDLES:
        module = import_module(f"firmbom.bundles.{name}")
        if not module.fits(opened):
            continue
        reading = Reading(opened)
        try:
            found = module.read(opened, reading)
        except FirmbomError as error:
            reading.say("error", f"cannot be read as {BUNDLES[name]}: {error.within('')}")
            found = Bundle(format=name, payloads=reading.payloads)
        except Exception as error:  # a reader's bug must cost this bundle only, and be seen
            reading.say("error", f"unexpected {type(error).__name__} ({error}) in a bundle of the format {name}")
            found = Bundle(format=name, payloads=reading.payloads)
        return found, reading.problems
    return None, ()
