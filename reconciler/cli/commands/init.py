"""`tuneform init`: a small working project."""

from __future__ import annotations

import os
from pathlib import Path

import click

from reconciler.cli.destinations import destination
from reconciler.cli.help import command
from reconciler.cli.options import command_line, common, example
from reconciler.core.suggest import suggest
from reconciler.render.commands import shell_line


@command(epilog=example("tuneform init\ntuneform init --project acme-ml --location europe-west4"))
@common
@click.option("--name", default="", metavar="NAME", help="The workspace's name; default: the folder's.")
@click.option("--project", default="my-project", show_default=True, help="Google Cloud project.")
@click.option("--location", default="us-central1", show_default=True, help="Where jobs run.")
def init(name: str, project: str, location: str) -> None:
    """Write a small working project here; files that exist are left alone."""
    from reconciler.files.init import name_of, starter_files

    folder = Path(command_line().folder)
    files = starter_files(name or name_of(folder.resolve().name), project, location)
    for path, text in files.items():
        place = folder / path
        if os.path.lexists(place):
            click.echo(f"  kept     {path}")
            continue
        destination(str(place)).write(text)
        click.echo(f"  written  {path}")
    next_words = [suggest("plan", "--emulator"), suggest("apply", "--emulator")]
    click.echo("\n".join(["", "Next, without an account:", *(f"  {shell_line(words)}" for words in next_words)]))
