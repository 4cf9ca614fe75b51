"""The group: commands by name, imported when they run; and the one handler of everything that ends a run."""

from __future__ import annotations

import importlib
import keyword
import sys
from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import click

from reconciler.cli.command_line import CommandLine, common, common_option
from reconciler.cli.help import Group, near_command
from reconciler.core import exits
from reconciler.version import __version__


class _Entry(NamedTuple):
    module: str
    summary: str


COMMANDS: dict[str, _Entry] = {
    "init": _Entry("project", "Write a small working project into the current folder."),
    "validate": _Entry("project", "Check every spec and its local data, offline."),
    "plan": _Entry("planning", "Show what apply would do, why, and what it would cost."),
    "apply": _Entry("applying", "Make the cloud as the specs say, and record it in the lock."),
    "wait": _Entry("applying", "Finish what was approved: go on waiting, submitting, serving, disposing."),
    "status": _Entry("looking", "Show every training: state, progress, model, endpoint."),
    "show": _Entry("looking", "Show all that is known of one address; --request: the body sent."),
    "cancel": _Entry("applying", "Cancel the training under way at an address."),
    "destroy": _Entry("applying", "Cancel and delete what addresses have in the cloud."),
    "import": _Entry("importing", "Write a spec for a model that exists, and take it into the lock."),
    "forget": _Entry("applying", "Drop an address from the lock; the cloud is untouched."),
    "gate": _Entry("looking", "Pass only if everything declared is trained, active and unchanged."),
    "prompt": _Entry("looking", "Ask the model at an address; the answer streams."),
    "output": _Entry("looking", "Print the endpoints and models that serve, for other programs."),
    "metrics": _Entry("looking", "Show the training curves at an address."),
    "lock": _Entry("locks", "Merge two locks; take the lock away from a holder that is gone."),
    "gc": _Entry("sweeping", "Propose what is no longer needed; with --yes, dispose of it."),
    "doctor": _Entry("doctoring", "Say what specs, lock and cloud do not agree on, and what fixes it."),
    "dataset": _Entry("dataset", "Check, describe, convert and split training data."),
    "models": _Entry("models", "Show base models: methods, limits, prices, and when they retire."),
    "schema": _Entry("project", "Print a JSON Schema: specs, workspace, plan, lock and other documents."),
    "emulator": _Entry("emulating", "Serve the emulator of Vertex AI, the Gemini API and Cloud Storage."),
    "demo": _Entry("emulating", "Watch plan, apply, plan, gate and status on the embedded emulator."),
}
"""Static, so that --help and completion import no command."""


class LazyGroup(Group):
    """A group that knows its commands' names and summaries, and imports one only to run it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order of use, not of the alphabet."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import it now."""
        del ctx
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        module = importlib.import_module(f"reconciler.cli.{entry.module}")
        # A command may be called as a statement of Python is; no function can be.
        command: click.Command = getattr(module, f"{cmd_name}_" if keyword.iskeyword(cmd_name) else cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """From the table."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.summary) for name, entry in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """An unknown name gets the nearest one named."""
        name = args[0] if args else ""
        if name and name not in COMMANDS and not name.startswith("-"):
            near = near_command(name, COMMANDS)
            hint = f" Did you mean {near!r}?" if near else " See `tuneform --help`."
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
    from reconciler.cli.failures import ending
    from reconciler.cli.streams import tolerant_streams
    from reconciler.cli.suggesting import completion
    from reconciler.render.commands import completed_by

    chosen = CommandLine()
    with tolerant_streams(), completed_by(completion(chosen)):
        return ending(partial(_invoke, chosen), _spelled(argv))


def _invoke(chosen: CommandLine, argv: list[str]) -> int:
    result: Any = tuneform.main(argv, prog_name="tuneform", standalone_mode=False, obj=chosen)
    return result if isinstance(result, int) else exits.OK


def _spelled(argv: Sequence[str]) -> list[str]:
    """`--emulator` alone means the embedded one; click would take the next word for its value."""
    return ["--emulator=embedded" if word == "--emulator" else word for word in argv]


def stdin_is_terminal() -> bool:
    """Whether there is anybody to ask."""
    return sys.stdin is not None and sys.stdin.isatty()
