"""Broken and hostile files: what must be said of each, and that nothing but a Problem comes of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firmbom.collect import collect
from firmbom.model import ROOT, Edge
from firmbom.tree.folder import FolderTree
from firmbom_npm.plugin import Plugin

DATA = Path(__file__).parent / "data" / "demo"
LOCKS = {one.name: one.read_bytes() for one in DATA.iterdir() if one.is_file()}


def v3(**entry: object) -> dict[str, Any]:
    return {"lockfileVersion": 3, "packages": {"": {}, "node_modules/x": {"version": "1.0.0", **entry}}}


X = "packages.node_modules/x"
SAID: dict[str, tuple[str, Any, str | None]] = {
    "empty": ("package-lock.json", b"", "error package-lock.json: line 1 column 1: not JSON"),
    "truncated": ("package-lock.json", b'{"packages": {"node_modules/x": {"ver', "error package-lock.json: line 1"),
    "binary": ("package-lock.json", b"\x7fELF\xff\xfe\x00", "error package-lock.json: byte 4: not text in UTF-8"),
    "another type": ("package-lock.json", [1], "error package-lock.json: not a JSON object"),
    "deep": ("package-lock.json", b'{"a":' * 100_000, "error package-lock.json: nested too deeply"),
    "twice": ("package-lock.json", b'{"lockfileVersion": 3, "packages": {}, "packages": {}}',
              "warning package-lock.json: packages: stands twice in one object; the last one counts"),
    "future": ("package-lock.json", {"lockfileVersion": 9, "packages": {}},
               "warning package-lock.json: lockfileVersion: version 9 is newer than 3, as which it was read"),
    "version of the file": ("package-lock.json", {"lockfileVersion": "3", "packages": {}},
                            "warning package-lock.json: lockfileVersion: should be a number, not text"),
    "no packages": ("package-lock.json", {"lockfileVersion": 3},
                    "warning package-lock.json: packages: should be an object, not empty"),
    "packages": ("package-lock.json", {"lockfileVersion": 3, "packages": []},
                 "warning package-lock.json: packages: should be an object, not a list"),
    "entry": ("package-lock.json", {"lockfileVersion": 3, "packages": {"node_modules/x": "1.0.0"}},
              f"warning package-lock.json: {X}: should be an object, not text"),
    "version": ("package-lock.json", v3(version=1), f"warning package-lock.json: {X}.version: should be text, not"),
    "dev": ("package-lock.json", v3(dev="yes"), f"warning package-lock.json: {X}.dev: should be true or false, not"),
    "os": ("package-lock.json", v3(os=3), f"warning package-lock.json: {X}.os: should be a list, not a number"),
    "os member": ("package-lock.json", v3(os=[3]), f"warning package-lock.json: {X}.os[0]: should be text, not"),
    "dependencies": ("package-lock.json", v3(dependencies=["y"]),
                     f"warning package-lock.json: {X}.dependencies: should be an object, not a list"),
    "dependency": ("package-lock.json", v3(dependencies={"y": 1}),
                   f"warning package-lock.json: {X}.dependencies.y: should be text, not a number"),
    "peer meta": ("package-lock.json", v3(peerDependencies={"y": "1"}, peerDependenciesMeta={"y": True}),
                  f"warning package-lock.json: {X}.peerDependenciesMeta.y: should be an object, not true or false"),
    "licence": ("package-lock.json", v3(license=5), f"warning package-lock.json: {X}.license: is not a licence"),
    "integrity": ("package-lock.json", v3(integrity="sha512-!"),
                  f"warning package-lock.json: {X}.integrity: not an integrity value: 'sha512-!'"),
    "algorithm": ("package-lock.json", v3(integrity="md4-AAAA"),
                  f"warning package-lock.json: {X}.integrity: unknown digest algorithm 'md4'"),
    "link to nowhere": ("package-lock.json", v3(link=True, resolved="../y"),
                        f"warning package-lock.json: {X}: links to ../y, which the file does not hold"),
    "nameless": ("package-lock.json", v3(name="/"), f"error package-lock.json: {X}: a package without a name"),
    "version with a line": ("package-lock.json", v3(version="1\n0"), f"error package-lock.json: {X}: a pack"),
    "no lock at all": ("package-lock.json", {}, "warning package-lock.json: packages: should be an object, not empty"),
    "long path": ("package-lock.json", {"lockfileVersion": 3, "packages": {"a/" * 300: {"version": "1.0.0"}}},
                  "should be a path of at most 200 folders, not text"),
    "v1 entry": ("package-lock.json", {"lockfileVersion": 1, "dependencies": {"x": 1}},
                 "warning package-lock.json: dependencies.x: should be an object, not a number"),
    "v1 requires": ("package-lock.json", {"lockfileVersion": 1, "dependencies": {"x": {"version": "1", "requires": 1}}},
                    "warning package-lock.json: dependencies.x.requires: should be an object, not a number"),
    "v1 version": ("package-lock.json", {"lockfileVersion": 1, "dependencies": {"x": {}}},
                   "warning package-lock.json: dependencies.x.version: should be text, not empty"),
    "manifest beside": ("package.json", b"[",
                        "warning package-lock.json: package.json beside it is not used: package.json: "),
    "yarn empty": ("yarn.lock", b"", "warning yarn.lock: empty: names no package"),
    "yarn prose": ("yarn.lock", b"once upon a time\n", "error yarn.lock: line 1: not a yarn lockfile"),
    "yarn binary": ("yarn.lock", b"\x00\xff", "error yarn.lock: byte 1: not text in UTF-8"),
    "yarn conflict": ("yarn.lock", b"<<<<<<< HEAD\n", "error yarn.lock: line 1: holds a merge conflict (resolve it)"),
    "yarn line": ("yarn.lock", b'a@1:\n  version "1.0.0"\n   odd\n', "warning yarn.lock: line 3: is not understood"),
    "yarn stray": ("yarn.lock", b'a@1:\n  version "1.0.0"\n    b "1"\n', None),
    "yarn truncated": ("yarn.lock", b"a@1:\n", "warning yarn.lock: a@1.version: should be text, not empty"),
    "yarn quote": ("yarn.lock", b'"a@1:\n  version "\\u00"\n', None),
    "berry future": ("yarn.lock", b'__metadata:\n  version: 99\n', "warning yarn.lock: __metadata.version: version 99"),
    "berry entry": ("yarn.lock", b"__metadata:\n  version: 8\na@npm:1: text\n",
                    "warning yarn.lock: a@npm:1: should be an object, not text"),
    "berry resolution": ("yarn.lock", b"__metadata:\n  version: 8\na@npm:1: {version: 1.0.0}\n",
                         "warning yarn.lock: a@npm:1.resolution: should be name@reference, not empty"),
    "berry version": ("yarn.lock", b"__metadata:\n  version: 8\na@npm:1: {resolution: 'a@npm:1.0.0'}\n",
                      "warning yarn.lock: a@npm:1.version: should be text, not empty"),
    "berry YAML": ("yarn.lock", b"__metadata:\n  version: 8\n  - [\n", "error yarn.lock: line 3: not YAML"),
    "pnpm empty": ("pnpm-lock.yaml", b"", "error pnpm-lock.yaml: holds no mapping (write the lockfile again)"),
    "pnpm list": ("pnpm-lock.yaml", b"--- [a]\n--- {lockfileVersion: '9.0'}\n",
                  "warning pnpm-lock.yaml: a document: should be an object, not a list"),
    "pnpm future": ("pnpm-lock.yaml", b"lockfileVersion: '12.3'\n",
                    "warning pnpm-lock.yaml: lockfileVersion: version 12.3 is newer than 9.0, as which it was read"),
    "pnpm version": ("pnpm-lock.yaml", b"packages: {}\n",
                     "warning pnpm-lock.yaml: lockfileVersion: should be a number, not empty"),
    "pnpm key": ("pnpm-lock.yaml", b"lockfileVersion: '9.0'\npackages: {nonsense: {}}\n",
                 "warning pnpm-lock.yaml: packages.nonsense: should be a package with a name, not text"),
    "pnpm reference": ("pnpm-lock.yaml", b"lockfileVersion: '9.0'\nimporters: {.: {dependencies: {a: [1]}}}\n",
                       "warning pnpm-lock.yaml: importers...dependencies.a: should be text, not a list"),
    "pnpm twice": ("pnpm-lock.yaml", b"lockfileVersion: '9.0'\npackages: {}\npackages: {}\n",
                   "warning pnpm-lock.yaml: packages: stands twice in one object; the last one counts"),
    "bun package": ("bun.lock", {"lockfileVersion": 1, "workspaces": {"": {}}, "packages": {"a": "b"}},
                    "warning bun.lock: packages.a: should be a list that begins with name@version, not text"),
    "bun future": ("bun.lock", {"lockfileVersion": 7, "workspaces": {"": {}}, "packages": {}},
                   "warning bun.lock: lockfileVersion: version 7 is newer than 2, as which it was read"),
    "bun version": ("bun.lock", {"workspaces": {"": {}}, "packages": {}},
                    "warning bun.lock: lockfileVersion: should be a number, not empty"),
    "bun open": ("bun.lock", b'{"a": "' + b'\\"' * 1000 + b" /* ", "error bun.lock: line 1"),
    "bun comment": ("bun.lock", b"{} /* without end", "warning bun.lock: lockfileVersion: should be a number"),
}  # fmt: skip


@pytest.mark.parametrize("case", SAID)
def test_what_is_said(case: str, see: Callable[..., Any]) -> None:
    name, content, expected = SAID[case]
    extra = {"package-lock.json": {"lockfileVersion": 1, "dependencies": {}}} if case == "manifest beside" else {}
    seen = see({name: content, **extra})
    if expected is None:
        assert len(seen.set.components) == 1
    else:
        assert any(expected in one for one in seen.problems), seen.problems
    assert "Error:" not in "".join(seen.problems), "an exception that is not ours"


def test_the_rest_is_intact(see: Callable[..., Any]) -> None:
    packages = {"": {"dependencies": {"ok": "1"}}, "node_modules/ok": {"version": "1.0.0"}, "node_modules/x": 3}
    seen = see({"package-lock.json": {"lockfileVersion": 3, "packages": packages}})
    assert seen.edges == {". > ok@1.0.0"}
    assert seen.coverage["package-lock.json"] == ("incomplete", "incomplete")


def test_a_thousand_faults_are_told_as_twenty_and_their_number(see: Callable[..., Any]) -> None:
    seen = see({"package-lock.json": {"lockfileVersion": 3, "packages": {f"node_modules/{i}": 1 for i in range(1000)}}})
    assert len(seen.problems) == 21
    assert seen.problems[-1] == "warning package-lock.json: 980 more like these"


def test_lone_surrogates_are_carried_safely_and_control_characters_told(see: Callable[..., Any]) -> None:
    packages = {
        "": {"dependencies": {"a\ud800": "1"}},
        "node_modules/a\ud800": {"version": "1", "license": "\udfff\x1b"},
        "node_modules/b\x1b": {"version": "1"},
    }
    seen = see({"package-lock.json": json.dumps({"lockfileVersion": 3, "name": "me\n", "packages": packages})})
    (one,) = seen.set.components
    assert one.purl == "pkg:npm/a%5Cud800@1"
    assert seen.set.edges == (Edge(ROOT, one.ref),)
    assert [problem.split()[0] for problem in seen.problems] == ["error", "error"]
    msgspec.json.encode(seen.set)
    assert all(problem.isprintable() for problem in seen.problems)


def test_aliases_that_multiply_are_stopped(see: Callable[..., Any]) -> None:
    listed = ", ".join(f"d{i}: '1'" for i in range(1100))
    entries = "".join(f"  p{i}@1.0.0: {{dependencies: *many}}\n" for i in range(1100))
    text = f"lockfileVersion: '9.0'\nmany: &many {{{listed}}}\npackages:\n{entries}"
    assert see({"pnpm-lock.yaml": text}).problems == ["error pnpm-lock.yaml: holds more than 1000000 dependencies"]


def test_peers_that_multiply_are_stopped(see: Callable[..., Any]) -> None:
    blocks = ["__metadata:\n  version: 8\n"]
    for i in range(3000):
        blocks.append(f'"host@npm:{i}":\n  version: {i}.0.0\n  resolution: "host@npm:{i}.0.0"\n')
        blocks.append(
            f'"u{i}@npm:1":\n  version: 1.0.0\n  resolution: "u{i}@npm:1.0.0"\n  dependencies: {{host: {i}, c0: 1}}\n'
        )
        blocks.append(
            f'"c{i}@npm:1":\n  version: 1.0.0\n  resolution: "c{i}@npm:1.0.0"\n  dependencies: {{c{i + 1}: 1}}\n'
            "  peerDependencies: {host: '*'}\n"
        )
    assert "error yarn.lock: holds more than 1000000 dependencies" in see({"yarn.lock": "".join(blocks)}).problems


def safe(root: Path, name: str, content: bytes) -> None:
    """Collecting from the file ends without an exception of ours or Python's, and says something."""
    for old in root.iterdir():
        old.unlink()
    (root / name).write_bytes(content)
    said = collect(FolderTree(root), [Plugin()])
    assert said.components or said.problems or said.coverage or name == "package.json", "it may be a mere marker"
    assert not [one for one in said.problems if "Error:" in one.message]
    msgspec.json.encode(said)
    refs = {one.ref for one in said.components} | {""}
    assert {ref for edge in said.edges for ref in (edge.source, edge.target)} <= refs
    assert all(one.name for one in said.components)


