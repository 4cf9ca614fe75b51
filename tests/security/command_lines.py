"""Every command of the command line, in every format it has."""

from __future__ import annotations

from collections.abc import Iterator

import click

from reconciler.cli.main import COMMANDS, tuneform

ARGUMENTS: dict[str, list[list[str]]] = {
    "init": [[]],
    "plan": [[], ["--out", "saved/plan.json"], ["--json-into", "saved/again.json"], ["--replace", "gemini/numbers"]],
    "apply": [["--yes"], ["--yes", "--replace", "vertex/router"]],
    "show": [["vertex/router"], ["gemini/numbers"], ["gemini/letters"]],
    "rollback": [["vertex/router", "--yes"]],
    "promote": [["vertex/router", "--yes"]],
    "history": [["vertex/router"], ["gemini/numbers"]],
    "cancel": [["vertex/router", "--yes"]],
    "destroy": [["gemini/letters", "--yes"]],
    "import": [["--all"]],
    "verify": [["--read-only"]],
    "convert": [["asked/tune.py"], ["asked/tune.py", "--out", "saved/converted.yaml"]],
    "forget": [["gemini/letters", "--yes"]],
    "metrics": [["vertex/router"], ["vertex/router", "gemini/numbers", "--all-attempts"]],
    "reward": [["vertex/router"]],
    "report": [[], ["--into", "saved/report.html"]],
    "state show": [["vertex/router"]],
    "state mv": [["vertex/router", "vertex/sorter", "--yes"], ["vertex/sorter", "vertex/router", "--yes"]],
    "state rm": [["gemini/absent", "--yes"]],
    "state push": [["theirs.lock", "--yes"]],
    "lock merge": [["theirs.lock"]],
    "lock unlock": [["holder"]],
    "gc": [[], ["--yes"]],
    "models migrate": [["vertex/router"]],
    "schema": [["plan"]],
    "explain": [["vertex.spec"]],
    "completion": [["bash"]],
}
"""Words behind a command; one that is not here stands alone. Those that are asked for text are left out."""

LEFT_OUT = ("prompt", "emulator", "demo", "dataset")
"""`prompt` and `dataset` show what was asked for; `emulator` serves until it is ended, and `demo` has its own specs."""


def commands() -> Iterator[tuple[str, click.Command]]:
    """By full name, groups taken apart."""
    context = click.Context(tuneform)
    for name in COMMANDS:
        command = tuneform.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from ((f"{name} {sub}", found) for sub, found in command.commands.items())
        else:
            yield name, command


def formats(command: click.Command) -> list[list[str]]:
    """`--format X` for each that it has."""
    kinds = [p.type for p in command.params if "--format" in p.opts]
    choices = [choice for kind in kinds if isinstance(kind, click.Choice) for choice in kind.choices]
    return [["--format", str(choice)] for choice in choices] or [[]]


def command_lines() -> list[list[str]]:
    """In the order of COMMANDS, which is that of use."""
    return [
        [*name.split(), *words, *form, *loud]
        for name, command in commands()
        if not name.startswith(LEFT_OUT)
        for words in ARGUMENTS.get(name, [[]])
        for form in formats(command)
        for loud in ([[], ["-v"]] if any("-v" in p.opts for p in command.params) else [[]])
    ]
