"""Documents that say of specs what no spec can: that one was removed, and that one was called otherwise."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from reconciler.core.codes_spec import spec_error
from reconciler.core.diagnostics import Diagnostic, Location
from reconciler.core.findings import Findings
from reconciler.core.model import Address, Declared, OnRemove, Removal
from reconciler.core.settings import Workspace
from reconciler.files.complaints import check_document
from reconciler.files.field_rules import workspace_mistakes
from reconciler.files.schema import KINDS
from reconciler.files.schema.statements import MovedDocument, RemovedDocument
from reconciler.files.yaml_tree import Document

_DONE: Final = "If it was carried out before, delete this document."


@dataclass(frozen=True, slots=True)
class Rename:
    """`from` and `to` of a document, with the place of each."""

    old: Address
    new: Address
    document: Document

    def at(self, name: str) -> Location:
        """Where one of the two stands."""
        return self.document.place(("spec", name))


@dataclass(slots=True)
class Statements:
    """What was read of them, as far as each is right by itself."""

    removals: dict[Address, Removal] = field(default_factory=dict)
    renames: list[Rename] = field(default_factory=list)

    @classmethod
    def of(
        cls, documents: Sequence[tuple[str, Document]], workspace: Workspace | None, findings: Findings
    ) -> Statements:
        """What is wrong with one of them goes to `findings`."""
        found = cls()
        for kind, document in documents:
            checked = check_document(KINDS[kind], document, findings)
            if workspace is not None:
                findings.extend(workspace_mistakes(document, workspace))
            if isinstance(checked, RemovedDocument):
                found._removed(checked, document, findings)
            elif isinstance(checked, MovedDocument):
                old, new = Address.parse(checked.spec.from_), Address.parse(checked.spec.to)
                found.renames.append(Rename(old, new, document))
        return found

    def _removed(self, checked: RemovedDocument, document: Document, findings: Findings) -> None:
        address, where = Address.parse(checked.spec.address), document.place(("spec", "address"))
        known = self.removals.get(address)
        if known is not None:
            detail = f"{address} is removed at {known.where} already."
            findings.add(spec_error("SPEC085", where, detail, "Remove one of the two.", address=str(address)))
            return
        on_remove, reason = OnRemove(checked.spec.on_remove), checked.spec.reason or ""
        self.removals[address] = Removal(address, on_remove, reason, where)

    def mistakes(
        self, declared: Mapping[Address, Location], former: Mapping[Address, Address], *, is_whole: bool
    ) -> Iterator[Diagnostic]:
        """What contradicts the specs, or each other. `declared` are all that have an address, broken ones too.

        `former` has by each name under formerNames whose that is. Where not every text could be read (`is_whole`),
        what is missing may stand in the rest.
        """
        yield from self._removed_and_there(declared, former)
        yield from self._clashes(declared)
        ends = self._ends
        for rename in self.renames:
            end = ends[rename.old]
            if end is None:
                detail = f"The renames of {rename.old} lead in a circle."
                fix = "To exchange two names, apply one rename after the other, by way of a third name."
                yield _moved(rename, "to", detail, fix)
            elif former.get(rename.old, end) != end:
                detail = f"{rename.old} became {end}, and {former[rename.old]} has it under formerNames."
                yield _moved(rename, "from", detail, "Say one of the two.")
            elif is_whole and end not in declared and end not in self.removals:
                detail = f"{rename.old} became {end}, and no spec declares that."
                fix = f"Correct the address. If {end} was removed since, delete this document, or add a Removed."
                yield _moved(rename, "to", detail, fix)

    def _removed_and_there(
        self, declared: Mapping[Address, Location], former: Mapping[Address, Address]
    ) -> Iterator[Diagnostic]:
        became = {**former, **{rename.old: rename.new for rename in self.renames}}
        for address, removal in self.removals.items():
            place = declared.get(address)
            if place is not None:
                detail, fix = f"{address} is declared at {place}.", f"Remove the spec, or this document. {_DONE}"
                yield spec_error("SPEC085", removal.where, detail, fix, address=str(address))
            elif address in became:
                detail = f"{address} became {became[address]}."
                yield spec_error("SPEC085", removal.where, detail, "Say one of the two.", address=str(address))

    def _clashes(self, declared: Mapping[Address, Location]) -> Iterator[Diagnostic]:
        first: dict[Address, Rename] = {}
        for rename in self.renames:
            known = first.setdefault(rename.old, rename)
            if rename.old.backend != rename.new.backend:
                detail = f"{rename.old} and {rename.new} are of two services."
                yield _moved(rename, "to", detail, "A model stays with its service: train one anew instead.")
            elif rename.old in declared:
                detail = f"{rename.old} is declared at {declared[rename.old]}."
                yield _moved(rename, "from", detail, f"Correct the address. {_DONE}")
            elif known is not rename:
                detail = f"{rename.old} became {known.new} at {known.at('from')} already."
                yield _moved(rename, "from", detail, "Remove one of the two.")

    @property
    def _ends(self) -> Mapping[Address, Address | None]:
        """What each old name is called by now; None for a circle. Each document is followed once."""
        going = {rename.old: rename.new for rename in reversed(self.renames)}
        ends: dict[Address, Address | None] = {}
        for start in going:
            trail: dict[Address, None] = {}
            at = start
            while at in going and at not in ends and at not in trail:
                trail[at] = None
                at = going[at]
            end = None if at in trail else ends.get(at, at)
            ends |= dict.fromkeys(trail, end)
        return ends

    @property
    def _before(self) -> Mapping[Address, Sequence[Address]]:
        before: dict[Address, list[Address]] = {}
        for rename in self.renames:
            before.setdefault(rename.new, []).append(rename.old)
        return before

    @property
    def all_removals(self) -> dict[Address, Removal]:
        """By every name that what was removed has had: the lock may know it by an earlier one still."""
        before, found = self._before, dict(self.removals)
        for address, removal in self.removals.items():
            for old in _all_before(address, before):
                found.setdefault(old, replace(removal, address=old))
        return found

    def named(self, declared: Sequence[Declared]) -> list[Declared]:
        """The specs with every name that these documents say they had, and their trials alike."""
        before = self._before
        if not before:
            return list(declared)
        had = {spec.address: _all_before(spec.address, before) for spec in declared}
        of_trial = {trial: spec.address for spec in declared if spec.sweep for trial in spec.sweep.trials}
        return [_renamed(spec, had, of_trial.get(spec.address)) for spec in declared]


def _all_before(address: Address, before: Mapping[Address, Sequence[Address]]) -> list[Address]:
    """The last name first."""
    found: dict[Address, None] = {address: None}
    frontier = deque([address])
    while frontier:
        new = [a for a in before.get(frontier.popleft(), ()) if a not in found]
        found |= dict.fromkeys(new)
        frontier += new
    return [a for a in found if a != address]


def _renamed(spec: Declared, had: Mapping[Address, Sequence[Address]], sweep: Address | None) -> Declared:
    names = [a.name for a in had[spec.address]]
    if sweep is not None:
        suffix = spec.address.name.removeprefix(sweep.name)
        names += [f"{a.name}{suffix}" for a in had[sweep]]
    known: Collection[str] = {*spec.former_names, spec.address.name}
    new = tuple(dict.fromkeys(name for name in names if name not in known))
    return replace(spec, former_names=(*spec.former_names, *new)) if new else spec


def _moved(rename: Rename, name: str, detail: str, fix: str) -> Diagnostic:
    return spec_error("SPEC086", rename.at(name), detail, fix, address=str(rename.new))