QUIET = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@QUIET
@given(st.data())
def test_a_damaged_real_lock_never_raises(tmp_path: Path, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(LOCKS)))
    content = bytearray(LOCKS[name])
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        kind = data.draw(st.sampled_from(("cut", "byte", "drop", "double")))
        if kind == "cut":
            content = content[: at + 1]
        elif kind == "byte":
            content[at] = data.draw(st.integers(0, 255))
        elif kind == "drop":
            content = content[:at] + content[at + data.draw(st.integers(1, 200)) :] or bytearray(b"{")
        else:
            content = content[:at] + content[max(0, at - 40) :]
    safe(tmp_path, name.partition(".")[2], bytes(content))


WORDS = (
    *("", "lockfileVersion", "packages", "dependencies", "requires", "node_modules/a", "version", "resolved", "link"),
    *("name", "a", "workspaces", "importers", ".", "snapshots", "peerDependencies", "peerDependenciesMeta", "optional"),
    *("os", "license", "integrity", "resolution", "a@1.0.0", "engines", "__metadata", "a@npm:1", "devDependencies"),
)
TEXTS = ("1.0.0", "file:x", "npm:a@1", "a@1.0.0", "link:../x", "a@workspace:x", "/", "..", "/x")
NUMBERS = st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False))
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, st.text(max_size=5), st.sampled_from(TEXTS)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.one_of(st.sampled_from(WORDS), st.text(max_size=4)), inner, max_size=5),
    ),
    max_leaves=25,
)


