"""`tuneform models`: the dated catalogue of base models, and a spec for a successor."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click
import msgspec

from reconciler.cli.options import ADDRESS, common, example, settings, spec_options
from reconciler.cli.output import style_for, write
from reconciler.cli.wiring import catalog_of, known_data, read_specs
from reconciler.core.codes_run import run_diagnostic
from reconciler.core.diagnostics import ReconcilerError
from reconciler.core.model import Address


@click.group(
    invoke_without_command=True,
    epilog=example("tuneform models\ntuneform models --calendar\ntuneform models migrate vertex/support-router"),
)
@click.option("--all", "everything", is_flag=True, help="Retired ones and those that are not tuned as well.")
@click.option("--calendar", is_flag=True, help="By the day they retire.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@click.pass_context
def models(context: click.Context, everything: bool, calendar: bool, form: str) -> None:
    """Show base models. Dates are the earliest published ones; a workspace may override prices."""
    if context.invoked_subcommand is not None:
        return
    catalog = catalog_of(read_specs(settings()).workspace)
    if form == "json":
        write(json.dumps(msgspec.to_builtins(catalog), indent=2, ensure_ascii=False) + "\n")
        return
    from reconciler.render.terminal.models import render_calendar, render_models

    style = style_for(sys.stdout)
    write(render_calendar(catalog, style) if calendar else render_models(catalog, style, everything=everything))


@models.command(epilog=example("tuneform models migrate vertex/support-router --out specs/support-router-2.yaml"))
@common
@spec_options
@click.option("--to", "base", metavar="NAME", help="The base model; default: the catalogue's replacement.")
@click.option("--out", metavar="FILE", help="Instead of stdout.")
@click.argument("address", type=ADDRESS)
def migrate(address: Address, base: str | None, out: str | None) -> None:
    """Write the spec of a successor on a newer base model; hyperparameters are left to the service."""
    from reconciler.files.migrate import successor

    chosen = settings()
    loaded = read_specs(chosen)
    spec = known_data(loaded, complete=True).desired.models.get(address)
    if spec is None:
        detail = f"{address} is not declared here."
        raise ReconcilerError(run_diagnostic("RUN013", detail, fix="Name an address of specs/."))
    files = successor(spec, catalog_of(loaded.workspace), base, out or "")
    for path, text in files.items():
        if not path:
            write(text)
            continue
        place = Path(path)
        if place.exists():
            raise ReconcilerError(run_diagnostic("RUN016", f"{path} exists.", fix="Choose another --out."))
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
        click.echo(f"  written  {path}", err=True)
