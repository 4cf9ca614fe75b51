"""What `--filter` takes: one condition, `state=succeeded`, `label.team=support`, `age<30d`. Pure.

The words are those of gcloud and kubectl where these have one, and other spellings of theirs are understood. There is
no `OR` and no parenthesis: values are separated by commas, several conditions must all hold.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import Final

from reconciler.core.dialect import LABELS
from reconciler.core.dialects import DIALECTS
from reconciler.core.durations import ADVICE, duration_s
from reconciler.core.inventory import (
    DEPLOYED,
    EMPTY,
    KINDS,
    NO_TRAFFIC,
    SERVING,
    UNDEPLOYED,
    ListedResource,
    state_word,
)
from reconciler.core.likeness import nearest
from reconciler.core.model import Status
from reconciler.core.times import seconds_of

_OPERATOR = re.compile(r"!=|!~|=~|<=|>=|==|=|~|<|>|:")
_NAME = re.compile(r"[A-Za-z][\w-]*(?:\.\S+)?")
_SAME_OPERATOR: Final = {"~": "=~", "==": "="}
_AND = re.compile(r"\s+AND\s+(?=[A-Za-z][\w.-]*\s*[=!~<>:])")
_LOGIC = re.compile(r"\s(?:OR|NOT)\s|^\s*(?:NOT\s|-|\()")
_VALUE = re.compile(r'"([^"]*)"|\'([^\']*)\'|([^,]+)')
_ORDERED: Final = frozenset(("<", "<=", ">", ">="))
_KEYED: Final = (LABELS.removesuffix("s"), LABELS)
_SAME_FIELD: Final[Mapping[str, str]] = MappingProxyType(
    {
        "displayname": "name",
        "display_name": "name",
        "tunedmodeldisplayname": "name",
        "region": "location",
        "createtime": "created",
        "create_time": "created",
        "creationtimestamp": "created",
        "basemodel": "base",
        "base_model": "base",
        "workspace": "owner",
        "status": "state",
        "type": "kind",
        "backend": "service",
        "resource_name": "resource",
        "billed": "cost",
    }
)
"""What others call the same."""


class FilterMistakeError(Exception):
    """What is wrong with an expression, and what to write instead."""

    def __init__(self, detail: str, fix: str) -> None:
        super().__init__(detail)
        self.detail = detail
        self.fix = fix


@dataclass(frozen=True, slots=True)
class FilterCondition:
    """One condition as it was written, and the question that it is."""

    text: str
    holds: Callable[[ListedResource], bool]


def read_filters(expressions: Iterable[str]) -> tuple[FilterCondition, ...]:
    """All of them must hold. Raises FilterMistakeError."""
    return tuple(_read(part, whole) for whole in expressions for part in _AND.split(whole))


def kept(rows: Iterable[ListedResource], conditions: Sequence[FilterCondition]) -> list[ListedResource]:
    """Those of which every condition holds."""
    return [row for row in rows if all(condition.holds(row) for condition in conditions)]


def _read(text: str, whole: str) -> FilterCondition:
    if _LOGIC.search(text):
        fix = (
            "Write several values with commas, as state=failed,cancelled; an exception with !=; and --filter once more."
        )
        raise FilterMistakeError(f"{whole!r} has OR, NOT or parentheses, which filters do not have.", fix)
    found = _OPERATOR.search(text)
    name, written = (text[: found.start()].strip(), text[found.end() :].strip()) if found else ("", "")
    if found is None or not written or not _NAME.fullmatch(name):
        if _is_field(text.strip()):
            fix = f"Write a comparison after it, as {_example(text.strip())}."
        else:
            fix = "Write a field, an operator and a value, as state=succeeded, label.team=support or age<30d."
        raise FilterMistakeError(f"{whole!r} is no condition.", fix)
    operator = _SAME_OPERATOR.get(found[0], found[0])
    values = _values(written, is_pattern=operator in ("=~", "!~"))
    head, _, key = name.partition(".")
    if head.lower() in _KEYED:
        if not key:
            raise FilterMistakeError(f"{whole!r} names no label.", "Write its key after a dot, as label.team=support.")
        return FilterCondition(text, _of_texts(lambda row: (row.labels.get(key, ""),), operator, values, whole))
    field = _SAME_FIELD.get(name.lower(), name.lower())
    if field not in FIELDS:
        raise _unknown_field(name, whole)
    return FilterCondition(text, FIELDS[field](operator, values, whole))


def _values(text: str, *, is_pattern: bool) -> tuple[str, ...]:
    """Between commas, each as it is between quotes; a regular expression has commas of its own."""
    if is_pattern:
        quoted = text[:1] in ("'", '"') and text[-1:] == text[:1] and len(text) > 1
        return (text[1:-1] if quoted else text,)
    found = (next(filter(None, groups), "").strip() for groups in _VALUE.findall(text))
    return tuple(value for value in found if value)


def _is_field(text: str) -> bool:
    return text.partition(".")[0].lower() in {*FIELDS, *_SAME_FIELD, *_KEYED}


def _example(field: str) -> str:
    name = _SAME_FIELD.get(field.lower(), field.lower())
    return {"age": "age<30d", "cost": "cost>10", "created": "created>2026-11-01"}.get(name, f"{field}=VALUE")


def _unknown_field(name: str, whole: str) -> FilterMistakeError:
    near = nearest(name.lower(), [*FIELDS, *_SAME_FIELD, "label"])
    fields = ", ".join([*FIELDS, "label.KEY"])
    meant = f'Did you mean "{_SAME_FIELD.get(near, near)}"? ' if near else ""
    return FilterMistakeError(f"{whole!r}: {name} is no field.", f"{meant}Fields are {fields}.")


_Question = Callable[[ListedResource], bool]
_Reader = Callable[[str, tuple[str, ...], str], _Question]


def _of_texts(
    texts: Callable[[ListedResource], tuple[str, ...]], operator: str, values: tuple[str, ...], whole: str
) -> _Question:
    """`=` and `!=` compare whole values, `:` looks for a part in any case, `=~` and `!~` for a regular expression."""
    if operator in _ORDERED:
        fix = "Compare texts with =, !=, : (contains) or =~ (a regular expression)."
        raise FilterMistakeError(f"{whole!r}: this is a text, and has no order.", fix)
    if operator in ("=~", "!~"):
        pattern = _pattern(values[0], whole)
        wants = operator == "=~"
        return lambda row: any(pattern.search(text) for text in texts(row)) is wants
    if operator == ":":
        if values == ("*",):
            return lambda row: any(texts(row))
        parts = [value.lower() for value in values]
        return lambda row: any(_contains(text.lower(), part) for text in texts(row) for part in parts)
    wants = operator == "="
    return lambda row: any(_is_value(text, value) for text in texts(row) for value in values) is wants


def _is_value(text: str, value: str) -> bool:
    """`none` is for what has no value; a `*` stands for anything."""
    if value == "none" and not text:
        return True
    return fnmatchcase(text, value.replace("[", "[[]")) if "*" in value else text == value


def _contains(text: str, part: str) -> bool:
    return fnmatchcase(text, f"*{part.replace('[', '[[]')}*") if "*" in part else part in text


def _pattern(text: str, whole: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except (re.error, OverflowError, RecursionError) as exc:
        fix = "Write one as Python has it; : looks for a plain part of the text."
        raise FilterMistakeError(f"{whole!r}: this is no regular expression: {exc}.", fix) from exc


def _text(of: Callable[[ListedResource], str]) -> _Reader:
    return lambda operator, values, whole: _of_texts(lambda row: (of(row),), operator, values, whole)


def _resource(operator: str, values: tuple[str, ...], whole: str) -> _Question:
    """By the name, or by its last part alone."""
    return _of_texts(lambda row: (row.resource_name, row.resource_name.rpartition("/")[2]), operator, values, whole)


def _chosen(of: Callable[[ListedResource], tuple[str, ...]], known: Sequence[str]) -> _Reader:
    """One of a few words: a misspelt one would match nothing, and nobody would know."""

    def read(operator: str, values: tuple[str, ...], whole: str) -> _Question:
        spelt = tuple(value.lower().replace("_", "-") for value in values)
        if operator in ("=", "!="):
            spelt = tuple(map(_state_or_word, spelt))
            unknown = next((value for value in spelt if value not in known and "*" not in value), "")
            if unknown:
                near = nearest(unknown, known)
                meant = f'Did you mean "{near}"? ' if near else ""
                raise FilterMistakeError(
                    f"{whole!r}: {unknown} is none of them.", f"{meant}There is {', '.join(known)}."
                )
            return _of_texts(of, operator, spelt, whole)
        return _of_texts(of, operator, values, whole)

    return read


def _state_or_word(value: str) -> str:
    """A service's own word is understood as well."""
    return state_word(value.upper().replace("-", "_")) if "state-" in value else value


