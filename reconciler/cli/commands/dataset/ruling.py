"""The rules that a command over training data goes by: the workspace's, under those of its command line."""

from __future__ import annotations

import click

from reconciler import datasets
from reconciler.cli.failures import show
from reconciler.cli.sessions import read_workspace
from reconciler.session.workspace import catalog_of, rules_of
from reconciler.workflow.data_check import rules_over, unknown_base
from reconciler.workflow.data_limits import is_known


def rules_of_run(method: str | None, base_model: str, severities: dict[str, str]) -> datasets.RuleSet:
    """The workspace's severities and limits, under those of this command line."""
    workspace = read_workspace()
    catalog = catalog_of(workspace)
    if base_model and not is_known(catalog, base_model):
        show([unknown_base(base_model, catalog)])
    return rules_over(rules_of(workspace), method, base_model, severities)


def severities_of(rules: tuple[str, ...]) -> dict[str, str]:
    """What was written as --rule ID=SEVERITY."""
    pairs = [rule.partition("=") for rule in rules]
    wrong = [head for head, equals, _ in pairs if not equals]
    if wrong:
        raise click.UsageError(f"--rule {wrong[0]} is not of the form ID=SEVERITY, like DATA904=off.")
    return {head: severity for head, _, severity in pairs}
