"""`tuneform doctor`."""

from __future__ import annotations

import sys

from reconciler.cli.console import document_in, style_for, write
from reconciler.cli.help import command
from reconciler.cli.options import common, example, form_option, spec_options
from reconciler.cli.sessions import data_session
from reconciler.core import exits
from reconciler.core.diagnostics import Severity
from reconciler.workflow.doctor import examine, has_journal


@command(epilog=example("tuneform doctor\ntuneform doctor --format json"))
@common
@spec_options
@form_option("text", "json", "yaml")
def doctor(form: str) -> int:
    """Say what specs, lock and cloud do not agree on, and the one command that mends each. Ends with 1 if anything."""
    with data_session("doctor") as now:
        found = examine(now.world, now.desired, has_journal=has_journal(now.world.workspace.lock))
        if form in ("json", "yaml"):
            from reconciler.render.json_diagnostics import diagnostics_to_json

            write(document_in(form, diagnostics_to_json(found, now.banner)))
        else:
            from reconciler.render.terminal.doctor import render_findings

            write(render_findings(found, now.banner, style_for(sys.stdout)))
        return exits.FAILED if any(d.severity is not Severity.NOTE for d in found) else exits.OK
