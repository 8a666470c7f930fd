"""Strings that are nothing but a version: which of them is the file's own, told by what stands around them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence, Set
from typing import NamedTuple

from firmbom_elf.binary.symbols import Names, Sought
from firmbom_elf.catalogue.load import catalogue
from firmbom_elf.facts import Elf
from firmbom_elf.names import VERSION, akin, plain
from firmbom_elf.strings.automaton import Literal
from firmbom_elf.strings.printable import Printable, beside, near

_BARE = re.compile(
    rf"^(?:[vV]|debian-)?(?P<version>{VERSION})"
    r"(?P<tail>[+~-][\w.+~-]{0,40}|,? \d{4}-\d\d-\d\d|,? \d\d?-[A-Z][a-z]{2}-\d{4}|"
    r",? lastmod: \d{4}-\d\d-\d\d| \([A-Z][a-z]{2,8} \d{4}\)| \([Gg]it [^()]{1,99}\)?|"
    r" \((?:stable|release|legacy|production|final|lts|ga|\+[^)]{1,40})\)|,? \(?\d\d? [A-Z][a-z]{2,8} \d{4}\)?)?$"
)
_FIRST = frozenset("0123456789vVd")
"""What it begins with."""
_ADDRESS = re.compile(r"^(?:\d{1,3}\.){3}\d{1,3}$")
_RESOLVER = re.compile(r"^(\d)(?:\.\1){3}$|^1\.2\.3\.4$|^5\.6\.7\.8$")
"""An address that is easily remembered: 8.8.8.8; or an example of one."""
_TOOLKIT = ("Qt_5", "Qt_5_PRIVATE_API", re.compile(r"^5\.15\.\d+$"))
"""Version nodes of a toolkit whose version programs state beside their own, and the versions of its last releases."""
_OBJECT = re.compile(r"^[012]\.\d+\.\d+(\.\d+)+$")
"""An ASN.1 object identifier, if there are several of them."""
_STANDARD = re.compile(
    r"^(802\.[\d.]+\w*|0+\.0+(\.0+)*|[0-2]\.[01]|0\.[5-9]|4\.01|\d+\.00+|100+\.0|0\d+\..*|\d\.99\d*|\d{3}\.(?:19|20)\d\d|1[0-9]\.0\.0"
    r"|(?!.*(?:19|20)\d{6}$).*\d{5}.*)$"
)
"""Numbers of protocols, formats, character sets and plain fractions: 802.11, 1.1, 0.5, 15.0.0."""
_FRACTION = re.compile(r"^\d\.\d+e[+-]\d+$")
"""9.0e+999"""
_SMALL = re.compile(r"^(\d\.0|[0-3]\.[0-3]|\d\.00\d)$")
"""May be a release, but more often is not."""
_HEADERS = (
    (r"^1\.[0-3]\.\d+(\.\d+)?$", "inflateInit_ inflateInit2_ inflateBackInit_ deflateInit_ deflateInit2_"),
    (r"^1\.[0-8]\.\d+\w*$", "png_create_read_struct png_create_write_struct"),
    (r"^1\.[0-8]\.\d+\w*$", "png_create_read_struct_2 png_create_write_struct_2"),
    (r"^1\.\d+\.\d+$", "gcry_check_version gpgme_check_version gpg_error_check_version gpgrt_check_version"),
    (r"^3\.\d+\.\d+$", "gnutls_check_version"),
    (r"^(0|4)\.\d+\.\d+$", "asn1_check_version"),
    (r"^1\.[34]\.\d+$", "protobuf_c_message_pack protobuf_c_message_pack_to_buffer protobuf_c_message_unpack"),
    (r"^1\.[34]\.\d+$", "protobuf_c_message_init"),
    (r"^3\.\d{1,2}$", "PyModule_Create2 PyModuleDef_Init"),
    (r"^5\.\d+\.\d+$", "Perl_xs_handshake Perl_xs_apiversion_bootcheck Perl_Gxs_handshake"),
    (r"^0\.\d+\.\d+$", "ssh_version"),
    (r"^1\.\d+\.\d+$", "libssh2_version ksba_check_version stringprep_check_version"),
    (r"^[012]\.\d+\.\d+$", "idn2_check_version gsasl_check_version assuan_check_version"),
)
"""(versions, functions): who wants such a function hands it the version of the header that it was built with, or the
least that will do."""
_WANTED = {function: re.compile(versions) for versions, functions in _HEADERS for function in functions.split()}
FUNCTIONS = Sought(_WANTED)
"""All of them."""
_RUNTIMES = ((re.compile(r"^[45]\.\d\d?\.\d$"), Literal("OCAMLRUNPARAM")),)
"""(versions, text): a program that holds the text holds the runtime of its language, and the version of that."""
TEXTS = tuple(text for _, text in _RUNTIMES)
"""What every file is searched for."""
_KERNEL = re.compile(r"^2\.[456]\.\d+$")
_MAIL = re.compile(r"bounce|recipient|mailbox|smtp|diagnostic|deliver", re.IGNORECASE)
_STATUS = re.compile(r"^[245]\.[0-7]\.\d{1,2}$")
"""What a mail server answers (RFC 3463, section 2), where :data:`_MAIL` is spoken of."""
_DATED = re.compile(r"^,? (?:lastmod: )?\(?(\d{4}-|(?:\d\d?[ -])?[A-Z][a-z]{2})")
_VERSION = ("version", "release")
"""In lower case, as the following."""
_FOREIGN = (
    *("compiled with", "compiled against", "compiled for", "built with", "built against", "linked with"),
    *("linked against", "linked to", "too old", "check_version", "headers", "compile-time", "required", "minimum"),
    *("at least", "driver", "checking for", "%s < %s", "powered by", "engine", "xmlns", "incompatible", "supported"),
    "mismatch",
)
_OTHERS = re.compile(r"([A-Za-z][\w.+-]{2,}) version:? v?\(?%s", re.IGNORECASE)
_COMPILER = re.compile(r"(?:^|\s)(?:gcc|clang)\b", re.IGNORECASE)
_BUILDER = re.compile(r"^(?:[5-9]|1\d)\.[1-5]\.0$")
_TIME = re.compile(r"^\d\d:\d\d:\d\d$")
"""What the compiler puts in for ``__TIME__``, beside which ``__VERSION__``, of GCC like :data:`_BUILDER`, stands."""
_TELLS = re.compile(r"version(?:_?(?:string|str|text|info))?(?:Ev)?$", re.IGNORECASE)
"""Functions and data of a library that tell its version."""
_ERSION = ("ersion", "ERSION")
"""What their names have."""
_MANGLED = re.compile(r"_Z|[NS]?K?\d+[A-Za-z]")
"""Names of types and functions of C++, in which projects are named too."""
_PLACE = re.compile(r"([A-Za-z][\w.+-]*)[ :/-]{1,2}\(?[vV]?%s")
_CALLED = re.compile(
    r"(?P<name>%s|[A-Za-z][\w.+-]*(?: [A-Z][\w+-]*){0,2})[:,]?(?: \(%s\))?(?: -)? "
    r"\(?(?:[Vv]ersion|VERSION|[Vv]er\.?|[Rr]elease|RELEASE)[:,]? ?\(?[vV]?%s(?![\w%])|"
    r"(?P<short>[A-Za-z][\w.+-]*(?: [A-Z][\w+-]*){0,2})[ /-]\(?[vV]?%s(?![\w%]| [a-z])"
)
"""What a program says when it is asked for its version, with its own name or that which it is called by."""
_AROUND = 72
"""So far from a number are the texts that may be about it, in bytes."""
_WORD = re.compile(r"[A-Za-z]{4,}|%[a-z]")


class Headers:
    """What versions the headers of libraries put into a file, told by the functions that it wants."""

    def __init__(self, imports: Set[str] = frozenset()) -> None:
        """Args: ``imports`` are those functions, looked through once a version is asked for."""
        self._imports = imports
        self._versions: tuple[re.Pattern[str], ...] | None = None

    def state(self, version: str) -> bool:
        """May one of them have put that version there?"""
        if self._versions is None:
            self._versions = tuple({_WANTED[function] for function in FUNCTIONS.among(self._imports)})
        return any(versions.match(version) for versions in self._versions)


class Number(NamedTuple):
    """A bare number and how much speaks for it."""

    version: str
    points: float
    string: Printable
    told: bool
    """Does something else say that it is the file's version: its name, or what stands around it in a program, or a
    function that tells it in a library, which speaks of other versions more than of its own?"""
    named: bool = False
    """Does a text around it name the file?"""
    foreign: bool = False
    """Does a text around it speak of what others must have?"""
    asked: bool = False
    """Has a text right beside it a place for it, behind the name that the file has or is called by?"""
    titled: bool = False
    """Does that text have the name, and say that it is a version?"""


class Bare(NamedTuple):
    """A string that is a number and no more."""

    version: str
    tail: str
    """What is appended to it: when it was packaged or made."""
    string: Printable


def bare(strings: Sequence[Printable]) -> list[Bare]:
    """Those of the strings that are nothing but a version."""
    return [
        Bare(found["version"], found["tail"] or "", string)
        for string in strings
        if string.text[:1] in _FIRST and (found := _BARE.match(string.text))
    ]


def numbers(
    data: bytes,
    held: Sequence[Bare],
    names: Sequence[str],
    elf: Elf,
    hints: Sequence[str],
    texts: Collection[Literal],
    headers: Headers,
) -> list[Number]:
    """The candidates among the bare numbers, the best first.

    Args:
        data: the file.
        held: what :func:`bare` found there.
        names: what the file and its component may be called.
        elf: what its tables say.
        hints: numbers in the file's name.
        texts: those of :data:`TEXTS` that are in it.
        headers: what it has from others' headers.
    """
    held = list(_plausible(held, elf, hints, texts, headers))
    if not held:
        return []
    held = [one for one in held if not _SMALL.match(one.version)] or held
    versions = {one.version for one in held}
    several, long = len(versions), sum(version.count(".") > 1 for version in versions)
    library = elf.kind == "library"
    tells = library and _tells(elf.exports)
    hints = hints if long == 1 or not library else [hint for hint in hints if hint.count(".") < 2]
    spoken = [short for name in names if len(short := plain(name)) > 2]
    best: dict[str, Number] = {}
    for version, tail, string in held:
        around = near(data, string.start, string.end, _AROUND)
        close = " ".join(around).lower()
        words = any(map(_WORD.search, around))
        called = _holds(close, spoken)
        points, foreign = _points(version, tail, around, close, names, hints)
        points += 1 if called else 0
        points -= 2.5 if around and not words else 0
        points += (1.0 if several == 1 else 0.0) + (1.0 if version.count(".") > 1 and long == 1 else 0.0)
        if several == 1 and not tail and words:
            points += 1.5
        if tells and version.count(".") > 1 and long == 1:
            points += 2
        if several > 12:
            points -= 2
        if several > 1 and _BUILDER.match(version) and not (called or tail or version in hints):
            points -= 2
        if version not in best or best[version].points < points:
            hinted = any(version == hint or version.startswith(hint + ".") for hint in hints)
            worded = (tells or not library) and bool(tail or _worded(around, close, spoken))
            told = hinted or len(tail) > 1 or worded
            asked, titled = (False, False) if library else _asked(data, string, names[0])
            best[version] = Number(version, points, string, told, called, foreign, asked, titled)
    return sorted(best.values(), key=lambda number: -number.points)[:8]


def _tells(exports: Set[str]) -> bool:
    """Is one of them there to tell a version?"""
    if isinstance(exports, Names):
        if not any(map(exports.mention, _ERSION)):
            return False
        if any(exports.ending("version")):  # for which they need not all be gone through
            return True
    lower, upper = _ERSION
    return any(_TELLS.search(name) for name in exports if lower in name or upper in name)


def _plausible(
    held: Sequence[Bare], elf: Elf, hints: Sequence[str], texts: Collection[Literal], headers: Headers
) -> Iterator[Bare]:
    identifiers = sum(bool(_OBJECT.match(version)) for version, _, _ in held)
    runtimes = [versions for versions, text in _RUNTIMES if text in texts]
    compilers = " ".join(elf.compilers)
    times = Counter([one.version for one in held])
    for one in held:
        version, tail, string = one
        if version not in hints or version.count(".") < 2:
            if (_STANDARD.match(version) and not tail) or _FRACTION.match(string.text):
                continue
            if _RESOLVER.match(version) or _toolkit(version, elf):
                continue
            if _ADDRESS.match(version) and not 0 < int(version.split(".", 1)[0]) <= 9:
                continue
            if _OBJECT.match(version) and (identifiers > 1 or version.startswith(("1.3.6", "2.5."))):
                continue
            if any(versions.match(version) for versions in runtimes) or version in compilers:
                continue
            if times[version] > 4 or headers.state(version):
                continue
        yield one


def _toolkit(version: str, elf: Elf) -> bool:
    """Is it the toolkit's that the file was built with? Parts of the toolkit itself want its private interface too."""
    node, private, versions = _TOOLKIT
    return bool(versions.match(version)) and {wanted for _, wanted in elf.requires} & {node, private} == {node}


