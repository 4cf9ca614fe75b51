"""The group: commands by name, imported when they run; and the one handler of everything that ends a run."""

from __future__ import annotations

import importlib
import keyword
import os
import sys
from collections.abc import Sequence
from functools import partial
from typing import Any

import click

from reconciler.cli.command_line import CommandLine, common, common_option, embedded_alone
from reconciler.cli.help import Group, near_command
from reconciler.core import exits
from reconciler.version import __version__

COMMANDS: dict[str, str] = {
    "init": "Write a small working project into the current folder.",
    "validate": "Check every spec and its local data, offline.",
    "fmt": "Write specs and settings in one form; comments stay.",
    "explain": "Say what a field takes, what an edit of it means, and show an example.",
    "plan": "Show what apply would do, why, and what it would cost.",
    "apply": "Make the cloud as the specs say, and record it in the lock.",
    "wait": "Finish what was approved: go on waiting, submitting, serving, disposing.",
    "status": "Show every training: state, progress, model, endpoint.",
    "show": "Show all that is known of one address; --request: the body sent.",
    "history": "Show every attempt at an address: when, by whom, why, at what cost.",
    "notify": "Tell the receivers of the workspace what they have not been told.",
    "query": "List every job, model and endpoint of a project, ours or not.",
    "cancel": "Cancel the training under way at an address.",
    "destroy": "Cancel and delete what addresses have in the cloud.",
    "import": "Write a spec for a model that exists, and take it into the lock.",
    "convert": "Write specs from requests, training scripts and Config Connector.",
    "rollback": "Let an earlier attempt serve again, and pin it.",
    "promote": "Let serve what waits for it, or what was rolled back from.",
    "forget": "Drop an address from the lock; the cloud is untouched.",
    "gate": "Pass only if everything declared is trained, active and unchanged.",
    "prompt": "Ask the model at an address; the answer streams.",
    "reward": "Try what answers are rewarded with in reinforcement tuning, before it is paid.",
    "output": "Print the endpoints and models that serve, for other programs.",
    "metrics": "Show training curves, compare them, and say what they suggest.",
    "report": "Write one HTML file of all: plan, models, curves, gates, costs.",
    "state": "List, show, rename and replace what the lock has, without an editor.",
    "lock": "Merge two locks; take the lock away from a holder that is gone.",
    "gc": "Propose what is no longer needed; with --yes, dispose of it.",
    "doctor": "Say what specs, lock and cloud do not agree on, and what fixes it.",
    "policy": "Try the workspace's rules on their cases, and list them.",
    "dataset": "Check, describe, convert, split and compare training data.",
    "models": "Show base models: methods, limits, prices, and when they retire.",
    "schema": "Print a JSON Schema: specs, workspace, plan, lock and other documents.",
    "emulator": "Serve the emulator of Vertex AI, the Gemini API and Cloud Storage.",
    "verify": "Ask a service what changes nothing; say which assumptions of the emulator hold.",
    "demo": "Watch plan, apply, plan, gate and status on the embedded emulator.",
    "completion": "Print a script that completes words in bash, zsh or fish.",
    "help": "Show what a command is for, its options and how it ends.",
    "version": "Show the version of tuneform, and of what it reads and writes.",
}
"""What each does, in a line; static, so that --help and completion import no command."""


def python_name(command: str) -> str:
    """Of its module and its function: a command may be called as a statement of Python is, those cannot."""
    return f"{command}_" if keyword.iskeyword(command) else command


class LazyGroup(Group):
    """A group that knows its commands' names and summaries, and imports one only to run it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order of use, not of the alphabet."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import it now."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        name = python_name(cmd_name)
        command: click.Command = getattr(importlib.import_module(f"reconciler.cli.commands.{name}"), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """From the table."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """An unknown name gets the nearest one named."""
        name = args[0] if args else ""
        if name and name not in COMMANDS and not name.startswith("-"):
            near = near_command(name, COMMANDS)
            hint = f" Did you mean `tuneform {near}`?" if near else " See `tuneform help`."
            ctx.fail(f"There is no command {name!r}.{hint}")
        return super().resolve_command(ctx, args)


@click.group(
    cls=LazyGroup,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Start: tuneform init, then tuneform apply --emulator.",
)
@common
@common_option(
    "--format",
    "form",
    metavar="FORM",
    envvar="TUNEFORM_FORMAT",
    help="The form of output, for commands that have it.",
)
@click.version_option(__version__, "-V", "--version", prog_name="tuneform", message="%(prog)s %(version)s")
@click.pass_context
def tuneform(ctx: click.Context) -> None:
    """Declare tuned Gemini models in YAML; see the plan, apply it, keep a lock."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


def run(argv: Sequence[str]) -> int:
    """The exit code of one command line. Every way to end passes here."""
    asked = os.environ.get("_TUNEFORM_COMPLETE")
    if asked:
        from reconciler.cli.completion import complete

        return complete(asked)
    from reconciler.cli.failures import ending
    from reconciler.cli.streams import tolerant_streams
    from reconciler.cli.suggestions import completion
    from reconciler.render.commands import completed_by

    chosen = CommandLine()
    with tolerant_streams(), completed_by(completion(chosen)):
        return ending(partial(_invoke, chosen), embedded_alone(argv))


def _invoke(chosen: CommandLine, argv: list[str]) -> int:
    result: Any = tuneform.main(argv, prog_name="tuneform", standalone_mode=False, obj=chosen)
    return result if isinstance(result, int) else exits.OK


def stdin_is_terminal() -> bool:
    """Whether there is anybody to ask."""
    return sys.stdin is not None and sys.stdin.isatty()
