"""What the readers of all bundle formats share: the opened file, its payloads and their digests, what is to be said."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import cached_property

import msgspec

from firmbom.bundles.bundle import Payload, Signature, Unpacked
from firmbom.bundles.trust import Anchor
from firmbom.digest import Algorithm, Digest
from firmbom.errors import FirmbomError, InputError, printable
from firmbom.model import Problem, Severity
from firmbom.tree.base import HEAD, File, FileTree
from firmbom.tree.budget import Budget
from firmbom.tree.format import Contents, Format
from firmbom.tree.formats import recognise
from firmbom.tree.report import Report
from firmbom.tree.source import Source

LARGEST_MANIFEST = 1 << 20
"""Bytes; a manifest that people or build systems write is a hundredth of it."""
MOST_PAYLOADS = 10_000
_MOST_TOLD = 100
"""Problems of one bundle."""


class Opened(msgspec.Struct, frozen=True):
    """A file that may be a bundle."""

    name: str
    """Its base name, as evidence states it."""
    source: Source
    """All its bytes."""
    container: Format
    """What it is by its magic."""
    tree: FileTree
    """Its files."""
    anchors: tuple[Anchor, ...] = ()
    """The keys whose signatures count."""
    when: datetime | None = None
    """The time of the release, for signatures that state none."""
    sizes: frozenset[int] = frozenset()
    """Of the images given beside it, in bytes: a slot is larger than what is written into it."""


class Reading:
    """Gathers a bundle's payloads and problems."""

    def __init__(self, opened: Opened) -> None:
        self.opened = opened
        self._payloads: dict[str, Payload] = {}
        self._contents: dict[str, _Content] = {}
        self._problems: dict[Problem, None] = {}
        self.budget = Budget(opened.tree.limits, opened.source.size)
        """Of the containers inside the bundle, all together."""
        self.looked_at: set[str] = set()
        """Paths of files that the manifest names."""

    def say(self, severity: Severity, message: str, inside: str = "") -> None:
        """Say something of the bundle, or of what stands at ``inside`` in it."""
        if len(self._problems) == _MOST_TOLD:
            self._problems[Problem("error", "there are more problems; they are not told", self.opened.name)] = None
        elif len(self._problems) < _MOST_TOLD:
            path = f"{self.opened.name}!/{printable(inside)[:300]}" if inside else self.opened.name
            self._problems[Problem(severity, printable(message)[:600], path)] = None

    @property
    def problems(self) -> tuple[Problem, ...]:
        """All that was said."""
        return tuple(self._problems)

    @property
    def payloads(self) -> tuple[Payload, ...]:
        """Sorted by path."""
        return tuple(sorted(self._payloads.values()))

    def manifest(self, path: str) -> bytes:
        """A small file of the bundle, whole; :class:`InputError` when it is missing, too large or damaged."""
        file = self.opened.tree.get(path)
        if file is None:
            raise InputError(f"there is no {path} in it")
        return content(file)

    def payload(
        self,
        path: str,
        stated: Iterable[tuple[str, str]] = (),
        *,
        name: str = "",
        size: int | None = None,
        file: File | None = None,
        holds: Sequence[Unpacked] = (),
    ) -> None:
        """Take a file that the manifest names, and hold what the manifest says of it against its bytes.

        Args:
            path: in the bundle.
            stated: digests, by the name of the algorithm and as hexadecimal.
            name: what the manifest calls it.
            size: that the manifest states, in bytes.
            file: where it stands in a container inside the bundle.
            holds: what it may be beside what it unpacks to.
        """
        self.looked_at.add(path)
        if len(self._payloads) == MOST_PAYLOADS:
            self.say("error", f"names more than {MOST_PAYLOADS} payloads; the rest was not looked at")
            return
        file = file or self.opened.tree.get(path)
        if file is None:
            self.say("error", "the manifest names this payload, and the bundle does not hold it", path)
            return
        listed = tuple(self._stated(stated, path))
        content = self._contents.setdefault(file.location_path, _Content(file))
        try:
            found = {one: content.digest(one) for one in (*_ALWAYS, *(each.algorithm for each in listed))}
        except FirmbomError as error:
            self.say("error", f"this payload cannot be checked: {error.within(file.location_path)}", path)
            return
        for one in listed:
            if found[one.algorithm] != one:
                self.say(
                    "error",
                    f"is not the payload that the manifest means: its {one.algorithm} is "
                    f"{found[one.algorithm].value}, the manifest says {one.value}",
                    path,
                )
        if size is not None and size != file.size:
            self.say("error", f"has {file.size} bytes, the manifest says {size}", path)
        made = Payload(
            path=file.location_path,
            size=file.size,
            digests=(found[Algorithm.SHA256], found[Algorithm.SHA512]),
            name=printable(name)[:200],
            stated=listed,
            unpacked=(*content.unpacked, *holds),
        )
        known = self._payloads.get(made.path)
        self._payloads[made.path] = _together(known, made) if known else made

    def _stated(self, stated: Iterable[tuple[str, str]], path: str) -> Iterator[Digest]:
        for algorithm, value in stated:
            try:
                made = Digest.named(algorithm, value)
            except ValueError as error:
                self.say("error", f"the manifest states for it {error}", path)
                continue
            if made.algorithm in _ALWAYS or made.algorithm in _HASHLIB:
                yield made
            else:
                self.say("error", f"the manifest states for it a {made.algorithm}, which is not checked here", path)

    def signed(self, signature: Signature) -> Signature:
        """The signature, once what is wrong with it has been said."""
        if signature.judgement == "bad":
            self.say("error", f"its signature is bad: {signature.why}")
        elif signature.judgement == "none" and self.opened.anchors:
            self.say("error", "is not signed, and keys that must have signed it were given")
        elif signature.judgement == "not judged" and self.opened.anchors:
            self.say("error", f"its signature cannot be checked: {signature.why or signature.kind}")
        return signature

    def check_names(self) -> None:
        """Say which names stand in the bundle more than once, for an installer may take another one than we did."""
        entries = self.opened.container.reader(self.opened.source, Report([], "", str))
        counts: Counter[bytes] = Counter()
        try:
            for entry in entries:
                if entry.kind != "folder":
                    counts[entry.name.removeprefix(b"./")] += 1
        except (FirmbomError, OSError):
            pass  # whoever walks through the bundle says so
        for name, count in sorted(counts.items()):
            if count > 1:
                self.say(
                    "error",
                    f"stands {count} times in the bundle, and which one a device installs is its own choice",
                    name.decode("utf-8", "backslashreplace"),
                )


