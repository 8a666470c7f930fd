"""build --summary: the same facts as a page, as JSON and as variables; no name gets out of its cell.

GitHub's own renderer of Markdown is the judge: what it makes of a page is read as HTML.
"""

from __future__ import annotations

import html.parser
import json
import re
from pathlib import Path
from typing import Any

import cmarkgfm  # type: ignore[import-untyped]  # no types are published
import pytest
from cmarkgfm.cmark import Options  # type: ignore[import-untyped]  # no types are published

from firmbom.cli.main import main
from firmbom.cli.markdown import page
from firmbom.cli.report import variables

ALLOWED = {"h2", "h3", "table", "tbody", "tr", "td", "th", "code", "br"}
HOSTILE = (
    "</code></td></tr></table>\n\n# injected",
    "<script>alert(1)</script>",
    "a|b\\|c`d``e",
    "[x](javascript:alert(1)) ![y](https://example.com/y.png)",
    "\n\n## second\n\n- item",
    "@octocat #1 https://example.com www.example.com a@example.com",
    "$(touch pwned) `touch pwned` ; ::set-output name=x::y ##[set-output name=x]y",
    "&lt;b&gt; &#60;b&#62; <!-- <![CDATA[ <?php",
    "\x1b[31m\u202e\u2028\x85\ud800",
    "**bold** ~~gone~~ :+1: $\\sqrt2$",
    "<a title='x\"'>",
)


class Read(html.parser.HTMLParser):
    """The elements with their attributes, and the text of each ``code``."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, list[tuple[str, str | None]]]] = []
        self.codes: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, attrs))
        if tag == "code":
            self.codes.append("")
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "code" in self.open:
            self.codes[-1] += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)


def rendered(markdown: str) -> Read:
    markdown.encode()
    options = Options.CMARK_OPT_UNSAFE  # what GitHub's sanitizer would have to take out must not be there at all
    return Read(cmarkgfm.github_flavored_markdown_to_html(markdown, options))


def facts(text: str, *, rows: int = 1, status: int = 0) -> dict[str, Any]:
    return {
        "components": {f"{text}{number}": 1 for number in range(rows)},
        "conflicts": [text] * rows,
        "problems": [
            {"severity": severity, "plugin": text, "path": text, "message": text}
            for severity in ("note", "warning", "error")
            for _ in range(rows)
        ],
        "images": {f"{text}{number}": {"size": 1, "SHA-256": "0" * 64} for number in range(rows)},
        "release": {"version": text, "tag": text, "commit": text, "dirty": True, "tag signature": text},
        "signed by": [text] * rows,
        "written to": text,
        "sha256": "0" * 64,
        "exit status": status,
    }


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_name_stays_text_in_its_cell(text: str) -> None:
    plain, found = rendered(page(facts("name"))), rendered(page(facts(text)))
    assert {tag for tag, _ in found.elements} <= ALLOWED
    assert not any(attributes for _, attributes in found.elements)
    assert [tag for tag, _ in found.elements] == [tag for tag, _ in plain.elements]
    assert found.open == []
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    assert found.codes == [one.replace("name", shown) for one in plain.codes]


@pytest.mark.parametrize("text", ['"' * 10_000, "\U0001f600" * 10_000, "\U000e0001" * 10_000])
def test_a_page_stays_below_what_github_takes_and_says_what_it_leaves_out(text: str) -> None:
    made = page(facts(text, rows=2000))
    assert len(made.encode()) < 1 << 19
    assert made.count("… and 1970 more") == 3
    assert "… and 5970 more" in made
    assert {tag for tag, _ in rendered(made).elements} <= ALLOWED


def test_variables_hold_nothing_that_an_input_chose() -> None:
    for text in HOSTILE:
        lines = variables(facts(text, rows=2)).splitlines()
        assert all(re.fullmatch(r"FIRMBOM_[A-Z0-9]+=[0-9a-f]*", line) for line in lines)
        assert {"FIRMBOM_COMPONENTS=2", "FIRMBOM_PROBLEMS=4", "FIRMBOM_ERRORS=2", "FIRMBOM_TAGS=1"} <= set(lines)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "product"
    folder.mkdir()
    (folder / "requirements.txt").write_text("idna==3.6\n")
    return folder


def build(folder: Path, *options: str) -> tuple[int, dict[str, Any], str, dict[str, str]]:
    """Exit status, and the summary in its three forms."""
    names = [folder.parent / f"summary{suffix}" for suffix in (".json", ".md", ".env")]
    arguments = ["build", str(folder), "--release=v1", "--no-sign", *options, *(f"--summary={name}" for name in names)]
    status = main(arguments)
    as_json, markdown, env = (name.read_text("utf-8") for name in names)
    return status, json.loads(as_json), markdown, dict(line.split("=") for line in env.splitlines())


def test_the_three_forms_say_the_same(folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    image = tmp_path / HOSTILE[1].replace("/", "")
    image.write_bytes(b"image")
    status, as_json, markdown, env = build(folder, f"--image={image}", f"-o={tmp_path / 'bom.json'}", "--json")
    assert status == 0
    assert json.loads(capfd.readouterr().out) == as_json
    assert (env["FIRMBOM_STATUS"], env["FIRMBOM_COMPONENTS"], env["FIRMBOM_IMAGES"]) == ("0", "1", "1")
    codes = rendered(markdown).codes
    assert {image.name, "pypi", "v1", as_json["sha256"], str(tmp_path / "bom.json")} <= set(codes)


@pytest.mark.parametrize(
    ("requirements", "options", "status", "headline"),
    [
        ("", (), 3, "no component was found, nothing is written"),
        ("idna==3.6\n-r absent.txt\n", ("--strict",), 5, "refused, nothing is written"),
    ],
)
def test_a_run_that_writes_no_document_still_says_why(
    folder: Path, requirements: str, options: tuple[str, ...], status: int, headline: str
) -> None:
    (folder / "requirements.txt").write_text(requirements)
    ended, as_json, markdown, env = build(folder, *options)
    assert (ended, as_json["exit status"], env["FIRMBOM_STATUS"]) == (status, status, str(status))
    assert markdown.startswith(f"## SBOM: {headline}")
    assert (as_json["written to"], as_json["sha256"], env["FIRMBOM_SHA256"]) == ("nothing", "", "")


def test_a_file_of_no_known_form_is_refused_before_anything_is_read(
    folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["build", str(tmp_path / "absent"), "--no-sign", "--summary=page.html"]) == 1
    assert capfd.readouterr().err == "firmbom: page.html: --summary: its name must end in .md, .json, .env\n"
