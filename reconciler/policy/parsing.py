"""From the text of an expression to terms. The grammar is cel-python's; its evaluator is not used.

That one takes milliseconds for an evaluation, cannot be stopped, and lets `has` and the macros hide every mistake
(docs/decisions/0036-rules-in-cel-evaluated-by-us.md).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final

from celpy.celparser import CELParseError, CELParser

from reconciler.policy.lexical import DEEPEST, check_text, text_of, too_deep
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
)

COMPREHENSIONS: Final = ("all", "exists", "exists_one", "filter", "map")
"""Macros over a list or the keys of a mapping."""
_INT64: Final = range(-(2**63), 2**63)
_OPERATORS: Final = {
    "relation_lt": "<", "relation_le": "<=", "relation_gt": ">", "relation_ge": ">=", "relation_eq": "==",
    "relation_ne": "!=", "relation_in": "in", "addition_add": "+", "addition_sub": "-", "multiplication_mul": "*",
    "multiplication_div": "/", "multiplication_mod": "%", "unary_not": "!", "unary_neg": "-",
}  # fmt: skip


def parse(text: str) -> Term:
    """Raise ExpressionError where it is no expression of CEL, or one beyond the bounds."""
    check_text(text)
    try:
        tree = _parser().parse(text)
    except CELParseError as exc:
        raise _syntax_error(text, exc) from exc
    made: dict[int, Any] = {}
    heights: dict[int, int] = {}
    for node in tree.iter_subtrees():  # those below come first, and nothing recurs
        children = [made.get(id(child), child) for child in node.children]
        made[id(node)] = _term(node, children)
        _measure(made[id(node)], heights)
    found: Term = made[id(tree)]
    return found


@cache
def _parser() -> CELParser:
    return CELParser()


def _measure(made: Any, heights: dict[int, int]) -> None:
    for term in made if isinstance(made, list) else [made]:
        if hasattr(term, "at") and id(term) not in heights:
            height = 1 + max((heights.get(id(part), 0) for part in parts_of(term)), default=0)
            if height > DEEPEST:
                raise too_deep(term.at)
            heights[id(term)] = height


def _syntax_error(text: str, exc: CELParseError) -> ExpressionError:
    fix = "Write an expression of CEL: https://cel.dev."
    token = getattr(exc.__context__, "token", None)
    if not text.strip():
        return ExpressionError("It is empty.", 0, fix)
    if (token is not None and token.type == "$END") or not exc.line:
        return ExpressionError("It ends where more is expected.", max(len(text.rstrip()) - 1, 0), fix)
    at = _offset(text, exc.line, exc.column or 1)
    word = re.match(r"\w+|\S", text[at:])
    shown = f'"{word[0]}"' if word else "This"
    if word and word[0] == "=":
        fix = "Equality is ==."
    elif word and word[0] in ("and", "or", "not"):
        fix = f"Write {dict(zip(('and', 'or', 'not'), ('&&', '||', '!'), strict=True))[word[0]]} instead."
    return ExpressionError(f"{shown} cannot stand here.", at, fix)


def _offset(text: str, line: int, column: int) -> int:
    lines = text.split("\n")
    return min(sum(len(above) + 1 for above in lines[: line - 1]) + column - 1, max(len(text) - 1, 0))


def _term(node: Any, children: list[Any]) -> Any:
    """One node of the grammar. Most pass on what is below them; an operator waits in a pair for its other side."""
    rule = str(node.data)
    if rule in _OPERATORS:
        return (_OPERATORS[rule], children[0] if children else None)
    if rule in _BUILT:
        return _BUILT[rule](children, node.meta)
    if rule in ("exprlist", "fieldinits", "mapinits"):
        return children
    return children[0] if len(children) == 1 else _operation(rule, children, _at(node.meta))


def _at(meta: Any) -> int:
    """`true` and `false` have lost their places on the way."""
    return meta.start_pos or 0


def _operation(rule: str, children: list[Any], at: int) -> Term:
    if rule == "expr":
        return ChoiceTerm(children[0], children[1], children[2], at)
    if rule in ("conditionalor", "conditionaland"):
        operator = "||" if rule == "conditionalor" else "&&"
        first = children[0]
        is_chain = isinstance(first, LogicalTerm) and first.operator == operator and first.at == at
        before = first.parts if is_chain else (first,)
        return LogicalTerm(operator, (*before, children[1]), at)
    (operator, left), right = children
    return UnaryTerm(operator, right, at) if rule == "unary" else BinaryTerm(operator, left, right, at)


def _literal(children: list[Any], meta: Any) -> Term:
    token, at = children[0], _at(meta)
    kind, text = token.type, str(token)
    match kind:
        case "INT_LIT":
            number = int(text, 16) if "0x" in text else int(text)
            if number not in _INT64:
                raise ExpressionError(
                    f"{text} is beyond the whole numbers of CEL.", at, "Write it with a decimal point."
                )
            return Constant(number, at)
        case "FLOAT_LIT":
            return Constant(float(text), at)
        case "STRING_LIT" | "MLSTRING_LIT":
            return Constant(text_of(text, at), at)
        case "BOOL_LIT":
            return Constant(text == "true", at)
        case "NULL_LIT":
            return Constant(None, at)
        case _:
            raise ExpressionError(f"{text} is of a type that JSON does not have.", at, "Write a number or a text.")


def _selection(children: list[Any], meta: Any) -> Term:
    del meta
    return Selection(children[0], str(children[1]), children[1].start_pos)


def _method(children: list[Any], meta: Any) -> Term:
    del meta
    of, name, *given = children
    arguments: list[Term] = given[0] if given else []
    function, at = str(name), name.start_pos
    if function not in COMPREHENSIONS:
        return FunctionCall(function, (of, *arguments), at, is_method=True)
    counts = (2, 3) if function == "map" else (2,)
    if len(arguments) not in counts or not isinstance(arguments[0], Variable):
        raise ExpressionError(
            f"{function} takes a name, and an expression about it.", at, f"Write it like .{function}(c, …c…)."
        )
    where = arguments[1] if len(arguments) == 3 else None
    return ComprehensionTerm(function, of, arguments[0].name, arguments[-1], at, where)


def _function(children: list[Any], meta: Any) -> Term:
    name, *given = children
    arguments: list[Term] = given[0] if given else []
    if str(name) == "dyn" and len(arguments) == 1:
        return arguments[0]
    if str(name) != "has":
        return FunctionCall(str(name), tuple(arguments), _at(meta))
    if len(arguments) != 1 or not isinstance(arguments[0], Selection):
        raise ExpressionError("has takes a field of something.", _at(meta), "Write it like has(change.cost).")
    return Presence(arguments[0], _at(meta))


def _pairs(children: list[Any], meta: Any) -> Term:
    flat = children[0] if children else []
    return PairsTerm(tuple(zip(flat[::2], flat[1::2], strict=True)), _at(meta))


def _of_a_message(children: list[Any], meta: Any) -> Term:
    del children
    raise ExpressionError("Messages of protobuf are not known here.", _at(meta), 'Write a mapping: {"key": value}.')


_BUILT: Final[Mapping[str, Callable[[list[Any], Any], Any]]] = {
    "literal": _literal,
    "ident": lambda children, meta: Variable(str(children[0]), _at(meta)),
    "dot_ident": lambda children, meta: Variable(str(children[0]), _at(meta)),
    "ident_arg": _function,
    "dot_ident_arg": _function,
    "member_dot": _selection,
    "member_dot_arg": _method,
    "member_index": lambda children, meta: Subscript(children[0], children[1], _at(meta)),
    "member_object": _of_a_message,
    "list_lit": lambda children, meta: ItemsTerm(tuple(children[0] if children else ()), _at(meta)),
    "map_lit": _pairs,
}
