"""What happened at an address, as one JSON document."""

from __future__ import annotations

import json
from typing import Any

from reconciler.core.lock import Author
from reconciler.render.records import FORMAT_VERSION
from reconciler.render.values import AttemptHistory, History, OpenChange
from reconciler.render.words import decimal_string


def history_to_json(known: History) -> str:
    """Times are RFC 3339; what is unknown is empty, or null."""
    document = {
        "format_version": FORMAT_VERSION,
        "address": str(known.address),
        "former": list(known.former),
        "attempts": [_attempt(a) for a in known.attempts],
        "open": [_change(c) for c in known.open],
        "pin": _change(known.pin) if known.pin else None,
        "disposed": [{"job": job, "last_seen": at} for job, at in known.disposed],
        "forgotten": {"resource_names": list(known.forgotten), "at": known.forgotten_at},
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _attempt(a: AttemptHistory) -> dict[str, Any]:
    return {
        "attempt": a.attempt,
        "role": a.role,
        "state": a.state,
        "base": a.base,
        "reason": a.reason,
        "by": _author(a.by),
        "happenings": [{"at": m.at, "what": m.what} for m in a.happenings],
        "gate": a.gate,
        "said": a.said,
        "cost": decimal_string(a.cost),
        "currency": a.currency if a.cost is not None else "",
        "was_billed": a.was_billed,
        "job": a.job,
        "model": a.model,
        "endpoint": a.endpoint,
    }


def _change(c: OpenChange) -> dict[str, Any]:
    return {**c._asdict(), "by": _author(c.by)}


def _author(by: Author) -> dict[str, str]:
    return {"actor": by.actor, "commit": by.commit, "run_url": by.run_url}
