"""`tuneform version`."""

from __future__ import annotations

import json
import platform
import sys

import click

from reconciler.cli.help import command
from reconciler.cli.options import example, form_option, some_common
from reconciler.version import __version__


@command(epilog=example("tuneform version\ntuneform version --format json"))
@some_common("color")
@form_option("text", "json")
def version(form: str) -> None:
    """Show the version of tuneform, and of what it reads and writes."""
    from reconciler.core.change import PLAN_FORMAT_VERSION
    from reconciler.core.lock import LOCK_VERSION

    facts: dict[str, str | int] = {
        "version": __version__,
        "python": platform.python_version(),
        "platform": f"{sys.platform} {platform.machine()}",
        "api_version": "tuneform.dev/v1",
        "lock_version": LOCK_VERSION,
        "plan_format_version": PLAN_FORMAT_VERSION,
    }
    if form == "json":
        click.echo(json.dumps({"format_version": "1.0", **facts}, indent=2))
        return
    click.echo(f"tuneform {__version__}")
    for name, fact in list(facts.items())[1:]:
        click.echo(f"  {name.replace('_', ' '):<20}{fact}")
