"""What the command line and the environment say of the whole run. Imports click alone: --help needs no more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

if TYPE_CHECKING:
    from reconciler.core.model import Address

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(slots=True)
class Settings:
    """What the command line and the environment said."""

    folder: str = "."
    workspace: str | None = None
    lock: str | None = None
    emulator: str | None = None
    color: str = "auto"
    parallelism: int = 8
    verbose: bool = False
    files: tuple[str, ...] = ()
    prune: bool = False
    allowed: frozenset[str] = field(default_factory=frozenset)
    targets: tuple[Address, ...] = ()
    replaces: tuple[Address, ...] = ()
    started_in: str = ""
    """The folder of -C as it was given; `folder` is "." once the run is in it."""
    flags: set[str] = field(default_factory=set)
    """What stands on the command line: no variable changes it any more."""


def settings() -> Settings:
    """Those of the running command."""
    return settings_of(click.get_current_context())


def settings_of(context: click.Context) -> Settings:
    """Those of a context's command line, made at the first question."""
    root = context.find_root()
    if not isinstance(root.obj, Settings):
        root.obj = Settings()
    return root.obj


def _store(context: click.Context, parameter: click.Parameter, value: Any) -> Any:
    """A flag beats its variable wherever it stands: the group is read before its command, each with both."""
    name, known = parameter.name or "", settings_of(context)
    source = context.get_parameter_source(name)
    if source is ParameterSource.COMMANDLINE:
        if value == "":
            raise click.BadParameter("it is empty; leave it out instead.", context, parameter)
        known.flags.add(name)
    elif source is ParameterSource.DEFAULT or name in known.flags:
        return value
    setattr(known, name, value)
    if name == "folder":
        known.started_in = value
    return value


def common_option(*names: str, **attributes: Any) -> Callable[[F], F]:
    """An option whose value goes into the Settings, wherever on the line it stands."""
    return click.option(*names, expose_value=False, callback=_store, is_eager=True, **attributes)


def common(command: F) -> F:
    """-C, --workspace, --lock, --emulator, --color, --parallelism, -v."""
    decorators = [
        common_option(
            "-C", "--chdir", "folder", metavar="FOLDER", envvar="TUNEFORM_CHDIR", help="Run as if started there."
        ),
        common_option("--workspace", metavar="NAME", envvar="TUNEFORM_WORKSPACE", help="Use tuneform.NAME.yaml."),
        common_option("--lock", metavar="PATH", envvar="TUNEFORM_LOCK", help="Use another lock."),
        common_option(
            "--emulator",
            metavar="[=URL]",
            envvar="TUNEFORM_EMULATOR",
            help="Talk to the embedded emulator, or to a served one.",
        ),
        common_option(
            "--color",
            type=click.Choice(["auto", "always", "never"]),
            envvar="TUNEFORM_COLOR",
            help="Colour; NO_COLOR and FORCE_COLOR are honoured.",
        ),
        common_option(
            "--parallelism",
            type=click.IntRange(1, 64),
            envvar="TUNEFORM_PARALLELISM",
            help="How many reads at once. [8]",
        ),
        common_option(
            "-v", "--verbose", is_flag=True, envvar="TUNEFORM_VERBOSE", help="Show unchanged models and more."
        ),
    ]
    for decorate in reversed(decorators):
        command = decorate(command)
    return command
