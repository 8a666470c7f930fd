"""Which project's release a package builds: Buildroot's own names differ (``libopenssl``, ``bluez5_utils``).

The name of the archive is the project's own and comes first; the CPE's product is the NVD's name for it. The version
is the CPE's where it says all: the release without what git adds (``2.43`` of ``2.43-45-gdae425b``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from firmbom import cpe
from firmbom.identity import is_default_host, purl
from firmbom.model import Purl
from firmbom_buildroot.said import OVERRIDDEN, Package

_ARCHIVE = re.compile(r"(?P<name>[A-Za-z][\w+.-]*?)[-_.]v?\d[\w.+~-]*\Z")
_OWN_ARCHIVE = re.compile(
    r"(?P<name>[A-Za-z][\w+.-]*?)[-_]v?(?P<version>[0-9a-f]{40}|\d[\w.+~-]*?)\.(?:tar(?:\.\w+)?|tgz|txz|tbz2?|zip)\Z"
)
_OWN = frozenset(
    {
        "arm-trusted-firmware",
        "at91bootstrap3",
        "barebox",
        "linux",
        "linux-headers",
        "opensbi",
        "optee-client",
        "optee-examples",
        "optee-os",
        "optee-test",
        "ti-k3-r5-loader",
        "uboot",
    }
)
"""Packages with a ``…_CUSTOM_TARBALL_LOCATION`` in their configuration."""
_NUMBER = re.compile(r"(?:v|r|rel|release|version)[\d._-]*\Z", re.IGNORECASE)
_LANGUAGE = re.compile(r"(?:python|perl|php|lua|luarocks|nodejs|ruby)-")
"""Their archives have the names of the libraries that they wrap, which they are not."""
_DESCRIBED = re.compile(r"-\d+-g[0-9a-f]{7,40}\Z")

_DATED = re.compile(r"(?<=\d)[-.](?:19|20)\d{6}\Z")
"""How ncurses and others number snapshots of a release."""

_PROJECTS: Mapping[str, str] = {
    "apache": "apache-httpd",
    "bind": "bind9",
    "dhcp": "isc-dhcp",
    "docker-cli": "docker",
    "freeradius-server": "freeradius",
    "gcc-final": "gcc",
    "libabseil-cpp": "abseil-cpp",
    "libcpprestsdk": "cpprestsdk",
    "libfcgi": "fcgi",
    "libfuse3": "fuse",
    "libgtk2": "gtk2",
    "libgtk3": "gtk3",
    "libgtk4": "gtk4",
    "libglfw": "glfw",
    "libopenh264": "openh264",
    "libosip2": "osip2",
    "libostree": "ostree",
    "libpjsip": "pjsip",
    "libqrencode": "qrencode",
    "linux": "linux",
    "lttng-libust": "lttng-ust",
    "minizip-zlib": "minizip",
    "netcat": "netcat-traditional",
    "nodejs-src": "nodejs",
    "opencv4": "opencv",
    "optee-os": "op-tee",
    "opus": "libopus",
    "pppd": "ppp",
    "procps-ng": "procps",
    "qt5base": "qt5",
    "qt6base": "qt6",
    "sdl": "sdl1",
    "sqlite": "sqlite",
    "start-stop-daemon": "dpkg",
    "tiff": "libtiff",
    "udisks": "udisks2",
    "usb_modeswitch": "usb-modeswitch",
}
"""Packages whose archive or CPE has another name than the project is commonly known by."""


def upstream(package: Package) -> tuple[Purl, ...]:
    """The releases that a package builds; empty where nothing of it is installed or its version is not known."""
    version = release(package)
    wraps = _LANGUAGE.match(package.name) and package.name not in _PROJECTS
    if not version or not _ships(package) or wraps:
        return ()
    return (purl("generic", project(package), version),)


def registered(package: Package) -> Purl | None:
    """The Python project on PyPI that the sources were taken from; None for all else.

    It is that project wherever it is met, so that a ``dist-info`` folder in the image speaks of the same component.
    """
    hosts = (_host(address) for download in package.downloads for address in download.addresses)
    version = release(package)
    if package.host or not version or not any(is_default_host("pypi", host) for host in hosts):
        return None
    return purl("pypi", _from_archive(package) or _LANGUAGE.sub("", package.name), version)


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:  # brackets that hold no IPv6 address
        return ""


def project(package: Package) -> str:
    """The project's name, in lower case."""
    found = _PROJECTS.get(package.name) or _from_archive(package) or product(package.cpe) or package.name
    return found.lower()


def release(package: Package) -> str:
    """The project's version of the package."""
    stated = cpe.part(package.cpe, cpe.VERSION)
    known = stated not in {*cpe.ANY, OVERRIDDEN} and cpe.part(package.cpe, cpe.UPDATE) in ("*", "-")
    return _DATED.sub("", _DESCRIBED.sub("", stated if known else package.version))


def archived(package: Package) -> str:
    """The version in the name of an archive that the configuration names for a package (``…_CUSTOM_TARBALL``).

    Buildroot calls that version ``custom``. Empty where the archive is not named after the package, or the package is
    none for which a configuration can name one.
    """
    if package.name not in _OWN:
        return ""
    names = (package.name, package.name.removesuffix("-headers"))
    found = (_OWN_ARCHIVE.match(download.file) for download in package.downloads)
    return next((one["version"] for one in found if one and one["name"].lower() in names), "")


def cpes(package: Package) -> tuple[str, ...]:
    """The CPE name, if it is one; the version ``custom`` is none."""
    stated = package.cpe
    if not cpe.is_name(stated):
        return ()
    named = cpe.parts(stated)
    if named[cpe.VERSION : cpe.VERSION + 1] == [OVERRIDDEN]:
        named[cpe.VERSION] = "*"
    return (":".join(named),)


def product(stated: str) -> str:
    """A CPE's product."""
    found = cpe.part(stated, cpe.PRODUCT)
    return "" if found in cpe.ANY or not re.match(r"[\w.+-]+\Z", found) else found


def _from_archive(package: Package) -> str:
    """``openssl`` of ``openssl-3.6.3.tar.gz``: of the archive with the package's version, else of the first."""
    numbered = [one for one in package.downloads if package.version and package.version in one.file]
    for download in (numbered or package.downloads)[:1]:
        match = _ARCHIVE.match(download.file)
        if match and not _NUMBER.match(match["name"]):
            return match["name"]
    return ""


def _ships(package: Package) -> bool:
    """Headers and static libraries for other packages are not the project's release in the image."""
    return not package.host and package.installs not in (("staging",), ())
