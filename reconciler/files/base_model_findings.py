"""What is said of a spec's base model by the catalogue alone, before anything is observed."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.core.catalog import Catalog
from reconciler.core.codes_spec import spec_error
from reconciler.core.diagnostics import Diagnostic
from reconciler.core.dialects import dialect_of
from reconciler.core.model import Declared
from reconciler.core.settings import Workspace


def base_model_findings(declared: Declared, workspace: Workspace, catalog: Catalog) -> Iterator[Diagnostic]:
    """An error where pages leave its method out of what the base model offers: the service would refuse every job.

    A model that is taken as it stands, or copied, is tuned by nobody here; whether a base model is tuned at all, and of
    what is tuned further, the plan says.
    """
    dialect = dialect_of(declared.address)
    base = dialect.base_of(declared.training)
    known = catalog.find(dialect.name, base) if base else None
    if known is None or not known.methods or declared.existing or workspace.catalog == "historic":
        return
    method = dialect.method_of(declared.training)
    if known.offers(method.word) is False:
        offered = " and ".join(known.methods)
        detail = f"For {known.name} there is {offered} tuning, not {method.word} tuning (as of {catalog.as_of})."
        fix = f"Choose another base model, or correct models.{known.name}.methods in {workspace.path}."
        yield spec_error("SPEC091", declared.at(method.field), detail, fix)
