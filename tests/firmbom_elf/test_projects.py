"""Which project programs, tools and plugins are of: by package strings, folders, releases and names."""

from __future__ import annotations

import msgspec
import pytest
from sighted import file, found, guess, owned, refs, string

from firmbom_elf.facts import Examined, Rule
from firmbom_elf.grounds import Ground

pytestmark = pytest.mark.usefixtures("few_identified")


def test_programs_with_a_projects_package_string_are_the_projects() -> None:
    programs = [
        file(f"bin/{name}", guess(name), guess("procps-ng", "4.0.2", Rule.STRING, 0.4, own=False)) for name in "ab"
    ]
    assert refs(programs) == ["pkg:generic/procps-ng@4.0.2"]
    assert refs(programs[:1]) == ["pkg:generic/a"]
    library = file("lib/libprocps-ng.so.1", guess("libprocps-ng"), soname="libprocps-ng.so.1")
    assert refs([*programs, library]) == ["pkg:generic/a", "pkg:generic/b", "pkg:generic/libprocps-ng"]


def test_programs_that_hold_a_library_are_not_that_library() -> None:
    path = guess("zlib", "1.2.13", Rule.STRING, 0.8, own=False)
    copy = string("zlib", "1.2.13", inside=True)
    files = [file(f"bin/{name}", guess(name), path, copy) for name in ("a", "b", "c")]
    assert refs(files) == sorted(
        ref for name in "abc" for ref in (f"pkg:generic/{name}", f"pkg:generic/{name}!pkg:generic/zlib@1.2.13")
    )


def test_plugins_belong_to_whom_their_folder_names() -> None:
    daemon = file("sbin/daemon", guess("daemon"), guess("daemon", "8.1.2", Rule.STRING, 0.8))
    plugin = file("usr/lib/daemon/mod.so", guess("mod"), guess("mod", "0.6.1", Rule.STRING, 0.8), soname="mod.so")
    [one] = found([daemon, plugin])
    assert (one.ref, len({claim.location.path for claim in one.claims})) == ("pkg:generic/daemon@8.1.2", 2)
    assert refs([plugin]) == ["pkg:generic/mod@0.6.1"]


def test_files_of_which_only_the_name_is_known_are_whose_folder_they_lie_in() -> None:
    helpers = [file(f"usr/lib/printd/bin/{name}", guess(name)) for name in ("scale", "rotate")]
    assert refs(helpers) == ["pkg:generic/printd"]
    assert refs(helpers[:1]) == ["pkg:generic/scale"]
    daemon = file("usr/sbin/printd", guess("printd"), guess("printd", "2.4.6", Rule.STRING, 0.9))
    assert refs([daemon, *helpers]) == ["pkg:generic/printd@2.4.6"]
    told = file("usr/lib/printd/bin/told", guess("told"), guess("told", "3.1.4", Rule.STRING, 0.9))
    assert refs([*helpers, told]) == ["pkg:generic/printd", "pkg:generic/told@3.1.4"]
    known = file("usr/bin/suited", owned("suite"), string("suite", "2.1", 0.9, own=True))
    parts = [file(f"usr/lib/suited/{name}.so", guess(name), soname=f"{name}.so") for name in ("one", "two")]
    assert refs([known, *parts]) == ["pkg:generic/suite@2.1"]
    tool = file("usr/libexec/suited/tool", guess("tool"))
    assert refs([known, tool]) == ["pkg:generic/suite@2.1"]
    plugins = [file(f"usr/lib/ladspa/{name}.so", guess(name), soname=f"{name}.so") for name in ("echo", "flanger")]
    assert refs(plugins) == ["pkg:generic/echo", "pkg:generic/flanger"]


def test_what_only_has_a_known_components_name_is_its_folders() -> None:
    known = file(
        "usr/lib/libcrypto.so.3", owned("openssl"), string("openssl", "3.0.20", own=True), soname="libcrypto.so.3"
    )
    server = file("usr/sbin/printd", guess("printd"), guess("printd", "2.4.6", Rule.STRING, 0.9))
    helper = file("usr/lib/printd/notifier/openssl", guess("openssl"))
    other = file("opt/openssl", guess("openssl"))
    assert refs([known, server, helper]) == ["pkg:generic/openssl@3.0.20", "pkg:generic/printd@2.4.6"]
    assert refs([known, other]) == ["pkg:generic/openssl@3.0.20"]
    daemon = file("sbin/daemon", guess("daemon"), guess("daemon", "8.1.2", Rule.STRING, 0.8))
    assert refs([daemon, file("usr/lib/daemon/notifier/zlib", guess("zlib"))]) == ["pkg:generic/daemon@8.1.2"]
    assert refs([file("usr/lib/daemon/notifier/zlib", guess("zlib"))]) == ["pkg:generic/zlib"]


