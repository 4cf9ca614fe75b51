"""What specs say about each other: an address each, references that lead somewhere, names of their own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from reconciler.core.codes_spec import spec_error
from reconciler.core.diagnostics import Diagnostic, Location
from reconciler.core.dialects import DIALECTS, dialect_of, is_open_model
from reconciler.core.findings import Findings
from reconciler.core.likeness import nearest
from reconciler.core.model import Address, Declared
from reconciler.files.raw import raw_at, raw_text
from reconciler.files.schema import BACKENDS
from reconciler.files.yaml_tree import Document


@dataclass(frozen=True, slots=True)
class Named:
    """A spec that has at least an address, whatever else is wrong with it."""

    address: Address
    document: Document
    parent: Address | None
    is_trial: bool = False

    @classmethod
    def of(cls, kind: str, document: Document) -> Named | None:
        """None where the document has no name."""
        name = raw_text(document.value, "metadata", "name")
        if not name:
            return None
        backend = BACKENDS[kind]
        ref = raw_at(document.value, "spec", DIALECTS[backend].parent, "ref")
        # A ref to another kind is a mistake of its own, and leads nowhere.
        parent = raw_text(ref, "name") if raw_at(ref, "kind") in (None, kind) else None
        return cls(Address(backend, name), document, Address(backend, parent) if parent else None)

    @classmethod
    def of_trial(cls, trial: Declared, document: Document) -> Named:
        """A trial of the sweep that the document is of; what its parent is, the sweep's own address says."""
        return cls(trial.address, document, None, is_trial=True)

    @property
    def where(self) -> Location:
        """Where the name stands."""
        return self.document.place(("metadata", "name"))

    @property
    def where_ref(self) -> Location:
        """Where the name of the parent stands."""
        return self.document.place(("spec", dialect_of(self.address).parent, "ref", "name"))


def relation_mistakes(specs: Sequence[Named], findings: Findings, *, is_whole: bool) -> Iterator[Diagnostic]:
    """All that is wrong between specs, broken ones included; what costs a search goes to `findings` itself.

    Where not every text could be read (`is_whole`), a missing parent may stand in the rest.
    """
    yield from _duplicates(specs)
    yield from _cycles(specs)
    yield from _former_name_clashes(specs)
    yield from _children_of_files(specs)
    if is_whole:
        _lost_references(specs, findings)


def _duplicates(specs: Sequence[Named]) -> Iterator[Diagnostic]:
    """Addresses that are declared twice, at the later place."""
    first: dict[Address, Named] = {}
    for spec in specs:
        if (known := first.setdefault(spec.address, spec)) is not spec:
            detail = f"{spec.address} is declared at {known.where} already."
            fix = "Rename or remove one of the two."
            yield spec_error("SPEC040", spec.where, detail, fix, address=str(spec.address))


def _lost_references(specs: Sequence[Named], findings: Findings) -> None:
    """References to specs that are not there."""
    by_backend: dict[str, list[str]] = defaultdict(list)
    for spec in specs:
        by_backend[spec.address.backend].append(spec.address.name)
    known = {spec.address for spec in specs}
    for spec in specs:
        if spec.parent is None or spec.parent in known or not findings.has_room("SPEC041", spec.document.source.path):
            continue
        near = nearest(spec.parent.name, by_backend[spec.address.backend])
        fix = f'Did you mean "{near}"?' if near else "Declare it, or give its file with -f as well."
        detail = f"There is no spec {spec.parent} in this run."
        findings.keep(spec_error("SPEC041", spec.where_ref, detail, fix, address=str(spec.address)))


def _cycles(specs: Sequence[Named]) -> Iterator[Diagnostic]:
    """Each circle of references once, at the first of its members."""
    by_address = {spec.address: spec for spec in reversed(specs)}
    settled: set[Address] = set()
    for spec in specs:
        circle = _circle(by_address[spec.address], by_address, settled)
        if circle:
            names = " → ".join(str(a) for a in (*circle, circle[0]))
            start = by_address[circle[0]]
            detail = f"{names}." if len(circle) > 1 else f"{circle[0]} is tuned from itself."
            fix = "Let one of them start from a base model."
            yield spec_error("SPEC042", start.where_ref, detail, fix, address=str(start.address))


def _circle(start: Named, by_address: Mapping[Address, Named], settled: set[Address]) -> list[Address]:
    """The circle that following parents from `start` ends in, if it was not met before."""
    trail: list[Address] = []
    spec: Named | None = start
    while spec is not None and spec.address not in settled:
        settled.add(spec.address)
        trail.append(spec.address)
        spec = by_address.get(spec.parent) if spec.parent else None
    is_new = spec is not None and spec.address in trail
    return trail[trail.index(spec.address) :] if spec is not None and is_new else []


def _children_of_files(specs: Sequence[Named]) -> Iterator[Diagnostic]:
    """References to an open model: what it leaves is no Model that could be tuned further."""
    by_address = {spec.address: spec for spec in reversed(specs)}
    for spec in specs:
        parent = by_address.get(spec.parent) if spec.parent else None
        if parent is None:
            continue
        base = raw_text(parent.document.value, "spec", dialect_of(parent.address).base_model) or ""
        if is_open_model(base):
            detail = f"{parent.address} is tuned from the open model {base}, and leaves files."
            fix = f"Write baseModel: {base}, and its files as customBaseModel."
            yield spec_error("SPEC096", spec.where_ref, detail, fix, address=str(spec.address))


def _former_name_clashes(specs: Sequence[Named]) -> Iterator[Diagnostic]:
    """Former names that are somebody's name, or that two specs claim."""
    present = {spec.address: spec for spec in reversed(specs)}
    claimed: dict[Address, Named] = {}
    for spec in specs:
        for index, former in _former(spec):
            holder = present.get(former) or claimed.get(former)
            claimed.setdefault(former, spec)
            if holder is not None:
                yield _clash(spec, index, former, holder)


def _former(spec: Named) -> Iterator[tuple[int, Address]]:
    names = None if spec.is_trial else raw_at(spec.document.value, "spec", "tuneform", "formerNames")
    for index, name in enumerate(names if isinstance(names, list) else []):
        if isinstance(name, str):
            yield index, Address(spec.address.backend, name)


def _clash(spec: Named, index: int, former: Address, holder: Named) -> Diagnostic:
    where = spec.document.place(("spec", "tuneform", "formerNames", index))
    if holder is spec:
        how = "is its own present name" if former == spec.address else "is listed twice"
    else:
        how = "is declared" if former == holder.address else "is claimed"
        how += f" at {holder.where}"
    detail = f"The former name {former} {how}."
    fix = "Remove it from formerNames."
    if holder is not spec and former == holder.address:
        fix += " If both were renamed, apply one rename after the other, the one to a free name first."
    return spec_error("SPEC043", where, detail, fix, address=str(spec.address))


def display_names_of_parents(
    declared: Mapping[Address, Declared], documents: Mapping[Address, Document]
) -> Iterator[Diagnostic]:
    """Children that would become a new version of their parent's model."""
    for address, child in declared.items():
        parent = declared.get(child.parent) if child.parent else None
        key = dialect_of(address).display_name
        if parent is None or parent is child or child.in_place[key] != parent.in_place[key]:
            continue
        where = documents[address].place(("spec", key))
        detail = f"{address} and its parent {parent.address} are both {child.in_place[key]!r}."
        yield spec_error("SPEC044", where, detail, f"Give {address} a {key} of its own.", address=str(address))
