"""`tuneform query`."""

from __future__ import annotations

import sys

import click

from reconciler.cli.console import style_for, write
from reconciler.cli.failures import show
from reconciler.cli.help import command
from reconciler.cli.options import common, example, filter_option, form_option
from reconciler.cli.sessions import looking_session, read_specs, settings_here
from reconciler.core import exits
from reconciler.core.model import Desired
from reconciler.session.sessions import LockSession
from reconciler.session.workspace import is_here
from reconciler.workflow import inventory as work
from reconciler.workflow.importing import conditions_of


@command(
    epilog=example(
        """
        tuneform query
        tuneform query --all-locations --filter kind=endpoint --filter state=empty,no-traffic
        tuneform query --project acme-ml --project acme-dev --filter state=failed --format csv
        tuneform query --filter label.team=support --generate specs
        """
    )
)
@common
@form_option("text", "wide", "json", "yaml", "csv")
@click.option(
    "--project", "projects", multiple=True, metavar="ID", help="This project, not the workspace's; repeatable."
)
@click.option(
    "--location", "locations", multiple=True, metavar="NAME", help="This location, not the workspace's; repeatable."
)
@click.option("--all-locations", is_flag=True, help="Every location in which the catalogue's base models train.")
@filter_option
@click.option("--generate", metavar="FOLDER", help="Write a spec there for each that could be imported.")
def query(
    form: str,
    projects: tuple[str, ...],
    locations: tuple[str, ...],
    all_locations: bool,
    filters: tuple[str, ...],
    generate: str | None,
) -> int:
    """List every job, model and endpoint of a project, ours or not: state, age, cost, whose it is.

    Needs no specs, and no workspace where --project and --location name the place. Writes nothing without --generate.
    """
    conditions = conditions_of(filters)
    where = work.Where(tuple(dict.fromkeys(projects)), tuple(dict.fromkeys(locations)), all_locations)
    with looking_session("query") as now:
        found = work.query(now.world, where, conditions)
        write(_shown(found, form, now))
        show(list(found.mistakes))
        written = exits.OK if generate is None else _generate(now, found, generate)
        return exits.FAILED if found.mistakes else written


def _shown(found: work.FoundResources, form: str, now: LockSession) -> str:
    if form in ("text", "wide"):
        from reconciler.render.terminal.query import render_query

        return render_query(found.rows, found.of, now.banner, style_for(sys.stdout), wide=form == "wide")
    from reconciler.render.json_query import query_to_csv, query_to_json

    if form == "csv":
        return query_to_csv(found.rows)
    from reconciler.cli.console import document_in

    return document_in(form, query_to_json(found.rows, found.of, now.banner, found.mistakes))


def _generate(now: LockSession, found: work.FoundResources, folder: str) -> int:
    from reconciler.cli.taking_in import places, write_all

    declared = read_specs().readable if is_here(settings_here()) else Desired({})
    wanted = work.importable(now.world, found, declared)
    addresses = [c.address for c in wanted]
    specs = [(c.address, c.live, p) for c, p in zip(wanted, places(addresses, folder), strict=True)]
    return write_all(now, specs, say=sys.stderr.write)
