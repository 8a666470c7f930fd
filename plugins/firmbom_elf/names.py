"""What file names, SONAMEs and texts call a component, and when two names mean the same one."""

from __future__ import annotations

import re
from functools import lru_cache

from firmbom_elf.facts import Elf

VERSION = (
    r"\d{1,8}(?:\.\d{1,8}){1,4}(?:(?:p|ga|[-_.~]?(?:rc|alpha|beta|pre|dev|P))[-.]?\d{1,3}|-(?:alpha|beta|rc|pre)|[a-z])?"
    r"(?![A-Za-z0-9])(?!\.[0-9]|\.[a-z]+[0-9]|\.[A-Z](?![A-Za-z]))"
)
"""A release as upstream writes it: 1.2.13, 9.2p1, 3.3a, 4.4.3-P1, 2.0-rc1, 4.1ga10, 0.6-alpha; at least two numbers.

What goes on with letters (1.4.b03, 3.8.B) is not one that can be told from more."""

_PACKAGED = re.compile(r"[+~.-]?(?:dfsg|ds|repack|really|nmu|debian|deb|ubuntu)[\w.+~-]*$|\+b\d+$", re.IGNORECASE)
_LIBRARY = re.compile(r"^(?P<stem>.+?)(?:-(?P<release>\d+(?:\.\d+)*[^/]*?))?\.so(?:\.(?P<abi>[0-9][\w.]*))?$")
_EXTENSION = re.compile(r"\.(?:(?:cpython|pypy)-?\d[\w-]*|abi3)(?=\.so$)")
"""For which Python an extension of it is built (PEP 3149)."""
_UNIT = re.compile(r"libHS.+-\d+(?:\.\d+)*-[0-9A-Za-z]{15,22}-ghc[\d.]+\.so")
"""GHC User's Guide, "Building a package from Haskell source": what does not come with GHC itself has a hash."""
_PERL = re.compile(
    r"(?:^|/)(?:lib/[a-z0-9_]+-linux-[a-z0-9_]+/perl5|vendor_perl|site_perl)/(?:[^/]+/)*?auto/(?P<module>.+)/[^/]+\.so$"
)
"""Where modules lie that do not come with Perl itself."""
_LUA = re.compile(r"^liblua5\.\d-(?=[a-z])(?!c\+\+)")
"""Modules for each release of Lua, as Debian names them: ``liblua5.1-cjson``, ``liblua5.4-cjson``."""
_LAST_NUMBERS = re.compile(r"[-.]?\d[\d.]*$")
_CLASSIC = re.compile(r"[^a-z0-9]")
_COMMON = {"lib", "bin", "sbin", "libexec", "usr", "local", "plugins", "modules", "opt", "share", "lib64", "lib32"}
_PACKAGES = {"site-packages", "dist-packages"}
_SHARED = (
    r"(?:NetworkManager|R|X11|android-sdk|bfd-plugins|blas|browser-plugins|caja|cgi-bin|cmake|cni|cups|dbus-1\.0|"
    r"debug|docker|dri|emacs|engines-[\d.]+|erlang|firmware|frei0r-\d|games|gconv|gedit|gio|gtk-[\d.]+|gvfs|ibus|ifupdown|"
    r"init|initramfs-tools|jvm|krb5|ladspa|lapack|locale|lua|lv2|mate-panel|mozilla|nagios|nautilus|nemo|node_modules|"
    r"nodejs|nss|ocaml|octave|ossl-modules|pam|pkcs11|pkgconfig|pm-utils|ppp|postgresql|purple-\d|qt[456]?|rc|ruby|"
    r"security|sasl2|ssl|sudo|sysctl\.d|systemd|tc|tcltk|thunarx-\d|udev|vdpau|vst3?|xfce4|xorg|xtables|"
    r"(?:gdk-pixbuf|gimp|girepository|gstreamer|guile|lua|node|pd|perl|perl5|php|python|tcl|tk|ruby)[-\d.]*)"
)
"""Folders of interfaces, languages and hosts, for which many projects write."""
_TRIPLET = re.compile(r"^\w+-linux-[a-z]+\w*$|^(lib(64|32|exec)?|s?bin|[a-z]+-linux-\w+)$")


def upstream(version: str) -> str:
    """Without what distributions append: ``2023.01+dfsg-2+deb12u3`` → ``2023.01``, ``9.2p1`` stays.

    What is packaged under the number of another release says so itself: ``1.3.dfsg+really1.3.1`` → ``1.3.1``.
    """
    really = version.rpartition("+really")[2]
    short = _PACKAGED.sub("", really)
    return short if short[:1].isdigit() else version


@lru_cache(4096)
def plain(name: str) -> str:
    """A name as it is compared: lower case, without ``lib``, punctuation and trailing numbers."""
    text = name.lower()
    if not (text.isascii() and text.isalpha()):
        text = _CLASSIC.sub("", _LAST_NUMBERS.sub("", text))
    short = text.removeprefix("lib")
    return short if len(short) > 1 else text


