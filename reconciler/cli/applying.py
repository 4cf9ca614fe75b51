"""`tuneform apply`, `wait`, `destroy`, `cancel`, `forget`: what changes things."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, TypeVar

import click

from reconciler.cli.asking import agreed
from reconciler.cli.help import command
from reconciler.cli.options import (
    ADDRESS,
    allow_options,
    command_line,
    common,
    example,
    form_option,
    replace_option,
    spec_options,
    target_option,
    yes_option,
)
from reconciler.cli.output import style_for, write
from reconciler.cli.planning import derive, in_form, permissions
from reconciler.cli.progress import Show, follow
from reconciler.cli.refusing import tell_refusals
from reconciler.cli.saved import open_saved, refuse_another_run
from reconciler.cli.sessions import data_session, examples_session, lock_session, specs_session
from reconciler.cli.writing import document_place
from reconciler.core import exits
from reconciler.core.change import Change, Plan
from reconciler.core.model import Action, Address
from reconciler.render.terminal.banner import render_banner
from reconciler.session.sessions import LockSession
from reconciler.workflow import applying as work
from reconciler.workflow.planning import Planned, make_destroy_plan, refuse

_F = TypeVar("_F", bound=Callable[..., Any])


def wait_options(command: _F) -> _F:
    """--no-wait; --timeout is every command's."""
    return click.option("--no-wait", is_flag=True, help="Submit what fits and end with 4 while it trains.")(command)


@command(
    epilog=example(
        """
        tuneform apply --emulator
        tuneform apply plan.json
        tuneform apply --checksum 3f1c… --no-wait
        tuneform apply --yes --replace vertex/support-router
        """
    )
)
@common
@spec_options
@allow_options()
@wait_options
@form_option("text", "json", lines=True)
@target_option
@replace_option
@yes_option
@click.option("--checksum", default="", metavar="X", help="Apply only if the plan's checksum is this.")
@click.option("--json-into", metavar="FILE", help="Write the plan as JSON there before it is applied.")
@click.argument("saved", required=False, metavar="[PLAN]")
def apply(
    targets: tuple[Address, ...],
    replace: tuple[Address, ...],
    yes: bool,
    checksum: str,
    saved: str | None,
    form: str,
    no_wait: bool,
    json_into: str | None,
) -> int:
    """Make the cloud as the specs say. Shows the plan and asks, unless it is approved already."""
    plan = open_saved(saved) if saved else None
    if plan and checksum and checksum != plan.checksum:
        raise click.UsageError(f"{saved} has the checksum {plan.checksum}, and --checksum is another one.")
    with data_session("apply") as now:
        if plan and saved:
            refuse_another_run(saved, plan, now)
        targets, replace = command_line().targets, command_line().replaces
        place = None if json_into is None else document_place(json_into)
        approved = plan.checksum if plan else checksum
        show = Show(form, now.banner, command_line().verbose)
        work.await_lock(now.world)
        first = derive(now, targets, replace)
        if place:
            place.write(in_form("json", first.plan, now))
        if _is_refused(first, form, now):
            return exits.REFUSED
        asked = _approval(first.plan, now, approved=approved, yes=yes)
        if asked is None:
            return exits.FAILED
        wait = now.wait(no_wait=no_wait)

        def again() -> Planned:
            return derive(now, targets, replace)

        events = work.apply_changes(now.world, again, wait, checksum=asked)
        return follow(events, show, now, blocked=_blocked(first.plan))


@command(epilog=example("tuneform wait --timeout 4m\ntuneform wait --format json"))
@common
@spec_options
@wait_options
@form_option("text", "json", lines=True)
def wait(form: str, no_wait: bool) -> int:
    """Finish what was approved, exactly as approved and nothing else."""
    with examples_session("wait") as now:
        show = Show(form, now.banner, command_line().verbose)
        if form == "text":
            write(render_banner(now.banner, style_for(sys.stdout)))
        until = now.wait(no_wait=no_wait)
        return follow(work.finish(now.world, now.examples, until), show, now)