@QUIET
@given(st.sampled_from(("package-lock.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock", "package.json")), VALUES)
def test_any_value_at_any_place_never_raises(tmp_path: Path, name: str, value: object) -> None:
    document: dict[str, Any] = {"lockfileVersion": 3, "packages": {"node_modules/a": {"version": "1.0.0"}}}
    document.update(value if isinstance(value, dict) else {"packages": value, "dependencies": value, "name": value})
    if name == "yarn.lock":
        document.setdefault("__metadata", {})
    text = json.dumps(document, indent=1)
    safe(tmp_path, name, text.replace('"__metadata"', "__metadata").encode())
    safe(tmp_path, name, json.dumps(document).encode())


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("package-lock.json", '{"lockfileVersion": 99, "packages": {"node_modules/a": {"version": "1.0.0"}}}'),
        ("package-lock.json", '{"lockfileVersion": 3, "packages": {"node_modules/a": {}, "node_modules/a": {}}}'),
        ("pnpm-lock.yaml", "lockfileVersion: '99.0'\npackages: {a@1.0.0: {}}\n"),
        ("yarn.lock", '__metadata:\n  version: 99\n"a@npm:1":\n  version: 1.0.0\n  resolution: "a@npm:1.0.0"\n'),
        ("bun.lock", '{"lockfileVersion": 99, "packages": {"a": ["a@1.0.0", "", {}, ""]}}'),
    ],
)  # fmt: skip
def test_what_may_be_misread_makes_the_reading_incomplete(name: str, text: str, see: Callable[..., Any]) -> None:
    seen = see({name: text})
    assert [one.name for one in seen.set.components] == ["a"]
    assert seen.coverage == {name: ("incomplete", "incomplete")}
