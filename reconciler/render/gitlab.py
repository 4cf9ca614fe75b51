"""What GitLab shows of a plan in a merge request: counts in its infrastructure widget, diagnostics as code quality.

https://docs.gitlab.com/ci/yaml/artifacts_reports (terraform, codequality), read 2026-11-30.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from reconciler.core.change import Change, Plan
from reconciler.core.diagnostics import Diagnostic, Severity, in_order
from reconciler.core.digest import digest
from reconciler.core.model import Action
from reconciler.render.commands import sentence, shell_line
from reconciler.render.words import escape

_SEVERITIES = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.NOTE: "info"}
_UPDATES = (Action.UPDATE, Action.RESTORE, Action.ADOPT, Action.FORGET)


def change_counts(plan: Plan) -> str:
    """`{"create": 1, "update": 0, "delete": 0}`, which is all that the widget reads.

    A replace creates a model, and deletes what it disposes of at its end.
    """
    changes = plan.changes
    counts = {
        "create": sum(change.action.trains for change in changes),
        "update": sum(change.action in _UPDATES for change in changes),
        "delete": sum(map(_deletes, changes)),
    }
    return json.dumps(counts) + "\n"


def _deletes(change: Change) -> bool:
    return change.action in (Action.DELETE, Action.CANCEL) or (bool(change.surplus) and change.does_something)


def code_quality(diagnostics: Iterable[Diagnostic], *, anchor: str = "tuneform.yaml") -> str:
    """A list of issues. What has no place stands at `anchor`: GitLab shows nothing without one."""
    return json.dumps([_issue(found, anchor) for found in in_order(diagnostics)], indent=2) + "\n"


def _issue(found: Diagnostic, anchor: str) -> dict[str, Any]:
    path = found.where.path if found.where else anchor
    fix = f"fix: {sentence(found.fix)}" if found.fix else ""
    address = f"{found.address}: " if found.address else ""
    texts = [f"{address}{found.summary}", found.detail, fix, shell_line(found.command)]
    return {
        "description": " ".join(escape(line) for text in texts if text for line in text.split("\n")),
        "check_name": found.code,
        "fingerprint": digest([found.code, path, found.address, escape(found.detail)])[:32],
        "severity": _SEVERITIES[found.severity],
        "location": {"path": escape(path), "lines": {"begin": found.where.line or 1 if found.where else 1}},
    }