class _Content:
    """The bytes of a payload, read once for each algorithm, however often the manifest names it."""

    def __init__(self, file: File) -> None:
        self._file = file
        self._digests: dict[Algorithm, Digest] = {}

    def digest(self, algorithm: Algorithm) -> Digest:
        """Raises :class:`InputError` when they cannot be read."""
        if algorithm in _ALWAYS and algorithm not in self._digests:
            self._digests.update({one.algorithm: one for one in self._file.digests})
        elif algorithm not in self._digests:
            running = hashlib.new(_HASHLIB[algorithm], usedforsecurity=False)
            for piece in self._file.chunks():
                running.update(piece)
            self._digests[algorithm] = Digest(algorithm, running.hexdigest())
        return self._digests[algorithm]

    @cached_property
    def unpacked(self) -> tuple[Unpacked, ...]:
        """What they unpack to, if they are compressed."""
        return tuple(_unpacked(self._file))


_ALWAYS = (Algorithm.SHA256, Algorithm.SHA512)
_HASHLIB = {
    Algorithm.MD5: "md5",
    Algorithm.SHA1: "sha1",
    Algorithm.SHA384: "sha384",
    Algorithm.SHA3_256: "sha3_256",
    Algorithm.SHA3_384: "sha3_384",
    Algorithm.SHA3_512: "sha3_512",
}


def content(file: File) -> bytes:
    """A small file, whole.

    Raises:
        InputError: damaged, or too large for a manifest.
    """
    if file.size > LARGEST_MANIFEST:
        raise InputError(f"{file.size} bytes are too many for a manifest", path=file.path)
    return file.read()


def _together(one: Payload, other: Payload) -> Payload:
    """A payload that the manifest names more than once, as for each of two slots."""
    names = sorted({part for part in (*one.name.split(", "), *other.name.split(", ")) if part})
    stated = tuple(sorted({*one.stated, *other.stated}))
    return msgspec.structs.replace(one, name=", ".join(names), stated=stated)


def _unpacked(file: File) -> Iterator[Unpacked]:
    """What a compressed payload unpacks to; nothing for one that is not, is damaged or goes beyond the limits."""
    head = file.head(HEAD)
    found = recognise(Contents(len(head), lambda offset, length: head[offset : offset + length]))
    if found is None or found.kind != "stream":
        return
    budget = Budget(file.tree.limits, file.size)
    running = hashlib.sha256(), hashlib.sha512()
    size = 0
    report = Report([], "", str)
    try:
        for piece in found.module.read(file.source(), report):
            budget.take(len(piece))
            size += len(piece)
            for one in running:
                one.update(piece)
    except (FirmbomError, OSError):
        return
    digests = Digest(Algorithm.SHA256, running[0].hexdigest()), Digest(Algorithm.SHA512, running[1].hexdigest())
    yield Unpacked(found.inner_name(file.name), size, digests)
