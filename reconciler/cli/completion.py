"""What a shell is told when somebody presses Tab: from files that lie here, at once, and never a word of trouble.

No command is imported: what each takes stands in a table (data/words.json), which cli/words.py makes of them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from typing import Any, NamedTuple

import click
from click.shell_completion import BashComplete, CompletionItem, FishComplete, ShellComplete, ZshComplete

from reconciler.core import exits

VARIABLE = "_TUNEFORM_COMPLETE"
"""Set by the scripts, such as `bash_complete`."""
SHELLS: dict[str, type[ShellComplete]] = {"bash": BashComplete, "zsh": ZshComplete, "fish": FishComplete}
_PLACES = {
    "-C": "TUNEFORM_CHDIR",
    "--workspace": "TUNEFORM_WORKSPACE",
    "--lock": "TUNEFORM_LOCK",
    "--emulator": "TUNEFORM_EMULATOR",
}
"""Options that say where addresses are looked for, and their variables."""


def script(shell: str) -> str:
    """What a shell evaluates to complete `tuneform …`."""
    # Not BashComplete.source, which runs bash to ask it for its version.
    return ShellComplete.source(_for(shell))


def complete(instruction: str) -> int:
    """Answer one Tab. Whatever goes wrong is silence: a shell would write it into what is being typed."""
    shell, _, _ = instruction.partition("_")
    try:
        known = _for(shell)
        words, incomplete = known.get_completion_args()
        found = _offered(_read(words), incomplete)
        click.echo("".join(f"{known.format_completion(item)}\n" for item in found), nl=False)
    except Exception:  # noqa: BLE001  # a traceback in the middle of a command line helps nobody
        return exits.FAILED
    return exits.OK


def _for(shell: str) -> ShellComplete:
    return SHELLS[shell](click.Command("tuneform"), {}, "tuneform", VARIABLE)


class CommandWords(NamedTuple):
    """What one command takes: a value is null for a flag, a list of choices, or the kind of what it names.

    The kinds are address, workspace, folder, path, field, and "" for what nobody can complete. `more` says that the
    last argument may be given several times.
    """

    options: Mapping[str, Any]
    arguments: list[Any]
    more: bool
    commands: Mapping[str, str]


def table() -> Mapping[str, Any]:
    """By full name, "" being tuneform itself; `fields` are all that `explain` knows."""
    text = resources.files("reconciler").joinpath("data", "words.json").read_text(encoding="utf-8")
    known: dict[str, Any] = json.loads(text)
    return known


@dataclass(slots=True)
class _Line:
    """What has been typed before the word in question."""

    table: Mapping[str, Any]
    command: str = ""
    pending: str = ""
    """An option that waits for its value."""
    arguments: int = 0
    given: dict[str, str] = field(default_factory=dict)

    @property
    def here(self) -> CommandWords:
        """What the command takes, the options of the whole program included."""
        own, root = CommandWords(**self.table["commands"][self.command]), CommandWords(**self.table["commands"][""])
        return own._replace(options={**root.options, **own.options})


def _read(words: Sequence[str]) -> _Line:
    line = _Line(table())
    for word in words:
        if line.pending:
            line.given[line.pending] = word
            line.pending = ""
        elif word.startswith("-") and word != "-":
            _option(line, word)
        elif word in line.here.commands:
            line.command = f"{line.command} {word}".strip()
        else:
            line.arguments += 1
    return line


def _option(line: _Line, word: str) -> None:
    name, has_value, value = word.partition("=")
    name = "-C" if name == "--chdir" else name
    if name == "--emulator":
        line.given[name] = value or "embedded"
    elif has_value:
        line.given[name] = value
    elif line.here.options.get(name) is not None:
        line.pending = name


def _offered(line: _Line, incomplete: str) -> list[CompletionItem]:
    here = line.here
    if line.pending:
        return _values(line, here.options[line.pending], incomplete)
    name, has_value, value = incomplete.partition("=")
    if has_value and name in here.options:
        return [CompletionItem(f"{name}={item.value}", item.type) for item in _values(line, here.options[name], value)]
    if incomplete.startswith("-"):
        return _starting(here.options, incomplete)
    if here.commands:
        return [CompletionItem(name, help=text) for name, text in here.commands.items() if name.startswith(incomplete)]
    kinds = [*here.arguments, *here.arguments[-1:] * (line.arguments if here.more else 0)]
    return _values(line, kinds[line.arguments], incomplete) if line.arguments < len(kinds) else []


def _starting(words: Iterable[str], incomplete: str) -> list[CompletionItem]:
    return [CompletionItem(word) for word in words if word.startswith(incomplete)]


def _values(line: _Line, kind: Any, incomplete: str) -> list[CompletionItem]:
    match kind:
        case "folder":
            return [CompletionItem(incomplete, type="dir")]
        case "path":
            return [CompletionItem(incomplete, type="file")]
        case _:
            return _starting(kind if isinstance(kind, list) else _known(line, kind), incomplete)


def _known(line: _Line, kind: str) -> Sequence[str]:
    match kind:
        case "address":
            return _addresses(line)
        case "workspace":
            from reconciler.files.nearby import workspaces_nearby

            return workspaces_nearby(_place(line, "-C") or ".")
        case "field":
            fields: list[str] = line.table["fields"]
            return fields
        case _:
            return []


def _addresses(line: _Line) -> list[str]:
    from reconciler.files.nearby import addresses_nearby

    folder, workspace, lock = (_place(line, option) for option in ("-C", "--workspace", "--lock"))
    return addresses_nearby(folder or ".", workspace, lock, is_embedded=_place(line, "--emulator") == "embedded")


def _place(line: _Line, option: str) -> str:
    return line.given.get(option) or os.environ.get(_PLACES[option], "")
