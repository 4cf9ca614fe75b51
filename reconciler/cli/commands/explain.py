"""`tuneform explain`."""

from __future__ import annotations

import sys

import click

from reconciler.cli.console import style_for, write
from reconciler.cli.help import command
from reconciler.cli.options import example, form_option, some_common
from reconciler.core.plurals import counted

_NAMED = 6


@command(
    epilog=example(
        """
        tuneform explain vertex
        tuneform explain vertex.spec.supervisedTuningSpec.hyperParameters.epochCount
        tuneform explain tuneform.gate.margin
        tuneform explain workspace.limits
        """
    )
)
@some_common("color")
@form_option("text", "json")
@click.argument("field")
def explain(field: str, form: str) -> None:
    """Say what a field of a spec or of the workspace takes, what an edit of it means, and show an example.

    FIELD is a path, in either spelling; `spec` and `spec.tuneform` may be left out before it.
    """
    from reconciler.files import explain as fields

    found = fields.explain(field)
    if not found:
        raise click.UsageError(f"There is no field {field!r}.{_hint(fields.near(field))}")
    if form == "json":
        from reconciler.render.json_explained import explained_to_json

        write(explained_to_json(found))
        return
    from reconciler.render.terminal.explained import render_explained

    write(render_explained(found, style_for(sys.stdout)))


def _hint(near: list[str]) -> str:
    if not near:
        return " See `tuneform explain vertex`, `gemini` or `workspace`."
    if len(near) == 1:
        return f" Did you mean {near[0]}?"
    more = f", and {counted(len(near) - _NAMED, 'more')}" if len(near) > _NAMED else ""
    return f" Did you mean one of these? {', '.join(near[:_NAMED])}{more}"
