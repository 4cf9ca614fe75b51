"""What the command line and the environment say of the whole run. Imports click alone: --help needs no more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

from reconciler.cli.help import CommonOption
from reconciler.core.durations import ADVICE, duration_s
from reconciler.session.settings import Settings

if TYPE_CHECKING:
    from reconciler.core.model import Address


class DurationType(click.ParamType):  # type: ignore[type-arg]  # generic in the newest click only
    """`90s`, `1h30m`; a bare number is seconds."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Seconds."""
        if isinstance(value, int | float):
            return float(value)
        text = str(value).strip()
        is_number = text.isascii() and text.replace(".", "", 1).isdigit()
        seconds = duration_s(f"{text}s" if is_number else text)
        if seconds is None:
            self.fail(f"{value!r} is not a duration. {ADVICE}", param, ctx)
        return seconds


DURATION = DurationType()
F = TypeVar("F", bound=Callable[..., Any])


@dataclass(slots=True)
class CommandLine:
    """What the command line and the environment said, collected option by option; a session gets it as a value."""

    folder: str = "."
    workspace: str | None = None
    lock: str | None = None
    emulator: str | None = None
    color: str = "auto"
    parallelism: int = Settings().parallelism
    verbose: bool = False
    timeout_s: float | None = None
    """--timeout; None where the command's own counts."""
    files: tuple[str, ...] = ()
    prune: bool = False
    allowed: frozenset[str] = field(default_factory=frozenset)
    form: str = ""
    """--format before the command, or TUNEFORM_FORMAT; "" where the command's own counts."""
    targets: tuple[Address, ...] = ()
    replaces: tuple[Address, ...] = ()
    excluded: tuple[Address, ...] = ()
    destroys: bool = False
    """--destroy, of plan, or the command."""
    actor: str = ""
    run_url: str = ""
    """--actor and --run-url, or their variables; "" where the pipeline's own count."""
    started_in: str = ""
    """The folder of -C as it was given; `folder` is "." once the run is in it."""
    flags: set[str] = field(default_factory=set)
    """What stands on the command line: no variable changes it any more."""

    def settings(self) -> Settings:
        """What of it a session is opened with."""
        return Settings(
            folder=self.folder,
            workspace=self.workspace,
            lock=self.lock,
            emulator=self.emulator,
            parallelism=self.parallelism,
            timeout_s=self.timeout_s,
            files=self.files,
            prune=self.prune,
            actor=self.actor,
            run_url=self.run_url,
        )


def embedded_alone(words: Sequence[str]) -> list[str]:
    """`--emulator` alone means the embedded one; click would take the next word for its value."""
    return ["--emulator=embedded" if word == "--emulator" else word for word in words]


def command_line() -> CommandLine:
    """That of the running command."""
    return command_line_of(click.get_current_context())


def command_line_of(context: click.Context) -> CommandLine:
    """That of a context, made at the first question."""
    root = context.find_root()
    if not isinstance(root.obj, CommandLine):
        root.obj = CommandLine()
    return root.obj


def _store(context: click.Context, parameter: click.Parameter, value: Any) -> Any:
    """A flag beats its variable wherever it stands: the group is read before its command, each with both."""
    name, known = parameter.name or "", command_line_of(context)
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
    """An option whose value goes into the CommandLine, wherever on the line it stands."""
    kind = attributes.pop("cls", CommonOption)
    return click.option(*names, cls=kind, expose_value=False, callback=_store, is_eager=True, **attributes)


def common(command: F) -> F:
    """-C, --workspace, --lock, --emulator, --timeout, --color, --parallelism, -v."""
    return some_common("folder", "workspace", "lock", "emulator", "timeout_s", "color", "parallelism", "verbose")(
        command
    )


def some_common(*names: str) -> Callable[[F], F]:
    """Those of them that mean something to a command that talks to nobody."""

    def decorated(command: F) -> F:
        for name, decorate in reversed(_common_options().items()):
            command = decorate(command) if name in names else command
        return command

    return decorated


def _common_options() -> dict[str, Callable[[F], F]]:
    return {
        "folder": common_option(
            "-C", "--chdir", "folder", metavar="FOLDER", envvar="TUNEFORM_CHDIR", help="Run as if started there."
        ),
        "workspace": common_option(
            "--workspace", metavar="NAME", envvar="TUNEFORM_WORKSPACE", help="Use tuneform.NAME.yaml."
        ),
        "lock": common_option("--lock", metavar="PATH", envvar="TUNEFORM_LOCK", help="Use another lock."),
        "emulator": common_option(
            "--emulator",
            metavar="[=URL]",
            envvar="TUNEFORM_EMULATOR",
            help="Talk to the embedded emulator, or to a served one.",
        ),
        "timeout_s": common_option(
            "--timeout",
            "timeout_s",
            type=DURATION,
            metavar="DURATION",
            envvar="TUNEFORM_TIMEOUT",
            help="End after this long, like 90s or 1h30m, with 4. "
            "[30m; destroy, cancel, rollback, promote, forget, import and gc: 6h; apply and wait: as long as it takes]",
        ),
        "color": common_option(
            "--color",
            type=click.Choice(["auto", "always", "never"]),
            envvar="TUNEFORM_COLOR",
            help="Colour; NO_COLOR and FORCE_COLOR are honoured.",
        ),
        "parallelism": common_option(
            "--parallelism",
            type=click.IntRange(1, 64),
            envvar="TUNEFORM_PARALLELISM",
            help="How many reads at once. [8]",
        ),
        "verbose": common_option(
            "-v", "--verbose", is_flag=True, envvar="TUNEFORM_VERBOSE", help="Show unchanged models and more."
        ),
    }
