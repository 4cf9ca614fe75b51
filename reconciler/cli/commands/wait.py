"""`tuneform wait`."""

from __future__ import annotations

import sys

from reconciler.cli.console import style_for, write
from reconciler.cli.help import command
from reconciler.cli.options import (
    command_line,
    common,
    example,
    form_option,
    spec_options,
    wait_options,
)
from reconciler.cli.progress import Show, follow
from reconciler.cli.sessions import examples_session
from reconciler.render.terminal.banner import render_banner
from reconciler.workflow.wait import finish


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
        return follow(finish(now.world, now.examples, until), show, now)