def test_a_program_with_an_applications_string_is_that_application() -> None:
    [one] = found([file("bin/part", guess("part"), string("suite", "2.1", inside=True))])
    assert (one.name, one.version, one.type) == ("suite", "2.1", "application")


def test_an_engine_that_has_libraries_may_be_in_others_programs() -> None:
    quoted = msgspec.structs.replace(guess("part", "5.4.3", Rule.STRING, 0.8), offset=80)
    one = file("bin/part", guess("part"), quoted, string("engine", "5.4.3", inside=True, offset=80))
    assert refs([one]) == ["pkg:generic/part", "pkg:generic/part!pkg:generic/engine@5.4.3"]


def test_modules_of_perl_are_parts_of_those_above_them() -> None:
    files = []
    for name, version in (("Encode", "3.19"), ("Encode-JP", "2.04"), ("List-Util", "1.63"), ("Sub-Util", "1.50")):
        told = msgspec.structs.replace(guess(name, version, Rule.STRING, 0.8), ground=Ground.BUILD)
        parts = name.split("-")
        path = f"usr/lib/arm-linux-gnueabihf/perl5/5.36/auto/{'/'.join(parts)}/{parts[-1]}.so"
        files.append(file(path, guess(name), told))
    assert refs(files) == [f"pkg:generic/{one}" for one in ("Encode@3.19", "List-Util@1.63", "Sub-Util@1.50")]


def test_a_tool_beside_a_program_may_have_a_version_of_its_own() -> None:
    number = guess("part", "0.7.93", Rule.NUMBER, 0.8)
    assert refs([file("bin/part", owned("tool"), number)]) == ["pkg:npm/%40a/tool?x=1"]
    assert refs([file("bin/tool", owned("tool"), number)]) == ["pkg:npm/%40a/tool@0.7.93?x=1"]


def test_tools_of_a_release_that_are_called_after_a_program_are_its_own() -> None:
    main = file("bin/vcs", guess("vcs"), guess("vcs", "2.39.5", Rule.STRING, 0.8))
    tool = file("bin/vcs-daemon", guess("vcs-daemon"), guess("vcs-daemon", "2.39.5", Rule.NUMBER, 0.3))
    core = file("usr/lib/vcs-core/scalar", guess("scalar"), guess("scalar", "2.39.5", Rule.STRING, 0.8))
    sure = file("bin/vcs-lfs", guess("vcs-lfs"), guess("vcs-lfs", "3.3.0", Rule.STRING, 0.8))
    other = file("bin/other", guess("other"), guess("other", "2.39.5", Rule.STRING, 0.8))
    assert refs([main, tool, core, sure, other]) == [
        "pkg:generic/other@2.39.5",
        "pkg:generic/vcs-lfs@3.3.0",
        "pkg:generic/vcs@2.39.5",
    ]


def test_tools_of_a_release_that_load_a_projects_library_are_its_own() -> None:
    library = file("lib/libx.so.1", guess("libx"), guess("libx", "1.6.39", Rule.STRING, 0.8), soname="libx.so.1")
    user = file("bin/y", guess("y"), guess("y", "1.6.39", Rule.STRING, 0.8), needed=("libx.so.1",))
    assert refs([library, user]) == ["pkg:generic/libx@1.6.39"]


