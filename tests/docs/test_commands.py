"""What the docs show is what happens: every page with commands is carried out and compared whole."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator
from difflib import unified_diff
from pathlib import Path

import click
import pytest

from reconciler.cli.command_line import embedded_alone
from reconciler.cli.main import COMMANDS, tuneform
from tests.docs.page import blocks_of, is_run, replay, settled

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
# These are written, and tested, with what they are about.
_NOT_RUN_HERE = {"contributing.md", "changelog.md", "emulator.md", "specs.md", "workspace.md", "data-rules.md"}
PAGES = sorted(path for path in DOCS.rglob("*.md") if path.name not in _NOT_RUN_HERE)
README = ROOT / "README.md"
RUN = [path for path in (README, *PAGES) if is_run(path.read_text(encoding="utf-8"))]


def _title(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, and no setting of whoever runs the tests."""
    for name in [n for n in os.environ if n.startswith("TUNEFORM_")]:
        monkeypatch.delenv(name)
    for name in ("TUNEFORM_EMULATOR", "TUNEFORM_WORKSPACE", "NO_COLOR", "FORCE_COLOR", "CI"):
        # Set first, so that what a page exports is taken back at the end as well.
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setenv("TUNEFORM_EMULATOR_SPEED", "instant")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("path", RUN, ids=_title)
@pytest.mark.usefixtures("bare")
def test_the_page_goes_as_written(path: Path, pytestconfig: pytest.Config) -> None:
    written = path.read_text(encoding="utf-8")

    shown = replay(written)

    differs = list(unified_diff(settled(written).splitlines(), settled(shown).splitlines(), lineterm=""))
    if differs and pytestconfig.getoption("--update-golden"):
        path.write_text(shown, encoding="utf-8")
        return
    assert not differs, "\n".join(["read this, then run: pytest tests/docs --update-golden", *differs])


def test_the_tutorial_is_among_the_pages_that_are_run() -> None:
    assert DOCS / "tutorial.md" in RUN


def _typed_in(text: str) -> Iterator[str]:
    """Every `tuneform …` that a page shows and does not run, if it has no gap in it."""
    for block in blocks_of(text):
        found = re.findall(_SPANS[block.kind], "\n".join(block.lines)) if block.kind in _SPANS else []
        yield from (" ".join(span.split()) for span in found if "…" not in span)


_TYPED = r"(tuneform [^|>&#\n]*)"
_SPANS = {
    "": r"`(tuneform [^`]+)`",
    # After a prompt, a key of YAML or an operator of the shell, up to the next operator.
    "bash": rf"(?m)(?:^\s*|&& |\| ){_TYPED}",
    "yaml": rf"(?m)(?:^\s*(?:- )?(?:run: )?|&& |\| ){_TYPED}",
}
_COMMANDS = sorted({(_title(p), span) for p in PAGES for span in _typed_in(p.read_text(encoding="utf-8"))})


@pytest.mark.parametrize(("page", "command"), _COMMANDS, ids=lambda word: word)
@pytest.mark.usefixtures("bare")
def test_a_command_in_the_docs_is_one_that_can_be_typed(page: str, command: str) -> None:
    meant = command.replace("COMMAND", "plan").replace("ADDRESS", "vertex/any")

    name, *arguments = embedded_alone(shlex.split(meant)[1:])

    assert name in COMMANDS, page
    found = tuneform.get_command(click.Context(tuneform), name)
    if isinstance(found, click.Group) and arguments and arguments[0] in found.commands:
        found = found.commands[arguments.pop(0)]
    assert found is not None
    if arguments and "--help" not in arguments:
        found.make_context(name, arguments, parent=click.Context(tuneform, obj=None))


def _anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


def _leads_somewhere(page: Path, target: str) -> bool:
    path, _, anchor = target.partition("#")
    place = (page.parent / path) if path else page
    return place.exists() and (not anchor or anchor in _anchors(place))


def test_the_pages_link_to_pages_and_headings_that_exist() -> None:
    broken = [
        f"{_title(path)}: {target}"
        for path in PAGES
        for target in re.findall(r"\]\(([^):\s]+)\)", path.read_text(encoding="utf-8"))
        if not _leads_somewhere(path, target)
    ]

    assert broken == []
