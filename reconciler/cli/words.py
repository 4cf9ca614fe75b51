"""Makes data/words.json: what each command takes, for completion. `python -m reconciler.cli.words` after an edit."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from reconciler.cli.main import COMMANDS, tuneform
from reconciler.cli.options import AddressType
from reconciler.files.explain import every_name

PATH = Path(__file__).parents[1] / "data" / "words.json"
_BY_NAME = {"folder": "folder", "workspace": "workspace", "field": "field"}
_PATHS = frozenset({"FILE", "PATH", "FOLDER", "[PLAN]", "FILES", "INPUT", "OUTPUT", "[FILE...]"})


def made() -> str:
    """The text of the table."""
    commands = {"": _words(tuneform, dict(COMMANDS)), **dict(_all())}
    return json.dumps({"commands": commands, "fields": list(every_name())}, indent=1) + "\n"


def _all() -> Iterator[tuple[str, dict[str, Any]]]:
    context = click.Context(tuneform)
    for name in COMMANDS:
        command = tuneform.get_command(context, name)
        assert command is not None, "every name has its command"
        below = dict(command.commands) if isinstance(command, click.Group) else {}
        yield name, _words(command, {n: (c.help or "").strip().splitlines()[0] for n, c in below.items()})
        yield from ((f"{name} {n}", _words(c, {})) for n, c in below.items())


def _words(command: click.Command, commands: dict[str, str]) -> dict[str, Any]:
    options = [p for p in command.params if isinstance(p, click.Option)]
    arguments = [p for p in command.params if isinstance(p, click.Argument)]
    return {
        "options": {
            **{name: None if o.is_flag else _kind(o) for o in options for name in o.opts},
            "--help": None,
        },
        "arguments": [[*COMMANDS] if command.name == "help" else _kind(a) for a in arguments],
        "more": any(a.nargs == -1 for a in arguments),
        "commands": commands,
    }


def _kind(parameter: click.Parameter) -> Any:
    if isinstance(parameter.type, click.Choice):
        return list(parameter.type.choices)
    if isinstance(parameter.type, AddressType):
        return "address"
    if isinstance(parameter.type, click.Path | click.File):
        return "path"
    name = parameter.name or ""
    is_path = (parameter.metavar or name.upper()) in _PATHS
    return _BY_NAME.get(name, "path" if is_path else "")


if __name__ == "__main__":
    PATH.write_text(made(), encoding="utf-8")