@command(epilog=example("tuneform destroy vertex/support-router\ntuneform destroy --all"))
@common
@spec_options
@allow_options("delete", "cancel", "protected", "empty", "foreign", "limits")
@wait_options
@form_option("text", "json", lines=True)
@click.option("--all", "everything", is_flag=True, help="Every address in the lock.")
@yes_option
@click.argument("addresses", type=ADDRESS, nargs=-1)
def destroy(addresses: tuple[Address, ...], everything: bool, yes: bool, form: str, no_wait: bool) -> int:
    """Cancel and delete what these addresses have in the cloud. The job records stay: they cannot be deleted."""
    if bool(addresses) == everything:
        raise click.UsageError("Name the addresses to destroy, or say --all.")
    with specs_session("destroy") as now:

        def again() -> Planned:
            return make_destroy_plan(now.world, now.declared, frozenset(addresses), permissions(now))

        work.await_lock(now.world)
        first = again()
        show = Show(form, now.banner, command_line().verbose)
        if _is_refused(first, form, now):
            return exits.REFUSED
        asked = _approval(first.plan, now, approved="", yes=yes, checksum_is_known=False)
        if asked is None:
            return exits.FAILED
        until = now.wait(no_wait=no_wait)
        return follow(work.apply_changes(now.world, again, until, checksum=asked), show, now)


@command(epilog=example("tuneform cancel vertex/support-router"))
@common
@allow_options("protected")
@wait_options
@form_option("text", "json", lines=True)
@yes_option
@click.argument("address", type=ADDRESS)
def cancel(address: Address, form: str, no_wait: bool, yes: bool) -> int:
    """Cancel the training under way. What it trained so far is paid for; nothing that serves is touched."""
    with lock_session("cancel") as now:
        change = work.cancellation(work.sound_lock(now.world), address, permissions(now))
        if not _is_wanted(change, "Cancel it? What it has trained so far is paid for and lost.", form, now, yes=yes):
            return exits.FAILED
        until = now.wait(no_wait=no_wait)
        events = work.cancel(now.world, address, until, permissions(now))
        return follow(events, Show(form, now.banner, command_line().verbose), now)


@command(epilog=example("tuneform forget vertex/support-router"))
@common
@form_option("text", "json", lines=True)
@yes_option
@click.argument("address", type=ADDRESS)
def forget(address: Address, form: str, yes: bool) -> int:
    """Drop an address from the lock. The cloud is untouched, and a tombstone keeps it from being adopted again."""
    with lock_session("forget") as now:
        change = work.forgetting(work.trusted_lock(now.world), address)
        question = "Forget it? What it has in the cloud stays, and no plan of yours touches it again."
        if not _is_wanted(change, question, form, now, yes=yes):
            return exits.FAILED
        return follow(work.forget(now.world, address), Show(form, now.banner, command_line().verbose), now)


def _is_wanted(change: Change, question: str, form: str, now: LockSession, *, yes: bool) -> bool:
    """Show target and effect, and ask."""
    if form == "text":
        write(in_form("text", Plan(changes=(change,), workspace=now.banner.workspace), now))
    return agreed(question, now, yes=yes)


def _is_refused(first: Planned, form: str, now: LockSession) -> bool:
    """Show the plan; what refuses it stands in it, and is said once to whoever reads that."""
    if form == "text":
        write(in_form("text", first.plan, now))
        tell_refusals(first.refusals)
        return bool(first.refusals)
    refuse(first)
    return False


def _approval(plan: Plan, now: LockSession, *, approved: str, yes: bool, checksum_is_known: bool = True) -> str | None:
    """The checksum that was approved: given, said with --yes, or asked for here. None: no."""
    if approved or not any(c.does_something for c in plan.changes):
        return approved or plan.checksum
    otherwise = f"Give --yes, or --checksum {plan.checksum}, or a saved plan." if checksum_is_known else "Give --yes."
    return plan.checksum if agreed("Apply this plan?", now, yes=yes, otherwise=otherwise) else None


def _blocked(plan: Plan) -> tuple[Address, ...]:
    return tuple(c.address for c in plan.by_action(Action.BLOCKED))
