"""docs/reference/commands.md and environment.md: from the options that click knows."""

from __future__ import annotations

from collections.abc import Iterator

import click

from reconciler.cli.main import COMMANDS, tuneform
from reconciler.cli.options import common, spec_options
from tests.docs.sections import table

_PLANNED = ("import", "metrics", "output", "rollback", "report", "state", "lock merge", "lock unlock", "doctor", "gc")


def commands() -> str:
    """Every command: what it does, its arguments and options, examples."""
    return "\n".join(piece for name in COMMANDS for piece in _pieces(name, command_named(name)))


def missing() -> str:
    """What is planned and not there."""
    there = {" ".join(words) for words in _paths()}
    names = [f"`{name}`" for name in _PLANNED if name not in there]
    return f"Planned, and not there yet: {', '.join(names)}.\n" if names else "Every planned command is there.\n"


def common_options() -> str:
    """The options of nearly every command."""
    return _table(_options(_bare(common)))


def spec_choice() -> str:
    """The options that choose specs."""
    return _table(_options(_bare(spec_options)))


def variables() -> str:
    """Every option that the environment can set."""
    rows = [
        (f"`{option.envvar}`", f"`{_longest(option)}`", _sentence(option.help))
        for option in _options(_bare(common))
        if option.envvar
    ]
    return table(["Variable", "Same as", "What it does"], rows)


def command_named(name: str) -> click.Command:
    """The click command."""
    found = tuneform.get_command(click.Context(tuneform), name)
    assert found is not None
    return found


def _bare(*decorators: object) -> click.Command:
    def nothing() -> None:
        """Do nothing."""

    for decorate in decorators:
        nothing = decorate(nothing)  # type: ignore[operator]
    return click.command()(nothing)


def _paths() -> Iterator[tuple[str, ...]]:
    for name in COMMANDS:
        yield (name,)
        yield from ((name, below) for below in _below(command_named(name)))


def _below(command: click.Command) -> dict[str, click.Command]:
    return dict(command.commands) if isinstance(command, click.Group) else {}


def _pieces(name: str, command: click.Command) -> Iterator[str]:
    context = click.Context(command, info_name=f"tuneform {name}")
    yield f"### {name}\n\n{_sentence(command.help)}\n"
    yield f"```text\n{context.command_path} {' '.join(command.collect_usage_pieces(context))}\n```\n"
    shared = {option.name for option in _options(_bare(common, spec_options))}
    own = [option for option in _options(command) if option.name not in shared]
    if own:
        yield _table(own)
    yield from _shared_options(command)
    if examples := _examples(command):
        yield f"```bash\n{examples}\n```\n"
    for below, subcommand in _below(command).items():
        yield from _pieces(f"{name} {below}", subcommand)


def _shared_options(command: click.Command) -> Iterator[str]:
    names = {option.name for option in _options(command)}
    links = []
    if "folder" in names:
        links.append("the [common options](#common-options)")
    if "prune" in names:
        links.append("[those that choose specs](#options-that-choose-specs)")
    if links:
        yield f"Also takes {' and '.join(links)}.\n"


def _examples(command: click.Command) -> str:
    lines = (command.epilog or "").splitlines()
    return "\n".join(line.strip() for line in lines if line.strip() and line.strip() not in ("\b", "Examples:"))


def _options(command: click.Command) -> list[click.Option]:
    return [parameter for parameter in command.params if isinstance(parameter, click.Option)]


def _table(options: list[click.Option]) -> str:
    return table(["Option", "What it does"], [(_spelling(o), _sentence(o.help) + _default(o)) for o in options])


def _spelling(option: click.Option) -> str:
    names = ", ".join(f"`{name}`" for name in option.opts)
    if option.is_flag:
        return names
    metavar = option.make_metavar(click.Context(click.Command("any")))
    return f"{names} `{metavar}`"


def _longest(option: click.Option) -> str:
    return max(option.opts, key=len)


def _sentence(text: str | None) -> str:
    return " ".join((text or "").replace("\b", "").split())


def _default(option: click.Option) -> str:
    return f" Default: `{option.default}`." if option.show_default and option.default is not None else ""
