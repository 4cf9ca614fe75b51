"""The plan of this command line: derived, with its permissions, in the form that was asked for."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from reconciler.cli.console import style_for
from reconciler.cli.options import command_line
from reconciler.cli.repository_paths import from_repository, path_from_repository
from reconciler.core.change import Plan
from reconciler.core.checks import Permissions
from reconciler.core.diagnostics import Diagnostic
from reconciler.session.sessions import DataSession, LockSession
from reconciler.workflow.planning import Planned, make_destroy_plan

if TYPE_CHECKING:
    from reconciler.render.markdown.sheet import Room
    from reconciler.render.plan_records import MadeWithRecord

_ANCHOR = "tuneform.yaml"
"""Where what has no place of its own is shown."""


def derive(now: DataSession) -> Planned:
    """The plan of this command line, with what loading warned of."""
    chosen = command_line()
    targets, exclude = frozenset(chosen.targets), frozenset(chosen.excluded)
    if chosen.destroys:
        return make_destroy_plan(now.world, now.declared, targets, permissions(now), exclude)
    return now.plan(targets or None, frozenset(chosen.replaces), chosen.allowed, exclude)


def reviewed(now: LockSession, planned: Planned) -> Planned:
    """The same with what a reviewer wants to know: of data, of money before, of age. For a plan that is shown."""
    from reconciler.workflow.reviewing import for_review

    return for_review(now.world, planned)


def permissions(now: LockSession) -> Permissions:
    """The flags of this command line and the workspace's dated lines."""
    return Permissions.of(command_line().allowed, now.world.workspace, now.world.today)


def in_form(form: str, plan: Plan, now: LockSession, room: str = "comment") -> str:
    """The plan as asked for."""
    match form:
        case "json":
            from reconciler.render.json_plan import plan_to_json

            return plan_to_json(plan, now.banner, made_with())
        case "markdown":
            from reconciler.render.markdown.sheet import ROOMS

            return as_markdown(plan, now, ROOMS[room])
        case "text":
            from reconciler.render.terminal.plan import render_plan

            return render_plan(plan, now.banner, style_for(sys.stdout), verbose=command_line().verbose)
        case _:
            return _of_a_code_host(form, plan)


def _of_a_code_host(form: str, plan: Plan) -> str:
    if form == "junit":
        from reconciler.render.junit import plan_report

        return plan_report(plan)
    if form == "gitlab":
        from reconciler.render.gitlab import change_counts

        return change_counts(plan)
    said, anchor = from_repository(_said(plan)), path_from_repository(_ANCHOR)
    match form:
        case "github":
            from reconciler.render.github import annotations

            return annotations(said)
        case "sarif":
            from reconciler.render.sarif import sarif_report
            from reconciler.version import __version__

            return sarif_report(said, version=__version__, anchor=anchor)
        case _:
            from reconciler.render.gitlab import code_quality

            return code_quality(said, anchor=anchor)


def as_markdown(plan: Plan, now: LockSession, room: Room) -> str:
    """For a place with so much room."""
    from reconciler.render.markdown.plan import render_plan as markdown_plan

    return markdown_plan(plan, now.banner, room=room)


def made_with() -> MadeWithRecord:
    """What of the command line decides what its plan is about."""
    from reconciler.render.plan_records import MadeWithRecord

    chosen = command_line()
    return MadeWithRecord(
        files=chosen.files,
        prune=chosen.prune,
        targets=tuple(map(str, chosen.targets)),
        replace=tuple(map(str, chosen.replaces)),
        exclude=tuple(map(str, chosen.excluded)),
        destroy=chosen.destroys,
    )


def refuse_contraries() -> None:
    """Options that say of one plan what cannot be at once are wrong usage."""
    chosen = command_line()
    if chosen.excluded and chosen.targets and not chosen.destroys:
        raise click.UsageError("--target and --exclude contradict each other: say what is meant, or what is not.")
    if chosen.replaces and chosen.destroys:
        raise click.UsageError("--destroy trains nothing: leave --replace out.")
    both = sorted(map(str, {*chosen.excluded} & {*chosen.replaces, *chosen.targets}))
    if both:
        raise click.UsageError(f"{', '.join(both)} is asked for, and excluded.")


def _said(plan: Plan) -> list[Diagnostic]:
    return [*plan.diagnostics, *(note for c in plan.changes for note in c.notes)]
