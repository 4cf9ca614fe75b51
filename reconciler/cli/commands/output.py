"""`tuneform output`: what serves, for other programs, which read it instead of pasting an endpoint id."""

from __future__ import annotations

import click

from reconciler.cli.console import document_in, write
from reconciler.cli.help import command
from reconciler.cli.options import ADDRESS, common, example, form_option
from reconciler.cli.progress import at
from reconciler.cli.sessions import lock_session
from reconciler.core import exits
from reconciler.core.codes_run import run_diagnostic
from reconciler.core.diagnostics import ReconcilerError
from reconciler.core.model import Address
from reconciler.files.bounds import PROMPT, bytes_of, piped_in
from reconciler.render import outputs as forms
from reconciler.render.values import Output
from reconciler.workflow.outputs import outputs_of, outputs_over_time


@command(
    epilog=example(
        """
        tuneform output
        tuneform output --raw vertex/support-router
        tuneform output vertex/support-router --format env > model.env
        tuneform output --format github >> "$GITHUB_OUTPUT"
        tuneform output --format configmap --name models | kubectl apply -f -
        tuneform output --template app.conf.in > app.conf
        tuneform output --watch --format json
        """
    )
)
@common
@form_option("text", "json", "yaml", "env", "github", "configmap", "terraform")
@click.option("--raw", is_flag=True, help="Only the endpoint of the one address, for a script.")
@click.option(
    "--value", type=click.Choice(["endpoint", "model"]), default="endpoint", help="What --raw prints. [endpoint]"
)
@click.option("--template", metavar="FILE", help="Fill in $VERTEX_NAME_ENDPOINT and the like there; '-' is stdin.")
@click.option("--name", metavar="NAME", help="Of the ConfigMap. [tuneform-models]")
@click.option("--namespace", metavar="NAME", help="Of the ConfigMap. [none: kubectl's]")
@click.option("--watch", is_flag=True, help="Go on, and print what serves whenever that changes.")
@click.argument("addresses", type=ADDRESS, nargs=-1)
def output(
    addresses: tuple[Address, ...],
    form: str,
    raw: bool,
    value: str,
    template: str | None,
    name: str | None,
    namespace: str | None,
    watch: bool,
) -> int:
    """Print the endpoint and model that serve at each address, from the lock alone."""
    _refuse_nonsense(form, addresses, raw=raw, template=template, watch=watch)
    name, namespace = _named(form, name, namespace)
    text = None if template is None else _template(template)
    if watch:
        return _watch(addresses, form)
    with lock_session("output") as now:
        found = outputs_of(now.world.trusted_lock(), addresses)
    if raw:
        write(forms.raw(found[0], value))
    elif text is not None:
        write(forms.filled(text, template or "", found))
    elif form == "configmap":
        write(forms.as_configmap(found, name, namespace))
    elif form == "yaml":
        write(document_in(form, forms.as_json(found)))
    else:
        write(forms.FORMS[form](found))
    return exits.OK


def _refuse_nonsense(
    form: str, addresses: tuple[Address, ...], *, raw: bool, template: str | None, watch: bool
) -> None:
    if raw and len(addresses) != 1:
        raise click.UsageError("--raw takes one address.")
    chosen = [
        said for said, is_so in (("--raw", raw), ("--template", template is not None), ("--watch", watch)) if is_so
    ]
    if len(chosen) > 1:
        raise click.UsageError(f"{' and '.join(chosen)} do not go together.")
    if watch and form not in ("text", "json"):
        raise click.UsageError("--watch writes text, or one line of JSON for each change.")


def _named(form: str, name: str | None, namespace: str | None) -> tuple[str, str]:
    if form != "configmap" and (name is not None or namespace is not None):
        raise click.UsageError("--name and --namespace are for --format configmap.")
    if name is not None and forms.CONFIGMAP_NAME.fullmatch(name) is None:
        raise click.UsageError(f"--name {name!r}: Kubernetes takes lower-case letters, digits, - and ., up to 253.")
    if namespace is not None and forms.NAMESPACE.fullmatch(namespace) is None:
        raise click.UsageError(
            f"--namespace {namespace!r}: Kubernetes takes lower-case letters, digits and -, up to 63."
        )
    return name or "tuneform-models", namespace or ""


def _template(path: str) -> str:
    try:
        content = piped_in(PROMPT) if path == "-" else bytes_of(path, PROMPT, takes_pipe=True)
        return content.decode()
    except (OSError, UnicodeDecodeError) as exc:
        why = "It is no text in UTF-8" if isinstance(exc, UnicodeDecodeError) else exc.strerror or str(exc)
        fix = "Name a text file with names such as $VERTEX_SUPPORT_ROUTER_ENDPOINT in it."
        raise ReconcilerError(run_diagnostic("RUN050", f"{path}: {why}.", fix=fix)) from exc


def _watch(addresses: tuple[Address, ...], form: str) -> int:
    """Until somebody ends it, or --timeout does."""
    before: list[Output] | None = None
    with lock_session("output --watch") as now:
        for found in outputs_over_time(now.world, now.deadline, addresses):
            when = at(now)
            write(forms.change_json(when, found) if form == "json" else forms.change_lines(when, found, before))
            before = found
    return exits.STILL_RUNNING
