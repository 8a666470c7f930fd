"""Which file loads which, as the dynamic loader of each root filesystem would find them."""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from operator import attrgetter

import msgspec

from firmbom.errors import FirmbomError, printable
from firmbom.model import Link, Problem
from firmbom.tree import index
from firmbom.tree.base import FileTree, shown
from firmbom_elf.facts import Elf, Examined
from firmbom_elf.loading.loader_index import indexed
from firmbom_elf.loading.loader_paths import HWCAPS, Loader, built_in, inherits_runpath, loader, own_folders, usable
from firmbom_elf.loading.loader_roots import Roots, is_libc

MOST = 50
"""So many missing libraries of one root are told, each with the first of the files that need it."""
_MOST_LOADED = 2_000
"""Libraries that one program may load."""
_LARGEST = 4 << 20
"""Bytes of a loader or a file of its configuration; the largest loaders have 1.5 MB."""


def resolve(files: Sequence[Examined], tree: FileTree) -> tuple[tuple[Link, ...], tuple[Problem, ...]]:
    """Follow what every program and library needs.

    Each program is loaded as ld.so(8) would: DT_RPATH of the chain of loaders, DT_RUNPATH, the configured folders,
    the default ones; a library of another class, byte order or machine is passed over, and one that is loaded already
    serves by its SONAME. What stands in ``glibc-hwcaps`` is loaded too, since processors that can do more load that
    instead. A library that no program loads (a plugin) is loaded alone.

    Args:
        files: all that was examined; those that are no ELF files are passed over.
        tree: where they stand, walked already; its links and the loader's configuration are read.
    """
    loadable = {file.place: elf for file in files if (elf := file.elf) and elf.kind in {"executable", "library"}}
    linked = list(tree.links()) if loadable else []
    found = Roots(
        [*loadable, *(place for place, _ in linked)],
        lambda folder: tree.list(folder.removeprefix(tree.prefix).rstrip("/")),
    )
    roots: dict[tuple[str, str], dict[str, Elf]] = {}
    for place, elf in loadable.items():
        where, path = found.split(place)
        roots.setdefault(where, {})[path] = elf
    symlinks: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for place, target in linked:
        where, path = found.split(place)
        symlinks.setdefault(where, []).append((path, shown(target)))
    links: list[Link] = []
    problems: list[Problem] = []
    for where in sorted(roots):
        system = _Root(where, roots[where], symlinks.get(where, ()), tree)
        links += system.links()
        problems += system.problems()
    return tuple(sorted(links)), tuple(problems)


_Machine = tuple[int, str, str]
"""Bits, byte order and name."""
_How = tuple[tuple[str, ...], _Machine]
"""What a search depends on beside the name: the first folders with the loader behind them, and the machine."""


class _Found(msgspec.Struct, frozen=True, gc=False):
    """A file, and the folder that the loader found it in: that of a link to it, if it went by one."""

    path: str
    folder: str


class _Loaded(msgspec.Struct, frozen=True, gc=False):
    """A file that is being loaded, the folder that is its ``$ORIGIN``, and the DT_RPATH folders that it inherits."""

    path: str
    folder: str
    inherited: tuple[str, ...]


class _Wanted(msgspec.Struct, frozen=True, gc=False):
    """A library that a file needs."""

    name: str
    found: tuple[_Found, ...]
    """Where, if nothing that is loaded already serves: what any processor loads, then what others load instead."""
    soname: str
    """Of the first of these; its name where it has none."""
    built_in: bool
    """It is a part of the loader, so that nothing else serves."""


class _Wants(msgspec.Struct, frozen=True, eq=False):
    """All that a file needs: one value for all files that need the same and are loaded the same way."""

    libraries: tuple[_Wanted, ...]
    names: tuple[str, ...]
    """Of these."""
    built_in: bool
    """One of these is a part of the loader."""
    passed_on: tuple[str, ...]
    """The folders that what it loads inherits."""


_Step = tuple[list[_Found], list[str]]
"""What one file loads by itself, and the names of what it needs that is not there."""
_PATH = attrgetter("path")
_machine: Callable[[Elf], _Machine] = attrgetter("bits", "endian", "machine")


