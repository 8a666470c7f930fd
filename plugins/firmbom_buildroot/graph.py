"""Which package needs which: virtual packages resolved to their providers, host packages left aside."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from firmbom_buildroot.said import Package

Packages = Mapping[str, Package]
"""By key."""


def needs(packages: Packages) -> dict[str, set[str]]:
    """By key what each real package needs directly, of what is built for the same side."""
    providers: dict[str, list[str]] = {}
    for key, package in packages.items():
        for name in package.provides if not package.virtual else ():
            providers.setdefault(name, []).append(key)
    real = [key for key, package in packages.items() if not package.virtual]
    return {key: set(_resolved(key, packages, providers)) - {key} for key in real}


def _resolved(key: str, packages: Packages, providers: Mapping[str, list[str]]) -> Iterator[str]:
    package = packages[key]
    pending = list(_direct(package, packages))
    if not package.host and (twin := packages.get(f"host-{package.name}")):
        pending += [one for one in twin.needs or () if not one.startswith("host-")]
    seen = {key}
    while pending:
        name = pending.pop()
        found = packages.get(name)
        if name in seen or found is None or found.host != package.host:
            continue
        seen.add(name)
        if not found.virtual:
            yield name
        else:
            pending += providers.get(name) or _direct(found, packages)
            if twin := packages.get(f"host-{name}"):
                pending += twin.needs or ()


def _direct(package: Package, packages: Packages) -> Iterable[str]:
    """What is stated, or of all that is needed however indirectly what nothing else in it needs."""
    if package.needs is not None or package.needs_in_all is None:
        return package.needs or ()
    listed = dict.fromkeys(package.needs_in_all)
    through: set[str] = set()
    for name in listed:
        other = packages.get(name)
        beyond = set((other.needs_in_all or ()) if other else ())
        if package.key not in beyond:
            through |= beyond
    return [name for name in listed if name not in through] or list(listed)


def first(edges: Mapping[str, set[str]], keys: Iterable[str]) -> list[str]:
    """What nothing needs, and of every circle that nothing else reaches one."""
    ordered = sorted(keys)
    needed = {target for key in ordered for target in edges.get(key, ())}
    found = [key for key in ordered if key not in needed]
    reached: set[str] = set()
    _reach(found, edges, reached)
    for key in ordered:
        if key not in reached:
            found.append(key)
            _reach([key], edges, reached)
    return found


def _reach(start: Iterable[str], edges: Mapping[str, set[str]], reached: set[str]) -> None:
    pending = list(start)
    while pending:
        key = pending.pop()
        if key not in reached:
            reached.add(key)
            pending += edges.get(key, ())
