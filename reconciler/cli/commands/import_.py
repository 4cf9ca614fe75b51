"""`tuneform import`: a spec and a lock entry for a model that is there already."""

from __future__ import annotations

import click

from reconciler.cli import taking_in
from reconciler.cli.help import command
from reconciler.cli.options import (
    ADDRESS,
    allow_options,
    author_options,
    common,
    dry_run_option,
    example,
    filter_option,
    spec_options,
    yes_option,
)
from reconciler.cli.sessions import specs_session
from reconciler.core.model import Address
from reconciler.workflow.importing import refuse_known


@command(
    "import",
    epilog=example(
        """
        tuneform import vertex/by-hand projects/acme-ml/locations/us-central1/tuningJobs/29013785
        tuneform import vertex/by-hand 29013785
        tuneform import gemini/numbers tunedModels/number-generator-x1 --out specs/numbers.yaml
        tuneform import --all --filter label.team=support --filter 'age<30d'
        tuneform import --from models.yaml --write-only
        """
    ),
)
@common
@spec_options
@allow_options("protected", "foreign")
@author_options
@click.option(
    "--out", metavar="PATH", help="The spec to write, or the folder for those of several; default the specs' own."
)
@click.option("--all", "everything", is_flag=True, help="List what could be imported, and import it after a yes.")
@filter_option
@click.option(
    "--from", "from_file", metavar="FILE", help="Import what a list names: kind: Import, or lines; '-' is stdin."
)
@click.option("--write-only", is_flag=True, help="Write the specs and nothing else: apply takes in what they name.")
@yes_option
@dry_run_option
@click.argument("address", type=ADDRESS, required=False)
@click.argument("resource", required=False)
def import_(
    address: Address | None,
    resource: str | None,
    out: str | None,
    everything: bool,
    filters: tuple[str, ...],
    from_file: str | None,
    write_only: bool,
    yes: bool,
    dry_run: bool,
) -> int:
    """Write a spec for a model that exists, and take it into the lock.

    RESOURCE is a job, a Model, an Endpoint or a tuned model: its resource name, the number at the end of it, or the
    address of its page in the console. Trains nothing; Model and Endpoint get our labels.
    """
    ways = (address is not None, everything, from_file is not None)
    if sum(ways) != 1 or bool(address) != bool(resource):
        raise click.UsageError("Name an ADDRESS and a RESOURCE, or say --all or --from FILE.")
    if filters and not everything:
        raise click.UsageError("--filter goes with --all: what is named is not looked for.")
    how = taking_in.How(out=out, yes=yes, dry_run=dry_run, write_only=write_only)
    with specs_session("import") as now:
        if address is not None and resource is not None:
            refuse_known(address, now.declared, now.world.trusted_lock())
            return taking_in.one(now, address, resource, how)
        if from_file is not None:
            return taking_in.listed(now, from_file, how)
        return taking_in.everything(now, filters, how)
