"""The rules that a command over training data goes by: the workspace's, under those of its command line."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

import click

from reconciler import datasets
from reconciler.cli.failures import show
from reconciler.cli.sessions import read_workspace
from reconciler.core.codes_plan import plan_diagnostic
from reconciler.core.diagnostics import Diagnostic, Severity
from reconciler.core.suggest import suggest
from reconciler.session.workspace import catalog_of, rules_of
from reconciler.workflow.data import checked_severities
from reconciler.workflow.data_limits import is_known, limits_of

if TYPE_CHECKING:
    from reconciler.core.catalog import Catalog


def rules_of_run(method: str | None, base_model: str, severities: dict[str, str]) -> datasets.RuleSet:
    """The workspace's severities and limits, under those of this command line."""
    workspace = read_workspace()
    merged = {**checked_severities(rules_of(workspace)), **severities}
    catalog = catalog_of(workspace)
    if base_model and not is_known(catalog, base_model):
        show([_unknown(base_model, catalog)])
    return datasets.RuleSet.of(method, base_model, merged, limits_of(catalog, base_model))


def _unknown(base_model: str, catalog: Catalog) -> Diagnostic:
    """A name that may be misspelt, or of a model that is newer than the catalogue."""
    near = difflib.get_close_matches(base_model, sorted({model.name for model in catalog.models}), n=1)
    detail = f"{base_model} is not in the catalogue of {catalog.as_of}; the limits of most models were taken."
    fix = (
        f"Did you mean {near[0]}?" if near else f"See {suggest('models').quoted}; a workspace adds to it under models."
    )
    return plan_diagnostic("PLAN114", Severity.WARNING, detail, fix=fix)


def severities_of(rules: tuple[str, ...]) -> dict[str, str]:
    """What was written as --rule ID=SEVERITY."""
    pairs = [rule.partition("=") for rule in rules]
    wrong = [head for head, equals, _ in pairs if not equals]
    if wrong:
        raise click.UsageError(f"--rule {wrong[0]} is not of the form ID=SEVERITY, like DATA904=off.")
    return {head: severity for head, _, severity in pairs}
