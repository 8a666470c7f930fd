from __future__ import annotations

import pytest

from firmbom_pip.requirement import Need, allows, is_name, is_version, parse, pinned


@pytest.mark.parametrize(
    ("text", "need"),
    [
        ("requests", Need("requests", name="requests")),
        ("Zope.Interface == 5.0", Need("zope-interface", (), "==5.0", name="Zope.Interface")),
        ("httpx[http2,Brotli_1] ==0.27", Need("httpx", ("brotli-1", "http2"), "==0.27", name="httpx")),
        ("a[]", Need("a", name="a")),
        ("requests>=2,<3", Need("requests", (), "<3,>=2", name="requests")),
        ("requests (>=2)", Need("requests", (), ">=2", name="requests")),
        (
            "tomli==2.0 ; python_version < '3.11'",
            Need("tomli", (), "==2.0", "python_version < '3.11'", name="tomli"),
        ),
        (
            "bus @ https://files.example/a;b/bus.zip ; os_name == 'nt'",
            Need("bus", (), "", "os_name == 'nt'", "https://files.example/a;b/bus.zip", "bus"),
        ),
        (
            "bus @ https://files.example/bus.zip; os_name == 'nt'",
            Need("bus", (), "", "os_name == 'nt'", "https://files.example/bus.zip", "bus"),
        ),
    ],
)
def test_parse(text: str, need: Need) -> None:
    assert parse(text) == need


@pytest.mark.parametrize("text", ["", "==1.0", "a b", "-r x", "a>", "a[b", "a==1.0 extra", "\x00", "ä==1"])
def test_what_is_no_specifier_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a dependency specifier"):
        parse(text)


@pytest.mark.parametrize(
    ("specifier", "version"),
    [
        ("==1.2", "1.2"),
        ("===1.2-custom", "1.2-custom"),
        ("== 1.2 , >=1", "1.2"),
        ("==1.2.*", ""),
        (">=1.2", ""),
        ("~=1.2", ""),
        ("!=1.2", ""),
        ("", ""),
    ],
)
def test_pinned(specifier: str, version: str) -> None:
    assert pinned(specifier) == version


def test_allows() -> None:
    assert allows(">=1,<2", "1.5")
    assert allows(">=1", "1.5rc1")
    assert not allows(">=2", "1.5")
    assert allows(">=2", "no version at all")
    assert allows("^2", "1.5")


def test_names_and_versions() -> None:
    assert is_name("zope.interface")
    assert not any(map(is_name, ("", "-a", "a-", "a b", "a\n", "a/b", "ä")))
    assert is_version("1!2.0+local")
    assert not any(map(is_version, ("", "1 2", "1\x1b[31m", "1\ud800", "1" * 300)))
