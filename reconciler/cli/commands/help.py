"""`tuneform help`: what `--help` says, in the order of words that others have."""

from __future__ import annotations

import click

from reconciler.cli.help import command
from reconciler.cli.options import example


@command(epilog=example("tuneform help\ntuneform help apply\ntuneform help dataset check"))
@click.argument("words", nargs=-1, metavar="[COMMAND]...")
@click.pass_context
def help(context: click.Context, words: tuple[str, ...]) -> None:  # noqa: A001  # the command's own name
    """Show what a command is for, its options and how it ends; without one, all commands."""
    found = context.find_root()
    for word in words:
        if not isinstance(found.command, click.Group):
            raise click.UsageError(f"{found.command_path} has no commands below it.")
        name, below, _ = found.command.resolve_command(found, [word])
        assert below is not None, "a name that is not known is wrong usage"
        found = click.Context(below, parent=found, info_name=name)
    click.echo(found.get_help())
