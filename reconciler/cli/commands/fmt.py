"""`tuneform fmt`."""

from __future__ import annotations

import glob
import sys
from difflib import unified_diff
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli.console import write
from reconciler.cli.destinations import Replaces, destination
from reconciler.cli.help import command
from reconciler.cli.options import example, some_common
from reconciler.core import exits
from reconciler.core.diagnostics import Diagnostic, in_order
from reconciler.render.words import escape

if TYPE_CHECKING:
    from reconciler.files.yaml_tree import SourceText


@command(
    epilog=example(
        """
        tuneform fmt
        tuneform fmt specs/router.yaml
        tuneform fmt --check
        tuneform fmt --diff
        tuneform fmt - < router.yaml
        """
    )
)
@some_common("folder", "color")
@click.option("--check", is_flag=True, help="Write nothing, and end with 1 where a file would be written.")
@click.option("--diff", is_flag=True, help="As --check, and show what would be written.")
@click.argument("files", nargs=-1)
def fmt(files: tuple[str, ...], check: bool, diff: bool) -> int:
    """Write specs and settings in one form: the order of keys, their spelling and indentation. Comments stay.

    Without FILES: all specs and settings of the workspaces here. Files that changed are named; '-' is stdin.
    """
    from reconciler.cli.failures import show
    from reconciler.files.fmt.formatting import formatted
    from reconciler.files.sources import UnreadableFileError, piped_source, read_source

    mistakes: list[Diagnostic] = []
    changed = 0
    for path in _paths(files, mistakes):
        try:
            source = piped_source() if path == "-" else read_source(path)
        except UnreadableFileError as exc:
            mistakes.append(exc.diagnostic)
            continue
        new, found = formatted(source.path, source.data)
        mistakes += found
        changed += new != source.data
        if diff:
            write(_changes(source, new))
        elif path == "-":
            sys.stdout.write("" if check or found else new.decode())
        elif new != source.data:
            _written(path, new, check=check)
    show(in_order(mistakes))
    return exits.FAILED if mistakes or ((check or diff) and changed) else exits.OK


def _written(path: str, new: bytes, *, check: bool) -> None:
    if not check:
        destination(path, Replaces.ANYTHING).write(new.decode())
    click.echo(path)


def _changes(source: SourceText, new: bytes) -> str:
    """As `diff -u` has them; nothing of what stays as it is, and control characters spelt out."""
    before, after = (text.decode("utf-8", "replace").splitlines() for text in (source.data, new))
    found = unified_diff(before, after, source.path, source.path, lineterm="")
    return "".join(f"{escape(line)}\n" for line in found)


def _workspaces() -> list[str]:
    """The settings that lie here, and what their workspaces are made of."""
    from reconciler.files.settings_file import spec_places

    settings = sorted(glob.glob("tuneform.yaml") + glob.glob("tuneform.*.yaml"))  # noqa: PTH207
    names = [path.removeprefix("tuneform.").removesuffix("yaml").removesuffix(".") for path in settings] or [""]
    places = (place for name in names for place in spec_places(Path(), name or None))
    return list(dict.fromkeys((*settings, *places)))


def _paths(files: tuple[str, ...], mistakes: list[Diagnostic]) -> list[str]:
    """What is named, folders with all that is in them; without a name what the workspace is made of."""
    from reconciler.files.sources import files_named

    named = files or _workspaces()
    seen: set[str] = set()
    found = [one for name in named for one in (["-"] if name == "-" else files_named(name, seen))]
    mistakes += [one for one in found if isinstance(one, Diagnostic)]
    return [one for one in found if isinstance(one, str)]
