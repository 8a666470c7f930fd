"""firmbom build: reads the folder and its images, merges, and composes the document. Signing is the caller's."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from firmbom.aside import Aside
from firmbom.collect import Progress, collect
from firmbom.cyclonedx.write import document
from firmbom.discovery import installed, select
from firmbom.drift import Kind, drift
from firmbom.errors import InputError, meant, printable
from firmbom.git.address import name_of
from firmbom.images import distinct
from firmbom.inventory import Inventory
from firmbom.linked import stored_as_text
from firmbom.merge import merge
from firmbom.model import ComponentSet, Problem, Severity
from firmbom.placed import placed
from firmbom.plugin import Context, Plugin
from firmbom.project import NAME, Project
from firmbom.release import Release, read_release
from firmbom.tree.base import FileTree
from firmbom.tree.folder import FolderTree
from firmbom.tree.open import nested, open_tree


class Built(msgspec.Struct, frozen=True, kw_only=True):
    """What a build found, and the document that says it."""

    document: dict[str, Any]
    """CycloneDX, unsigned."""
    inventory: Inventory
    release: Release


def build(
    folder: Path,
    project: Project,
    *,
    images: Sequence[Path],
    stated: str,
    environment: Mapping[str, str],
    outputs: Collection[Path] = (),
    progress: Progress | None = None,
    repository: Path | None = None,
) -> Built:
    """Describe what ``folder`` was built from and what ``images`` hold, tied to the release.

    Args:
        folder: the checkout.
        project: from firmbom.toml, or the defaults.
        images: the files that are shipped.
        stated: ``--release``; empty means that git says it.
        environment: where CI variables and SOURCE_DATE_EPOCH stand.
        outputs: files this run writes or was given, which may lie untracked in the checkout.
        progress: told each file's path.
        repository: a folder of the git repository whose tag is the release, if that is not ``folder``.

    Raises:
        FirmbomError: the repository or an image cannot be read, or the configuration cannot be followed.
    """
    images = distinct(images)
    reading = Aside(
        lambda: read_release(
            repository or folder,
            stated=stated,
            images=images,
            environment=environment,
            outputs=outputs,
            required=repository is not None,
        )
    )
    opening = _opening(images, project)
    plugins, problems = select(project.build.plugins or None)
    problems += _unanswered(project)
    contexts = contexts_of(project, plugins)
    sources = _sources(folder, project, plugins, contexts, progress)
    contents = [_content(image, one, plugins, contexts, progress) for image, one in zip(images, opening, strict=True)]
    sources = placed(sources, contents)
    release, doubts = reading.result()
    project = _named(project, repository or folder, release)
    release, wrong = bundled(release, images, contents, project, environment)
    problems += [*doubts, *_contradictions(sources, contents), *wrong]
    inventory = merge([sources, *contents, ComponentSet(problems=tuple(problems))])
    return Built(document=document(inventory, release, project), inventory=inventory, release=release)


def _named(project: Project, folder: Path, release: Release) -> Project:
    """The project with a name for its product: that of the repository, which all clones share, else the folder's."""
    product = project.product
    if not product.name:
        shared = name_of(release.remote) if (folder / ".git").exists() else ""  # the whole of it, no part
        product = msgspec.structs.replace(product, name=shared or printable(folder.resolve().name))
    return msgspec.structs.replace(project, product=product)


def bundled(
    release: Release,
    images: Sequence[Path],
    contents: Sequence[ComponentSet],
    project: Project,
    environment: Mapping[str, str],
) -> tuple[Release, tuple[Problem, ...]]:
    """The release, each image of it that is an update bundle with what it says as one, and what is wrong with them.

    Raises:
        ConfigError: a key of ``[bundle] keys`` cannot be used.
    """
    if not images and not project.bundle.keys:
        return release, ()
    from firmbom.bundles import trust
    from firmbom.bundles.tied import with_bundles

    found, problems = with_bundles(
        release.images,
        images,
        contents,
        limits=project.limits,
        anchors=trust.load(project.bundle.keys, environment=environment),
        timestamp=release.timestamp,
    )
    return msgspec.structs.replace(release, images=found), problems


def _unanswered(project: Project) -> Iterator[Problem]:
    """Options in firmbom.toml that no installed plugin can read: a slip of the pen, or a plugin to install."""
    known = installed()
    for name in sorted(set(project.plugin) - known):
        near = meant(name, known)
        text = f"plugin.{name} has options, but no such plugin is installed" + (f" ({near})" if near else "")
        yield Problem("warning", text, NAME)


def _contradictions(sources: ComponentSet, contents: Sequence[ComponentSet]) -> Iterator[Problem]:
    """What the images hold in another version than the lockfiles and manifests of the checkout say."""
    if not any(one.components for one in contents):
        return
    for row in drift(merge(contents), merge([sources])):
        if row.kind is Kind.VERSION:
            message = f"the image holds {row.subject} {row.found}, where the checkout says {row.claimed}"
            yield Problem("warning", message, row.evidence[0].partition(": ")[2])


def contexts_of(project: Project, plugins: Sequence[Plugin]) -> dict[str, Context]:
    """What each plugin may know of the project, by plugin name."""
    return {
        plugin.name: Context(
            options=project.plugin.get(plugin.name, {}),
            target=project.target,
            known=tuple(Path(name) for name in project.build.known),
            omit=frozenset(project.build.omit),
        )
        for plugin in plugins
    }


def _sources(
    folder: Path,
    project: Project,
    plugins: Sequence[Plugin],
    contexts: Mapping[str, Context],
    progress: Progress | None,
) -> ComponentSet:
    """What the checkout says; its tree, and what plugins keep of it, is gone before the merge needs the memory."""
    with closing(FolderTree(folder, exclude=project.build.exclude, limits=project.limits)) as tree:
        return collect(tree, plugins, contexts, progress)


def _opening(images: Sequence[Path], project: Project) -> Iterator[Aside[FileTree]]:
    """Each image while it is being opened: the first at once, another while the one before it is read.

    What is packed is unpacked then, on a processor that is idle otherwise.
    """
    started = (Aside(partial(open_tree, image, limits=project.limits)) for image in images)
    first = next(started, None)

    def one_ahead() -> Iterator[Aside[FileTree]]:
        opening = first
        while opening:
            following = next(started, None)
            yield opening
            opening = following

    return one_ahead()


def _content(
    image: Path,
    opening: Aside[FileTree],
    plugins: Sequence[Plugin],
    contexts: Mapping[str, Context],
    progress: Progress | None,
) -> ComponentSet:
    """What is inside an image; one that cannot be opened leaves a note and is tied by its digests alone."""
    try:
        opened = opening.result()
    except InputError as error:
        if other := stored_as_text(image):
            message = f"holds nothing but the name {other}: a link that was stored as text; give {other} as the image"
            return ComponentSet(problems=(Problem("error", message, image.name),))
        severity: Severity = "note" if image.stat().st_size else "warning"  # nobody means to ship an empty file
        message = f"its content was not read, it is tied by its digests alone: {error.message}"
        return ComponentSet(problems=(Problem(severity, message, image.name),))
    with closing(nested(opened)) as tree:
        return collect(tree, plugins, contexts, progress, record_files=True)
