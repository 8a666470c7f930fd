"""README and docs cannot rot: their commands are run, their tables are made from the code, their links are followed.

``FIRMBOM_UPDATE_DOCS=1 pytest tests/test_docs.py`` writes the tables anew.
"""

from __future__ import annotations

import argparse
import ast
import inspect
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import pytest
import yaml

from firmbom import plugin, project, verify
from firmbom.bundles.formats import BUNDLES
from firmbom.cli import status
from firmbom.cli.main import parser
from firmbom.drift import BITS as DRIFT_BITS
from firmbom.tree import base
from firmbom.tree.formats import CLOSED, FORMATS, Format
from firmbom.verify import policy

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), ROOT / "sample_firmware" / "README.md"])
TABLE = re.compile(r"<!-- begin: (?P<name>.+?) -->\n(?P<text>.*?)<!-- end -->", re.DOTALL)
SHELL = re.compile(r"^```console\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)


def page_ids(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def subcommands() -> dict[str, argparse.ArgumentParser]:
    [action] = (one for one in parser()._actions if isinstance(one, argparse._SubParsersAction))
    return dict(action.choices)


def options(command: argparse.ArgumentParser) -> str:
    """A command's description and arguments as Markdown; argparse's own layout differs between Pythons."""
    rows = [f"{command.description}\n", "| argument | meaning |", "|---|---|"]
    for action in command._actions:
        if "-h" not in action.option_strings:
            choices = "{" + ",".join(map(str, action.choices)) + "}" if action.choices else ""
            value = "" if action.nargs == 0 else str(action.metavar or choices or action.dest.upper())
            name = f"{', '.join(action.option_strings)} {value}".strip()
            rows.append(f"| `{name}` | {action.help} |")
    return "\n".join(rows) + "\n"


def field_docs(module: ModuleType, struct: type[msgspec.Struct]) -> dict[str, str]:
    """The string below each field of a struct in the source."""
    tree = ast.parse(inspect.getsource(module))
    [body] = (one.body for one in tree.body if isinstance(one, ast.ClassDef) and one.name == struct.__name__)
    return {
        field.target.id: " ".join(text.value.value.split())
        for field, text in pairwise(body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
        and isinstance(text.value.value, str)
    }


def keys(module: ModuleType, struct: type[msgspec.Struct]) -> str:
    """A table of firmbom.toml as Markdown."""
    docs = field_docs(module, struct)
    rows = ["| key | default | meaning |", "|---|---|---|"]
    for field in msgspec.structs.fields(struct):
        default = field.default
        shown = f"`{default!r}`" if isinstance(default, int | float) or (default and isinstance(default, str)) else ""
        rows.append(f"| `{field.name}` | {shown} | {docs.get(field.name, '').replace('``', '`')} |")
    return "\n".join(rows) + "\n"


def rows(*cells: Iterable[str]) -> str:
    """A table as Markdown; the first row is its head."""
    head, *lines = (f"| {' | '.join(row)} |".replace("|  |", "| |") for row in cells)
    return "\n".join([head, "|---" * (head.count("|") - 1) + "|", *lines]) + "\n"


def in_dumps(one: Format) -> str:
    return "yes" if one.carved else ""


def settings(name: str, described: dict[str, dict[str, Any]]) -> str:
    """Inputs or outputs of the action or the component."""
    cells = [(f"`{key}`", shown(one.get("default", "")), one["description"].strip()) for key, one in described.items()]
    return (
        rows((name, "default", "meaning"), *cells)
        if name == "input"
        else rows((name, "meaning"), *((key, meaning) for key, _, meaning in cells))
    )


def shown(default: Any) -> str:
    return f"`{str(default).lower() if isinstance(default, bool) else default}`" if default != "" else ""


ACTION = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
COMPONENT = next(yaml.safe_load_all((ROOT / "templates" / "firmbom.yml").read_text("utf-8")))

TABLES: dict[str, Callable[[], str]] = {
    **{f"firmbom {name}": partial(options, command) for name, command in subcommands().items()},
    "product": lambda: keys(project, project.Product),
    "build": lambda: keys(project, project.Build),
    "document": lambda: keys(project, project.Document),
    "target": lambda: keys(plugin, plugin.Target),
    "limits": lambda: keys(base, base.Limits),
    "policy signers": lambda: keys(policy, policy.Signer),
    "policy signatures": lambda: keys(policy, policy.Signatures),
    "policy images": lambda: keys(policy, policy.Images),
    "policy release": lambda: keys(policy, policy.Tag),
    "policy document": lambda: keys(policy, policy.Age),
    "policy provenance": lambda: keys(policy, policy.Builders),
    "action inputs": lambda: settings("input", ACTION["inputs"]),
    "action outputs": lambda: settings("output", ACTION["outputs"]),
    "component inputs": lambda: settings("input", COMPONENT["spec"]["inputs"]),
    "containers": lambda: rows(
        ("format", "kind", "what it is", "in dumps"),
        *((f"`{one.name}`", one.kind, one.description, in_dumps(one)) for one in FORMATS),
    ),
    "bundle": lambda: keys(project, project.Bundles),
    "bundles": lambda: rows(("format", "what it is"), *((f"`{name}`", what) for name, what in BUNDLES.items())),
    "closed": lambda: rows(("what it is", "in dumps"), *((one.description, in_dumps(one)) for one in CLOSED)),
}


@pytest.mark.parametrize("page", PAGES, ids=page_ids)
def test_tables_say_what_the_code_says(page: Path) -> None:
    written = page.read_text("utf-8")
    made = TABLE.sub(lambda match: f"<!-- begin: {match['name']} -->\n{TABLES[match['name']]()}<!-- end -->", written)
    if os.environ.get("FIRMBOM_UPDATE_DOCS"):
        page.write_text(made, "utf-8")
    assert made == page.read_text("utf-8"), "FIRMBOM_UPDATE_DOCS=1 pytest tests/test_docs.py writes the tables anew"


def test_every_command_and_every_table_of_the_configuration_is_documented() -> None:
    assert {match["name"] for page in PAGES for match in TABLE.finditer(page.read_text("utf-8"))} == set(TABLES)


def quoted() -> Iterator[str]:
    """Each firmbom command line that stands in a block or between backquotes."""
    for page in PAGES:
        text = page.read_text("utf-8").replace("\\\n", "")
        for block in FENCE.findall(text):
            yield from re.findall(r"^(?:\$ | *- (?:run: )?)?(firmbom .*)$", block, re.MULTILINE)
        yield from re.findall(r"`(firmbom [^`\n]*)`", FENCE.sub("", text))


@pytest.mark.parametrize("line", sorted(set(quoted())))
def test_options_that_are_quoted_exist(line: str) -> None:
    _, command, *arguments = line.split()
    assert command in {*subcommands(), "--help"}
    known = {option for action in subcommands()[command]._actions for option in action.option_strings}
    assert [one for one in arguments if one.startswith("-") and one.rstrip(",.;)") not in known] == []


def test_every_page_can_be_reached_from_the_index() -> None:
    linked = {match["target"] for match in LINK.finditer((ROOT / "docs" / "index.md").read_text("utf-8"))}
    assert {path.name for path in ROOT.glob("docs/*.md")} - {"index.md"} <= linked


def test_readme_lists_every_command() -> None:
    listed = re.findall(r"^\| `firmbom (\w+)", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)
    assert sorted(listed) == sorted(subcommands())


def test_exit_statuses_are_the_codes_and_all_of_them() -> None:
    stated = re.findall(r"^\| (\d+) \|", (ROOT / "docs" / "exit-status.md").read_text("utf-8"), re.MULTILINE)
    numbers = {name: value for name, value in vars(status).items() if name.isupper() and type(value) is int}
    plain = [value for name, value in numbers.items() if name not in ("VERIFY_FAILED", "DRIFT")]
    bits = [status.VERIFY_FAILED + bit for bit in verify.BITS.values()]
    bits += [status.DRIFT + bit for bit in DRIFT_BITS.values() if bit]
    assert sorted(map(int, stated)) == sorted(plain + bits)


@pytest.mark.parametrize("page", PAGES, ids=page_ids)
def test_links_lead_somewhere(page: Path) -> None:
    targets = [match["target"] for match in LINK.finditer(FENCE.sub("", page.read_text("utf-8")))]
    local = [target for target in targets if "://" not in target]
    assert [target for target in local if not leads(page, target)] == []


def leads(page: Path, target: str) -> bool:
    name, _, anchor = target.partition("#")
    path = page.parent / name if name else page
    headings = re.findall(r"^#+ (.*)$", path.read_text("utf-8"), re.MULTILINE) if anchor else []
    return path.exists() and (
        not anchor or anchor in {re.sub(r"[^\w -]", "", one).lower().replace(" ", "-") for one in headings}
    )


def steps(page: Path) -> Iterator[tuple[str, list[str]]]:
    """Each ``$ command`` of the page's console blocks with the output printed below it."""
    for block in SHELL.finditer(page.read_text("utf-8")):
        for step in re.split(r"^\$ ", block["text"], flags=re.MULTILINE)[1:]:
            command, *output = re.sub(r"\\\n\s*", "", step).splitlines()
            yield command, output


def fits(line: str, pattern: str) -> bool:
    """Does ``line`` fit what the docs print, where ``…`` stands for anything?"""
    return re.fullmatch(".*".join(map(re.escape, pattern.split("…"))), line) is not None


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A repository with the sample in it, as a reader of the docs has one, tagged as a release."""
    folder = tmp_path / "checkout"
    ignored = shutil.ignore_patterns("vendor", "node_modules")
    shutil.copytree(ROOT / "sample_firmware", folder / "sample_firmware", ignore=ignored)
    shutil.copy(ROOT / ".gitignore", folder)
    identity = ("-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")
    for arguments in (("init", "-q"), ("add", "."), ("commit", "-qm", "release"), ("tag", "v1.0.0")):
        subprocess.run(["git", *identity, *arguments], cwd=folder, check=True)
    return folder


def run(command: str, folder: Path) -> str:
    """Run one command of the docs with this Python's firmbom first on the path; returns all it printed."""
    keep = {name: os.environ[name] for name in ("HOME", "TMPDIR", "LANG") if name in os.environ}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    ran = subprocess.run(
        ["sh", "-c", command], cwd=folder, capture_output=True, text=True, check=False, env={**keep, "PATH": path}
    )
    assert ran.returncode == 0, f"$ {command}\n{ran.stdout}{ran.stderr}"
    return ran.stdout + ran.stderr


def install_line() -> str:
    """README's first command."""
    return next(command for command, _ in steps(ROOT / "README.md"))


def test_readme_is_right(checkout: Path) -> None:
    first, *rest = ((command, output) for command, output in steps(ROOT / "README.md") if "tox" not in command)
    install, _, main_job = first[0].partition(" && .venv/bin/firmbom ")
    assert install == "python3 -m venv .venv && .venv/bin/pip install -q ."
    compare([(f".venv/bin/firmbom {main_job}", first[1]), *rest], checkout)


def test_quickstart_is_right(checkout: Path) -> None:
    compare(list(steps(ROOT / "docs" / "quickstart.md")), checkout)


def compare(transcript: list[tuple[str, list[str]]], folder: Path) -> None:
    for command, expected in transcript:
        lines = run(command.replace(".venv/bin/", ""), folder).splitlines()
        for pattern in expected:
            assert any(fits(line, pattern) for line in lines), f"$ {command}\nno line like {pattern!r} in\n{lines}"


def test_readme_and_ci_run_the_same_tests() -> None:
    [command] = (command for command, _ in steps(ROOT / "README.md") if "tox" in command)
    assert (ROOT / ".ci" / "run").read_text("utf-8").splitlines()[-1] == command


def test_the_sample_configuration_and_the_one_in_the_docs_are_understood() -> None:
    text = (ROOT / "docs" / "configuration.md").read_text("utf-8")
    [example] = re.findall(r"^```toml\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    assert project.decode(tomllib.loads(example)).product.name == "sensor-gateway"
    assert project.load(ROOT / "sample_firmware" / "firmbom.toml").build.omit == ("dev",)


def test_changelog_has_an_entry_for_this_version() -> None:
    assert f"\n## [{version('firmbom')}]" in (ROOT / "CHANGELOG.md").read_text("utf-8")
