"""What a container holds by name: folders, files and links, and how a path leads through them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Literal

import msgspec

from firmbom.tree.source import Source

LINKS = 40
"""So many links are followed in one look-up, as Linux does."""


class Packed(ABC):
    """Bytes that are made anew each time, and can be made ahead."""

    @abstractmethod
    def expect(self) -> None:
        """They will be asked for soon, after those that were told so before."""

    @abstractmethod
    def __call__(self) -> Iterator[bytes]:
        """The bytes, in pieces."""


Content = Source | Callable[[], Iterator[bytes]]
"""A file's bytes: at rest, or made anew, in pieces, each time they are asked for."""


class Leaf(msgspec.Struct, frozen=True):
    """A regular file."""

    size: int
    content: Content


class Link(msgspec.Struct, frozen=True):
    """A symbolic link."""

    target: str


class Folder(dict[str, "Folder | Leaf | Link"]):
    """A folder: what is in it, by name."""


Node = Folder | Leaf | Link


class _Trail:
    """The way from the root to where a look-up stands."""

    def __init__(self, root: Folder) -> None:
        self._folders, self._names = [root], [""]
        self.node: Folder | Leaf = root

    def enter(self, part: str) -> Link | Literal["entered", "absent"]:
        """Go on by one name; a link is handed back and not entered. ``..`` stays under the root, as after chroot."""
        if not isinstance(self.node, Folder):
            return "absent"
        if part in ("", "."):
            return "entered"
        if part == "..":
            if len(self._folders) > 1:
                self._folders.pop()
                self._names.pop()
            self.node = self._folders[-1]
            return "entered"
        child = self.node.get(part)
        if child is None or isinstance(child, Link):
            return child or "absent"
        self.node = child
        self._names.append(part)
        if isinstance(child, Folder):
            self._folders.append(child)
        return "entered"

    def restart(self) -> None:
        """Go back to the root."""
        del self._folders[1:], self._names[1:]
        self.node = self._folders[0]

    @property
    def path(self) -> str:
        return "/".join(self._names[1:])


def resolve(root: Folder, path: str) -> tuple[Folder | Leaf, str] | None:
    """What stands at ``path`` and its path without links, or None; at most :data:`LINKS` links are followed."""
    trail = _Trail(root)
    pending, links = path.split("/")[::-1], 0
    while pending:
        step = trail.enter(pending.pop())
        if isinstance(step, Link):
            links += 1
            if links > LINKS or not step.target:
                return None
            if step.target.startswith("/"):
                trail.restart()
            pending.extend(reversed(step.target.split("/")))
        elif step == "absent":
            return None
    return trail.node, trail.path


def nodes(root: Folder) -> Iterator[tuple[str, Leaf | Link]]:
    """Every file and link with its path, in the order of the paths' bytes."""
    pending = [("", iter(_in_order(root)))]
    while pending:
        folder, inside = pending[-1]
        for name, node in inside:
            if isinstance(node, Folder):
                pending.append((f"{folder}{name}/", iter(_in_order(node))))
                break
            yield folder + name, node
        else:
            pending.pop()


def as_bytes(name: str) -> bytes:
    """A name as it is stored; the key to sort by."""
    return name.encode("utf-8", "surrogateescape")


def _in_order(folder: Folder) -> list[tuple[str, Node]]:
    """A folder counts with the slash that follows it, so that whole paths come sorted."""
    return sorted(folder.items(), key=lambda item: as_bytes(item[0]) + (b"/" if isinstance(item[1], Folder) else b""))
