"""`tuneform gate`."""

from __future__ import annotations

import sys
from functools import partial

import click

from reconciler.cli.console import style_for, write
from reconciler.cli.destinations import document_place
from reconciler.cli.failures import show as say
from reconciler.cli.github_job import GithubJob
from reconciler.cli.help import command
from reconciler.cli.options import (
    command_line,
    common,
    example,
    form_option,
    into_github_option,
    spec_options,
    target_option,
)
from reconciler.cli.run_plan import derive
from reconciler.cli.sessions import data_session
from reconciler.core.gate_result import GateResult
from reconciler.core.model import Address
from reconciler.core.times import written
from reconciler.render.markdown.sheet import Room
from reconciler.render.values import Banner
from reconciler.version import __version__
from reconciler.workflow import gate as work


@command(epilog=example("tuneform gate\ntuneform gate --format junit > gate.xml"))
@common
@spec_options
@form_option("text", "json", "markdown", "junit", "html")
@target_option
@click.option("--record", is_flag=True, help="Write verdicts that are found anew into the lock, and count each look.")
@into_github_option
@click.option("--json-into", metavar="FILE", help="Write the JSON form there as well.")
@click.option(
    "--show-answers",
    is_flag=True,
    help="Show what both models answered where only one is right, as text and HTML. It is your data.",
)
def gate(
    form: str,
    targets: tuple[Address, ...],
    json_into: str | None,
    *,
    into_github: bool,
    record: bool,
    show_answers: bool,
) -> int:
    """Pass (0) only if everything declared is trained, active, unchanged, and as its gate demands.

    Else 3; 4 while it trains; 5 where its gate cannot tell. A verdict that the lock has is not asked for again. Nothing
    is written into the lock without --record.
    """
    from reconciler.render.json_gate import gate_to_json

    del targets  # the command line has them
    with data_session("gate --record" if record else "gate") as now:
        job = GithubJob.of_this_step(asked=into_github)
        place = None if json_into is None else document_place(json_into)
        if record:
            recorded = work.gate_and_record(now.world, partial(derive, now))
            result = recorded.result
            say(list(recorded.warnings))
        else:
            result = work.gate(now.world, derive(now))
        match form:
            case "json":
                write(gate_to_json(result, now.banner))
            case "markdown":
                from reconciler.render.markdown.gate import render_gate as markdown_gate

                write(markdown_gate(result, now.banner))
            case "junit":
                from reconciler.render.junit import gate_report

                write(gate_report(result))
            case "html":
                from reconciler.render.html.gate_page import render_gate as html_gate

                at = written(now.world.clock.now())
                write(html_gate(result, now.banner, at, __version__, answers=show_answers))
            case _:
                from reconciler.render.terminal.gate import render_gate

                style = style_for(sys.stdout)
                write(render_gate(result, now.banner, style, verbose=command_line().verbose, answers=show_answers))
        if place:
            place.write(gate_to_json(result, now.banner))
        job.show(partial(_as_markdown, result, now.banner))
        job.put({"verdict": result.verdict.value, "exitcode": str(result.exit_code)})
        return result.exit_code


def _as_markdown(result: GateResult, banner: Banner, room: Room) -> str:
    from reconciler.render.markdown.gate import render_gate as markdown_gate

    return markdown_gate(result, banner, room=room)
