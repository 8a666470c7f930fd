"""Where the dynamic loaders of glibc, musl, uClibc and Android look for libraries in a root filesystem."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from firmbom_elf.facts import Elf

Read = Callable[[str], bytes]
"""The bytes of a file under the root; empty when there is none."""
Names = Callable[[str], Sequence[str]]
"""The names in a folder under the root."""

_MOST = 1_000
"""Lines of configuration that are followed, in all files together."""
_DEFAULT = ("lib", "usr/lib", "lib64", "usr/lib64", "lib32", "usr/lib32", "libx32", "usr/libx32")
"""glibc's and uClibc's own, of every multilib; a library of another machine is passed over."""
_ANDROID = tuple(f"{part}/{folder}" for part in ("system", "vendor", "odm", "product") for folder in ("lib64", "lib"))
_MUSL = ("lib", "usr/local/lib", "usr/lib")
_TRIPLE = re.compile(r"[a-z0-9_]+-linux-[a-z0-9_]+\Z")
_MUSL_LOADER = re.compile(r"ld-musl-(?P<arch>[A-Za-z0-9_+-]+)\.so")
_MUSL_OWN = re.compile(r"lib(?:c|pthread|rt|m|dl|util|xnet)\.")
_MUSL_STRANGE = re.compile(r"\$(?!ORIGIN|\{ORIGIN\})")
"""A token that musl does not know: it then leaves the whole search path alone."""
_TOKEN = re.compile(r"\$(?:\{(?P<braced>[A-Z]+)\}|(?P<bare>ORIGIN|LIB|PLATFORM))")


_BUILT_IN = re.compile(r"\0(/[\w.+-][\w./+-]*/\0(?:/[\w.+-][\w./+-]*/\0){1,15})", re.ASCII)
"""glibc's ``system_dirs`` in the loader: paths with a slash at their end, one after the other."""
_LEVELS = tuple(
    re.compile(rf"{kind}(?<![\w-]{kind}){number}(?![\w-])", re.ASCII)
    for kind, number in (("x86-64-v", r"\d"), ("power", r"\d{1,2}"), ("z", r"\d\d"))
)
"""The names that glibc has for what processors can do more than the least of their kind. Each is searched for by itself
and what stands before it looked at afterwards: what begins with a plain text is found many times as fast.
"""
HWCAPS = "glibc-hwcaps"
"""Below any folder of libraries: folders of such names, each with what is loaded instead on those processors."""
_CACHED = re.compile(r"(?<=\0)(/[^\0]+)/[^\0/]+\.so[^\0/]*(?=\0)")


class Loader(NamedTuple):
    """What a dynamic loader goes by, beside what files say themselves."""

    folders: tuple[str, ...]
    """That it searches last, without leading slash."""
    libs: tuple[str, ...]
    """What it puts in the place of ``$LIB``; several where that is not known."""
    levels: frozenset[str] | None = frozenset()
    """The names of folders in ``glibc-hwcaps`` that it looks in (ld.so(8), glibc 2.33); None if that is not known."""

    def level(self, name: str) -> bool:
        """Does it look in a folder of that name?"""
        if self.levels is None:
            return any(level.fullmatch(name) for level in _LEVELS)
        return name in self.levels


def loader(interpreter: str, real: str, read: Read, names: Names) -> Loader:
    """What the loader at ``real`` goes by.

    ld.so(8) for glibc, ``ldso/dynlink.c``'s documented behaviour (``/etc/ld-musl-$ARCH.path``) for musl. glibc's own
    folders stand in its loader; where that is not there, they are all that are usual.

    Args:
        interpreter: its path as programs name it; empty for glibc's rules.
        real: its path in the root; empty if it is not there.
        read: reads it and configuration.
        names: lists folders, to find multiarch ones (``lib/aarch64-linux-gnu``).
    """
    musl = _MUSL_LOADER.search(interpreter)
    if musl:
        stated = _text(read(f"etc/ld-musl-{musl['arch']}.path"))
        return Loader(tuple(dict.fromkeys(_relative(re.split(r"[:\n]", stated)))) or _MUSL, ())
    if posixpath.basename(interpreter).startswith("linker"):
        return Loader(_ANDROID, ("lib64",) if interpreter.endswith("64") else ("lib",))
    held = read(real).decode("latin-1") if real else ""  # for what is sought in it is ASCII
    own = max(_BUILT_IN.findall(held), key=len, default="")
    named = frozenset(name for level in _LEVELS for name in level.findall(held)) if HWCAPS in held else frozenset[str]()
    levels = named if held else None
    folders = tuple(_relative(own.split("\0")))
    libs: tuple[str, ...] = tuple(one for one in folders if one.startswith("lib"))[:1]
    if not folders:
        multiarch = [f"{top}/{name}" for top in ("lib", "usr/lib") for name in names(top) if _TRIPLE.match(name)]
        folders = (*multiarch, *_DEFAULT)
    return Loader(tuple(dict.fromkeys([*_configured(read, names), *folders])), libs, levels)


