"""`tuneform status`."""

from __future__ import annotations

import shutil
import sys

import click

from reconciler.cli.command_line import DURATION
from reconciler.cli.console import document_in, style_for, write
from reconciler.cli.help import command
from reconciler.cli.options import ADDRESS, command_line, common, example, form_option, spec_options
from reconciler.cli.readable_specs import readable
from reconciler.cli.sessions import specs_session
from reconciler.core import exits
from reconciler.core.change import Plan
from reconciler.core.model import Address
from reconciler.render.values import Banner, StatusRow
from reconciler.workflow.planning import Planned, look
from reconciler.workflow.status_rows import WARN_DAYS, Rows, important_first, of_addresses


@command(
    epilog=example(
        """
        tuneform status
        tuneform status vertex/support-router
        tuneform status --watch
        tuneform status --check --retires-within 60d
        tuneform status --format json
        tuneform status --format prometheus > tuneform.prom.new && mv tuneform.prom.new tuneform.prom
        """
    )
)
@common
@spec_options
@form_option("text", "wide", "json", "yaml", "markdown", "prometheus")
@click.option("--all", "everything", is_flag=True, help="All of it, where a terminal would show the important ones.")
@click.option(
    "--watch", is_flag=True, help="Go on: the table in place on a terminal, elsewhere a line for each change."
)
@click.option("--check", is_flag=True, help="Only what is wrong, a line each, and end with 1 where anything is.")
@click.option(
    "--retires-within",
    type=DURATION,
    default=f"{WARN_DAYS}d",
    metavar="DURATION",
    help=f"How long before its base model retires a model counts as wrong. [{WARN_DAYS}d]",
)
@click.argument("addresses", type=ADDRESS, nargs=-1)
def status(
    addresses: tuple[Address, ...], form: str, everything: bool, watch: bool, check: bool, retires_within: float
) -> int:
    """Show every training in the lock as the cloud shows it now, or those of some addresses."""
    _refuse_nonsense(form, watch=watch, check=check)
    with specs_session("status --watch" if watch else "status") as now:
        specs, made = readable(now), Rows(now.world, int(retires_within // _DAY_S))

        def rows_now() -> list[StatusRow]:
            lock = now.world.trusted_lock()
            seen = Planned(Plan(), lock, look(now.world, specs, lock), specs)
            return of_addresses(made.of(seen), addresses)

        if watch:
            from reconciler.cli.watching import Watch

            return Watch(now, rows_now, command_line().verbose).run(form)
        rows = rows_now()
        write(_shown(rows, now.banner, form, now.clock.now(), check=check, everything=everything))
        return exits.FAILED if check and any(row.concerns for row in rows) else exits.OK


_DAY_S = 86400.0


def _refuse_nonsense(form: str, *, watch: bool, check: bool) -> None:
    if watch and check:
        raise click.UsageError("--watch and --check do not go together.")
    if watch and form not in ("text", "json"):
        raise click.UsageError("--watch writes text, or one line of JSON for each change.")


def _shown(rows: list[StatusRow], banner: Banner, form: str, at_s: float, *, check: bool, everything: bool) -> str:
    if form in ("json", "yaml"):
        from reconciler.render.json_status import status_to_json

        return document_in(form, status_to_json(rows, banner))
    if form == "prometheus":
        from reconciler.render.prometheus import status_to_prometheus

        return status_to_prometheus(rows, banner, at_s)
    if form == "markdown":
        from reconciler.render.markdown.status import render_status as markdown_status

        return markdown_status(rows, banner)
    from reconciler.render.terminal.status import render_concerns, render_status

    style = style_for(sys.stdout)
    if check:
        return render_concerns(rows, style)
    verbose = command_line().verbose or form == "wide"
    height = None if everything or verbose or not sys.stdout.isatty() else _lines_of_terminal() - 1
    return render_status(rows, banner, style, verbose=verbose, height=height, first=important_first(rows))


def _lines_of_terminal() -> int:
    """Where it does not say, it is not known what fits: 24."""
    return shutil.get_terminal_size((80, 24)).lines
