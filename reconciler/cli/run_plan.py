"""The plan of this command line: derived, with its permissions, in the form that was asked for."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from reconciler.cli.console import style_for
from reconciler.cli.options import command_line
from reconciler.cli.repository_paths import from_repository
from reconciler.core.change import Plan
from reconciler.core.checks import Permissions
from reconciler.core.diagnostics import Diagnostic
from reconciler.core.model import Address
from reconciler.session.sessions import DataSession, LockSession
from reconciler.workflow.planning import Planned

if TYPE_CHECKING:
    from reconciler.render.plan_records import MadeWithRecord


def derive(now: DataSession, targets: tuple[Address, ...] = (), replace: tuple[Address, ...] = ()) -> Planned:
    """The plan of this command line, with what loading warned of."""
    return now.plan(frozenset(targets) or None, frozenset(replace), command_line().allowed)


def permissions(now: LockSession) -> Permissions:
    """The flags of this command line and the workspace's dated lines."""
    return Permissions.of(command_line().allowed, now.world.workspace, now.world.today)


def in_form(form: str, plan: Plan, now: LockSession) -> str:
    """The plan as asked for."""
    match form:
        case "json":
            from reconciler.render.json_plan import plan_to_json

            return plan_to_json(plan, now.banner, made_with())
        case "markdown":
            from reconciler.render.markdown.plan import render_plan as markdown_plan

            return markdown_plan(plan, now.banner)
        case "github":
            from reconciler.render.github import annotations

            return annotations(from_repository(_said(plan)))
        case "junit":
            from reconciler.render.junit import plan_report

            return plan_report(plan)
        case "sarif":
            from reconciler.render.sarif import sarif_report
            from reconciler.version import __version__

            return sarif_report(from_repository(_said(plan)), version=__version__)
        case _:
            from reconciler.render.terminal.plan import render_plan

            return render_plan(plan, now.banner, style_for(sys.stdout), verbose=command_line().verbose)


def made_with() -> MadeWithRecord:
    """What of the command line decides what its plan is about."""
    from reconciler.render.plan_records import MadeWithRecord

    chosen = command_line()
    return MadeWithRecord(
        files=chosen.files,
        prune=chosen.prune,
        targets=tuple(map(str, chosen.targets)),
        replace=tuple(map(str, chosen.replaces)),
    )


def _said(plan: Plan) -> list[Diagnostic]:
    return [*plan.diagnostics, *(note for c in plan.changes for note in c.notes)]
