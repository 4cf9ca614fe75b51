"""Diagnostics as SARIF 2.1.0, for code scanning views."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote

from reconciler.core.diagnostics import Diagnostic, Location, in_order
from reconciler.core.digest import digest
from reconciler.core.plurals import counted
from reconciler.render.commands import sentence, shell_line
from reconciler.render.words import escape

RESULTS_MAX = 5_000
"""GitHub shows no more results of one run."""
_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def sarif_report(diagnostics: Iterable[Diagnostic], *, version: str, anchor: str = "tuneform.yaml") -> str:
    """One run with a rule per code. `version` is the program's.

    GitHub refuses a result without a file: those that have no place stand at `anchor`.
    """
    found = sorted(in_order(diagnostics), key=lambda d: d.severity.rank)
    shown = found[:RESULTS_MAX]
    left_out: Counter[str] = Counter()
    for position, diagnostic in enumerate(found):
        left_out[diagnostic.code] += diagnostic.more + (position >= RESULTS_MAX)
    codes = sorted({d.code for d in shown})
    run: dict[str, Any] = {
        "tool": {"driver": {"name": "tuneform", "version": version, "rules": _rules(shown, codes)}},
        "columnKind": "unicodeCodePoints",
        "results": [_result(d, codes, anchor) for d in shown],
    }
    if left := left_out.total():
        run["properties"] = {"tuneform/leftOut": {code: count for code, count in sorted(left_out.items()) if count}}
        notice = {"level": "note", "message": {"text": f"{counted(left, 'result')} left out."}}
        run["invocations"] = [{"executionSuccessful": True, "toolExecutionNotifications": [notice]}]
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rules(found: Sequence[Diagnostic], codes: Sequence[str]) -> list[dict[str, Any]]:
    summaries = {d.code: d.summary for d in reversed(found)}
    return [{"id": code, "shortDescription": {"text": escape(summaries[code])}} for code in codes]


def _result(diagnostic: Diagnostic, codes: Sequence[str], anchor: str) -> dict[str, Any]:
    fix = f"fix: {sentence(diagnostic.fix)}" if diagnostic.fix else ""
    texts = [diagnostic.summary, diagnostic.detail, fix, shell_line(diagnostic.command)]
    message = "\n".join(escape(line) for text in texts if text for line in text.split("\n"))
    return {
        "ruleId": diagnostic.code,
        "ruleIndex": codes.index(diagnostic.code),
        "level": diagnostic.severity.value,
        "message": {"text": message},
        "locations": [_location(diagnostic, anchor)],
        "partialFingerprints": {"tuneform/v1": _fingerprint(diagnostic)},
    }


def _fingerprint(diagnostic: Diagnostic) -> str:
    """The same finding on another line is the same finding."""
    path = diagnostic.where.path if diagnostic.where else ""
    return digest([diagnostic.code, path, diagnostic.address, escape(diagnostic.detail)])[:32]


def _location(diagnostic: Diagnostic, anchor: str) -> dict[str, Any]:
    where = diagnostic.where or Location(anchor)
    physical: dict[str, Any] = {"artifactLocation": {"uri": quote(where.path, errors="surrogateescape")}}
    if where.line:
        column = {"startColumn": where.column} if where.column else {}
        physical["region"] = {"startLine": where.line, **column}
    location: dict[str, Any] = {"physicalLocation": physical}
    if diagnostic.address:
        location["logicalLocations"] = [{"fullyQualifiedName": escape(diagnostic.address)}]
    return location
