"""Plugins held to their contract: whatever a stranger's class is, yields or raises costs only itself and is told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar, NoReturn

import pytest

from firmbom import contract
from firmbom.collect import collect
from firmbom.errors import ConfigError
from firmbom.identity import purl
from firmbom.model import (
    ROOT,
    Basis,
    Claim,
    Component,
    Coverage,
    Edge,
    FileProperties,
    Link,
    Location,
    Ownership,
    Problem,
    Property,
    Ref,
)
from firmbom.plugin import Context, Wants
from firmbom.tree.base import File
from firmbom.tree.folder import FolderTree

CLAIMS = (Claim(Basis.LOCKFILE, Location("x.txt")),)


class Good:
    name: ClassVar[str] = "good"
    version: ClassVar[str] = "1"
    wants: ClassVar[Wants] = Wants(names=("x.txt",))

    def collect(self, file: File, context: Context) -> object:
        return [file, context]


def wrong(value: object) -> Any:
    """A value of a type that the type checker would refuse."""
    return value


@pytest.mark.parametrize(
    ("member", "value", "said"),
    [
        ("name", "other", "its name is 'other' instead of 'good'"),
        ("version", 3, "its version is no text: 3"),
        ("wants", ["x.txt"], "its wants is a list"),
        ("wants", Wants(names=wrong("x.txt")), "its wants.names is not a tuple of str: 'x.txt'"),
        ("wants", Wants(paths=wrong((1,))), "its wants.paths"),
        ("wants", Wants(magics=wrong(("ELF",))), "its wants.magics is not a tuple of bytes"),
        ("collect", 5, "its collect cannot be called"),
        ("scan", "no", "its scan cannot be called"),
    ],
)
def test_a_member_that_is_wrong_is_named(
    monkeypatch: pytest.MonkeyPatch, member: str, value: object, said: str
) -> None:
    monkeypatch.setattr(Good, member, value, raising=False)
    with pytest.raises(ConfigError) as caught:
        contract.plugin(Good(), "good")
    assert said in str(caught.value)


def test_what_is_a_plugin_passes() -> None:
    made = Good()
    assert contract.plugin(made, "good") is made
    with pytest.raises(ConfigError, match="not a plugin"):
        contract.plugin(object(), "good")


class MuteError(Exception):
    def __str__(self) -> str:
        raise ValueError("cannot say")


def _raises(error: BaseException) -> Callable[[], NoReturn]:
    def say() -> NoReturn:
        raise error

    return say


def _unending() -> object:
    while True:
        yield Problem("note", "again")


@pytest.mark.parametrize(
    ("say", "said"),
    [
        (lambda: ["text"], "yields a str, which is no fact"),
        (lambda: [None], "yields a NoneType, which is no fact"),
        (lambda: 5, "TypeError: 'int' object is not iterable"),
        (lambda: [Edge(wrong(1), Ref("pkg:generic/a"))], "what is no Edge: Expected `str`, got `int` - at `$.source`"),
        (lambda: [Link("a", wrong(None))], "what is no Link: Expected `str`, got `null` - at `$.target`"),
        (lambda: [Ownership(Ref("pkg:generic/a"), wrong(b"a"[0]))], "what is no Ownership: Expected `str`, got `int`"),
        (lambda: [FileProperties(wrong(1), ())], "what is no FileProperties: Expected `str`, got `int` - at `$.path`"),
        (
            lambda: [FileProperties("a", wrong(({},)))],
            "what is no FileProperties: Object missing required field `name`",
        ),
        (
            lambda: [FileProperties("a", (Property("a", wrong(1)),))],
            "what is no FileProperties: Expected `str`, got `int` - at `$.properties[0].value`",
        ),
        (lambda: [Problem(wrong("fatal"), "bad")], "what is no Problem: Invalid enum value 'fatal'"),
        (lambda: [Coverage(wrong(None))], "what is no Coverage"),
        (lambda: [Component(purl=wrong(5), name="a", claims=CLAIMS)], "what is no Component"),
        (lambda: [Component(purl=wrong("a"), name="a", claims=CLAIMS)], "'a', which is no purl"),
        (
            lambda: [Component(purl=wrong("pkg:PyPI/A_b@1"), name="A_b", claims=CLAIMS)],
            "'pkg:PyPI/A_b@1', which is spelt 'pkg:pypi/a-b@1'",
        ),
        (
            lambda: [Component(purl=purl("pypi", "a"), name="a", upstream=wrong(("b",)), claims=CLAIMS)],
            "'b', which is no purl",
        ),
        (
            lambda: [Component(purl=purl("pypi", "a"), name="a", within=Ref("pkg:pypi/b"), claims=CLAIMS)],
            "pkg:pypi/a is left out: it is said to be within pkg:pypi/b, which nobody named",
        ),
        (_raises(SystemExit(3)), "SystemExit: 3"),
        (_raises(GeneratorExit()), "GeneratorExit"),
        (_raises(BaseException("base")), "BaseException: base"),
        (_raises(MuteError()), "MuteError"),
        (_unending, "stopped after 50 facts"),
    ],
)
def test_whatever_a_plugin_yields_or_raises_is_told_and_the_rest_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, say: Callable[[], object], said: str
) -> None:
    (tmp_path / "x.txt").touch()
    monkeypatch.setattr(contract, "MOST_FACTS", 50)
    monkeypatch.setattr(Good, "collect", lambda *_: say())
    found = collect(FolderTree(tmp_path), wrong([Good(), Good()]))
    assert found.components == ()
    (problem,) = (one for one in found.problems if one.severity == "error")
    assert said in problem.message
    assert (problem.path, problem.plugin) == ("x.txt", "good")


def test_lists_become_tuples_and_later_changes_do_not_count(tmp_path: Path) -> None:
    claims = [*CLAIMS]
    made = contract.fact(Component(purl=purl("pypi", "a"), name="a", claims=wrong(claims)))
    claims.clear()
    assert isinstance(made, Component)
    assert made.claims == CLAIMS
    properties = [Property("a", "b")]
    told = contract.fact(FileProperties("a", wrong(properties)))
    properties.clear()
    assert told == FileProperties("a", (Property("a", "b"),))


def test_ctrl_c_is_the_user_s() -> None:
    with pytest.raises(KeyboardInterrupt), contract.contained(print):
        raise KeyboardInterrupt


def test_what_a_plugin_prints_does_not_get_into_the_result(capsys: pytest.CaptureFixture[str]) -> None:
    with contract.contained(print):
        print("loud")  # noqa: T201 - what the test is about
    assert capsys.readouterr() == ("", "loud\n")


def test_an_edge_to_the_product_passes() -> None:
    edge = Edge(ROOT, Ref("pkg:generic/a"))
    assert contract.fact(edge) == edge
