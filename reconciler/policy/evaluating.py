"""From a checked expression to its value: closures over plain values, with a purse that bounds what they do.

Where a value depends on what is not there, ExpressionError says so. `||` and `&&`, `all` and `exists` pass over that
where the rest decides, whichever side it stands on: so the language says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeAlias

from reconciler.core.plurals import counted
from reconciler.policy.functions import FUNCTIONS, called, pattern
from reconciler.policy.shapes import ValueKind
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
    written,
)
from reconciler.policy.values import ORDERINGS, calculated, compared, is_equal, is_in, kind_of

STEPS: Final = 1_000_000
"""What all evaluations of one rule over one plan may take together: items that were looked at, parts of texts."""


class StepPurse:
    """Steps that are left."""

    def __init__(self, steps: int = STEPS) -> None:
        self.left = steps
        self.whole = steps

    def spend(self, steps: int, at: int = 0) -> None:
        """Raise ExpressionError where there are none left."""
        self.left -= steps
        if self.left < 0:
            detail = f"It takes more than {counted(self.whole, 'step')} over this plan."
            raise ExpressionError(detail, at, "Look at fewer things at once: about: change looks at one change.")


class RuleScope:
    """The names that an expression sees, and the purse."""

    __slots__ = ("names", "purse")

    def __init__(self, names: Mapping[str, Any], purse: StepPurse) -> None:
        self.names = names
        self.purse = purse


Run: TypeAlias = Callable[[RuleScope], Any]


def compiled(term: Term) -> Run:
    """What evaluates it. Terms are no deeper than lexical.DEEPEST, so that this may recur."""
    return _COMPILED[type(term)](term)


def _constant(term: Constant) -> Run:
    value = term.value
    return lambda _scope: value


def _variable(term: Variable) -> Run:
    name = term.name
    return lambda scope: scope.names[name]


def _items(term: ItemsTerm) -> Run:
    runs, at = [compiled(item) for item in term.items], term.at

    def run(scope: RuleScope) -> list[Any]:
        scope.purse.spend(len(runs), at)
        return [run(scope) for run in runs]

    return run


def _selection(term: Selection) -> Run:
    of, field, at = compiled(term.of), term.field, term.at
    guard = _guard(term)

    def run(scope: RuleScope) -> Any:
        value = of(scope)
        if type(value) is not dict:
            raise _no_fields(value, field, at)
        if field not in value:
            raise ExpressionError(f"{written(term) or field} is not there.", at, guard)
        return value[field]

    return run


def _guard(term: Selection) -> str:
    path = written(term)
    return f"Ask first: has({path})." if path else f'Ask first whether "{term.field}" is in it.'


def _no_fields(value: Any, field: str, at: int) -> ExpressionError:
    return ExpressionError(f"{field} is asked of {kind_of(value).value}, which has no fields.", at)


def _presence(term: Presence) -> Run:
    """False where a key on the way is missing, or null: a document that is left out has no fields."""
    fields: list[Selection] = []
    base: Term = term.selection
    while isinstance(base, Selection):
        fields.insert(0, base)
        base = base.of
    of = compiled(base)

    def run(scope: RuleScope) -> bool:
        value = of(scope)
        for selection in fields:
            if value is None:
                return False
            if type(value) is not dict:
                raise _no_fields(value, selection.field, selection.at)
            if selection.field not in value:
                return False
            value = value[selection.field]
        return True

    return run


def _subscript(term: Subscript) -> Run:
    of, key_of, at = compiled(term.of), compiled(term.key), term.at
    shown = written(term.of) or "it"

    def run(scope: RuleScope) -> Any:
        value, key = of(scope), key_of(scope)
        if type(value) is dict and type(key) is str:
            if key not in value:
                raise ExpressionError(f'{shown}["{key}"] is not there.', at, f'Ask first: "{key}" in {shown}.')
            return value[key]
        if type(value) is list and type(key) is int:
            if not 0 <= key < len(value):
                raise ExpressionError(f"{shown}[{key}] is not there.", at, f"Ask first: size({shown}) > {key}.")
            return value[key]
        raise ExpressionError(f"[…] is not for {kind_of(value).value} and {kind_of(key).value}.", at)

    return run


def _function(term: FunctionCall) -> Run:
    runs = [compiled(argument) for argument in term.arguments]
    name, at, takes = term.function, term.at, FUNCTIONS[term.function].takes

    def run(scope: RuleScope) -> Any:
        values = [run(scope) for run in runs]
        scope.purse.spend(1 + sum(len(v) >> 6 for v in values if type(v) is str), at)
        for value, kinds in zip(values, takes, strict=True):
            if kind_of(value) not in kinds:
                raise ExpressionError(f"{name} is not for {kind_of(value).value}.", at)
        if name == "matches":
            return pattern(values[1], at).search(values[0]) is not None
        return called(name, values, at)

    return run


def _pairs(term: PairsTerm) -> Run:
    runs = [(compiled(key), compiled(value)) for key, value in term.pairs]

    def run(scope: RuleScope) -> dict[str, Any]:
        made = {}
        scope.purse.spend(len(runs), term.at)
        for key_of, value_of in runs:
            key = key_of(scope)
            if type(key) is not str:
                raise ExpressionError(f"A key is {kind_of(key).value}; keys are texts.", term.at)
            made[key] = value_of(scope)
        return made

    return run


def _unary(term: UnaryTerm) -> Run:
    of, at = compiled(term.of), term.at
    if term.operator == "!":
        return lambda scope: not _as_bool(of(scope), at)

    def negative(scope: RuleScope) -> Any:
        value = of(scope)
        if not kind_of(value).is_number:
            raise ExpressionError(f"- is not for {kind_of(value).value}.", at)
        return calculated("-", type(value)(0), value, at)

    return negative


def _as_bool(value: Any, at: int) -> bool:
    if value is True or value is False:
        return bool(value)
    raise ExpressionError(f"Here is {kind_of(value).value}, where true or false is needed.", at)


def _binary(term: BinaryTerm) -> Run:
    left, right, operator, at = compiled(term.left), compiled(term.right), term.operator, term.at
    if operator in ("==", "!="):
        wanted = operator == "=="
        return lambda scope: is_equal(left(scope), right(scope), scope.purse.spend) is wanted
    if operator in ORDERINGS:
        return lambda scope: compared(operator, left(scope), right(scope), at)

    def run(scope: RuleScope) -> Any:
        one, other = left(scope), right(scope)
        scope.purse.spend(1 + _length(one) + _length(other), at)
        if operator == "in":
            return is_in(one, other, at, scope.purse.spend)
        return calculated(operator, one, other, at)

    return run


def _length(value: Any) -> int:
    return len(value) >> 6 if type(value) is str else len(value) if type(value) is list else 0


def _logical(term: LogicalTerm) -> Run:
    parts = [(compiled(part), part.at) for part in term.parts]
    decisive = term.operator == "||"

    def run(scope: RuleScope) -> bool:
        return _decided(((part, at, scope) for part, at in parts), decisive=decisive)

    return run


def _decided(asked: Iterable[tuple[Run, int, RuleScope]], *, decisive: bool) -> bool:
    """The first that decides; else the first mistake; else the other value."""
    mistake: ExpressionError | None = None
    for part, at, scope in asked:
        try:
            if _as_bool(part(scope), at) is decisive:
                return decisive
        except ExpressionError as exc:
            if scope.purse.left < 0:
                raise
            mistake = mistake or exc
    if mistake is not None:
        raise mistake
    return not decisive


def _choice(term: ChoiceTerm) -> Run:
    condition, then, otherwise = compiled(term.condition), compiled(term.then), compiled(term.otherwise)
    return lambda scope: then(scope) if _as_bool(condition(scope), term.condition.at) else otherwise(scope)


def _comprehension(term: ComprehensionTerm) -> Run:
    over, body, name, at = compiled(term.over), compiled(term.body), term.name, term.at
    where = compiled(term.where) if term.where is not None else None

    def scopes(scope: RuleScope) -> Iterable[tuple[Any, RuleScope]]:
        values = over(scope)
        if kind_of(values) not in (ValueKind.LIST, ValueKind.MAPPING):
            raise ExpressionError(f"{term.macro} is not for {kind_of(values).value}.", at)
        names = dict(scope.names)
        inner = RuleScope(names, scope.purse)
        for value in values:
            scope.purse.spend(1, at)
            names[name] = value
            yield value, inner

    def run(scope: RuleScope) -> Any:
        inside = scopes(scope)
        match term.macro:
            case "all" | "exists":
                return _decided(((body, term.body.at, inner) for _, inner in inside), decisive=term.macro == "exists")
            case "exists_one":
                return sum(_as_bool(body(inner), term.body.at) for _, inner in inside) == 1
            case "filter":
                return [value for value, inner in inside if _as_bool(body(inner), term.body.at)]
            case _:
                return [body(inner) for _, inner in inside if where is None or _as_bool(where(inner), at)]

    return run


_COMPILED: Final[Mapping[type[Any], Callable[[Any], Run]]] = {
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
