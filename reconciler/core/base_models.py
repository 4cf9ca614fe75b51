"""What the dated catalogue has to say about the base models of a plan."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from reconciler.core import diff
from reconciler.core.catalog import BaseModel, Catalog
from reconciler.core.change import Change
from reconciler.core.codes_plan import plan_diagnostic
from reconciler.core.copying import FROM
from reconciler.core.diagnostics import Diagnostic, Severity
from reconciler.core.dialect import TuningMethod
from reconciler.core.dialects import dialect_of
from reconciler.core.model import Action, Declared
from reconciler.core.suggest import SuggestedCommand, suggest

_MODELS = suggest("models")
_WARN_AHEAD = timedelta(days=90)
"""How long before a base retires the models tuned from it are spoken of."""


@dataclass(frozen=True, slots=True)
class _Remarks:
    """Messages about a change, each at the place where it belongs."""

    change: Change

    def say(
        self,
        code: str,
        severity: Severity,
        detail: str,
        fix: str = "",
        *,
        field: str = "",
        command: str | SuggestedCommand = "",
    ) -> Diagnostic:
        """At a field of the spec: the base model's where none is given."""
        declared = self.change.declared
        where = declared.at(field or base_field(declared)) if declared else None
        return plan_diagnostic(
            code, severity, detail, fix=fix, where=where, address=str(self.change.address), command=command
        )


def base_field(declared: Declared) -> str:
    """The field that says what a model is tuned from."""
    return FROM if declared.source else dialect_of(declared.address).starts_from(declared.training)


def check_base_model(
    change: Change, name: str, catalog: Catalog, today: date, *, allowed: bool
) -> Iterator[Diagnostic]:
    """Refusals of what does not train any more, and warnings where the catalogue may only be behind.

    `name` is the base model's, a parent's for what is tuned further, a source's for a copy, or "" where nobody knows.
    `allowed` lifts the refusals: the service may know better than a dated table. A copy trains nothing that could be
    refused.
    """
    if not name:
        return
    remarks = _Remarks(change)
    known = catalog.find(change.address.backend, name)
    if known is None:
        if change.trains:
            near = catalog.meant(change.address.backend, name)
            fix = f'Did you mean "{near}"?' if near else f"Check the spelling against {_MODELS.quoted}."
            detail = f"{name} is not in the catalogue of {catalog.as_of}; the service decides."
            yield remarks.say("PLAN114", Severity.WARNING, detail, fix)
        return
    if change.trains:
        if not allowed:
            yield from _refusals(remarks, known, catalog, today)
            yield from _not_offered(remarks, known, catalog)
        yield from _doubts(remarks, known, catalog)
    elif change.action is not Action.BLOCKED:
        yield from _retiring(remarks, known, today)


def method_of(declared: Declared) -> TuningMethod:
    """By which method it is tuned."""
    return dialect_of(declared.address).method_of(declared.training)


def _refusals(remarks: _Remarks, known: BaseModel, catalog: Catalog, today: date) -> Iterator[Diagnostic]:
    instead = f"Train {known.replacement} instead" if known.replacement else f"Choose one of {_MODELS.quoted}"
    fix = f"{instead}, or give --allow-retired once if the service knows better."
    declared = remarks.change.declared
    assert declared is not None, "only what is declared trains"
    method = method_of(declared)
    if known.cut_off is not None and today > known.cut_off:
        detail = f"{known.name} took new trainings until {known.cut_off} (catalogue of {catalog.as_of})."
        yield remarks.say("PLAN107", Severity.ERROR, detail, fix)
    elif known.offers(method.word) is False:
        lacks = f"does not offer {method.word} tuning" if known.methods else "cannot be tuned on this service"
        detail = f"{known.name} {lacks} (catalogue of {catalog.as_of})."
        yield remarks.say("PLAN107", Severity.ERROR, detail, fix, field=method.field if known.methods else "")


def _not_offered(remarks: _Remarks, known: BaseModel, catalog: Catalog) -> Iterator[Diagnostic]:
    """What a published page says that the base model does not do: the service would refuse the job."""
    declared = remarks.change.declared
    assert declared is not None, "only what is declared trains"
    fix = "Remove it, choose another base model, or give --allow-retired once if the service knows better."
    encryption = dialect_of(declared.address).encryption
    if known.encryption is False and encryption in declared.training:
        detail = f"{known.name} takes no customer-managed encryption key (catalogue of {catalog.as_of})."
        yield remarks.say("PLAN125", Severity.ERROR, detail, fix, field=encryption)
    regions, evaluation = known.evaluation_regions, method_of(declared).evaluation
    if regions is None or diff.at(declared.reported, evaluation) is None:
        return
    if declared.location not in regions:
        where = f"only in {_listed(regions)}, not in {declared.location}" if regions else "nowhere"
        detail = f"Tuning {known.name} is evaluated {where} (catalogue of {catalog.as_of})."
        yield remarks.say("PLAN125", Severity.ERROR, detail, fix, field=evaluation)


