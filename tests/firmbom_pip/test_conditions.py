from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.markers import Marker

from firmbom.plugin import Target
from firmbom_pip.alternatives import always
from firmbom_pip.conditions import Chosen, Conditions, least_python

LINUX = Target(python="3.11", platform="linux", machine="aarch64")


@pytest.mark.parametrize(
    ("marker", "truth"),
    [
        ("", True),
        ("python_version >= '3.8'", True),
        ("python_version < '3.8'", False),
        ("'3.8' <= python_version", True),
        ("python_full_version >= '3.11'", True),
        ("python_full_version == '3.11.*'", True),
        ("python_full_version >= '3.11.4'", None),
        ("python_version in '3.11, 3.12'", True),
        ("python_version not in '3.0, 3.1'", True),
        ('sys_platform == "win32"', False),
        ("sys.platform == 'linux'", True),
        ("os_name == 'posix' and platform_system == 'Linux'", True),
        ("platform_machine == 'aarch64'", True),
        ("platform_python_implementation != 'PyPy'", True),
        ("python_implementation == 'CPython'", True),
        ("platform_release == '6.1'", None),
        ("platform_release == '6.1' or sys_platform == 'linux'", True),
        ("platform_release == '6.1' and sys_platform == 'win32'", False),
        ("platform_release == '6.1' and sys_platform == 'linux'", None),
        ("(sys_platform == 'win32' or sys_platform == 'linux') and os_name == 'posix'", True),
        ("sys_platform == 'win32' or sys_platform == 'darwin' and os_name == 'posix'", False),
        ("extra == 'socks'", None),
        ("extra == 'socks' and sys_platform == 'win32'", False),
        ("platform_machine == 'a or b and (c'", False),
    ],
)
def test_a_target_decides(marker: str, truth: bool | None) -> None:
    assert Conditions(LINUX).holds(marker) is truth


@pytest.mark.parametrize(
    ("target", "marker", "truth"),
    [
        (None, "sys_platform == 'linux'", None),
        (Target(platform="linux"), "python_version >= '3.8'", None),
        (Target(platform="linux"), "sys_platform == 'linux'", True),
        (Target(platform="haiku"), "os_name == 'posix'", None),
        (Target(platform="haiku"), "sys_platform == 'haiku'", True),
        (Target(python="3.11.4"), "python_full_version >= '3.11.4'", True),
        (Target(python="3.11.4"), "implementation_name == 'cpython'", True),
        (Target(python="three"), "python_version >= '3.8'", None),
        (Target(machine="aarch64"), "platform_machine == 'x86_64'", False),
    ],
)
def test_what_is_not_known_is_not_decided(target: Target | None, marker: str, truth: bool | None) -> None:
    assert Conditions(target).holds(marker) is truth


@pytest.mark.parametrize(
    ("marker", "truth"),
    [
        ("extra == 'Socks_5'", True),
        ("'socks-5' == extra", True),
        ("extra != 'socks-5'", False),
        ("'http2' != extra", True),
        ("extra == 'http2' or sys_platform == 'linux'", True),
        ("'dev' in dependency_groups", True),
        ("'dev' not in dependency_groups", False),
        ('"docs" in dependency_groups', False),
        ("'socks_5' in extras", True),
    ],
)
def test_extras_and_groups_that_were_chosen(marker: str, truth: bool) -> None:
    chosen = Chosen(extras=frozenset({"socks-5"}), groups=frozenset({"dev"}))
    assert Conditions(LINUX).holds(marker, chosen) is truth


@pytest.mark.parametrize(
    ("requires", "least"),
    [
        (">=3.8,<4.0", (3, 8)),
        ("^3.7", (3, 7)),
        ("~3.7.2", (3, 7, 2)),
        ("~=3.9", (3, 9)),
        ("==3.9.*", (3, 9)),
        ("3.11", (3, 11)),
        ("<4,>=3.8.1,!=3.9.*", (3, 8, 1)),
        ("*", ()),
        ("", ()),
        ("^2.7 || ^3.6", ()),
        ("<4", ()),
    ],
)
def test_least_python(requires: str, least: tuple[int, ...]) -> None:
    assert least_python(requires) == least


@pytest.mark.parametrize(
    ("marker", "truth"),
    [
        ("python_version >= '3.6'", True),
        ("python_version >= '3.8'", True),
        ("python_version >= '3.9'", None),
        ("python_version > '3.7'", True),
        ("python_version > '3.8'", None),
        ("python_version < '3.8'", False),
        ("python_version < '3.9'", None),
        ("python_version <= '3.7'", False),
        ("python_version <= '3.8'", None),
        ("python_version == '3.7'", False),
        ("python_version == '3.8'", None),
        ("python_full_version == '3.7.*'", False),
        ("python_full_version == '3.8.*'", None),
        ("python_version != '3.7'", True),
        ("python_full_version < '3.8.1'", False),
        ("python_version < '3.8' and sys_platform == 'win32'", False),
        ("sys_platform == 'win32'", None),
    ],
)
def test_the_range_of_the_lock_decides_without_a_target(marker: str, truth: bool | None) -> None:
    assert Conditions(None, ">=3.8.1").holds(marker) is truth