def usable(interpreter: str, stated: Sequence[str]) -> Sequence[str]:
    """A DT_RPATH or DT_RUNPATH, if the loader understands it."""
    musl = inherits_runpath(interpreter)
    return () if musl and any(_MUSL_STRANGE.search(path) for path in stated) else stated


def inherits_runpath(interpreter: str) -> bool:
    """Does the loader treat DT_RUNPATH as DT_RPATH, which what a file loads inherits? musl does."""
    return bool(_MUSL_LOADER.search(interpreter))


@lru_cache(4096)
def built_in(interpreter: str, name: str) -> bool:
    """Is the library a part of the loader, whatever file of that name there is? musl's is its C library."""
    return bool(_MUSL_OWN.match(name) and _MUSL_LOADER.search(interpreter))


def own_folders(stated: Iterable[str], elf: Elf, folder: str, libs: Sequence[str] = ()) -> tuple[str, ...]:
    """The folders of a DT_RPATH or DT_RUNPATH, their tokens filled in (ld.so(8), "Dynamic string tokens").

    Args:
        stated: as the file states them.
        elf: the file.
        folder: where it stands, which is ``$ORIGIN``.
        libs: what the loader takes for ``$LIB``, if that is known.
    """
    libs = libs or (("lib64", "lib") if elf.bits == 64 else ("lib", "lib32"))
    found = []
    for path in stated:
        for lib in libs if "LIB" in path else libs[:1]:
            values = {"ORIGIN": f"/{folder}", "LIB": lib, "PLATFORM": elf.machine}
            found.append(_filled(path, values))
    return tuple(dict.fromkeys(_relative(found)))


def _filled(path: str, values: Mapping[str, str]) -> str:
    return _TOKEN.sub(lambda token: values.get(token["braced"] or token["bare"], ""), path)


def _configured(read: Read, names: Names) -> Iterator[str]:
    """What ``/etc/ld.so.conf`` and the files that it includes list (ldconfig(8)); else where the cache's files are."""
    if "ld.so.conf" not in names("etc"):
        yield from _relative(dict.fromkeys(_CACHED.findall(_text(read("etc/ld.so.cache")))))
        return
    pending = [_ordered("etc/ld.so.conf", read)]
    seen = {"etc/ld.so.conf"}
    for _ in range(_MOST):
        while pending and (found := next(pending[-1], None)) is None:
            pending.pop()
        if not pending or found is None:
            return
        folder, line = found
        word, *rest = line.split(maxsplit=1)
        if word == "include":
            told = [one for each in rest for one in _included(each, folder, names) if one not in seen]
            seen.update(told)
            pending += (_ordered(one, read) for one in reversed(told))
        elif word != "hwcap":
            yield from _relative(re.split(r"[\s:,]+", line))


def _ordered(path: str, read: Read) -> Iterator[tuple[str, str]]:
    """The lines of one file that say something, each with the folder that the file is in."""
    for line in _text(read(path)).splitlines():
        if text := line.partition("#")[0].strip():
            yield posixpath.dirname(path), text


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _included(pattern: str, beside: str, names: Names) -> list[str]:
    from fnmatch import filter as matching

    path = pattern.lstrip("/") if pattern.startswith("/") else posixpath.join(beside, pattern)
    folder, name = posixpath.split(path)
    return [f"{folder}/{one}" for one in sorted(matching(names(folder), name))]


def _relative(paths: Iterable[str]) -> Iterator[str]:
    """Absolute paths without their leading slash; a relative one depends on where a program is started."""
    for path in paths:
        clean = path.strip()
        if clean.startswith("/"):
            yield (clean if ".." in clean else posixpath.normpath(clean)).strip("/")
