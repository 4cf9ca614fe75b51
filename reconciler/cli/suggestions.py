"""Which options of a run the commands that it suggests repeat. A permission to change things is never among them.

Only `apply --checksum`, which names the very plan that this run has shown, repeats what that plan was made with and
allowed to do: another plan has another checksum.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from reconciler.cli.command_line import CommandLine
from reconciler.render.commands import Complete

_SOURCE, _PLACE, _LOCK, _TARGET = "-C", "--workspace", "--lock", "--emulator"
_RUN = (_SOURCE, _PLACE, _LOCK, _TARGET)
_SPECS = (*_RUN, "--file")
_WHOLE = (*_SPECS, "--prune")
_PLAN = (*_WHOLE, "--target")

REPEATED: dict[str, tuple[str, ...]] = {
    "init": (_SOURCE,),
    "validate": (_SOURCE, _PLACE, "--file"),
    "fmt": (_SOURCE,),
    "plan": _PLAN,
    "apply": _PLAN,
    "wait": _SPECS,
    "status": _SPECS,
    "show": _SPECS,
    "history": _RUN,
    "notify": _SPECS,
    "query": _RUN,
    "verify": _RUN,
    "cancel": _RUN,
    "destroy": _SPECS,
    "import": _SPECS,
    "convert": (_SOURCE, _PLACE),
    "rollback": _RUN,
    "promote": _RUN,
    "forget": _RUN,
    "gate": _PLAN,
    "prompt": _RUN,
    "reward": _SPECS,
    "output": _RUN,
    "metrics": _RUN,
    "report": _WHOLE,
    "state list": _RUN,
    "state show": _RUN,
    "state mv": _RUN,
    "state rm": _RUN,
    "state pull": _RUN,
    "state push": _RUN,
    "lock merge": _RUN,
    "lock unlock": _RUN,
    "gc": _RUN,
    "doctor": _WHOLE,
    "dataset check": (_SOURCE, _PLACE, _TARGET),
    "dataset stats": (_SOURCE, _PLACE, _TARGET),
    "dataset convert": (_SOURCE,),
    "dataset split": (_SOURCE,),
    "dataset diff": (_SOURCE, _PLACE, _TARGET),
    "policy test": (_SOURCE, _PLACE),
    "policy list": (_SOURCE, _PLACE),
    "models": (_SOURCE, _PLACE),
    "models migrate": (_SOURCE, _PLACE, "--file"),
}
"""By subcommand, what it repeats of the run where it means the same: a test holds it against the commands."""

_SHORT = {"--file": "-f"}


def completion(chosen: CommandLine) -> Complete:
    """For one run; asked when something is shown, so that all of its command line is known."""
    return partial(_completed, chosen)


def _completed(chosen: CommandLine, words: tuple[str, ...]) -> tuple[str, ...]:
    if chosen.destroys and words[:2] == ("apply", "--checksum"):
        words = ("destroy", *(map(str, chosen.targets) if chosen.targets else ("--all",)), *words[1:])
    name = " ".join(words[:2]) if " ".join(words[:2]) in REPEATED else words[0]
    repeated = [option for option in REPEATED.get(name, ()) if option != _TARGET or _asks_a_cloud(words)]
    options = [word for option in repeated if not _has(words, option) for word in _words(chosen, option)]
    if _has(words, "--checksum"):
        options += _of_this_plan(chosen)
    return (*words, *options)


def _asks_a_cloud(words: tuple[str, ...]) -> bool:
    """A local file is checked without any target."""
    return words[0] != "dataset" or any("gs://" in word for word in words)


def _has(words: tuple[str, ...], option: str) -> bool:
    names = (option, _SHORT.get(option, option), "--chdir" if option == _SOURCE else option)
    return any(word == name or word.startswith(f"{name}=") for word in words for name in names)


def _words(chosen: CommandLine, option: str) -> Iterator[str]:
    match option:
        case "-C":
            yield from _valued(option, chosen.started_in)
        case "--workspace":
            yield from _valued(option, chosen.workspace)
        case "--lock":
            yield from _valued(option, chosen.lock)
        case "--emulator":
            yield from _emulator(chosen.emulator)
        case "--file":
            yield from (word for path in chosen.files for word in ("-f", path))
        case "--prune":
            yield from ("--prune",) * chosen.prune
        case "--target":
            yield from (word for address in chosen.targets for word in ("--target", str(address)))
        case _:
            raise AssertionError(option)


def _valued(option: str, value: str | None) -> Iterator[str]:
    """`--lock=-x` where the value looks like an option."""
    if value:
        yield from (f"{option}={value}",) if value.startswith("-") and option != _SOURCE else (option, value)


def _emulator(value: str | None) -> Iterator[str]:
    if value:
        yield "--emulator" if value == "embedded" else f"--emulator={value}"


def _of_this_plan(chosen: CommandLine) -> list[str]:
    replaces = [word for address in chosen.replaces for word in ("--replace", str(address))]
    replaces += [word for address in chosen.excluded for word in ("--exclude", str(address))]
    return [*replaces, *(f"--allow-{kind}" for kind in sorted(chosen.allowed))]
