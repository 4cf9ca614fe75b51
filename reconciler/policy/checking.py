"""What is wrong with an expression before anything is evaluated: names, fields, functions and kinds of values.

Every mistake is said, each once. Where nothing is known of a value (labels, fields of an API that the plan only passes
on), nothing is said of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final

from reconciler.core.likeness import nearest
from reconciler.policy.functions import FUNCTIONS, KnownFunction, pattern
from reconciler.policy.parsing import COMPREHENSIONS
from reconciler.policy.shapes import UNKNOWN, ValueKind, ValueShape
from reconciler.policy.terms import (
    BinaryTerm,
    ChoiceTerm,
    ComprehensionTerm,
    Constant,
    ExpressionError,
    FunctionCall,
    ItemsTerm,
    LogicalTerm,
    PairsTerm,
    Presence,
    Selection,
    Subscript,
    Term,
    UnaryTerm,
    Variable,
    parts_of,
    written,
)
from reconciler.policy.values import CONVERT, ORDERINGS, are_ordered, kind_of, result_of

_BOOL: Final = ValueShape(ValueKind.BOOL)
_NAMED: Final = 12
"""Names that a message lists."""


def check(term: Term, names: Mapping[str, ValueShape], wanted: ValueKind) -> list[ExpressionError]:
    """In the order of the text. `names` are the variables; `wanted` is what the expression has to come to."""
    checker = _Checker()
    found = checker.shape(term, names)
    if found.kind not in (wanted, ValueKind.ANY):
        checker.note(f"It is {found.kind.value}, and has to be {wanted.value}.", term.at)
    return sorted(checker.mistakes, key=lambda mistake: mistake.at)


class _Checker:
    """Terms are no deeper than lexical.DEEPEST, so that this may recur."""

    def __init__(self) -> None:
        self.mistakes: list[ExpressionError] = []

    def note(self, detail: str, at: int, fix: str = "") -> ValueShape:
        """One mistake; nothing is known of what follows."""
        self.mistakes.append(ExpressionError(detail, at, fix))
        return UNKNOWN

    def shape(self, term: Term, names: Mapping[str, ValueShape]) -> ValueShape:
        """What it comes to."""
        shape_of = self._BY_TERM[type(term)]
        return shape_of(self, term, names)

    def _constant(self, term: Constant, _names: Mapping[str, ValueShape]) -> ValueShape:
        return ValueShape(kind_of(term.value))

    def _presence(self, term: Presence, names: Mapping[str, ValueShape]) -> ValueShape:
        self._selection(term.selection, names)
        return _BOOL

    def _pairs(self, term: PairsTerm, names: Mapping[str, ValueShape]) -> ValueShape:
        for part in parts_of(term):
            self.shape(part, names)
        return ValueShape(ValueKind.MAPPING)

    def _logical(self, term: LogicalTerm, names: Mapping[str, ValueShape]) -> ValueShape:
        for part in term.parts:
            self._as_bool(part, names)
        return _BOOL

    def _variable(self, term: Variable, names: Mapping[str, ValueShape]) -> ValueShape:
        if term.name in names:
            return names[term.name]
        if term.name == "spec":
            return self.note("spec is known to rules that are about: spec.", term.at, "Say about: spec.")
        if term.name == "change":
            fix = "Say about: change, or look at all of plan.changes."
            return self.note("A rule about: plan has no change.", term.at, fix)
        return self.note(f'"{term.name}" is not known here.', term.at, _suggested(term.name, names))

    def _selection(self, term: Selection, names: Mapping[str, ValueShape]) -> ValueShape:
        of = self.shape(term.of, names)
        if of.kind not in (ValueKind.MAPPING, ValueKind.ANY):
            path = written(term.of) or "That"
            return self.note(f"{path} is {of.kind.value}, which has no fields.", term.at)
        if of.fields is None:
            return of.inside if of.kind is ValueKind.MAPPING else UNKNOWN
        if term.field in of.fields:
            return of.fields[term.field]
        path = written(term.of) or "that"
        return self.note(f'"{term.field}" is not a field of {path}.', term.at, _suggested(term.field, of.fields))

    def _subscript(self, term: Subscript, names: Mapping[str, ValueShape]) -> ValueShape:
        of, key = self.shape(term.of, names), self.shape(term.key, names)
        wanted = {ValueKind.LIST: ValueKind.INT, ValueKind.MAPPING: ValueKind.TEXT}.get(of.kind)
        if wanted is None and of.kind is not ValueKind.ANY:
            return self.note(f"{written(term.of) or 'That'} is {of.kind.value}; […] is not for it.", term.at)
        if wanted is not None and key.kind not in (wanted, ValueKind.ANY):
            return self.note(f"The key is {key.kind.value}, and has to be {wanted.value}.", term.key.at)
        if of.fields is not None and isinstance(term.key, Constant):
            return self._selection(Selection(term.of, str(term.key.value), term.key.at), names)
        return UNKNOWN if of.fields is not None else of.inside

    def _function(self, term: FunctionCall, names: Mapping[str, ValueShape]) -> ValueShape:
        shapes = [self.shape(argument, names) for argument in term.arguments]
        function = FUNCTIONS.get(term.function)
        if function is None:
            known = dict.fromkeys((*FUNCTIONS, *COMPREHENSIONS, "has"))
            return self.note(f'"{term.function}" is no function.', term.at, _suggested(term.function, known))
        if not self._is_called_right(term, function):
            return ValueShape(function.makes)
        for argument, shape, kinds in zip(term.arguments, shapes, function.takes, strict=True):
            if shape.kind is not ValueKind.ANY and shape.kind not in kinds:
                self.note(f"{term.function} is not for {shape.kind.value}.", argument.at)
        if term.function == "matches" and isinstance(wanted := term.arguments[1], Constant):
            self._pattern(wanted)
        return ValueShape(function.makes)

    def _is_called_right(self, term: FunctionCall, function: KnownFunction) -> bool:
        count, wanted = len(term.arguments), len(function.takes)
        if count == wanted and (function.is_method if term.is_method else function.is_plain):
            return True
        others = ", ".join("…" * (wanted - 1))
        fix = f"{term.function}(…)" if not function.is_method else f"….{term.function}({others})"
        self.note(f"{term.function} is called another way.", term.at, f"Write it like {fix}.")
        return False

    def _pattern(self, wanted: Constant) -> None:
        if isinstance(wanted.value, str):
            try:
                pattern(wanted.value, wanted.at)
            except ExpressionError as mistake:
                self.mistakes.append(mistake)

    def _items(self, term: ItemsTerm, names: Mapping[str, ValueShape]) -> ValueShape:
        shapes = [self.shape(item, names) for item in term.items]
        first = shapes[0] if shapes else UNKNOWN
        return ValueShape(ValueKind.LIST, of=lambda: first if all(s.kind is first.kind for s in shapes) else UNKNOWN)

    def _as_bool(self, term: Term, names: Mapping[str, ValueShape]) -> None:
        kind = self.shape(term, names).kind
        if kind not in (ValueKind.BOOL, ValueKind.ANY):
            self.note(f"{written(term) or 'This'} is {kind.value}, and has to be true or false.", term.at)

    def _unary(self, term: UnaryTerm, names: Mapping[str, ValueShape]) -> ValueShape:
        if term.operator == "!":
            self._as_bool(term.of, names)
            return _BOOL
        of = self.shape(term.of, names)
        if of.kind is not ValueKind.ANY and not of.kind.is_number:
            return self.note(f"- is not for {of.kind.value}.", term.at)
        return ValueShape(of.kind)

    def _binary(self, term: BinaryTerm, names: Mapping[str, ValueShape]) -> ValueShape:
        left, right = self.shape(term.left, names), self.shape(term.right, names)
        operator, kinds = term.operator, (left.kind, right.kind)
        is_known = ValueKind.ANY not in kinds
        if operator in ("==", "!="):
            self._equality(term, left, right)
            return _BOOL
        if operator == "in":
            return self._membership(term, left, right)
        if operator in ORDERINGS:
            if is_known and not are_ordered(*kinds):
                self._not_for(term, left, right)
            return _BOOL
        made = result_of(operator, *kinds)
        if is_known and made is None:
            return self._not_for(term, left, right)
        return ValueShape(made) if made is not None else UNKNOWN

    def _not_for(self, term: BinaryTerm, left: ValueShape, right: ValueShape) -> ValueShape:
        named = [
            f"{path}, which is {shape.kind.value}" if (path := written(part)) else shape.kind.value
            for part, shape in ((term.left, left), (term.right, right))
        ]
        text = next((t for t, s in ((term.left, left), (term.right, right)) if s.kind is ValueKind.TEXT), None)
        path = written(text) if text is not None and (left.kind.is_number or right.kind.is_number) else ""
        fix = f"Write double({path})." if path else CONVERT
        return self.note(f"{term.operator} is not for {named[0]}, and {named[1]}.", term.at, fix)

    def _equality(self, term: BinaryTerm, left: ValueShape, right: ValueShape) -> None:
        for this, other, shape in ((term.left, right, left), (term.right, left, right)):
            if other.kind is ValueKind.NULL and shape.kind is not ValueKind.NULL and not shape.may_be_null:
                if shape.kind is not ValueKind.ANY or shape.may_be_absent:
                    path = written(this) or "That"
                    fix = f"Write has({path})." if shape.may_be_absent else ""
                    self.note(f"{path} is never null; what is not there is left out.", this.at, fix)
                return
        kinds = (left.kind, right.kind)
        are_numbers = left.kind.is_number and right.kind.is_number
        may_be_null = ValueKind.NULL in kinds
        if ValueKind.ANY not in kinds and kinds[0] is not kinds[1] and not (are_numbers or may_be_null):
            self._not_for(term, left, right)
        self._word(term.right, left, term.left)
        self._word(term.left, right, term.right)

    def _membership(self, term: BinaryTerm, left: ValueShape, right: ValueShape) -> ValueShape:
        if right.kind not in (ValueKind.LIST, ValueKind.MAPPING, ValueKind.ANY):
            self._not_for(term, left, right)
        elif isinstance(term.right, ItemsTerm):
            for item in term.right.items:
                self._word(item, left, term.left)
        elif right.kind is ValueKind.LIST:
            self._word(term.left, right.inside, None)
        elif right.fields is not None and isinstance(term.left, Constant) and term.left.value not in right.fields:
            path = written(term.right) or "that"
            fix = _suggested(str(term.left.value), right.fields)
            self.note(f'"{term.left.value}" is not a field of {path}.', term.left.at, fix)
        return _BOOL

    def _word(self, term: Term, shape: ValueShape, beside: Term | None) -> None:
        """A text that the value beside it never is."""
        if isinstance(term, Constant) and isinstance(term.value, str) and shape.words and term.value not in shape.words:
            near = nearest(term.value, sorted(shape.words))
            fix = f'Did you mean "{near}"?' if near else f"It is one of {', '.join(sorted(shape.words))}."
            path = (written(beside) if beside is not None else "") or "What it is compared with"
            self.note(f'{path} is never "{term.value}".', term.at, fix)

    def _choice(self, term: ChoiceTerm, names: Mapping[str, ValueShape]) -> ValueShape:
        self._as_bool(term.condition, names)
        then, otherwise = self.shape(term.then, names), self.shape(term.otherwise, names)
        return then if then.kind is otherwise.kind else UNKNOWN

    def _comprehension(self, term: ComprehensionTerm, names: Mapping[str, ValueShape]) -> ValueShape:
        over = self.shape(term.over, names)
        if over.kind not in (ValueKind.LIST, ValueKind.MAPPING, ValueKind.ANY):
            self.note(f"{term.macro} is not for {over.kind.value}.", term.at)
        item = ValueShape(ValueKind.TEXT) if over.kind is ValueKind.MAPPING else over.inside
        inner = {**names, term.name: item}
        if term.where is not None:
            self._as_bool(term.where, inner)
        if term.macro == "map":
            made = self.shape(term.body, inner)
            return ValueShape(ValueKind.LIST, of=lambda: made)
        self._as_bool(term.body, inner)
        return ValueShape(ValueKind.LIST, of=lambda: item) if term.macro == "filter" else _BOOL

    _BY_TERM: ClassVar[Mapping[type[Any], Callable[[_Checker, Any, Mapping[str, ValueShape]], ValueShape]]] = {
        Constant: _constant,
        Variable: _variable,
        Selection: _selection,
        Subscript: _subscript,
        Presence: _presence,
        FunctionCall: _function,
        ItemsTerm: _items,
        PairsTerm: _pairs,
        UnaryTerm: _unary,
        BinaryTerm: _binary,
        LogicalTerm: _logical,
        ChoiceTerm: _choice,
        ComprehensionTerm: _comprehension,
    }


def _suggested(name: str, known: Mapping[str, object]) -> str:
    """A question where we guess; else what there is."""
    if near := nearest(name, known):
        return f'Did you mean "{near}"?'
    if not known:
        return ""
    listed = ", ".join(list(known)[:_NAMED])
    return f"Known here: {listed}{', …' if len(known) > _NAMED else ''}."
