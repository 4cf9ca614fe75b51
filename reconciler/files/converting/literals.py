"""What expressions of Python say by themselves: literals, and names that a module gives one value. Nothing is run."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.core.diagnostics import Location
from reconciler.core.model import Json
from reconciler.files.converting.request import NotLiteral

_DEEPEST = 60
_CONSTANT = re.compile(r"[A-Z][A-Z0-9_]*")
_ENVIRONMENT = re.compile(r"(?:os\.)?(?:environ(?:\.get)?|getenv)")
_LONGEST = 100_000
_MOST_AGAIN = 10_000


class _TooMuchError(Exception):
    pass


@dataclass(slots=True)
class Literals:
    """The values of one module. `assigned` are names that it gives a value at its top, once."""

    path: str
    assigned: dict[str, ast.expr] = field(default_factory=dict)
    changed: set[str] = field(default_factory=set)
    known: dict[str, tuple[Json, int]] = field(default_factory=dict)
    looked_at: int = 0
    again: int = 0
    """Of the expressions that were looked at, those for which a name stands once more, in the present argument: a few
    lines can double what they hold as often as they like."""

    @classmethod
    def of(cls, module: ast.Module, path: str) -> Literals:
        """The names at the top of a module; one that is given a value anywhere else too is not known."""
        found = cls(path)
        for statement in module.body:
            targets = _targets(statement)
            for name, value in targets:
                if name in found.assigned or value is None:
                    found.changed.add(name)
                else:
                    found.assigned[name] = value
        top = set(map(id, module.body))
        for node in ast.walk(module):
            if id(node) not in top and isinstance(node, ast.AugAssign | ast.Global):
                names = node.names if isinstance(node, ast.Global) else _names_in(node.target)
                found.changed.update(names)
        return found

    def where(self, node: ast.AST) -> Location:
        """Counted from 1, as messages have it."""
        return Location(self.path, getattr(node, "lineno", 1), getattr(node, "col_offset", 0) + 1)

    def value(self, node: ast.expr | None, depth: int = 0) -> Json:
        """The value, or NotLiteral with why not."""
        self.looked_at += 1
        if node is None or depth > _DEEPEST:
            return self._unknown(node or ast.Constant(None), "too much is put together for it")
        match node:
            case ast.Constant(value=bool() | int() | float() | str() | None):
                return node.value
            case ast.List(elts=items) | ast.Tuple(elts=items):
                return [self.value(item, depth + 1) for item in items]
            case ast.Attribute(attr=name) if _CONSTANT.fullmatch(name):
                return name
            case _:
                return self._put_together(node, depth)

    def _put_together(self, node: ast.expr, depth: int) -> Json:  # noqa: PLR0911 - one return a kind of expression
        match node:
            case ast.Dict():
                return self._mapping(node, depth)
            case ast.Name(id=name):
                return self._named(node, name, depth)
            case ast.JoinedStr(values=parts):
                return self._joined(node, parts, depth)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return self._sum(node, self.value(left, depth + 1), self.value(right, depth + 1))
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                found = self.value(operand, depth + 1)
                return -found if isinstance(found, int | float) else self._unknown(node, "it is calculated")
            case ast.Call():
                return self._made(node, depth)
            case ast.Subscript(value=of) if _ENVIRONMENT.fullmatch(dotted(of)):
                return self._unknown(node, "it comes from the environment")
            case _:
                return self._unknown(node, "it is calculated when the script runs")

    def arguments(self, call: ast.Call, positional: tuple[str, ...] = (), depth: int = 0) -> dict[str, Json]:
        """By name; `**more` makes whatever it may hold unknown, and is left out."""
        given = {name: self._argument(node, depth) for name, node in zip(positional, call.args, strict=False)}
        return {**given, **{k.arg: self._argument(k.value, depth) for k in call.keywords if k.arg}}

    def _argument(self, node: ast.expr, depth: int) -> Json:
        return self.value(node, depth + 1) if depth else self.alone(node)

    def alone(self, node: ast.expr) -> Json:
        """The value of an argument by itself: what is wrong with it says nothing of others."""
        self.again = 0
        try:
            return self.value(node, 1)
        except _TooMuchError:
            return self._unknown(node, "too much is put together for it")

    def _mapping(self, node: ast.Dict, depth: int) -> Json:
        found: dict[str, Json] = {}
        for key, value in zip(node.keys, node.values, strict=True):
            name = self.value(key, depth + 1) if key is not None else None
            inner = self.value(value, depth + 1)
            if key is None and isinstance(inner, Mapping):
                found.update(inner)
            elif isinstance(name, str):
                found[name] = inner
        return found

    def _named(self, node: ast.expr, name: str, depth: int) -> Json:
        if name in self.changed:
            return self._unknown(node, f"{name} is given a value more than once")
        if name not in self.assigned:
            return self._unknown(node, f"{name} is no constant of the module")
        if name not in self.known:
            before = self.looked_at
            self.known[name] = (self.value(self.assigned[name], depth + 1), self.looked_at - before)
            return self.known[name][0]
        found, size = self.known[name]
        self.looked_at += size
        self.again += size
        if self.again > _MOST_AGAIN:
            raise _TooMuchError
        return found

    def _joined(self, node: ast.expr, parts: list[ast.expr], depth: int) -> Json:
        text = ""
        for part in parts:
            is_plain = isinstance(part, ast.FormattedValue) and part.conversion == -1 and part.format_spec is None
            found = self.value(part.value if isinstance(part, ast.FormattedValue) else part, depth + 1)
            if isinstance(found, NotLiteral):
                return found
            if not isinstance(found, str | int) or (isinstance(part, ast.FormattedValue) and not is_plain):
                return self._unknown(node, "it is put together when the script runs")
            text += str(found)
        return text

    def _sum(self, node: ast.expr, left: Json, right: Json) -> Json:
        unknown = next((side for side in (left, right) if isinstance(side, NotLiteral)), None)
        if unknown is not None:
            return unknown
        if isinstance(left, str) and isinstance(right, str) and len(left) + len(right) < _LONGEST:
            return left + right
        return self._unknown(node, "it is calculated")

    def _made(self, call: ast.Call, depth: int) -> Json:
        """`types.TuningDataset(gcs_uri=…)` and `dict(…)` are their arguments."""
        name = dotted(call.func)
        if _ENVIRONMENT.fullmatch(name):
            return self._unknown(call, "it comes from the environment")
        last = name.rpartition(".")[2]
        if last == "dict" or (last[:1].isupper() and not call.args):
            return self.arguments(call, depth=depth)
        if last == "GenerativeModel" and call.args:
            return self.value(call.args[0], depth + 1)
        return self._unknown(call, f"{name or 'a call'}(…) is called when the script runs")

    def _unknown(self, node: ast.AST, why: str) -> NotLiteral:
        return NotLiteral(why, self.where(node))


def dotted(node: ast.expr) -> str:
    """`client.tunings.tune`; "" for what is no name. A call in the middle is passed over: `Client().tunings.tune`."""
    parts: list[str] = []
    at: ast.expr = node
    while isinstance(at, ast.Attribute | ast.Call):
        if isinstance(at, ast.Attribute):
            parts.append(at.attr)
            at = at.value
        else:
            at = at.func
    return ".".join([at.id, *reversed(parts)]) if isinstance(at, ast.Name) else ".".join(reversed(parts))


def _targets(statement: ast.stmt) -> list[tuple[str, ast.expr | None]]:
    """Names of a top-level statement with their values; None where only running it tells."""
    match statement:
        case ast.Assign(targets=targets, value=value):
            plain = [t.id for t in targets if isinstance(t, ast.Name)]
            others = [name for t in targets if not isinstance(t, ast.Name) for name in _names_in(t)]
            return [*((name, value) for name in plain), *((name, None) for name in others)]
        case ast.AnnAssign(target=ast.Name(id=name), value=value):
            return [(name, value)] if value is not None else []
        case ast.AugAssign(target=target) | ast.For(target=target):
            return [(name, None) for name in _names_in(target)]
        case _:
            return []


def _names_in(target: ast.AST) -> list[str]:
    return [node.id for node in ast.walk(target) if isinstance(node, ast.Name)]
