"""The least that a base model trains on, where its catalogue entry says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reconciler.datasets.checked import Checked
    from reconciler.datasets.findings import Finding
    from reconciler.datasets.rules import RuleSet


def too_few(train: Checked, rules: RuleSet) -> tuple[Finding, ...]:
    """A finding where checked training data has fewer examples than the base model takes."""
    fewest = rules.limits.fewest_examples
    if not 0 < train.examples < fewest:
        return ()
    finding = rules.finding("DATA908", f"{train.examples:,} of at least {fewest:,}.")
    return (finding,) if finding else ()
