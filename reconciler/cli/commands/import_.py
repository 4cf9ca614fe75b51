"""`tuneform import`: a spec and a lock entry for a model that is there already."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from reconciler.cli.approval import previewed_plan
from reconciler.cli.consent import agreed, is_anybody_there
from reconciler.cli.console import style_for, write
from reconciler.cli.destinations import destination
from reconciler.cli.help import command
from reconciler.cli.options import (
    ADDRESS,
    allow_options,
    author_options,
    command_line,
    common,
    dry_run_option,
    example,
    spec_options,
    yes_option,
)
from reconciler.cli.progress import Show, follow
from reconciler.cli.refusals import show_refusals
from reconciler.cli.run_plan import in_form, permissions
from reconciler.cli.sessions import settings_here, specs_session
from reconciler.core import exits
from reconciler.core.diagnostics import ReconcilerError
from reconciler.core.model import Address, Declared, LiveTraining
from reconciler.files.imported import imported_spec
from reconciler.session.imported import declared_alone
from reconciler.session.sessions import SpecsSession
from reconciler.workflow import importing as work
from reconciler.workflow.apply import apply_changes
from reconciler.workflow.planning import Planned


@command(
    "import",
    epilog=example(
        """
        tuneform import vertex/by-hand projects/acme-ml/locations/us-central1/tuningJobs/29013785
        tuneform import gemini/numbers tunedModels/number-generator-x1 --out specs/numbers.yaml
        tuneform import --all
        """
    ),
)
@common
@spec_options
@allow_options("protected", "foreign")
@author_options
@click.option("--out", metavar="FILE", help="The spec to write; default NAME.yaml in the folder of the specs.")
@click.option("--all", "everything", is_flag=True, help="List what could be imported, and import it after a yes.")
@yes_option
@dry_run_option
@click.argument("address", type=ADDRESS, required=False)
@click.argument("resource", required=False)
def import_(
    address: Address | None, resource: str | None, out: str | None, everything: bool, yes: bool, dry_run: bool
) -> int:
    """Write a spec for a model that exists, and take it into the lock.

    RESOURCE is a job, a Model, an Endpoint or a tuned model. Trains nothing; Model and Endpoint get our labels.
    """
    if everything == bool(address and resource):
        raise click.UsageError("Name an ADDRESS and a RESOURCE, or say --all.")
    with specs_session("import") as now:
        if address is not None and resource is not None:
            work.refuse_known(now.declared, now.world.trusted_lock(), address)
            live = work.find(now.world, address, resource)
            return _dry(now, address, live) if dry_run else _take_in(now, address, live, out, yes=yes)
        return _all(now, yes=yes, dry_run=dry_run)


def _all(now: SpecsSession, *, yes: bool, dry_run: bool) -> int:
    from reconciler.render.terminal.importable import render_candidates

    found = work.candidates(now.world, now.declared, now.world.trusted_lock())
    wanted = [c for c in found if not c.is_forgotten]
    if dry_run or not yes:
        write(render_candidates(found, now.banner, style_for(sys.stdout)))
        # Elsewhere it is a list, for scripts too.
        if dry_run or not (wanted and is_anybody_there() and agreed("Import all but the forgotten?", now, yes=False)):
            return exits.OK
    codes = [_one_of_all(now, c) for c in wanted]
    write("" if codes else "Nothing to import.\n")
    return exits.FAILED if exits.FAILED in codes else max(codes, default=exits.OK)


def _one_of_all(now: SpecsSession, candidate: work.Candidate) -> int:
    """One that cannot be imported keeps no other from it."""
    from reconciler.cli.failures import show

    try:
        return _take_in(now, candidate.address, candidate.live, None, yes=True)
    except ReconcilerError as exc:
        show(list(exc.diagnostics))
        return exits.FAILED


def _take_in(now: SpecsSession, address: Address, live: LiveTraining, out: str | None, *, yes: bool) -> int:
    """Write the spec, adopt what it names, and take the file back where that fails or is not wanted."""
    work.refuse_undeclarable(address, live)
    path = _place_for(address) if out is None else out
    place = destination(path, fix="Name another file with --out.")
    place.write(imported_spec(live, address.name, now.world.workspace))
    try:
        return _adopt(now, _declared(path, address), yes=yes)
    finally:
        if now.world.store.read().entry(address) is None:
            place.remove()


def _place_for(address: Address) -> str:
    """In the first folder that the workspace is made of."""
    from reconciler.files.settings_file import new_spec_place

    place = new_spec_place(Path(), command_line().workspace, address.name)
    if place is None:
        raise click.UsageError("This workspace is not made of a folder of specs: name the file to write with --out.")
    return place


def _dry(now: SpecsSession, address: Address, live: LiveTraining) -> int:
    """The plan and the spec, which is read as from a file that is piped in."""
    work.refuse_undeclarable(address, live)
    text = imported_spec(live, address.name, now.world.workspace)
    planned = work.plan_import(now.world, _declared("-", address, text), permissions(now))
    code = previewed_plan(planned, "text", now)
    write(f"\n{text}")
    return code


def _adopt(now: SpecsSession, declared: Declared, *, yes: bool) -> int:
    planned = work.plan_import(now.world, declared, permissions(now))
    write(in_form("text", planned.plan, now))
    if planned.refusals:
        show_refusals(planned.refusals)
        return exits.REFUSED
    if not agreed(f"Import it, and write {declared.where.path}?", now, yes=yes):
        return exits.FAILED

    def again() -> Planned:
        return work.plan_import(now.world, declared, permissions(now))

    until = now.wait(no_wait=True)
    events = apply_changes(now.world, again, until, checksum=planned.plan.checksum, declares=False)
    code = follow(events, Show("text", now.banner, command_line().verbose), now)
    write(f"Written: {declared.where.path}\n")
    return code


def _declared(path: str, address: Address, text: str | None = None) -> Declared:
    return declared_alone(settings_here(), path, address, text)
