"""`tuneform init`, `validate`, `schema`: the repository itself, without any cloud."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import click

from reconciler.cli.help import command
from reconciler.cli.options import command_line, common, example, form_option, some_common, spec_options
from reconciler.cli.output import style_for, write
from reconciler.cli.places import from_repository
from reconciler.cli.sessions import read_specs
from reconciler.cli.writing import destination
from reconciler.core.alike import at_most, once
from reconciler.core.diagnostics import Diagnostic, ReconcilerError, in_order
from reconciler.core.plurals import counted
from reconciler.core.suggest import suggest
from reconciler.files.specs import Loaded
from reconciler.render.commands import shell_line
from reconciler.session.data import known_data
from reconciler.session.specs import exit_code_of
from reconciler.version import __version__

_SHOWN_PER_CODE = 20
"""Findings of one code that are shown to people; the rest are counted."""


@command(epilog=example("tuneform init\ntuneform init --project acme-ml --location europe-west4"))
@common
@click.option("--name", default="", metavar="NAME", help="The workspace's name; default: the folder's.")
@click.option("--project", default="my-project", show_default=True, help="Google Cloud project.")
@click.option("--location", default="us-central1", show_default=True, help="Where jobs run.")
def init(name: str, project: str, location: str) -> None:
    """Write a small working project here; files that exist are left alone."""
    from reconciler.files.init import starter_files

    folder = Path(command_line().folder)
    files = starter_files(name or folder.resolve().name, project, location)
    for path, text in files.items():
        place = folder / path
        if os.path.lexists(place):
            click.echo(f"  kept     {path}")
            continue
        destination(str(place)).write(text)
        click.echo(f"  written  {path}")
    next_words = [suggest("plan", "--emulator"), suggest("apply", "--emulator")]
    click.echo("\n".join(["", "Next, without an account:", *(f"  {shell_line(words)}" for words in next_words)]))


@command(epilog=example("tuneform validate\ntuneform validate --format github"))
@common
@spec_options
@form_option("text", "json", "sarif", "github")
def validate(form: str) -> int:
    """Check every spec, the workspace and local training data. All mistakes at once, offline."""
    loaded = read_specs()
    found = list(loaded.diagnostics)
    count = 0
    if loaded.desired is not None:
        count = len(loaded.desired.models)
        try:
            found += known_data(loaded, complete=True).findings
        except ReconcilerError as exc:
            found += exc.diagnostics
    found = in_order(found)
    _report(form, found, loaded, count)
    return exit_code_of(found)


@command(epilog=example("tuneform schema\ntuneform schema VertexTunedModel > vertex.schema.json"))
@some_common("color")
@click.argument("name", required=False)
def schema(name: str | None) -> None:
    """Print a JSON Schema by name; without a name, the names."""
    from reconciler.cli.schemas import names, schema_of

    if name is None:
        write("\n".join(names()) + "\n")
        return
    if name not in names():
        raise click.UsageError(f"There is no schema {name!r}. Known: {', '.join(names())}.")
    write(json.dumps(schema_of(name), indent=2, ensure_ascii=False) + "\n")


def _report(form: str, found: list[Diagnostic], loaded: Loaded, count: int) -> None:
    match form:
        case "json":
            from reconciler.render.json_diagnostics import diagnostics_to_json

            write(diagnostics_to_json(found))
        case "sarif":
            from reconciler.render.sarif import sarif_report

            write(sarif_report(from_repository(once(found)), version=__version__))
        case "github":
            from reconciler.render.github import annotations

            write(annotations(from_repository(once(found))))
        case _:
            from reconciler.render.terminal.diagnostics import render_diagnostics
            from reconciler.render.words import skipped_words

            shown, rest = at_most(once(found), _SHOWN_PER_CODE)
            write(render_diagnostics(shown, style_for(sys.stdout)))
            for code, more in rest.items():
                write(f"{more:,} more of {code}.\n")
            if not any(d.is_error for d in found):
                skipped = f"; {skipped_words(loaded.skipped)}" if loaded.skipped else ""
                write(f"{counted(count, 'spec is', 'specs are')} valid{skipped}.\n")
