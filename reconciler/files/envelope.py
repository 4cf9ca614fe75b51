"""Whose document it is: ours, another API group's, or nobody's."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.core.codes_spec import spec_error
from reconciler.core.diagnostics import Diagnostic
from reconciler.core.likeness import nearest
from reconciler.core.suggest import suggest
from reconciler.files.schema import API_GROUP, API_VERSION, KINDS
from reconciler.files.schema.values import shown
from reconciler.files.yaml_tree import Document


def kind_of(document: Document, *, is_piped: bool) -> tuple[str | None, Diagnostic | None]:
    """The kind, or what is wrong; neither for a document of another group in piped input."""
    if not isinstance(document.value, Mapping):
        fix = "Begin it with apiVersion, kind, metadata and spec."
        return None, spec_error("SPEC020", document.start, "The document is not a mapping.", fix)
    version = document.value.get("apiVersion", document.value.get("api_version"))
    if not isinstance(version, str):
        return None, _unmarked(document, version)
    group = version.partition("/")[0]
    if group != API_GROUP:
        return None, None if is_piped else _foreign(document, version)
    if version != API_VERSION:
        where = document.place(("apiVersion",))
        return None, spec_error("SPEC021", where, f"apiVersion is {shown(version)}.", f"Write {API_VERSION}.")
    kind = document.value.get("kind")
    return (kind, None) if isinstance(kind, str) and kind in KINDS else (None, _unknown_kind(document, kind))


def _unmarked(document: Document, version: object) -> Diagnostic:
    if version is None:
        return spec_error(
            "SPEC020", document.start, "The document has no apiVersion.", f"Add apiVersion: {API_VERSION}."
        )
    where = document.place(("apiVersion",))
    return spec_error("SPEC020", where, f"apiVersion is {shown(version)}, not a text.", f"Write {API_VERSION}.")


def _foreign(document: Document, version: str) -> Diagnostic:
    fix = "Move it to another folder, or pipe everything into -f -, where such documents are skipped."
    if nearest(version, [API_VERSION], cutoff=0.8):
        fix = f'Did you mean "{API_VERSION}"?'
    return spec_error("SPEC020", document.place(("apiVersion",)), f"apiVersion is {shown(version)}.", fix)


def _unknown_kind(document: Document, kind: object) -> Diagnostic:
    if kind is None:
        return spec_error("SPEC022", document.start, "The document has no kind.", f"Add one of {', '.join(KINDS)}.")
    if kind == "Import":
        fix = f"Move it out of the specs: {suggest('import', '--from', 'FILE').quoted} writes a spec for each entry."
        return spec_error("SPEC022", document.place(("kind",)), "An Import is a list, and no spec.", fix)
    near = nearest(str(kind), KINDS)
    fix = f'Did you mean "{near}"?' if near else f"Use {', '.join(KINDS)}."
    return spec_error("SPEC022", document.place(("kind",)), f"kind is {shown(kind)}.", fix)
