"""What --help says, in the order in which it is wanted, and what a word that is not known may have meant."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import click

from reconciler.core import exits

_ENDS: dict[str, tuple[int, ...]] = {
    "plan": (exits.CHANGES, exits.REFUSED, exits.STILL_RUNNING),
    "apply": (exits.REFUSED, exits.STILL_RUNNING, exits.INCONCLUSIVE),
    "wait": (exits.REFUSED, exits.STILL_RUNNING, exits.INCONCLUSIVE),
    "rollback": (exits.STILL_RUNNING,),
    "promote": (exits.REFUSED, exits.STILL_RUNNING, exits.INCONCLUSIVE),
    "cancel": (exits.REFUSED, exits.STILL_RUNNING),
    "destroy": (exits.REFUSED, exits.STILL_RUNNING),
    "import": (exits.REFUSED, exits.STILL_RUNNING),
    "gate": (exits.REFUSED, exits.STILL_RUNNING, exits.INCONCLUSIVE),
    "gc": (exits.CHANGES, exits.REFUSED, exits.STILL_RUNNING),
    **dict.fromkeys(("status", "show", "history", "query", "doctor"), (exits.STILL_RUNNING,)),
    **dict.fromkeys(("prompt", "output", "metrics", "forget", "notify"), (exits.STILL_RUNNING,)),
    **dict.fromkeys(("check", "stats", "convert", "split", "merge", "unlock"), (exits.STILL_RUNNING,)),
    **dict.fromkeys(("list", "mv", "rm", "pull", "push"), (exits.STILL_RUNNING,)),
}
"""By command, the exit codes beside 0, 1 and 64."""
_SHORT = {
    exits.OK: "done",
    exits.FAILED: "failed",
    exits.CHANGES: "changes, with --detailed-exitcode",
    exits.REFUSED: "refused",
    exits.STILL_RUNNING: "still running, or out of time",
    exits.INCONCLUSIVE: "the gate could not tell",
    exits.USAGE: "wrong usage",
}

_SAME_WORD = {
    "get": "status",
    "describe": "show",
    "inspect": "show",
    "list": "status",
    "mv": "state",
    "ls": "status",
    "ps": "status",
    "inventory": "query",
    "resources": "query",
    "search": "query",
    "diff": "plan",
    "preview": "plan",
    "dry-run": "plan",
    "dryrun": "plan",
    "check": "validate",
    "lint": "validate",
    "retry": "plan",
    "rerun": "plan",
    "undo": "plan",
    "sync": "apply",
    "refresh": "plan",
    "create": "apply",
    "update": "apply",
    "train": "apply",
    "up": "apply",
    "deploy": "apply",
    "run": "apply",
    "delete": "destroy",
    "remove": "destroy",
    "rm": "destroy",
    "down": "destroy",
    "resume": "wait",
    "watch": "status",
    "logs": "show",
    "log": "history",
    "events": "history",
    "alert": "notify",
    "webhook": "notify",
    "format": "fmt",
    "docs": "explain",
    "man": "help",
    "completions": "completion",
    "autocomplete": "completion",
    "outputs": "output",
    "eval": "gate",
    "test": "gate",
    "ask": "prompt",
    "generate": "prompt",
    "new": "init",
    "clean": "gc",
    "prune": "gc",
}
"""What others call it."""
_LOOKING = frozenset(
    {
        *("validate", "explain", "plan", "status", "show", "history", "query", "gate", "prompt", "output", "metrics"),
        "doctor",
        *("dataset", "models", "policy", "schema", "version", "help", "completion"),
    }
)
"""Commands that change nothing by themselves: what a suggestion may be. Of any other its help is named, to be read."""
_CHANGING_OPTIONS = frozenset({"--yes", "--prune", "--replace", "--all", "--checksum"})
_OTHER_OPTION = {
    **dict.fromkeys(("--dry-run", "--dryrun", "--preview", "--what-if", "--noop", "--check"), "plan"),
    **dict.fromkeys(("--watch", "--follow"), "status"),
}
_NEAR, _SURE = 0.6, 0.8
"""How much alike a word must be; more where it changes something: a slip of the fingers, not another word."""


class PermissionOption(click.Option):
    """One of --allow-…: under a heading of their own."""


class CommonOption(click.Option):
    """One that every command has: at the end."""


class Command(click.Command):
    """With its own options first, permissions and common ones under headings, and how it ends."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Three lists."""
        found = [p for p in self.get_params(ctx) if isinstance(p, click.Option)]
        common = [p for p in found if isinstance(p, CommonOption) or p.name == "help"]
        allows = [p for p in found if isinstance(p, PermissionOption)]
        own = [p for p in found if p not in common and p not in allows]
        for title, options in (("Options", own), ("Permissions", allows), ("Common options", common)):
            rows = [row for option in options if (row := option.get_help_record(ctx))]
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """How it ends, then the examples."""
        codes = sorted({exits.OK, exits.FAILED, exits.USAGE, *_ENDS.get(self.name or "", ())})
        formatter.write_paragraph()
        formatter.write_text(f"Exit codes: {', '.join(f'{code} {_SHORT[code]}' for code in codes)}.")
        super().format_epilog(ctx, formatter)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """An unknown option gets none named that would change something else than was meant."""
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as exc:
            raise _without_surprise(exc, ctx) from exc


class Group(Command, click.Group):
    """The same for a command with commands below it."""

    command_class = Command

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Options, then commands."""
        Command.format_options(self, ctx, formatter)
        self.format_commands(ctx, formatter)


def command(name: str | None = None, **attributes: Any) -> Callable[[Callable[..., Any]], Command]:
    """click.command with the help of this program."""
    return click.command(name, cls=Command, **attributes)


def group(name: str | None = None, **attributes: Any) -> Callable[[Callable[..., Any]], Group]:
    """click.group with the help of this program."""
    return click.group(name, cls=Group, **attributes)


def near_command(word: str, known: Iterable[str]) -> str:
    """What to type instead, or "": a command that looks, or `help` of one that changes something."""
    known = list(known)
    meant = _SAME_WORD[word] if word in _SAME_WORD else _nearest(word, known, frozenset(known) - _LOOKING)
    return meant if meant in _LOOKING or not meant else f"help {meant}"


def _nearest(word: str, known: Sequence[str], changing: frozenset[str]) -> str:
    for name in difflib.get_close_matches(word, known, n=3, cutoff=_NEAR):
        likeness = difflib.SequenceMatcher(None, word, name).ratio()
        if name not in changing or likeness >= _SURE:
            return name
    return ""


def _without_surprise(exc: click.NoSuchOption, ctx: click.Context) -> click.NoSuchOption:
    if exc.option_name in _OTHER_OPTION:
        message = f"No such option: {exc.option_name}. Did you mean `tuneform {_OTHER_OPTION[exc.option_name]}`?"
        return click.NoSuchOption(exc.option_name, message, ctx=ctx)
    changing = _CHANGING_OPTIONS | {name for name in exc.possibilities or () if name.startswith("--allow-")}
    near = _nearest(exc.option_name, list(exc.possibilities or ()), frozenset(changing))
    return click.NoSuchOption(exc.option_name, possibilities=[near] if near else None, ctx=ctx)