def _doubts(remarks: _Remarks, known: BaseModel, catalog: Catalog) -> Iterator[Diagnostic]:
    """What the service will probably refuse when the job is created: before anything is paid."""
    declared = remarks.change.declared
    assert declared is not None, "only what is declared trains"
    method = method_of(declared)
    if known.offers(method.word) is None:
        detail = (
            f"No page says whether {method.word} tuning is offered for {known.name} (catalogue of {catalog.as_of})."
        )
        fix = f"Choose another of {_MODELS.quoted}, or let the service decide."
        yield remarks.say("PLAN145", Severity.WARNING, detail, fix, field=method.field)
    regions = known.tuned_in(method.word)
    if regions and declared.location and declared.location not in regions:
        by = f" by {method.word} tuning" if method.word in known.method_regions else ""
        detail = f"{known.name} is tuned{by} in {_listed(regions)}, not in {declared.location}."
        yield remarks.say("PLAN115", Severity.WARNING, detail, "Set `location` to one of these.", field="location")
    yield from _mode_doubts(remarks, known, declared, method)
    size = _adapter_size(declared)
    if size is not None and known.adapter_sizes and size not in known.adapter_sizes:
        sizes = ", ".join(map(str, known.adapter_sizes))
        detail = f"{known.name} takes adapter sizes {sizes}; the spec says {size}."
        fix = "Choose one of these, or leave it out."
        yield remarks.say("PLAN116", Severity.WARNING, detail, fix, field=method.adapter_size)


def _mode_doubts(remarks: _Remarks, known: BaseModel, declared: Declared, method: TuningMethod) -> Iterator[Diagnostic]:
    """Of open models: all weights, or an adapter."""
    dialect = dialect_of(declared.address)
    field = f"{method.field}.{dialect.mode}"
    mode = dialect.modes.get(str(diff.at(declared.training, field)))
    if mode and known.tuning_modes and mode not in known.tuning_modes:
        leaf, modes = dialect.mode, " or ".join(known.tuning_modes)
        detail = f"{known.name} is tuned by {modes} alone; the spec says {mode}."
        yield remarks.say("PLAN144", Severity.WARNING, detail, f"Set another {leaf}, or leave it out.", field=field)


def _retiring(remarks: _Remarks, known: BaseModel, today: date) -> Iterator[Diagnostic]:
    """Tuned models end with their base."""
    if known.retires is None or today + _WARN_AHEAD < known.retires:
        return
    when = "retired" if known.retires <= today else "retires, at the earliest,"
    detail = f"{known.name} {when} on {known.retires}; models tuned from it stop answering with it."
    if remarks.change.declared and remarks.change.declared.source:
        yield remarks.say("PLAN117", Severity.WARNING, detail, f"Train its source anew, from one of {_MODELS.quoted}.")
    elif known.replacement:
        migrate = suggest("models", "migrate", "ADDRESS").quoted
        fix = f"Train its successor from {known.replacement}: {migrate} writes the spec.{_may_be_rebased(remarks)}"
        command = suggest("models", "migrate", remarks.change.address)
        yield remarks.say("PLAN117", Severity.WARNING, detail, fix, command=command)
    else:
        yield remarks.say("PLAN117", Severity.WARNING, detail, f"See {_MODELS.quoted}.")


def _may_be_rebased(remarks: _Remarks) -> str:
    """A way to get there that the spec does not ask for yet."""
    declared, dialect = remarks.change.declared, dialect_of(remarks.change.address)
    if declared is None or declared.rebase is not None or not dialect.jobs_to_rebase:
        return ""
    return " With tuneform.rebase the service trains it again on that." if dialect.base_of(declared.training) else ""


def _adapter_size(declared: Declared) -> int | None:
    """The number that the name of the API's enum means."""
    name = diff.at(declared.training, method_of(declared).adapter_size)
    return dialect_of(declared.address).adapter_sizes.get(str(name))


def _listed(names: tuple[str, ...]) -> str:
    shown = ", ".join(names[:4])
    return f"{shown} and {len(names) - 4} more" if len(names) > 4 else shown