def _number(of: Callable[[ListedResource], float | None], read: Callable[[str], float | None], advice: str) -> _Reader:
    """What has an order. What is not known is neither less nor more."""

    def reader(operator: str, values: tuple[str, ...], whole: str) -> _Question:
        wanted = [read(value) for value in values]
        if len(wanted) != 1 or wanted[0] is None or operator in ("=~", "!~", ":"):
            raise FilterMistakeError(f"{whole!r}: {', '.join(values) or 'it'} cannot be compared so.", advice)
        limit = wanted[0]
        return lambda row: (found := of(row)) is not None and _COMPARED[operator](found, limit)

    return reader


_COMPARED: Final[Mapping[str, Callable[[float, float], bool]]] = MappingProxyType(
    {
        "=": lambda a, b: a == b,
        "!=": lambda a, b: a != b,
        "<": lambda a, b: a < b,
        "<=": lambda a, b: a <= b,
        ">": lambda a, b: a > b,
        ">=": lambda a, b: a >= b,
    }
)


def _age_s(text: str) -> float | None:
    """A duration; weeks too, as ages have them elsewhere."""
    weeks = re.fullmatch(r"([0-9]{1,6})w", text, re.ASCII)
    return int(weeks[1]) * 7 * 86_400.0 if weeks else duration_s(text)


