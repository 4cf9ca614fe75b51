"""`tuneform completion`: a script that completes commands, options, addresses and workspaces in a shell."""

from __future__ import annotations

import click

from reconciler.cli.completion import SHELLS, script
from reconciler.cli.help import command
from reconciler.cli.options import example

_HOW = """
\b
Once, in the start-up file of your shell:
  eval "$(tuneform completion bash)"                                # ~/.bashrc
  eval "$(tuneform completion zsh)"                                 # ~/.zshrc, after compinit
  tuneform completion fish > ~/.config/fish/completions/tuneform.fish
"""


@command(epilog=f"{_HOW}\n{example('tuneform completion bash')}")
@click.argument("shell", type=click.Choice(list(SHELLS)))
def completion(shell: str) -> None:
    """Print a script for your shell. What it completes is read from files here; nothing is asked of a service."""
    click.echo(script(shell))
