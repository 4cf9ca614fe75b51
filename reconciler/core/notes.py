"""What a plan says beside a change. Notes never change what is done."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.core.change import FieldChange
from reconciler.core.codes_plan import plan_diagnostic
from reconciler.core.diagnostics import Diagnostic, Severity
from reconciler.core.lock import Training
from reconciler.core.model import Address, Declared, LiveTraining
from reconciler.core.suggest import suggest


def duplicate(address: Address, younger: LiveTraining) -> Diagnostic:
    """Two running jobs for one training."""
    detail = f"{younger.resource_name} (created {younger.created}) trains the same; it is cancelled."
    return plan_diagnostic("PLAN003", Severity.WARNING, detail, address=str(address))


def existing_missing(declared: Declared, name: str) -> Diagnostic:
    """`existing` names nothing."""
    return plan_diagnostic(
        "PLAN008",
        Severity.WARNING,
        f"{name} is not among the trainings of {declared.project} {declared.location}".rstrip() + ".",
        fix="Correct the name, or remove `existing` to train anew.",
        where=declared.at("tuneform.existing"),
        address=str(declared.address),
    )


def existing_of_no_use(declared: Declared, found: LiveTraining) -> Diagnostic:
    """`existing` names a training that is history."""
    return plan_diagnostic(
        "PLAN018",
        Severity.WARNING,
        f"{found.resource_name} ({found.state}) has no model that serves.",
        fix="Name one that is there, or remove `existing` to train anew.",
        where=declared.where,
        address=str(declared.address),
    )


def shared_model(address: Address, model: str, others: Sequence[Address]) -> Diagnostic:
    """Versions of one Model at two addresses."""
    names = ", ".join(map(str, others))
    detail = f"{model} holds versions of {address} and of {names}: its display name and labels are left as they are."
    return plan_diagnostic("PLAN121", Severity.WARNING, detail, address=str(address))


def source_unknown(declared: Declared, why: str) -> Diagnostic:
    """`from` names a model that nobody can find now."""
    return plan_diagnostic(
        "PLAN019",
        Severity.WARNING,
        f"{why[:1].upper()}{why[1:]}.",
        fix="What serves stays. Correct `from`, or the lock of the other workspace.",
        where=declared.at("from"),
        address=str(declared.address),
    )


def not_rebased(declared: Declared, why: str) -> Diagnostic:
    """Another base model, and a training of its own all the same."""
    return plan_diagnostic(
        "PLAN142",
        Severity.NOTE,
        f"It is trained by a job of its own: {why}.",
        where=declared.at("tuneform.rebase"),
        address=str(declared.address),
    )


def leaves_its_endpoint(declared: Declared, training: Training) -> Diagnostic:
    """What serves is undeployed by the service itself."""
    detail = (
        f"When the new model is trained, the service puts it in place of {training.model} at {training.endpoint}. "
        "Nothing judges it before, and nothing can be rolled back to at that endpoint."
    )
    return plan_diagnostic(
        "PLAN141",
        Severity.WARNING,
        detail,
        fix="To keep the present model callable, write rebase: newEndpoint.",
        where=declared.at("tuneform.rebase"),
        address=str(declared.address),
    )


def applies_when_trained(address: Address, fields: Sequence[FieldChange]) -> Diagnostic:
    """An edit of mutable fields while nothing carries them yet."""
    names = ", ".join(f.field for f in fields)
    return plan_diagnostic("PLAN001", Severity.NOTE, f"{names}: patched when there is a model.", address=str(address))


def keeps_when_trained(address: Address) -> Diagnostic:
    """A lower `keep` while a training is under way: what it disposes of is shown by the plan after that."""
    detail = "lifecycle.keep: lowered when the training has ended."
    return plan_diagnostic("PLAN001", Severity.NOTE, detail, address=str(address))


def reported(address: Address, change: FieldChange) -> Diagnostic:
    """A difference that trains nothing by itself."""
    new = "unset" if change.new is None else change.new
    old = "unset" if change.old is None else change.old
    return plan_diagnostic(
        "PLAN002",
        Severity.WARNING,
        f"{change.field}: trained with {old}, now {new}.",
        address=str(address),
        command=suggest("apply", "--replace", address),
    )


def failed_left_model(address: Address, training: Training) -> Diagnostic:
    """A failed job whose model was uploaded."""
    return plan_diagnostic(
        "PLAN007", Severity.WARNING, f"{training.model} exists: {training.error}", address=str(address)
    )


def forgotten(address: Address, live: LiveTraining) -> Diagnostic:
    """A tombstone forbids the adoption."""
    name = live.model or live.resource_name
    return plan_diagnostic(
        "PLAN006", Severity.WARNING, f"{name} was forgotten, and is left alone.", address=str(address)
    )


def ended_before(address: Address, live: LiveTraining) -> Diagnostic:
    """History that matches."""
    words = live.error or ("its model is gone" if live.model else "it left no model")
    detail = f"{live.resource_name} ended {live.state}: {words}."
    return plan_diagnostic("PLAN004", Severity.NOTE, detail, address=str(address))


def other_training(address: Address, live: LiveTraining) -> Diagnostic:
    """The same name, other training fields."""
    name = live.model or live.resource_name
    detail = f"{name} ({live.state}) was trained from something else."
    return plan_diagnostic("PLAN005", Severity.WARNING, detail, address=str(address))


def trained_otherwise(declared: Declared, differs: Sequence[FieldChange]) -> Diagnostic:
    """An existing model that is not what its new spec says."""
    names = ", ".join(c.field for c in differs)
    return plan_diagnostic(
        "PLAN011",
        Severity.WARNING,
        f"{declared.existing} was not trained from this spec: {names}.",
        fix="Write into the spec what it was trained from; else the next plan shows a replace.",
        where=declared.at("tuneform.existing"),
        address=str(declared.address),
    )


def unproven_data(address: Address, training: Training) -> Diagnostic:
    """Somebody changed the object while the job began."""
    return plan_diagnostic(
        "PLAN118",
        Severity.WARNING,
        training.data_unproven,
        address=str(address),
        command=suggest("apply", "--replace", address),
    )


_LOST = "which is gone, may not be read, or has other bytes by now"


def unknown_data(address: Address, change: FieldChange, training: Training) -> Diagnostic:
    """Other bytes, and nothing left to compare their content with."""
    record = next((r for r in training.submission.data if r.field == change.field), None)
    sent = record.sent_uri if record else ""
    why = f"was sent as {sent}, {_LOST}" if sent else "of which nothing is kept"
    return plan_diagnostic(
        "PLAN023",
        Severity.WARNING,
        f"{change.new} has other bytes than those that were trained on: {change.old} {why}.",
        address=str(address),
        fix="Nothing, if only line ends or the like differ. If the examples did change, train anew:",
        command=suggest("apply", "--replace", address),
    )


def adopted_unknown(address: Address, live: LiveTraining) -> Diagnostic:
    """Adopted by its name and fields, because nobody can tell what it was trained on."""
    return plan_diagnostic(
        "PLAN024",
        Severity.WARNING,
        f"{live.resource_name} was trained on {live.data_uri}, {_LOST}.",
        address=str(address),
        fix="Nothing, if only line ends or the like differ. If the examples did change, train anew afterwards:",
        command=suggest("apply", "--replace", address),
    )


def likely_rename(removed: Address, added: Declared) -> Diagnostic:
    """Equal training fields on both sides."""
    return plan_diagnostic(
        "PLAN009",
        Severity.WARNING,
        f"{removed} is removed and {added.address} has the same training fields.",
        fix=f"To keep the model, add under spec.tuneform:  formerNames: [{removed.name}]",
        where=added.where,
        address=str(added.address),
    )
