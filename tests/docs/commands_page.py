"""docs/reference/commands.md and environment.md: from the options that click knows."""

from __future__ import annotations

import click

from reconciler.cli.main import COMMANDS, tuneform
from reconciler.cli.options import common, spec_options
from tests.docs.sections import table

_SEE_COMMON = "Also takes the [common options](#common-options)"


def commands() -> str:
    """Every command: what it does, its arguments and options, examples."""
    shared = {option.name for option in _options(_bare(common, spec_options))}
    return "\n".join(_command(name, shared) for name in COMMANDS)


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


def _command(name: str, shared: set[str | None]) -> str:
    command = command_named(name)
    context = click.Context(command, info_name=f"tuneform {name}")
    pieces = [f"### {name}\n", f"{' '.join((command.help or '').split())}\n"]
    pieces.append(f"```text\n{context.command_path} {' '.join(command.collect_usage_pieces(context))}\n```\n")
    own = [option for option in _options(command) if option.name not in shared]
    if own:
        pieces.append(_table(own))
    has_specs = any(option.name == "prune" for option in _options(command))
    more = " and [those that choose specs](#options-that-choose-specs)" if has_specs else ""
    pieces.append(f"{_SEE_COMMON}{more}.\n")
    pieces.append(f"```bash\n{_examples(command)}\n```\n")
    return "\n".join(pieces)


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
    return " ".join((text or "").split())


def _default(option: click.Option) -> str:
    return f" Default: `{option.default}`." if option.show_default and option.default is not None else ""