def test_tools_that_share_a_release_and_a_folder_or_a_name_are_one_project() -> None:
    said = [file(f"usr/lib/ups/{name}", guess(name), guess(name, "2.8.0", Rule.STRING, 0.8)) for name in "abc"]
    named = [
        file(f"bin/emu-{name}", guess(f"emu-{name}"), guess(f"emu-{name}", "7.2.22", Rule.STRING, 0.8)) for name in "ab"
    ]
    short = [
        file(f"bin/one-{name}", guess(f"one-{name}"), guess(f"one-{name}", "1.2", Rule.STRING, 0.8)) for name in "ab"
    ]
    assert refs([*said, *named, *short]) == [
        "pkg:generic/emu@7.2.22",
        "pkg:generic/one-a@1.2",
        "pkg:generic/one-b@1.2",
        "pkg:generic/ups@2.8.0",
    ]


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ("0.3.1", ["pkg:generic/libemu"]),
        ("0.0.0", ["pkg:generic/libemu-disk", "pkg:generic/libemu-net"]),  # what interfaces begin with
    ],
)
def test_libraries_that_share_an_interfaces_number(numbers: str, expected: list[str]) -> None:
    libraries = []
    for name in ("libemu-disk", "libemu-net"):
        said = msgspec.structs.replace(guess(name, numbers, confidence=0.2), ground=Ground.NAME)
        libraries.append(file(f"lib/{name}.so.{numbers}", guess(name), said, soname=f"{name}.so.0"))
    assert refs(libraries) == expected


def test_what_a_cross_compiler_is_called_after_is_no_project() -> None:
    tools = [
        file(f"bin/{name}", guess(name), guess(name, "12.2.0", Rule.STRING, 0.8))
        for name in (
            "mips-linux-gnu-cc-ar",
            "mips-linux-gnu-cc-nm",
            "mips-linux-gnu-top",
            "mips64-buildroot-linux-musl-x",
        )
    ]
    assert refs(tools) == [
        "pkg:generic/mips-linux-gnu-cc@12.2.0",
        "pkg:generic/mips-linux-gnu-top@12.2.0",
        "pkg:generic/mips64-buildroot-linux-musl-x@12.2.0",
    ]


def test_copies_of_one_file_say_a_number_once() -> None:
    copies = [
        file(f"{folder}/thing", guess("thing"), guess("thing", "2.2", Rule.NUMBER, 0.45)) for folder in ("bin", "sbin")
    ]
    assert refs(copies) == ["pkg:generic/thing"]


def test_a_short_package_string_is_a_text_more_often() -> None:
    def programs(names: str, version: str) -> list[Examined]:
        seen = {name: guess("surround", version, Rule.STRING, 0.4, own=False) for name in names}
        return [file(f"bin/{name}", guess(name), one) for name, one in seen.items()]

    assert refs(programs("ab", "5.1")) == ["pkg:generic/a", "pkg:generic/b"]
    assert refs(programs("ab", "5.1.2")) == ["pkg:generic/surround@5.1.2"]
    assert refs(programs("abcd", "5.1")) == ["pkg:generic/surround@5.1"]


def test_files_that_share_a_number_make_it_surer_if_it_is_more_than_chance() -> None:
    def programs(version: str, confidence: float) -> list[Examined]:
        return [file(f"bin/{name}", guess(name), guess(name, version, Rule.NUMBER, confidence)) for name in "abc"]

    assert refs(programs("2.4", 0.2)) == ["pkg:generic/a", "pkg:generic/b", "pkg:generic/c"]
    assert "pkg:generic/a@2.4" in refs(programs("2.4", 0.45))
    assert "pkg:generic/a@2.4.1" in refs(programs("2.4.1", 0.45))


def test_many_tools_of_one_short_number_are_a_family() -> None:
    def tools(count: int, beginning: str) -> list[Examined]:
        called = [f"{beginning}{number}" for number in "abcdefgh"[:count]]
        return [file(f"bin/{name}", guess(name), guess(name, "3.8", Rule.NUMBER, 0.2)) for name in called]

    assert refs(tools(6, "six-")) == ["pkg:generic/six@3.8"]
    assert refs(tools(6, "")) == [f"pkg:generic/{name}" for name in "abcdef"]
    assert refs(tools(4, "six-")) == [f"pkg:generic/six-{name}" for name in "abcd"]


def test_the_path_of_the_sources_completes_what_a_rule_read() -> None:
    path = msgspec.structs.replace(guess("suite", "1.7.1", Rule.STRING, 0.88), ground=Ground.BUILD)
    says = string("suite", "1.7", 0.8, own=True)
    assert refs([file("usr/bin/suite", owned("suite"), says, path)]) == ["pkg:generic/suite@1.7.1"]
    other = msgspec.structs.replace(path, version="1.8.1")
    assert refs([file("usr/bin/suite", owned("suite"), says, other)]) == ["pkg:generic/suite@1.7"]
