"""What is shown and asked before anything is changed: the plan, what refuses it, whether it is approved."""

from __future__ import annotations

from reconciler.cli.consent import agreed
from reconciler.cli.console import write
from reconciler.cli.refusals import show_refusals
from reconciler.cli.run_plan import in_form
from reconciler.core import exits
from reconciler.core.change import Change, Plan
from reconciler.session.sessions import LockSession
from reconciler.workflow.planning import Planned, refuse


def is_wanted(change: Change, question: str, form: str, now: LockSession, *, yes: bool) -> bool:
    """Show target and effect, and ask."""
    if form == "text":
        write(in_form("text", Plan(changes=(change,), workspace=now.banner.workspace), now))
    return agreed(question, now, yes=yes)


def previewed(change: Change, form: str, now: LockSession) -> int:
    """--dry-run of a command about one address: what it would do, and nothing is done."""
    write(in_form(form, Plan(changes=(change,), workspace=now.banner.workspace), now))
    return exits.OK


def previewed_plan(first: Planned, form: str, now: LockSession) -> int:
    """--dry-run of one that carries out a plan; it ends as `plan` does."""
    write(in_form(form, first.plan, now))
    show_refusals(first.refusals)
    return exits.REFUSED if first.refusals else exits.OK


def is_refused(first: Planned, form: str, now: LockSession) -> bool:
    """Show the plan; what refuses it stands in it, and is said once to whoever reads that."""
    if form == "text":
        write(in_form("text", first.plan, now))
        show_refusals(first.refusals)
        return bool(first.refusals)
    refuse(first)
    return False


def approved_checksum(
    plan: Plan, now: LockSession, *, approved: str, yes: bool, checksum_is_known: bool = True
) -> str | None:
    """The checksum that was approved: given, said with --yes, or asked for here. None: no."""
    if approved or not any(c.does_something for c in plan.changes):
        return approved or plan.checksum
    otherwise = f"Give --yes, or --checksum {plan.checksum}, or a saved plan." if checksum_is_known else "Give --yes."
    return plan.checksum if agreed("Apply this plan?", now, yes=yes, otherwise=otherwise) else None
