"""`tuneform schema`: all JSON Schemas under one roof, of what people write and of what tuneform writes."""

from __future__ import annotations

import json
from typing import Any

import click

from reconciler.cli.console import write
from reconciler.cli.help import command
from reconciler.cli.options import example, some_common

_SPECS = ("VertexTunedModel", "GeminiTunedModel", "Removed", "Moved", "Workspace", "Policy", "PolicyTest", "specs")


@command(epilog=example("tuneform schema\ntuneform schema VertexTunedModel > vertex.schema.json"))
@some_common("color")
@click.argument("name", required=False)
def schema(name: str | None) -> None:
    """Print a JSON Schema by name; without a name, the names."""
    if name is None:
        write("\n".join(_names()) + "\n")
        return
    if name not in _names():
        raise click.UsageError(f"There is no schema {name!r}. Known: {', '.join(_names())}.")
    write(json.dumps(_schema_of(name), indent=2, ensure_ascii=False) + "\n")


def _names() -> list[str]:
    """Those that `tuneform schema NAME` prints."""
    from reconciler.render import schemas

    return [*_SPECS, *schemas.names()]


def _schema_of(name: str) -> dict[str, Any]:
    """One of `_names()`."""
    if name in _SPECS:
        from reconciler.files.json_schema import json_schema

        return json_schema(name)
    from reconciler.render import schemas

    return dict(schemas.schema(name))
