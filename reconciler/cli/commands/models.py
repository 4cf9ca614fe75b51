"""`tuneform models`: the dated catalogue of base models, and a spec for a successor."""

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Mapping
from pathlib import Path

import click
import msgspec

from reconciler.cli.console import document_in, style_for, write
from reconciler.cli.destinations import destination
from reconciler.cli.help import group
from reconciler.cli.options import ADDRESS, common, example, form_option, spec_options
from reconciler.cli.sessions import read_specs, read_workspace
from reconciler.core.codes_run import run_diagnostic
from reconciler.core.diagnostics import ReconcilerError
from reconciler.core.model import Address
from reconciler.core.times import day_of
from reconciler.files.catalog import shipped_catalog
from reconciler.files.specs import Loaded
from reconciler.render.words import escape
from reconciler.session.clock import SystemClock
from reconciler.session.data import known_data
from reconciler.session.workspace import catalog_of


@group(
    invoke_without_command=True,
    epilog=example("tuneform models\ntuneform models --calendar\ntuneform models migrate vertex/support-router"),
)
@common
@click.option("--all", "everything", is_flag=True, help="Retired ones and those that are not tuned as well.")
@click.option("--calendar", is_flag=True, help="By the day they retire.")
@form_option("text", "json", "yaml")
@click.pass_context
def models(context: click.Context, everything: bool, calendar: bool, form: str) -> None:
    """Show base models. Dates are the earliest published ones; a workspace corrects them under models."""
    if context.invoked_subcommand is not None:
        return
    catalog, today = catalog_of(read_workspace()), day_of(SystemClock().now())
    if form in ("json", "yaml"):
        document = {"format_version": "1.0", **msgspec.to_builtins(catalog), "ageDays": catalog.age_days(today)}
        write(document_in(form, json.dumps(document, indent=2, ensure_ascii=False) + "\n"))
        return
    from reconciler.render.terminal.models import render_calendar, render_models

    style = style_for(sys.stdout)
    if calendar:
        write(render_calendar(catalog, style, today))
        return
    newer = shipped_catalog().as_of if shipped_catalog().as_of > catalog.as_of else ""
    write(render_models(catalog, style, today, newer, everything=everything))


@models.command(epilog=example("tuneform models migrate vertex/support-router --out specs/support-router-2.yaml"))
@common
@spec_options
@click.option("--to", "base", metavar="NAME", help="The base model; default: the catalogue's replacement.")
@click.option("--out", metavar="FILE", help="Instead of stdout.")
@click.argument("address", type=ADDRESS)
def migrate(address: Address, base: str | None, out: str | None) -> None:
    """Write the spec of a successor on a newer base model; hyperparameters are left to the service."""
    from reconciler.files.migrate import successor

    loaded = read_specs()
    spec = known_data(loaded, complete=True).desired.models.get(address)
    if spec is None:
        detail = f"{address} is not declared here."
        raise ReconcilerError(run_diagnostic("RUN013", detail, fix="Name an address of specs/."))
    folder = str(Path(out).parent) if out else str(Path(spec.where.path).parent)
    catalog = catalog_of(loaded.workspace)
    made = successor(spec, catalog, loaded.workspace, _declared(loaded), base, folder)
    if out is None:
        write(made.spec)
        if made.data:
            click.echo(f"With --out, its examples are written beside it, as {made.data_path}.", err=True)
        return
    beside = {str(Path(folder) / made.data_path): made.data} if made.data else {}
    _write_new({out: made.spec, **beside})


def _declared(loaded: Loaded) -> Collection[Address]:
    return loaded.desired.models if loaded.desired else ()


def _write_new(texts: Mapping[str, str]) -> None:
    """All of them, or none: nothing of the user's is overwritten."""
    places = [destination(name, fix="Choose another --out.") for name in texts]
    for place, text in zip(places, texts.values(), strict=True):
        place.write(text)
        click.echo(f"  written  {escape(place.name)}", err=True)
