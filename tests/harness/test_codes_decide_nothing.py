"""Codes and reasons are for people: no module compares one, or looks one up, to decide what to do.

What follows from a code stands on its row in a table of codes (`codes_api.ApiCode.fault`, `rules.Rule.drops`), what
follows from a reason on the change (`Change.completes`). Who needs it asks that.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2] / "reconciler"
CODE = re.compile(r"(?:API|BUG|DATA|GATE|LOCK|PLAN|RUN|SPEC)\d{3}")

ALLOWED = {
    "core/codes_api.py: API_CODES.get(diagnostic.code)": "the one way from a diagnostic to its row",
    "core/codes_doctor.py: CODES_DOCTOR.get(found.code)": "the one way from a diagnostic to its row",
    "core/codes_spec.py: CODES.get(found.code)": "the one way from a diagnostic to its row",
    # Words by code or by reason: what is said, never what is done.
    "backends/failures.py: _CONNECTION_FIXES": "the fix that is said with a code",
    "backends/remedies.py: _FIXES": "the fix that is said with a code",
    "backends/remedies.py: _BY_CODE": "the fix that is said with a code, made of what the answer names",
    "core/sourced.py: _WORDS": "the sentence of a reason, where it is about a copy",
    "core/sourced.py: _WORDS.get(reason.code, reason.text)": "the sentence of a reason, where it is about a copy",
    "core/sourced.py: _WORDS[ReasonCode.SOURCE_CHANGED]": "the sentence of a reason",
    "core/decide.py: _LEFT": "the sentence of a reason",
    "core/decide.py: _LEFT[ReasonCode.DATA_CHANGED]": "the sentence of a reason",
    "core/decide.py: _LEFT[ReasonCode.DATA_UNKNOWN]": "the sentence of a reason",
    "core/decide.py: _LEFT[ReasonCode.FORM]": "the sentence of a reason",
    "core/decide.py: _LEFT[ReasonCode.PARENT_CHANGED]": "the sentence of a reason",
    "core/decide.py: _SINCE_FAILED": "the sentence of a reason",
    "core/decide.py: _WHY": "the sentence of a reason",
    "core/decide.py: _WHY[ReasonCode.RETRY]": "the sentence of a reason",
    "core/rebasing.py: before.code not in (ReasonCode.EDITED, ReasonCode.REBASED)": "the sentence of a reason",
    "core/rebasing.py: change.reason.code is not ReasonCode.REBASED": "the sentence of a reason, with a day",
    "core/kin.py: CODES_LOCK['LOCK017']": "the summary of a code",
    # How many there are of each, for a message that stands for all of them.
    "workflow/data_check.py: counts.get(finding.rule, 0)": "counts findings by rule",
    "core/alike.py: seen[diagnostic.code]": "counts messages by code",
    "workflow/local_data.py: by_code.setdefault(finding.code, [])": "counts findings by rule",
    # Settings of a rule over training data.
    "workflow/data_check.py: _NOT_FOR_VALIDATION": "a rule that is switched off",
    "workflow/local_data.py: _NOT_FOR_VALIDATION": "a rule that is switched off",
    # Numbers of google.rpc.Code, which come over the wire in a field that is called code.
    "backends/vertex_dispose.py: error.code in (0, _NOT_FOUND_IN_OPERATION)": "a number of google.rpc.Code",
    "backends/vertex_dispose.py: error.code == _PRECONDITION_IN_OPERATION": "a number of google.rpc.Code",
    "backends/vertex_rebase.py: error.code not in _REFUSALS": "a number of google.rpc.Code",
}
"""Where a code or a reason is looked at, and why that decides nothing."""
OF_THEIR_OWN = {
    "emulator": "it stands alone, and its codes are HTTP's",
    "datasets": "the engine of rules: which rule a row breaks is what it works out, and rules.toml says what follows",
}
TABLES = re.compile(r"core/codes_\w+\.py")
"""Where the rows stand."""


def _decisions(tree: ast.AST) -> Iterator[str]:
    """Each comparison with a code or a reason, each look-up by one, and each set or table that is keyed by codes."""
    for node in ast.walk(tree):
        match node:
            case ast.Compare():
                if any(map(_is_code, (node.left, *node.comparators))):
                    yield ast.unparse(node)
            case ast.Subscript(value=ast.Name() | ast.Call() | ast.Attribute()) if not isinstance(node.ctx, ast.Store):
                if _is_code(node.slice):
                    yield ast.unparse(node)
            case ast.Call(func=ast.Attribute(attr="get" | "setdefault" | "pop"), args=[key, *_]) if _is_code(key):
                yield ast.unparse(node)
            case ast.Assign(targets=[target], value=value) if _is_keyed_by_codes(value):
                yield ast.unparse(target)
            case ast.AnnAssign(target=target, value=ast.expr() as value) if _is_keyed_by_codes(value):
                yield ast.unparse(target)
            case ast.match_case(pattern=ast.MatchValue(value=value)) if _is_code(value):
                yield ast.unparse(value)


def _is_code(node: ast.AST) -> bool:
    """`"API306"`, `error.diagnostic.code`, `change.reason.code`, `ReasonCode.TRAINED`, `problem.rule`, `code`."""
    match node:
        case ast.Constant(value=str(text)):
            return CODE.fullmatch(text) is not None
        case ast.Attribute(value=ast.Name(id="ReasonCode")):
            return True
        case ast.Attribute(attr="code"):
            return True
        case ast.Attribute(attr="rule", value=ast.Name(id="problem" | "finding" | "f")):
            return True
        case ast.Tuple(elts=parts) | ast.Set(elts=parts) | ast.List(elts=parts):
            return any(map(_is_code, parts))
        case _:
            return False


def _is_keyed_by_codes(node: ast.expr) -> bool:
    """A table by codes, or a set of some."""
    match node:
        case ast.Dict(keys=keys):
            return any(key is not None and _is_code(key) for key in keys) or any(
                key is None and _is_keyed_by_codes(value) for key, value in zip(keys, node.values, strict=True)
            )
        case ast.Call(args=[first, *_]):
            return isinstance(first, ast.Set | ast.Tuple | ast.List) and _is_code(first)
        case ast.Set():
            return _is_code(node)
        case _:
            return False


def _found() -> set[str]:
    found = set()
    for path in sorted(ROOT.rglob("*.py")):
        name = str(path.relative_to(ROOT))
        if name.partition("/")[0] not in OF_THEIR_OWN:
            told = _decisions(ast.parse(path.read_text(encoding="utf-8")))
            found |= {f"{name}: {where}" for where in told if not (TABLES.fullmatch(name) and where.isidentifier())}
    return found


def test_no_module_decides_by_a_code_or_a_reason() -> None:
    assert _found() - ALLOWED.keys() == set()


def test_nothing_is_allowed_that_is_not_there_any_more() -> None:
    assert ALLOWED.keys() - _found() == set()


@pytest.mark.parametrize(
    "planted",
    [
        'if error.diagnostic.code == "API306": pass',
        'if exc.diagnostic.code in ("API102", "API111"): pass',
        "if exc.diagnostic.code in _ENDED: pass",
        '_ENDED = frozenset({"API102", "API111"})',
        '_ENDED: Final = {"API102", "API111"}',
        '_FAULTS = {"API303": Fault.NOT_FOUND}',
        '_FAULTS = {**dict.fromkeys(("API303",), 1)}',
        "fault = FAULTS.get(error.diagnostic.code)",
        "fault = FAULTS[diagnostic.code]",
        'match found.code:\n    case "LOCK111": pass',
        "if change.reason.code is ReasonCode.TRAINED: pass",
        "if code is not ReasonCode.TRAINED: pass",
        "match change.reason.code:\n    case ReasonCode.TRAINED: pass",
        'if problem.rule == "DATA404": pass',
    ],
)
def test_a_planted_decision_is_found(planted: str) -> None:
    assert list(_decisions(ast.parse(planted)))


@pytest.mark.parametrize(
    "harmless",
    [
        'raise failure("API306", detail="x")',
        "Reason(ReasonCode.TRAINED, 'trained')",
        "yield Problem('DATA404', path)",
        "code = error.diagnostic.code",
        "return error.condition is Condition.DENIED",
        "sorted(found, key=lambda d: (d.address, d.code))",
    ],
)
def test_naming_a_code_is_no_decision(harmless: str) -> None:
    assert list(_decisions(ast.parse(harmless))) == []
