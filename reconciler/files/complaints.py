"""Checking one document against its schema, and saying in our words what is wrong with it.

Nothing stops at the first mistake. What pydantic finds is translated one by one; what concerns
several fields at once (field_pairs.py) is checked on the document itself, so that it is found beside them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from typing import Any, Final, TypeVar, assert_never

from pydantic import ValidationError

from reconciler.core.codes_spec import spec_error
from reconciler.core.diagnostics import Diagnostic
from reconciler.core.findings import Findings
from reconciler.core.likeness import nearest
from reconciler.core.plurals import counted
from reconciler.files.field_pairs import Steps, dotted, end_of, mistakes_between_fields
from reconciler.files.fields import every_field, fields_of, part_at
from reconciler.files.schema.base import Part
from reconciler.files.schema.values import shortened, shown
from reconciler.files.slim import SMALL, FieldError, faults_of, whole_faults_of
from reconciler.files.yaml_spelling import camel, snake, spellings
from reconciler.files.yaml_tree import Document

P = TypeVar("P", bound=Part)
_REMEMBERED: Final = 1_000
"""Ways to mappings of one document."""


def check_document(part: type[P], document: Document, findings: Findings) -> P | None:
    """The document as its type, or None where anything is wrong with it, which goes to `findings`."""
    before = findings.count
    findings.extend(mistakes_between_fields(part, document, document.value, ()))
    faults = faults_of(part, document.value) if document.size > SMALL else ()
    checked = None
    if not (found := _complained(part, document, faults, findings)):
        try:
            checked = part.model_validate(document.value)
        except ValidationError:
            found = _complained(part, document, whole_faults_of(part, document.value), findings)
    return checked if findings.count == before and not found else None


def _complained(part: type[Part], document: Document, faults: Iterable[FieldError], findings: Findings) -> int:
    """How many there are; those that are kept are put into words."""
    count = 0
    owners: dict[Steps, type[Part] | None] = {}
    for fault in faults:
        count += 1
        key, code = None, fault.kind if fault.kind.startswith("SPEC") else _CODES.get(fault.kind, "SPEC027")
        if fault.kind == "extra_forbidden":
            key = _why_unknown(fault, document, _owner_of(fault, part, owners))
            code = key.value
        if findings.has_room(code, document.source.path):
            findings.keep(_Complaint(part, document, fault, key).diagnostic())
    return count


def _owner_of(fault: FieldError, root: type[Part], known: dict[Steps, type[Part] | None]) -> type[Part] | None:
    """The type of the mapping that it stands in; all items of a list are of one."""
    way = tuple(0 if isinstance(step, int) else step for step in fault.loc[:-1])
    if way not in known:
        if len(known) > _REMEMBERED:
            known.clear()
        known[way] = part_at(root, _named(root, way))
    return known[way]


def _named(root: type[Part], steps: Steps) -> Steps:
    """The way with every field in camelCase; keys of free mappings stay as they are."""
    names: list[str | int] = []
    for step in steps:
        part = part_at(root, names)
        names.append(camel(step) if part is not None and isinstance(step, str) else step)
    return tuple(names)


def _why_unknown(fault: FieldError, document: Document, part: type[Part] | None) -> _Key:
    key = str(fault.loc[-1])
    if part is None:
        return _Key.UNKNOWN
    name = camel(key)
    if name in fields_of(part) and any(s in _value_at(document, fault.loc[:-1]) for s in spellings(key) if s != key):
        return _Key.IN_BOTH_SPELLINGS
    if name in part.answers:
        return _Key.ANSWERED_ALONE
    return _Key.LEFT_OUT if name in part.left_out else _Key.UNKNOWN


def _value_at(document: Document, steps: Steps) -> Any:
    value: Any = document.value
    for step in steps:
        value = value[step]
    return value


class _Key(Enum):
    """Why a key is not known where it stands, by the code that it is told as."""

    UNKNOWN = "SPEC023"
    IN_BOTH_SPELLINGS = "SPEC024"
    ANSWERED_ALONE = "SPEC025"
    LEFT_OUT = "SPEC035"


class _Complaint:
    """One error of pydantic's, on its way to a Diagnostic."""

    def __init__(self, root: type[Part], document: Document, error: FieldError, key: _Key | None) -> None:
        self.error = error
        self.document = document
        self.root = root
        self.key = key
        self.is_key = error.loc[-1:] == ("[key]",)
        self.steps: Steps = tuple(s for s in error.loc if s != "[key]")
        self._names = _named(root, self.steps)

    def diagnostic(self) -> Diagnostic:
        """In words."""
        kind = self.error.kind
        if kind.startswith("SPEC"):
            context = self.error.context
            return self._say(kind, context["detail"].replace("{field}", self._field()), context["fix"])
        return _TRANSLATED.get(kind, _other)(self)

    def _say(self, code: str, detail: str, fix: str, *, of_key: bool = False) -> Diagnostic:
        where = self.document.place(self.steps, of_key=of_key or self.is_key)
        return spec_error(code, where, detail, fix)

    def _field(self) -> str:
        """`epochCount`, `prompts[0]`: the end of the path, in the API's spelling."""
        return end_of(self._names) or "The document"

    # -- the translations ------------------------------------------------------------------------

    def missing(self) -> Diagnostic:
        owner = dotted(self._names[:-1]) or "The document"
        return self._say("SPEC026", f"{owner} has no {self._field()}.", f"Add {self._field()}.")

    def unknown(self) -> Diagnostic:
        name, why = str(self.steps[-1]), self.key or _Key.UNKNOWN
        match why:
            case _Key.IN_BOTH_SPELLINGS:
                detail = f"{camel(name)} stands here in camelCase and in snake_case."
                fix = f"Keep {camel(name)} or {snake(name)}, and remove the other."
            case _Key.ANSWERED_ALONE:
                detail, fix = f"{camel(name)} is set by the service, never by a spec.", "Remove it."
            case _Key.LEFT_OUT:
                part = part_at(self.root, self._names[:-1])
                detail = f"Specs have no {camel(name)}. {part.left_out[camel(name)] if part else ''}".rstrip()
                fix = "Remove it."
            case _Key.UNKNOWN:
                part = part_at(self.root, self._names[:-1])
                detail = f'"{shortened(name)}" is not a field of {self._owner()}.'
                fix = _suggestion(name, self.root, self._names[:-1], fields_of(part) if part is not None else {})
            case _:
                assert_never(why)
        return self._say(why.value, detail, fix, of_key=True)

    def _owner(self) -> str:
        return dotted(self._names[:-1]) or str(self.document.value.get("kind", "this document"))

    def wrong_type(self, wanted: str, fix: str) -> Diagnostic:
        value = self.error.value
        if value is None:
            return self._say("SPEC027", f"{self._field()} is empty; it takes {wanted}.", f"{fix} Or remove the key.")
        return self._say("SPEC027", f"{self._field()} is {shown(value)}; it takes {wanted}.", fix)

    def not_a_choice(self) -> Diagnostic:
        choices = self.error.context["expected"]
        fix = f"Use {choices}."
        return self._say("SPEC029", f"{self._field()} is {shown(self.error.value)}.", fix)

    def too_long(self) -> Diagnostic:
        count, most = self._length(), self.error.context["max_length"]
        return self._say("SPEC028", f"{self._field()} has {count}.", f"Keep it to {most} at most.")

    def too_short(self) -> Diagnostic:
        return self._say("SPEC028", f"{self._field()} is empty.", "Write something there, or remove the key.")

    def _length(self) -> str:
        value = self.error.value if self.is_key else _value_at(self.document, self.steps)
        return counted(len(value), "character") if isinstance(value, str) else counted(len(value), "entry", "entries")


