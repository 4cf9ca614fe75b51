"""A parsed expression as values. `at` is the offset in its text that a message about it names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias


class ExpressionError(Exception):
    """What is wrong with an expression, at an offset of its text; `fix` is an imperative, or a question."""

    def __init__(self, detail: str, at: int, fix: str = "") -> None:
        super().__init__(detail)
        self.detail = detail
        self.at = at
        self.fix = fix


@dataclass(frozen=True, slots=True)
class Constant:
    """A number, a text, true, false or null."""

    value: Any
    at: int


@dataclass(frozen=True, slots=True)
class Variable:
    """`change`."""

    name: str
    at: int


@dataclass(frozen=True, slots=True)
class Selection:
    """`of.field`."""

    of: Term
    field: str
    at: int


@dataclass(frozen=True, slots=True)
class Subscript:
    """`of[key]`."""

    of: Term
    key: Term
    at: int


@dataclass(frozen=True, slots=True)
class Presence:
    """`has(of.field)`."""

    selection: Selection
    at: int


@dataclass(frozen=True, slots=True)
class FunctionCall:
    """`size(a)`, and `a.size()`: then `a` is the first argument."""

    function: str
    arguments: tuple[Term, ...]
    at: int
    is_method: bool = False


@dataclass(frozen=True, slots=True)
class ItemsTerm:
    """`[a, b]`."""

    items: tuple[Term, ...]
    at: int


@dataclass(frozen=True, slots=True)
class PairsTerm:
    """`{"a": b}`."""

    pairs: tuple[tuple[Term, Term], ...]
    at: int


@dataclass(frozen=True, slots=True)
class UnaryTerm:
    """`!a`, `-a`."""

    operator: str
    of: Term
    at: int


@dataclass(frozen=True, slots=True)
class BinaryTerm:
    """`a + b`, `a == b`, `a in b`."""

    operator: str
    left: Term
    right: Term
    at: int


@dataclass(frozen=True, slots=True)
class LogicalTerm:
    """`a && b && c`, or the same with `||`: a chain is one term, so that a long one is not a deep one."""

    operator: str
    parts: tuple[Term, ...]
    at: int


@dataclass(frozen=True, slots=True)
class ChoiceTerm:
    """`a ? b : c`."""

    condition: Term
    then: Term
    otherwise: Term
    at: int


@dataclass(frozen=True, slots=True)
class ComprehensionTerm:
    """`over.all(name, body)`, and its like; `where` is the middle of `map(name, where, body)`."""

    macro: str
    over: Term
    name: str
    body: Term
    at: int
    where: Term | None = None


Term: TypeAlias = (
    Constant
    | Variable
    | Selection
    | Subscript
    | Presence
    | FunctionCall
    | ItemsTerm
    | PairsTerm
    | UnaryTerm
    | BinaryTerm
    | LogicalTerm
    | ChoiceTerm
    | ComprehensionTerm
)


def parts_of(term: Term) -> tuple[Term, ...]:
    """The terms right below, in the order of the text."""
    return tuple(_terms(getattr(term, name) for name in term.__slots__))


def _terms(values: Iterable[Any]) -> Iterator[Term]:
    for value in values:
        if isinstance(value, Term):
            yield value
        elif isinstance(value, tuple):
            yield from _terms(value)


def written(term: Term) -> str:
    """A path as it is written, `change.cost.high`; "" for anything else."""
    match term:
        case Variable(name):
            return name
        case Selection(of, field) if before := written(of):
            return f"{before}.{field}"
        case _:
            return ""