def _points(
    version: str, tail: str, around: Sequence[str], close: str, names: Sequence[str], hints: Sequence[str]
) -> tuple[float, bool]:
    """How much speaks for a number, and do texts around it speak of others?

    Args:
        version: the number.
        tail: what is appended to it.
        around: the texts around it.
        close: all of them in lower case.
        names: what the file and its component may be called.
        hints: numbers in the file's name.
    """
    points = 1.5 if version.count(".") > 1 else 0.0
    hinted = 3 if version in hints else 2 if any(version.startswith(hint + ".") for hint in hints) else 0
    points += hinted
    points += (
        2
        if tail.startswith(("+", "~", "-")) and re.search(r"deb|dfsg|ds\d|ubuntu|stable|-\d", tail, re.IGNORECASE)
        else 1.5
        if tail
        else 0
    )
    points += 2.5 if _DATED.match(tail) else 0
    points -= 1.5 if _SMALL.match(version) else 0
    points -= 3 if _KERNEL.match(version) else 0
    points += 1.5 if _holds(close, _VERSION) else 0
    asked = "%s" in close and any(_asks(text, names) for text in around)
    points += 1 if asked else 0
    points -= 4 if _holds(close, ("gcc", "clang")) and _COMPILER.search(close) else 0
    another = "version" in close and any(_of_another(name, names) for name in _OTHERS.findall(close))
    foreign = another or _holds(close, _FOREIGN)
    points -= 4 if another else (1 if asked else 2) if foreign else 0
    points -= 1.5 if sum(text[0] in _FIRST and bool(_BARE.match(text)) for text in around) > 1 else 0
    points -= 4 if _STATUS.match(version) and _MAIL.search(close) else 0
    points -= 3 if _BUILDER.match(version) and any(map(_TIME.match, around)) else 0
    return points, foreign


