"""`tuneform show`."""

from __future__ import annotations

import json
import sys

import click

from reconciler.apply.dropped import dropped_diagnostic
from reconciler.cli.console import document_in, style_for, write
from reconciler.cli.entries import write_entry
from reconciler.cli.help import command
from reconciler.cli.options import ADDRESS, common, example, form_option, spec_options
from reconciler.cli.readable_specs import readable
from reconciler.cli.sessions import data_session, specs_session
from reconciler.core.model import Address
from reconciler.workflow.show import locked_entry, request_body


@command(
    epilog=example(
        """
        tuneform show vertex/support-router
        tuneform show vertex/support-router --request
        tuneform show vertex/support-router --live
        """
    )
)
@common
@spec_options
@click.option("--request", "wants_request", is_flag=True, help="The body that was sent, or would be.")
@click.option(
    "--live", "wants_live", is_flag=True, help="What the service tells: times, statistics of the data beside ours."
)
@form_option("text", "json", "yaml")
@click.argument("address", type=ADDRESS)
def show(address: Address, wants_request: bool, wants_live: bool, form: str) -> None:
    """Show all that is known of one address."""
    if wants_request and wants_live:
        raise click.UsageError("--request and --live are two different answers: give one of them.")
    if wants_request:
        _show_request(address)
        return
    if wants_live:
        _show_live(address, form)
        return
    with specs_session("show") as now:
        entry = locked_entry(now.world, address)
        write_entry(address, entry, form, now)
        if form != "text":
            return
        spec = readable(now).models.get(address)
        file = (spec.data[0].path or "") if spec and spec.data else ""
        dropped = [dropped_diagnostic(address, training, file) for _, training in entry.in_order]
        if any(dropped):
            from reconciler.render.terminal.diagnostics import render_diagnostics

            write("\n" + render_diagnostics([d for d in dropped if d], style_for(sys.stdout)))


def _show_request(address: Address) -> None:
    """What would be sent has the digests of local data in it: they are looked up for this alone."""
    with data_session("show") as now:
        body = request_body(now.world, now.desired, address)
        write(json.dumps(body, indent=2, ensure_ascii=False) + "\n")


def _show_live(address: Address, form: str) -> None:
    """Every attempt in the service's words, with our count of the data that is at hand."""
    from reconciler.workflow.job_details import details_at

    with specs_session("show") as now:
        found = details_at(now.world, readable(now), address)
        if form != "text":
            from reconciler.render.json_details import details_to_json

            write(document_in(form, details_to_json(address, found)))
            return
        from reconciler.render.terminal.job_details import render_details

        write(render_details(address, found, now.banner, style_for(sys.stdout)))
