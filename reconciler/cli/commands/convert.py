"""`tuneform convert`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from reconciler.cli.console import write
from reconciler.cli.destinations import destination
from reconciler.cli.failures import show
from reconciler.cli.help import command
from reconciler.cli.options import command_line, example, some_common
from reconciler.cli.sessions import settings_here
from reconciler.core import exits
from reconciler.core.diagnostics import Diagnostic, in_order
from reconciler.core.plurals import counted
from reconciler.files.converting.recognised import requests_of
from reconciler.files.converting.written import ConvertedSpec, converted, documents, names_for, notes_of


@command(
    epilog=example(
        """
        tuneform convert create.json
        tuneform convert tune.py --name support-router --out specs/support-router.yaml
        kubectl get vertexaituningjobs -o yaml | tuneform convert - --out specs
        """
    )
)
@some_common("folder", "workspace", "color")
@click.option(
    "--name", default="", metavar="NAME", help="metadata.name of the spec; default: made of its display name."
)
@click.option("--out", metavar="PATH", help="The spec to write, or the folder for several; default: standard output.")
@click.argument("file")
def convert(file: str, name: str, out: str | None) -> int:
    """Write specs from a request's body, a script that trains, or Config Connector's VertexAITuningJob.

    FILE is recognised by what is in it; '-' is stdin. Scripts of Python are read and never run. Asks no cloud, creates
    nothing. What is not known from the file is a TODO, and a spec that does not validate yet ends with 1.
    """
    settings_here()
    requests = requests_of(file)
    if name and len(requests) > 1:
        raise click.UsageError(f"--name names one spec, and {file} has {counted(len(requests), 'request')}.")
    names = names_for(requests, file, name)
    specs = [converted(request, called, file) for request, called in zip(requests, names, strict=True)]
    if out is None:
        write(documents(specs))
    else:
        _write(specs, out)
    mistakes = _mistakes(specs)
    show(in_order([*notes_of(specs), *mistakes]))
    return exits.FAILED if mistakes else exits.OK


def _write(specs: list[ConvertedSpec], out: str) -> None:
    from reconciler.cli.taking_in import places

    is_file = out.endswith((".yaml", ".yml"))
    if is_file and len(specs) > 1:
        raise click.UsageError("--out names the folder for the specs of several, and no file.")
    paths = [out] if is_file else places([spec.address for spec in specs], out)
    for spec, path in zip(specs, paths, strict=True):
        destination(path, fix="Name another place with --out.").write(spec.text)
        sys.stderr.write(f"Written: {path}\n")


def _mistakes(specs: list[ConvertedSpec]) -> list[Diagnostic]:
    """What keeps one from loading, each read by itself as everything else will. Data need not be here yet."""
    from reconciler.core.dialects import DIALECTS
    from reconciler.core.settings import Home, Workspace
    from reconciler.files.specs import load
    from reconciler.session.workspace import catalog_of

    # The workspace that it will be in says the place, where the file does not; here there may be none.
    somewhere = Workspace(homes={name: Home("some-project", "us-central1") for name in DIALECTS})
    found: list[Diagnostic] = []
    for spec in specs:
        workspace = command_line().workspace
        loaded = load(
            Path(), workspace=workspace, files=("-",), stdin=spec.text, defaults=somewhere, catalog_of=catalog_of
        )
        found += [d for d in loaded.diagnostics if d.is_error]
    return found