def named(data: bytes, string: Printable, name: str) -> bool:
    """Do the texts around a number name that component?"""
    short = plain(name)
    return len(short) > 2 and short in " ".join(near(data, string.start, string.end, _AROUND)).lower()


def _holds(text: str, words: Iterable[str]) -> bool:
    return any(map(text.__contains__, words))


def _worded(around: Sequence[str], close: str, spoken: Sequence[str]) -> bool:
    """Do texts around a number say that it is a version, or name the file?"""
    if _holds(close, _VERSION):
        return True
    written = " ".join(text for text in around if not _MANGLED.match(text))
    return _holds(written.lower(), spoken)


def _asks(text: str, names: Sequence[str]) -> bool:
    """Has a text a place for the version of the file: ``DVBlast %s``, ``%s version %s``?"""
    words = _PLACE.findall(text) if "%s" in text else ()
    return any(_holds(word.lower(), _VERSION) or any(akin(word, name) for name in names) for word in words)


def _asked(data: bytes, string: Printable, name: str) -> tuple[bool, bool]:
    """Is the number what a text right beside it has a place for: ``%s version %s``, ``jo %s``, ``thing v%s (%s)``?

    And has that text the name of the file before the word version?
    """
    found = [match for text in beside(data, string) if (match := _CALLED.match(text))]
    titled = any(match["name"] and plain(match["name"]) == plain(name) for match in found)
    called = any(match["name"] == "%s" or (match["short"] and plain(match["short"]) == plain(name)) for match in found)
    return titled or called, titled


def _of_another(name: str, names: Sequence[str]) -> bool:
    """Is it the name of another component, one that the catalogue knows: ``zlib version: %s``?"""
    return name.lower() in catalogue().entries and not any(akin(name, own) for own in names)