def akin(one: str, other: str) -> bool:
    """Do two names, of a text and of a file, mean one component? Equal, or one begins with the other."""
    first, second = plain(one), plain(other)
    if len(first) > len(second):
        first, second = second, first
    if not first:
        return False
    return first == second or (len(first) >= 3 and second.startswith(first)) or second == f"open{first}"


@lru_cache(4096)
def stem(path: str, soname: str) -> str:
    """What the file calls itself: ``libz.so.1.2.13`` → ``libz``, ``usr/sbin/dnsmasq`` → ``dnsmasq``."""
    if module := perl_module(path):
        return module
    base = soname.rpartition("/")[2] or path.rpartition("/")[2]
    if ".so" not in base:
        return base
    base = _EXTENSION.sub("", base)
    found = _library(base)
    return _LUA.sub("lua-", found["stem"]) if found else base


@lru_cache(4096)
def _library(name: str) -> re.Match[str] | None:
    """A library's name, taken apart; None for other files'."""
    return _LIBRARY.match(name) if ".so" in name else None


def perl_module(path: str) -> str:
    """The module that a library of Perl code is for: ``List-Util`` of ``…/perl5/5.36/auto/List/Util/Util.so``."""
    found = _PERL.search(path) if path.endswith(".so") and "/auto/" in path else None
    return found["module"].replace("/", "-") if found else ""


def extends_python(path: str) -> bool:
    """Is the file a module of Python, which may be called as what it makes use of?"""
    return not _PACKAGES.isdisjoint(path.split("/")) or _EXTENSION.search(path) is not None


def haskell_unit(name: str) -> bool:
    """Is the file called by GHC after the package that it is made of, with its release?"""
    return _UNIT.fullmatch(name) is not None


@lru_cache(4096)
def folder(path: str) -> str:
    """The folder below ``lib`` or ``libexec`` that names whom it serves: rsyslog of ``usr/lib/rsyslog/lmnet.so``.

    Among Python's packages that is the package's, not Python's.
    """
    return _serving(path.rpartition("/")[0])


@lru_cache(4096)
def _serving(above: str) -> str:
    """The same, by all the folders that the file is in."""
    parts = above.split("/")
    for packages in _PACKAGES.intersection(parts):
        return "".join(parts[parts.index(packages) + 1 :][:1])
    for place, part in enumerate(parts):
        if part in {"lib", "lib64", "lib32", "libexec"}:
            for below in parts[place + 1 :]:
                if not _TRIPLET.match(below) and below not in _COMMON:
                    return below
            return ""
    return ""


def shelter(path: str) -> str:
    """The folder below ``lib`` or ``libexec`` that one project has for itself, without its version; empty if none."""
    found = folder(path)
    return "" if _is_shared(found) else re.sub(r"(?<=[A-Za-z]{2})-?\d+(?:\.\d+)+$", "", found)


def is_host(name: str) -> bool:
    """Is it what many projects write for: ``lua``, ``gstreamer-1.0``, ``xfce4``?"""
    return _is_shared(name.removeprefix("lib"))


@lru_cache(4096)
def _is_shared(name: str) -> bool:
    return re.fullmatch(_SHARED, name) is not None


def plugin(path: str, elf: Elf) -> bool:
    """Is the file a library that somebody loads from a folder of his own, and that numbers no interface?"""
    if elf.kind != "library" and not (path.endswith(".so") and not elf.interpreter):
        return False
    name = elf.soname or path.rpartition("/")[2]
    return bool(folder(path)) and name.removesuffix(".so") == stem(path, elf.soname)


@lru_cache(4096)
def released(name: str) -> str:
    """The release in a library's name, ``libbind9-9.18.49-1~deb12u3-Debian.so`` → ``9.18.49``; else empty."""
    found = _library(name)
    match = re.match(VERSION, found["release"]) if found and found["release"] else None
    return match.group() if match else ""


@lru_cache(4096)
def series(name: str) -> str:
    """The release series in a name, ``python3.11`` → ``3.11``, ``libdb-5.3.so`` → ``5.3``; else empty."""
    found = _library(name)
    text = (found["release"] or found["stem"]) if found else name
    match = re.search(r"(?:^|[a-z-])(\d{1,4}(?:\.\d{1,4})*)$", text)
    return match.group(1) if match else ""


@lru_cache(4096)
def numbered(name: str) -> str:
    """The numbers after ``.so.``, which some releases use and libtool does not: ``liblzma.so.5.4.1`` → ``5.4.1``."""
    found = _library(name)
    return (found["abi"] or "") if found and re.fullmatch(r"\d+(\.\d+)+", found["abi"] or "") else ""


@lru_cache(4096)
def spelt(name: str) -> str:
    """A text's name as a component is named: ``XZ Utils`` → ``xz-utils``, ``GNU coreutils`` → ``coreutils``."""
    return re.sub(r"[^a-z0-9+._-]+", "-", re.sub(r"^(the )?gnu ", "", name.strip().lower())).strip("-._")