class _Root:
    """One root filesystem: its ELF files by path, and how the loader finds them."""

    def __init__(
        self,
        where: tuple[str, str],
        elves: Mapping[str, Elf],
        symlinks: Collection[tuple[str, str]],
        tree: FileTree,
    ) -> None:
        self._elves = elves
        self._prefix = "".join(where)
        self._tree = tree
        self._base = self._prefix.removeprefix(tree.prefix)
        self._index = indexed(elves, symlinks)
        alike: dict[_Machine, _Machine] = {}  # one object each, so that equal ones are told at a glance
        self._machines = {
            path: alike.setdefault(one, one) for path, one in zip(elves, map(_machine, elves.values()), strict=True)
        }
        self._loaders: dict[str, Loader] = {}
        self._there: dict[str, str | None] = {}
        self._own: dict[tuple[str, str, str], tuple[tuple[str, ...], tuple[str, ...]]] = {}
        self._wanted: dict[_How, dict[str, _Wanted]] = {}
        """By name."""
        self._wants_known: dict[tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...], _Machine, str], _Wants] = {}
        """By the names, the folders that serve the file, those that serve what it loads, its machine and the loader."""
        self._brought: dict[tuple[_Wants, str], tuple[_Step, set[str]]] = {}
        """What a program loads, and all that is loaded then, by what it needs and its loader: many need the same."""
        self._holds = cache(self._names_in)
        self._levelled = f"{HWCAPS}/" in "\n".join(elves) or any(HWCAPS in path for path, _ in symlinks)
        self._links: defaultdict[str, set[str]] = defaultdict(set)
        """What each file loads."""
        self._lost: dict[tuple[str, str], tuple[str, ...]] = {}
        """Who needs what in vain, and where that lies after all, if it does."""

    def links(self) -> list[Link]:
        """Load every program, then every library that none of them loads."""
        programs = [path for path, elf in self._elves.items() if elf.kind == "executable"]
        usual = _commonest(self._elves[path].interpreter for path in programs)
        loaded: set[str] = set()
        for path in programs:
            loaded |= self._load(path, self._elves[path].interpreter or usual)
        for path in sorted(self._elves.keys() - loaded - set(programs)):
            self._load(path, usual)
        self._place_the_lost()
        prefix = self._prefix
        return [
            Link(prefix + source, prefix + target)
            for source in sorted(self._links)
            for target in sorted(self._links[source])
            if target != source
        ]

    def problems(self) -> list[Problem]:
        """What was not found; of a folder without a C library one note, because it is no root filesystem."""
        if not self._lost:
            return []
        if not any(is_libc(name) for path in self._elves for name in self._names_of(path)):
            names = len({name for _, name in self._lost})
            note = f"has no C library: {names} libraries that files here load were not looked for elsewhere"
            return [Problem("note", note, self._prefix.rstrip("/").removesuffix("!") or ".")]
        needing: dict[tuple[str, tuple[str, ...]], list[str]] = {}
        for (path, name), there in sorted(self._lost.items()):
            needing.setdefault((name, there), []).append(path)
        told = [
            Problem(
                "note" if len(there) == 1 else "warning",
                printable(_missing(name, there, paths)),
                self._prefix + paths[0],
            )
            for (name, there), paths in sorted(needing.items(), key=lambda item: (item[1][0], item[0]))
        ]
        if len(told) > MOST:
            rest = Problem("warning", f"{len(told) - MOST} more libraries are not where the loader looks", self._prefix)
            told[MOST:] = [rest]
        return told

    def _load(self, program: str, interpreter: str) -> set[str]:
        """Load one file and all it needs; returns the paths that this brings in."""
        there = self._loader_at(interpreter)
        if there and self._elves[program].interpreter:
            self._links[program].add(there)
        folder = _folder(program)
        key = self._wants(program, folder, (), interpreter), interpreter
        if key in self._brought:  # by another one, so that only what itself loads is new
            own, brought = self._brought[key]
            self._note(program, own)
            return brought
        serving = self._serving(interpreter, there)
        seen = {program}
        pending = [_Loaded(program, folder, ())]
        steps: list[_Step] = []
        for loading in pending:  # which grows
            if len(seen) >= _MOST_LOADED:
                break
            wants = self._wants(loading.path, loading.folder, loading.inherited, interpreter)
            step = self._follow(wants, serving)
            self._note(loading.path, step)
            steps.append(step)
            for one in step[0]:
                if one.path not in seen:
                    seen.add(one.path)
                    pending.append(_Loaded(one.path, one.folder, wants.passed_on))
        self._brought[key] = steps[0], seen
        return seen

    def _note(self, path: str, step: _Step) -> None:
        """Remember what a file loads and what it needs in vain."""
        found, lost = step
        self._links[path].update(map(_PATH, found))
        for name in lost:
            self._lost.setdefault((path, name), ())

    def _serving(self, interpreter: str, there: str | None) -> dict[str, _Found]:
        """What is loaded before anything is: the loader."""
        if not there:
            return {}
        own = _Found(there, _folder(there))
        return {self._elves[there].soname or posixpath.basename(interpreter): own}

    def _follow(self, wants: _Wants, serving: dict[str, _Found]) -> _Step:
        """What a file loads; where something that is loaded already serves, that."""
        if all(map(serving.__contains__, wants.names)) and not wants.built_in:
            return [*map(serving.__getitem__, wants.names)], []
        loads: list[_Found] = []
        lost: list[str] = []
        for one in wants.libraries:
            already = None if one.built_in else serving.get(one.name)
            if already:
                loads.append(already)
            elif one.found:
                serving.setdefault(one.name, one.found[0])
                serving.setdefault(one.soname, one.found[0])
                loads += one.found
            else:
                lost.append(one.name)
        return loads, lost

    def _wants(self, path: str, folder: str, inherited: tuple[str, ...], interpreter: str) -> _Wants:
        """What a file needs that is loaded from ``folder``, ``inherited`` being what its loaders pass on."""
        elf, machine = self._elves[path], self._machines[path]
        first = passed_on = inherited
        if elf.runpath or elf.rpath:
            runpath, rpath = self._stated(path, elf, folder, interpreter)
            passed_on = (*rpath, *inherited)
            first = runpath or passed_on
        key = elf.needed, first, passed_on, machine, interpreter
        wants = self._wants_known.get(key)
        if wants is None:
            how = (*first, "", interpreter), machine
            known = self._wanted.setdefault(how, {})
            for name in elf.needed:
                if name not in known:
                    known[name] = self._wanted_as(name, first, how)
            libraries = tuple(map(known.__getitem__, elf.needed))
            own = any(one.built_in for one in libraries)
            wants = self._wants_known[key] = _Wants(libraries, elf.needed, own, passed_on)
        return wants

    def _wanted_as(self, name: str, first: tuple[str, ...], how: _How) -> _Wanted:
        """What serves as a library that is not loaded yet."""
        (*_, interpreter), _ = how
        there = self._loader_at(interpreter) if built_in(interpreter, name) else None
        found = (_Found(there, _folder(there)),) if there else self._search(name, first, how)
        soname = self._elves[found[0].path].soname if found else ""
        return _Wanted(name, found, soname or name, bool(there))

    def _stated(self, path: str, elf: Elf, folder: str, interpreter: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The folders that a file states: those that serve it alone, and those that serve what it loads too."""
        key = path, folder, interpreter
        if key not in self._own:
            libs = self._system(interpreter).libs
            runpath = own_folders(usable(interpreter, elf.runpath), elf, folder, libs)
            rpath = () if runpath else own_folders(usable(interpreter, elf.rpath), elf, folder, libs)
            both = ((), runpath or rpath) if inherits_runpath(interpreter) else (runpath, rpath)
            self._own[key] = both
        return self._own[key]

    def _search(self, name: str, first: tuple[str, ...], how: _How) -> tuple[_Found, ...]:
        """What any processor loads, then what such load instead that can do more; nothing if it is not there."""
        (*_, interpreter), machine = how
        folders = ("",) if "/" in name else (*first, *self._system(interpreter).folders)
        special: list[_Found] = []
        for folder in folders:
            for level in self._levels(folder, interpreter) if self._levelled and folder else ():
                special += self._fitting(posixpath.join(level, name), machine)
            if "/" not in name and name not in self._holds(folder):
                continue
            if found := self._fitting(posixpath.join(folder, name.lstrip("/")), machine):
                return (*found, *special)
        return tuple(special)

    def _names_in(self, folder: str) -> Collection[str]:
        """What stands in a folder where libraries are looked for."""
        found = self._at(folder)
        return found[0].keys() if found and isinstance(found[0], index.Folder) else ()

    def _fitting(self, path: str, machine: _Machine) -> tuple[_Found, ...]:
        real = self._real(path)
        return (_Found(real, posixpath.dirname(path)),) if real and self._machines[real] == machine else ()

    def _levels(self, folder: str, interpreter: str) -> Iterator[str]:
        """The folders in a folder's ``glibc-hwcaps`` that the loader looks in on some processor."""
        found = index.resolve(self._index, posixpath.join(folder, HWCAPS))
        names = found[0] if found and isinstance(found[0], index.Folder) else ()
        yield from (posixpath.join(folder, HWCAPS, name) for name in names if self._system(interpreter).level(name))

    def _system(self, interpreter: str) -> Loader:
        if interpreter not in self._loaders:
            real = self._loader_at(interpreter) or ""
            self._loaders[interpreter] = loader(interpreter, real, self._read, self._names)
        return self._loaders[interpreter]

    def _loader_at(self, interpreter: str) -> str | None:
        """Where the loader is, whatever links lead there."""
        if interpreter not in self._there:
            self._there[interpreter] = self._real(interpreter.lstrip("/")) if interpreter else None
        return self._there[interpreter]

    def _real(self, path: str) -> str | None:
        """The ELF file that ``path`` leads to."""
        found = self._at(path)
        return found[1] if found and isinstance(found[0], index.Leaf) else None

    def _at(self, path: str) -> tuple[index.Folder | index.Leaf, str] | None:
        """What ``path`` leads to; ``..`` may go through a folder without ELF files, which is not known."""
        plain = posixpath.normpath(path) if ".." in path else path
        return index.resolve(self._index, path) or (index.resolve(self._index, plain) if plain != path else None)

    def _place_the_lost(self) -> None:
        """A library that lies elsewhere, and only there, is what an environment variable or another loader finds."""
        called: dict[str, list[str]] = {posixpath.basename(name): [] for _, name in self._lost}
        near = (path for path, elf in self._elves.items() if elf.soname in called or path.rpartition("/")[2] in called)
        for path in sorted(near) if called else ():
            for name in called.keys() & self._names_of(path):
                called[name].append(path)
        for source, name in self._lost:
            machine = self._machines[source]
            there = [path for path in called[posixpath.basename(name)] if self._machines[path] == machine]
            self._lost[source, name] = tuple(there)
            if len(there) == 1:
                self._links[source].update(there)

    def _names_of(self, path: str) -> set[str]:
        """What the file is called, and calls itself."""
        return {path.rpartition("/")[2], self._elves[path].soname} - {""}

    def _read(self, path: str) -> bytes:
        try:
            file = self._tree.get(self._base + path)
            return file.read() if file and file.size < _LARGEST else b""
        except FirmbomError:
            return b""

    def _names(self, folder: str) -> Sequence[str]:
        """From the ELF files and links, and from the tree for configuration."""
        found = index.resolve(self._index, folder)
        listed = found[0].keys() if found and isinstance(found[0], index.Folder) else ()
        return sorted({*listed, *self._tree.list(self._base + folder)})


def _missing(name: str, there: Sequence[str], paths: Sequence[str]) -> str:
    where = f"not where the loader looks, but at {there[0]}" if there else "not in this root filesystem"
    where += f" and {len(there) - 1} more" if len(there) > 1 else ""
    others = f"; so do {len(paths) - 1} more files, such as {paths[1]}" if len(paths) > 1 else ""
    return f"needs {name}, which is {where}{others}"


def _folder(path: str) -> str:
    """Of a file in a root."""
    return path.rpartition("/")[0]


def _commonest(interpreters: Iterable[str]) -> str:
    counted: dict[str, int] = {}
    for one in interpreters:
        if one:
            counted[one] = counted.get(one, 0) + 1
    return min(counted, key=lambda one: (-counted[one], one), default="")