def _text_expected(complaint: _Complaint) -> Diagnostic:
    value = complaint.error.value
    quoted = "Put it in quotes." if isinstance(value, bool | int | float) else "Write a text."
    return complaint.wrong_type("a text", quoted)


def _other(complaint: _Complaint) -> Diagnostic:
    return complaint.wrong_type("another type of value", "See docs/reference/specs.md.")


def _typed(wanted: str, fix: str) -> Callable[[_Complaint], Diagnostic]:
    return lambda complaint: complaint.wrong_type(wanted, fix)


_MAPPING = _typed("a mapping", 'Write "key: value" lines under it.')
_LIST = _typed("a list", 'Write "- item" lines under it, or [item, …].')
_NUMBER = _typed("a number", "Write a number.")
_TRANSLATED: Final[Mapping[str, Callable[[_Complaint], Diagnostic]]] = {
    "missing": _Complaint.missing,
    "extra_forbidden": _Complaint.unknown,
    "literal_error": _Complaint.not_a_choice,
    "string_too_long": _Complaint.too_long,
    "too_long": _Complaint.too_long,
    "string_too_short": _Complaint.too_short,
    "too_short": _Complaint.too_short,
    "string_type": _text_expected,
    "bool_type": _typed("true or false", "Write true or false, without quotes."),
    "float_type": _NUMBER,
    "dict_type": _MAPPING,
    "model_type": _MAPPING,
    "model_attributes_type": _MAPPING,
    "list_type": _LIST,
}


_CODES: Final[Mapping[str, str]] = {
    "missing": "SPEC026",
    "literal_error": "SPEC029",
    "string_too_long": "SPEC028",
    "too_long": "SPEC028",
    "string_too_short": "SPEC028",
    "too_short": "SPEC028",
}
"""What each is reported as; everything else is of the wrong type."""


def _suggestion(key: str, root: type[Part], owner: Steps, known: Mapping[str, Any]) -> str:
    """A question where we guess; else where the field belongs, or what there is."""
    in_snake = "_" in key
    names = [snake(n) if in_snake else n for n in known]
    if near := nearest(key, names):
        return f'Did you mean "{near}"?'
    folded = [n for n in names if n.lower().replace("_", "") == key.lower().replace("_", "").replace("-", "")]
    if folded:
        return f'Did you mean "{folded[0]}"?'
    home = next((path for path, _ in every_field(root) if path[-1] == camel(key) and path[:-1] != owner), None)
    if home is not None:
        return f'Did you mean "{".".join(home)}"?'
    return f"Known here: {', '.join(names)}." if names else "Remove it."
