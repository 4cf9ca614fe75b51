"""`tuneform apply`, `wait`, `destroy`, `cancel`, `forget`: what changes things."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from reconciler.apply import Wait
from reconciler.cli import exits
from reconciler.cli.options import (
    ADDRESS,
    DURATION,
    allow_options,
    common,
    example,
    replace_option,
    settings,
    spec_options,
    target_option,
)
from reconciler.cli.output import write, write_file
from reconciler.cli.planning import derive, in_form, permissions
from reconciler.cli.progress import Show, follow
from reconciler.cli.wiring import session
from reconciler.core.change import Plan
from reconciler.core.codes_plan import tell
from reconciler.core.diagnostics import ReconcilerError, Severity
from reconciler.core.model import Action, Address
from reconciler.workflow import applying as work
from reconciler.workflow.planning import Planned, make_destroy_plan, refuse

_F = TypeVar("_F", bound=Callable[..., Any])


def wait_options(command: _F) -> _F:
    """--no-wait and --timeout."""
    command = click.option("--timeout", type=DURATION, help="Wait no longer than this, like 4m; then end with 4.")(
        command
    )
    return click.option("--no-wait", is_flag=True, help="Submit what fits and end with 4 while it trains.")(command)


def format_option(command: _F) -> _F:
    """--format text|json for what reports events."""
    return click.option(
        "--format", "form", type=click.Choice(["text", "json"]), default="text", help="json: one event a line."
    )(command)


@click.command(
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
@allow_options
@wait_options
@format_option
@target_option
@replace_option
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
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
    timeout: float | None,
    json_into: str | None,
) -> int:
    """Make the cloud as the specs say. Shows the plan and asks, unless told that it is approved."""
    with session("apply") as now:
        approved = checksum or (_checksum_of(saved) if saved else "")
        show = Show(form, now.banner, settings().verbose)
        work.await_lock(now.world)
        first = derive(now, targets, replace)
        if form == "text":
            write(in_form("text", first.plan, now))
        if json_into:
            write_file(json_into, in_form("json", first.plan, now))
        refuse(first)
        asked = _approval(first.plan, approved=approved, yes=yes)
        if asked is None:
            return exits.FAILED
        wait = Wait(no_wait=no_wait, timeout_s=timeout, poll_s=now.world.poll_s)

        def again() -> Planned:
            return derive(now, targets, replace)

        events = work.apply_changes(now.world, again, wait, checksum=asked)
        return follow(events, show, now, blocked=_blocked(first.plan))


@click.command(epilog=example("tuneform wait --timeout 4m\ntuneform wait --format json"))
@common
@spec_options
@wait_options
@format_option
def wait(form: str, no_wait: bool, timeout: float | None) -> int:
    """Finish what was approved, exactly as approved and nothing else."""
    with session("wait") as now:
        show = Show(form, now.banner, settings().verbose)
        until = Wait(no_wait=no_wait, timeout_s=timeout, poll_s=now.world.poll_s)
        specs = now.desired if now.loaded.desired is not None else None
        return follow(work.finish(now.world, specs, until), show, now)


@click.command(epilog=example("tuneform destroy vertex/support-router\ntuneform destroy --all"))
@common
@spec_options
@allow_options
@wait_options
@format_option
@click.option("--all", "everything", is_flag=True, help="Every address in the lock.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@click.argument("addresses", type=ADDRESS, nargs=-1)
def destroy(
    addresses: tuple[Address, ...], everything: bool, yes: bool, form: str, no_wait: bool, timeout: float | None
) -> int:
    """Cancel and delete what these addresses have in the cloud. The job records stay: nobody can delete them."""
    if bool(addresses) == everything:
        raise click.UsageError("Name the addresses to destroy, or say --all.")
    with session("destroy") as now:

        def again() -> Planned:
            return make_destroy_plan(now.world, now.declared, frozenset(addresses), permissions(now))

        work.await_lock(now.world)
        first = again()
        show = Show(form, now.banner, settings().verbose)
        if form == "text":
            write(in_form("text", first.plan, now))
        refuse(first)
        asked = _approval(first.plan, approved="", yes=yes)
        if asked is None:
            return exits.FAILED
        until = Wait(no_wait=no_wait, timeout_s=timeout, poll_s=now.world.poll_s)
        return follow(work.apply_changes(now.world, again, until, checksum=asked), show, now)


@click.command(epilog=example("tuneform cancel vertex/support-router"))
@common
@allow_options
@wait_options
@format_option
@click.argument("address", type=ADDRESS)
def cancel(address: Address, form: str, no_wait: bool, timeout: float | None) -> int:
    """Cancel the training under way. What it trained so far is paid for; nothing that serves is touched."""
    with session("cancel") as now:
        until = Wait(no_wait=no_wait, timeout_s=timeout, poll_s=now.world.poll_s)
        events = work.cancel(now.world, address, until, permissions(now))
        return follow(events, Show(form, now.banner, settings().verbose), now)


@click.command(epilog=example("tuneform forget vertex/support-router"))
@common
@format_option
@click.argument("address", type=ADDRESS)
def forget(address: Address, form: str) -> int:
    """Drop an address from the lock. The cloud is untouched, and a tombstone keeps it from being adopted again."""
    with session("forget") as now:
        return follow(work.forget(now.world, address), Show(form, now.banner, settings().verbose), now)


def _approval(plan: Plan, *, approved: str, yes: bool) -> str | None:
    """The checksum that was approved: given, said with --yes, or asked for here. None: no."""
    if approved or yes or not any(c.does_something for c in plan.changes):
        return approved or plan.checksum
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise ReconcilerError(
            tell(
                "PLAN111",
                Severity.ERROR,
                "There is nobody to ask here.",
                fix=f"Give --yes, or --checksum {plan.checksum}, or a saved plan.",
            )
        )
    sys.stdout.flush()
    if click.confirm("Apply this plan?", default=False, err=True):
        return plan.checksum
    click.echo("Nothing was changed.", err=True)
    return None


def _checksum_of(path: str) -> str:
    """Of a saved plan. It is never trusted further: apply derives the plan anew and compares."""
    from reconciler.render.json_plan import plan_from_json

    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        detail = f"{path}: {getattr(exc, 'strerror', None) or exc}."
        raise ReconcilerError(tell("PLAN112", Severity.ERROR, detail, fix="Save one with `plan --out`.")) from exc
    return plan_from_json(text).checksum


def _blocked(plan: Plan) -> tuple[Address, ...]:
    return tuple(c.address for c in plan.by_action(Action.BLOCKED))
