"""From a checked document to core.model.Declared: each field goes where its mark says."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, TypeAlias

from reconciler.core.copying import FROM
from reconciler.core.diagnostics import Diagnostic, Location
from reconciler.core.dialects import dialect_of
from reconciler.core.dialects.gemini import GEMINI
from reconciler.core.dialects.vertex import VERTEX
from reconciler.core.model import (
    Address,
    CopySource,
    Data,
    Declared,
    Lifecycle,
    OnChange,
    OnDrift,
    OnFailure,
    OnRemove,
    Promote,
    Rebase,
    Rest,
    RewardSample,
    Sweep,
)
from reconciler.files.dataset_paths import DataFinder
from reconciler.files.declare_gate import gate_of
from reconciler.files.fields import fields_of
from reconciler.files.schema import ModelDocument
from reconciler.files.schema.base import Apart, Part
from reconciler.files.schema.gemini import GeminiSpec, GeminiTunedModel
from reconciler.files.schema.ours import LifecyclePart, TuneformPart
from reconciler.files.schema.sweep import SelectPart
from reconciler.files.schema.vertex import SourcePart, VertexSpec, VertexTunedModel
from reconciler.files.yaml_spelling import camel
from reconciler.files.yaml_tree import Document

_Found: TypeAlias = tuple[str | None, Diagnostic | None]
"""Path of a local file, and what is wrong with it."""

_OURS: Final = frozenset({"project", "location", "tuneform", FROM})
_METHODS: Final = tuple(method.field for method in VERTEX.methods)
_DATA_FILE: Final = "tuneform.dataFile"
_BUCKETS: Final = {OnChange.REPLACE: "training", OnChange.IN_PLACE: "in_place", OnChange.REPORT: "reported"}
_DEFAULT_LIFECYCLE: Final = Lifecycle()


@dataclass(slots=True)
class _Sorted:
    """The fields of one spec, by what an edit of them means."""

    training: dict[str, Any] = field(default_factory=dict)
    in_place: dict[str, Any] = field(default_factory=dict)
    reported: dict[str, Any] = field(default_factory=dict)
    datasets: list[tuple[str, str]] = field(default_factory=list)
    parent: str = ""
    examples: tuple[tuple[str, str], ...] = ()

    def bucket(self, mark: OnChange) -> dict[str, Any]:
        """Where a field with this mark goes; no field has another one."""
        fields: dict[str, Any] = getattr(self, _BUCKETS[mark])
        return fields


@dataclass(frozen=True, slots=True)
class Place:
    """Where a model is trained, as the spec and the workspace say together."""

    project: str
    location: str = ""


def declare(
    checked: ModelDocument, document: Document, place: Place, finder: DataFinder
) -> tuple[Declared, list[Diagnostic]]:
    """The spec as planned with, and what is wrong with its data."""
    gate, of_gate = gate_of(checked.spec.tuneform.gate, document, finder)
    declared, of_data = _with_data(checked, document, place, finder)
    return replace(declared, gate=gate), [*of_data, *of_gate]


def declare_sweep(declared: Declared, select: SelectPart, trials: tuple[Address, ...]) -> Declared:
    """What a sweep's own address is: nothing is trained there, the best of its trials is copied to it.

    Of what decides the weights only the key stays, which the copy has of its own.
    """
    kept = {name: value for name, value in declared.training.items() if name == dialect_of(declared.address).encryption}
    metric = select.gate.metric if select.gate is not None else select.metric or ""
    sweep = Sweep(trials, metric, by_answers=select.gate is not None, rest=Rest(select.rest))
    source = CopySource("", declared.address)
    bare = replace(declared, training=kept, reported={}, data=(), parent=None, trigger="")
    return replace(bare, source=source, sweep=sweep)


def _with_data(
    checked: ModelDocument, document: Document, place: Place, finder: DataFinder
) -> tuple[Declared, list[Diagnostic]]:
    if isinstance(checked, VertexTunedModel):
        return _vertex(checked, document, place, finder)
    return _gemini(checked, document, place, finder)


def _vertex(
    checked: VertexTunedModel, document: Document, place: Place, finder: DataFinder
) -> tuple[Declared, list[Diagnostic]]:
    spec, found = checked.spec, _sorted(checked.spec)
    _merge_extra(found.training, spec.tuneform.extra, VertexSpec)
    method = next((name for name in _METHODS if getattr(spec, _ATTRIBUTE[name]) is not None), None)
    if method is not None:
        found.training.setdefault(method, {})
    found.in_place.setdefault(VERTEX.display_name, checked.metadata.name)
    data, mistakes = [], []
    for dotted, uri in found.datasets:
        path, mistake = _located(finder.vertex, uri, document, ("spec", *dotted.split(".")))
        data.append(Data(dotted, uri, path))
        mistakes += [mistake] if mistake else []
    declared = _declared(VERTEX.name, checked, document, place, found, tuple(data))
    samples = tuple(RewardSample(s.answer, s.example, s.least, s.most) for s in spec.tuneform.reward_samples)
    rebase = Rebase(spec.tuneform.rebase) if spec.tuneform.rebase else None
    source = _source(spec.from_, document)
    return replace(declared, source=source, reward_samples=samples, rebase=rebase), mistakes


def _source(part: SourcePart | None, document: Document) -> CopySource | None:
    """A path is meant from the file of the spec, as that of data is."""
    if part is None:
        return None
    lock = part.lock or ""
    if lock and not lock.startswith("gs://"):
        lock = os.path.normpath(Path(document.source.path).parent / lock)
    return CopySource(part.workspace, Address.parse(part.address), part.version, lock)


def _located(
    find: Callable[[str, Location], _Found], uri: str, document: Document, field_path: tuple[str, ...]
) -> _Found:
    # A place costs a second parse: it is looked up for data that has something wrong with it.
    path, mistake = find(uri, document.start)
    return (path, None) if mistake is None else find(uri, document.place(field_path))


def _gemini(
    checked: GeminiTunedModel, document: Document, place: Place, finder: DataFinder
) -> tuple[Declared, list[Diagnostic]]:
    spec, found = checked.spec, _sorted(checked.spec)
    _merge_extra(found.training, spec.tuneform.extra, GeminiSpec)
    found.in_place.setdefault(GEMINI.display_name, checked.metadata.name)
    if "readerProjectNumbers" in found.in_place:
        # int64 leaves the service as text; the same number must not look like a change.
        found.in_place["readerProjectNumbers"] = [str(n) for n in found.in_place["readerProjectNumbers"]]
    file, mistakes = spec.tuneform.data_file, []
    path: str | None = None
    if file is not None:
        path, mistake = _located(finder.gemini, file, document, ("spec", "tuneform", "dataFile"))
        mistakes = [mistake] if mistake else []
    data = (Data(GEMINI.training_data[0], file or "", path, named_in="" if file is None else _DATA_FILE),)
    return _declared(GEMINI.name, checked, document, place, found, data), mistakes


def _declared(
    backend: str,
    checked: ModelDocument,
    document: Document,
    place: Place,
    found: _Sorted,
    data: tuple[Data, ...],
) -> Declared:
    ours: TuneformPart = checked.spec.tuneform
    return Declared(
        address=Address(backend, checked.metadata.name),
        where=document.start,
        locate=document.places.at,
        project=place.project,
        location=place.location,
        training=found.training,
        in_place=found.in_place,
        reported=found.reported,
        data=data,
        parent=Address(backend, found.parent) if found.parent else None,
        lifecycle=_lifecycle(ours.lifecycle),
        task=ours.task or "",
        checkpoint=ours.serve.checkpoint.removeprefix("last") if ours.serve else "",
        alias=(ours.serve.alias or "") if ours.serve else "",
        trigger=ours.trigger or "",
        existing=ours.existing or "",
        former_names=tuple(ours.former_names),
        examples=found.examples,
    )


def _sorted(spec: Part) -> _Sorted:
    found = _Sorted()
    _sort(found, spec, (), without=_OURS)
    return found


def _sort(found: _Sorted, part: Part, path: tuple[str, ...], without: frozenset[str] = frozenset()) -> None:
    known_fields = fields_of(type(part))
    for name, value in part.given().items():
        known = known_fields[name]
        if name in without:
            continue
        if known.apart is not None:
            _set_apart(found, known.apart, (*path, name), value)
        elif known.many is not None and known.on_change is not None and known.part is not None:
            _put(found.bucket(known.on_change), path, name, _plain(value))
        elif known.part is not None:
            _sort(found, value, (*path, name))
        elif known.on_change is not None:
            _put(found.bucket(known.on_change), path, name, value)


def _set_apart(found: _Sorted, kind: Apart, path: tuple[str, ...], value: Any) -> None:
    match kind:
        case Apart.DATASET:
            found.datasets.append((".".join(path), value))
        case Apart.PARENT:
            found.parent = value.name
        case Apart.EXAMPLES:
            found.examples = tuple((pair.text_input, pair.output) for pair in value)


def _plain(value: Any) -> Any:
    """Parts as the mappings that the API takes; a list is compared whole."""
    if isinstance(value, Part):
        return {name: _plain(inner) for name, inner in value.given().items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value


def _put(fields: dict[str, Any], path: tuple[str, ...], name: str, value: Any) -> None:
    for step in path:
        fields = fields.setdefault(step, {})
    fields[name] = value


def _merge_extra(training: dict[str, Any], extra: Mapping[str, Any], part: type[Part]) -> None:
    """Extra fields are training fields; mappings that the schema knows are entered, others taken whole."""
    for key, value in extra.items():
        known = fields_of(part).get(camel(key))
        if known is not None and known.part is not None:
            _merge_extra(training.setdefault(known.name, {}), value, known.part)
        else:
            training[key] = value


def _lifecycle(part: LifecyclePart) -> Lifecycle:
    if not part.model_fields_set:
        return _DEFAULT_LIFECYCLE
    return Lifecycle(
        protect=part.protect,
        on_remove=OnRemove(part.on_remove),
        keep=part.keep,
        on_data_change=OnDrift(part.on_data_change),
        on_parent_change=OnDrift(part.on_parent_change),
        on_failure=OnFailure(part.on_failure),
        max_attempts=part.max_attempts,
        promote=Promote(part.promote),
        max_duration=part.max_duration or "",
    )


_ATTRIBUTE: Final = {name: fields_of(VertexSpec)[name].attribute for name in _METHODS}
