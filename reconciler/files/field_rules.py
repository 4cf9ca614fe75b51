"""Rules of single specs that no field can check alone: its place, its data, its extra fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.core.codes_spec import spec_error
from reconciler.core.diagnostics import Diagnostic
from reconciler.core.dialect import Dialect
from reconciler.core.dialects import DIALECTS
from reconciler.core.plurals import counted
from reconciler.core.settings import Workspace
from reconciler.files.catalog import shipped_catalog
from reconciler.files.checkpoint_rules import alias_mistakes, checkpoint_mistakes
from reconciler.files.copy_rules import copy_mistakes
from reconciler.files.declare import Place
from reconciler.files.fields import fields_of
from reconciler.files.gate_rules import gate_mistakes
from reconciler.files.open_model_rules import open_model_mistakes
from reconciler.files.raw import raw_at, raw_text
from reconciler.files.rebase_rules import rebase_mistakes
from reconciler.files.reward_rules import reward_mistakes
from reconciler.files.schema import BACKENDS, SPECS
from reconciler.files.schema.base import Part
from reconciler.files.schema.ours import WORKSPACE_ANNOTATION
from reconciler.files.sweep_rules import sweep_mistakes
from reconciler.files.yaml_spelling import camel
from reconciler.files.yaml_tree import Document


def place_of(kind: str, document: Document, workspace: Workspace) -> Place:
    """Project and location by the spec, or else by the workspace; empty where neither says."""
    home = workspace.home(BACKENDS[kind])
    project = raw_text(document.value, "spec", "project") or home.project
    if not DIALECTS[BACKENDS[kind]].has_locations:
        return Place(project)
    return Place(project, raw_text(document.value, "spec", "location") or home.location)


def spec_mistakes(kind: str, document: Document, workspace: Workspace | None) -> Iterator[Diagnostic]:
    """Everything that is wrong with one spec beyond its fields' own forms.

    Nothing is said of what the workspace decides where it is not known.
    """
    dialect = DIALECTS[BACKENDS[kind]]
    if workspace is not None:
        yield from workspace_mistakes(document, workspace)
    spec = raw_at(document.value, "spec")
    if not isinstance(spec, Mapping):
        return
    place = place_of(kind, document, workspace or Workspace())
    if workspace is not None:
        yield from _place_mistakes(dialect, document, workspace, place)
    extra = raw_at(spec, "tuneform", "extra")
    if isinstance(extra, Mapping):
        yield from _extra_mistakes(document, extra, SPECS[kind], ())
    yield from gate_mistakes(dialect, document)
    yield from checkpoint_mistakes(dialect, document)
    yield from alias_mistakes(dialect, document)
    yield from copy_mistakes(document, workspace)
    yield from rebase_mistakes(document, workspace)
    yield from reward_mistakes(document)
    yield from open_model_mistakes(dialect, document)
    if not document.moved:
        yield from sweep_mistakes(kind, document)
    if dialect.encryption:
        yield from _encryption_mistakes(dialect, document, place)
    if dialect.has_inline_data:
        yield from _training_data_mistakes(document)
    yield from _default_name_mistakes(dialect, document)


def workspace_mistakes(document: Document, workspace: Workspace) -> Iterator[Diagnostic]:
    """Whether it is for another workspace than the one in force, by its annotation."""
    annotations = raw_at(document.value, "metadata", "annotations")
    wanted = annotations.get(WORKSPACE_ANNOTATION) if isinstance(annotations, Mapping) else None
    if wanted is None or wanted == workspace.name:
        return
    where = document.place(("metadata", "annotations", WORKSPACE_ANNOTATION))
    in_force = f"the workspace in force is {workspace.name}" if workspace.name else "no workspace is in force"
    fix = "Choose the right workspace, or build the specs for this one."
    yield spec_error("SPEC062", where, f"The spec is for {wanted}, and {in_force}.", fix)


def _place_mistakes(dialect: Dialect, document: Document, workspace: Workspace, place: Place) -> Iterator[Diagnostic]:
    needed = {"project": place.project} | ({"location": place.location} if dialect.has_locations else {})
    for name, value in needed.items():
        if not value and raw_at(document.value, "spec", name) is None:
            fix = f"Set spec.{dialect.name}.{name} in {workspace.path}, or spec.{name} here."
            yield spec_error("SPEC045", document.place(("spec",)), f"Nothing says in which {name} to train.", fix)


def _encryption_mistakes(dialect: Dialect, document: Document, place: Place) -> Iterator[Diagnostic]:
    key = raw_text(document.value, "spec", "encryptionSpec", "kmsKeyName") or ""
    parts = key.split("/")
    location = place.location
    if key and location == "global":
        where = document.place(("spec", "encryptionSpec", "kmsKeyName"))
        yield spec_error("SPEC065", where, "The job is in global.", "Train in a region, or remove encryptionSpec.")
    elif len(parts) == 8 and location and parts[3] != location:
        where = document.place(("spec", "encryptionSpec", "kmsKeyName"))
        base = raw_text(document.value, "spec", "baseModel") or ""
        known = shipped_catalog().find(dialect.name, base)
        elsewhere = f", or train in {parts[3]}" if known and parts[3] in known.regions else ""
        fix = f"Use a key of {location}{elsewhere}."
        yield spec_error("SPEC046", where, f"The key is in {parts[3]}, and the job in {location}.", fix)


def _training_data_mistakes(document: Document) -> Iterator[Diagnostic]:
    inline = raw_at(document.value, "spec", "tuningTask", "trainingData")
    file = raw_at(document.value, "spec", "tuneform", "dataFile")
    if inline is not None and file is not None:
        where = document.place(("spec", "tuneform", "dataFile"), of_key=True)
        detail = "The spec has tuningTask.trainingData and tuneform.dataFile."
        yield spec_error("SPEC031", where, detail, "Keep one of them.")
    elif inline is None and file is None and not raw_at(document.value, "spec", "tuneform", "existing"):
        # What an imported model was trained on is not known.
        detail = "The spec has neither tuningTask.trainingData nor tuneform.dataFile."
        yield spec_error("SPEC026", document.place(("spec",)), detail, "Add one of them.")


def _default_name_mistakes(dialect: Dialect, document: Document) -> Iterator[Diagnostic]:
    """The display name is the name where the spec has none, and may be shorter than a name."""
    name = raw_text(document.value, "metadata", "name") or ""
    field, most = dialect.display_name, dialect.display_name_max
    if len(name) > most and raw_at(document.value, "spec", field) is None:
        where = document.place(("metadata", "name"))
        detail = f"name has {counted(len(name), 'character')}; as the {field} it may have {most}."
        yield spec_error("SPEC028", where, detail, f"Set spec.{field}.")


def _extra_mistakes(
    document: Document, extra: Mapping[str, Any], part: type[Part], path: tuple[str, ...]
) -> Iterator[Diagnostic]:
    for key, value in extra.items():
        name = camel(key)
        known = fields_of(part).get(name)
        here = (*path, name)
        where = ("spec", "tuneform", "extra", *here)
        if name in part.answers:
            detail = f"{name} is set by the service, never by a spec."
            yield spec_error("SPEC025", document.place(where, of_key=True), detail, "Remove it.")
        elif known is None:
            continue
        elif known.part is None or known.on_change is None or not isinstance(value, Mapping):
            dotted = ".".join(("spec", *here))
            fix = f"Write {dotted} instead."
            detail = f"{name} is a field that this version knows."
            yield spec_error("SPEC034", document.place(where, of_key=True), detail, fix)
        elif raw_at(document.value, "spec", *here) is None:
            detail = f"The spec has no {name} that this could be added to."
            fix = f"Add {'.'.join(('spec', *here))}, or remove this."
            yield spec_error("SPEC034", document.place(where, of_key=True), detail, fix)
        else:
            yield from _extra_mistakes(document, value, known.part, here)