def _plain(text: str) -> float | None:
    """`10`, `2.5`; None for what is no number."""
    return float(text) if re.fullmatch(r"[0-9]{1,15}(?:\.[0-9]{1,9})?", text, re.ASCII) else None


def _time(text: str) -> float | None:
    return seconds_of(text) or None


_STATES: Final = tuple(
    dict.fromkeys(
        [
            *(state_word(state) for dialect in DIALECTS.values() for state in dialect.statuses),
            "partially-succeeded",
            *(status.value.replace(" ", "-") for status in Status),
            *(SERVING, NO_TRAFFIC, EMPTY, DEPLOYED, UNDEPLOYED),
        ]
    )
)
FIELDS: Final[Mapping[str, _Reader]] = MappingProxyType(
    {
        "kind": _chosen(lambda row: (row.kind,), KINDS),
        "service": _chosen(lambda row: (row.service,), tuple(DIALECTS)),
        "state": _chosen(lambda row: row.words, _STATES),
        "name": _text(lambda row: row.name),
        "resource": _resource,
        "address": _text(lambda row: row.address),
        "owner": _text(lambda row: row.owner),
        "base": _text(lambda row: row.base),
        "project": _text(lambda row: row.project),
        "location": _text(lambda row: row.location),
        "age": _number(lambda row: row.age_s, _age_s, f"{ADVICE} It has an order: age<30d, age>2h."),
        "created": _number(
            lambda row: seconds_of(row.created) or None, _time, "Write a day or a time: created>2026-11-01."
        ),
        "cost": _number(lambda row: row.cost, _plain, "Write a number, as cost>10."),
        "tokens": _number(lambda row: row.tokens, _plain, "Write a number, as tokens>100000."),
        "deployed": _number(lambda row: row.deployed, _plain, "Write a number, as deployed=0."),
    }
)
"""By name, what makes a question of an operator and values."""