def test_the_target_comes_before_the_range_of_the_lock() -> None:
    assert Conditions(Target(python="3.7"), ">=3.8").holds("python_version < '3.8'") is True


@pytest.mark.parametrize(
    "marker",
    [
        "python_version",
        "python_version >= 3.8",
        "nonsense == '1'",
        "python_version >= '3.8' and",
        "and python_version >= '3.8'",
        "(python_version >= '3.8'",
        "python_version >= '3.8')",
        "python_version >= '3.8' 'x'",
        "'",
        "   ",
        "extra in 'x'",
        "(" * 60 + "python_version >= '3.8'" + ")" * 60,
    ],
)
def test_what_is_no_marker_is_refused(marker: str) -> None:
    with pytest.raises(ValueError, match=r"marker|nested"):
        Conditions(LINUX).holds(marker)


ATOMS = [
    "python_version < '3.9'",
    "python_version >= '3.11'",
    "sys_platform == 'linux'",
    "sys_platform != 'linux'",
    "platform_machine == 'x86_64'",
    "os_name == 'nt'",
]
TREES = st.recursive(
    st.sampled_from(ATOMS),
    lambda inner: st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(lambda three: f"({' '.join(three)})"),
    max_leaves=8,
)


@given(TREES)
def test_a_known_target_is_decided_as_packaging_decides(marker: str) -> None:
    known = Target(python="3.11.4", platform="linux", machine="aarch64")
    environment = {
        "python_version": "3.11",
        "python_full_version": "3.11.4",
        "sys_platform": "linux",
        "platform_machine": "aarch64",
        "os_name": "posix",
    }
    assert Conditions(known).holds(marker) is Marker(marker).evaluate(environment)


@given(TREES)
def test_a_partly_known_target_never_contradicts_a_whole_one(marker: str) -> None:
    decided = Conditions(Target(platform="linux")).holds(marker)
    for python, machine in itertools.product(("3.8.1", "3.10.0", "3.12.3"), ("x86_64", "armv7l")):
        whole = Conditions(Target(python=python, platform="linux", machine=machine)).holds(marker)
        assert decided is None or decided is whole


@pytest.mark.parametrize(
    ("markers", "least", "truth"),
    [
        ({"python_version < '3.10'", "python_version >= '3.10'"}, (), True),
        ({"python_version < '3.10'", "python_version > '3.10'"}, (), False),
        ({"python_full_version < '3.10'", "python_version >= '3.10'"}, (), True),
        ({"python_version == '3.9'", "python_version >= '3.10'"}, (3, 9), True),
        ({"python_version == '3.9'", "python_version >= '3.10'"}, (), False),
        ({"python_full_version == '3.9.*'", "python_full_version >= '3.10'"}, (3, 9), True),
        ({"sys_platform == 'win32'", "sys_platform != 'win32'"}, (), True),
        ({"sys_platform == 'win32'", "sys_platform == 'linux'"}, (), False),
        (
            {
                "python_version < '3.9' and sys_platform == 'win32'",
                "sys_platform != 'win32'",
                "python_version >= '3.9'",
            },
            (),
            True,
        ),
        ({"python_version < '3.9' or extra == 'x'", "python_version >= '3.9'"}, (), False),
        ({"platform_release == '1'", "platform_release != '1'"}, (), False),
        ({"python_version in '3.9'", "python_version not in '3.9'"}, (), False),
        ({"python_version < 'x'", "python_version >= 'x'"}, (), False),
        ({"python_version < '3.9'"} | {f"sys_platform == 'p{number}'" for number in range(200)}, (), False),
    ],
)
def test_alternatives_that_leave_nothing_out(markers: set[str], least: tuple[int, ...], truth: bool) -> None:
    assert always(frozenset(markers), least) is truth


@given(st.lists(TREES, min_size=2, max_size=3))
def test_what_always_holds_holds_on_every_machine(markers: list[str]) -> None:
    if not always(frozenset(markers)):
        return
    machines = itertools.product(
        ("2.7.18", "3.8.0", "3.9.7", "3.11.2"), ("linux", "win32"), ("x86_64", "arm"), ("nt", "x")
    )
    for python, platform, machine, name in machines:
        environment = {"python_version": python.rpartition(".")[0], "python_full_version": python}
        environment |= {"sys_platform": platform, "platform_machine": machine, "os_name": name}
        assert any(Marker(marker).evaluate(environment) for marker in markers)
