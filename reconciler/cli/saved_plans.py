"""A saved plan: what it was made of, and whether this run may carry it out. It is never trusted further than that."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli.command_line import command_line
from reconciler.cli.run_plan import made_with
from reconciler.cli.sessions import enter_folder
from reconciler.core.change import Plan
from reconciler.core.codes_plan import plan_diagnostic
from reconciler.core.diagnostics import ReconcilerError, Severity
from reconciler.core.model import Address
from reconciler.files.bounds import PLAN, TooLargeError, bytes_of
from reconciler.session.sessions import LockSession

if TYPE_CHECKING:
    from reconciler.render.plan_records import MadeWithRecord


def open_saved(path: str) -> Plan:
    """The plan in the file, and this run's settings as those that it was made with; other ones are wrong usage."""
    from reconciler.render.json_plan import saved_plan

    enter_folder(command_line())
    try:
        text = bytes_of(path, PLAN, takes_pipe=True).decode()
    except TooLargeError as exc:
        raise ReconcilerError(
            plan_diagnostic("PLAN112", Severity.ERROR, f"{path}: {exc.strerror}.", fix=exc.fix)
        ) from exc
    except (OSError, UnicodeDecodeError) as exc:
        detail = f"{path}: {getattr(exc, 'strerror', None) or exc}."
        raise ReconcilerError(
            plan_diagnostic("PLAN112", Severity.ERROR, detail, fix="Save one with `plan --out`.")
        ) from exc
    plan, options = saved_plan(text)
    _take_over(path, options)
    return plan


def _take_over(path: str, options: MadeWithRecord) -> None:
    """What decides what it is about is the plan's. Where it is to be allowed something, that is said here."""
    chosen, given = command_line(), made_with()
    for name, flag in _CARRIED:
        here, there = getattr(given, name), getattr(options, name)
        if here and here != there:
            problem = (
                f"{path} was made {'without' if not there else 'with another'} {flag}; leave it out, or plan anew."
            )
            raise click.UsageError(problem)
    chosen.files, chosen.prune = options.files, options.prune
    chosen.targets = tuple(map(Address.parse, options.targets))
    chosen.replaces = tuple(map(Address.parse, options.replace))
    chosen.excluded = tuple(map(Address.parse, options.exclude))
    chosen.destroys = options.destroy


_CARRIED = (
    ("files", "-f"),
    ("prune", "--prune"),
    ("targets", "--target"),
    ("replace", "--replace"),
    ("exclude", "--exclude"),
)
"""Options of a plan that `apply` has as well, and their names among what a plan was made with."""


def refuse_another_run(path: str, saved: Plan, now: LockSession) -> None:
    """Raise ReconcilerError (PLAN109) where workspace, target or lock are others than the plan's."""
    lineage = now.world.store.read().lineage
    pairs = (
        ("workspace", saved.workspace, now.banner.workspace),
        ("target", saved.target, now.banner.target),
        ("lock", saved.lineage, lineage),
    )
    for what, theirs, ours in pairs:
        if theirs and ours and theirs != ours:
            detail = f"{path} is a plan of {what} {theirs}; this run's is {ours}."
            fix = "Give the options that it was made with (--workspace, --emulator, --lock, -C), or plan anew."
            raise ReconcilerError(plan_diagnostic("PLAN109", Severity.ERROR, detail, fix=fix))
