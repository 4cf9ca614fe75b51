"""What must be the same whether or not a run was killed: the money spent, what there is, the lock, the plan."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from tests.crash.as_api import judged
from tests.crash.specs import BY_HAND
from tests.crash.stage import PLACE, Stage

Json = dict[str, Any]

OURS = "tuneform-"
_VARYING = frozenset(
    {"revision", "times", "states", "at", "cancelRequested", "lineage", "attempt", "operation", "reason", "score"}
)
_OPTIONAL = frozenset({"measured", "spent"})
"""Read where the service answers, and never waited for; each job has curves of its own here. And what asking came to:
who asks again has the answers of before.
"""
_COPIED = re.compile(r"-[0-9a-f]{8}-[0-9a-f]{10}$")
_NAMES = re.compile(r"tunedModels/[\w-]+|(?:models|endpoints)/[a-z][\w-]*|\d{4,}")


def verdict(stage: Stage) -> Json:
    """Of the present moment. A difference between two of these is a broken promise."""
    planned = stage.tuneform("plan", "--detailed-exitcode")
    jobs, models, endpoints, tuned = everything(stage)
    return {
        "judge": judged(stage, (jobs, models, endpoints, tuned)),
        "jobs": _counted(f"{_identity(j)} {j['state']}" for j in jobs if _is_ours(j)),
        "models": _counted(f"{_identity(m)} v{m['versionId']} {_aliases(m)}" for m in models if _is_ours(m)),
        "endpoints": _counted(f"{_identity(e)} {len(e.get('deployedModels', []))}" for e in endpoints if _is_ours(e)),
        "tuned models": _counted(_tuned_identity(t) for t in tuned if _is_ours(t)),
        "lock": shape(json.loads(stage.lock_text() or "null")),
        "holder": stage.holder(),
        "files": stage.files(),
        "plan": planned.code,
        "pending": [line for line in planned.shown.splitlines() if re.match(r"[+~±↶\-x…<.!] ", line)],
    }


def strangers(stage: Stage) -> Json:
    """Everything that is not ours and that no spec names, to the last byte."""
    return {r["name"]: r for kind in everything(stage) for r in kind if not (_is_ours(r) or _is_named(r))}


def everything(stage: Stage) -> tuple[list[Json], list[Json], list[Json], list[Json]]:
    """Jobs, models, endpoints, tuned models."""
    jobs = stage.ask("GET", f"/v1/{PLACE}/tuningJobs?pageSize=1000").get("tuningJobs", [])
    models = stage.ask("GET", f"/v1/{PLACE}/models?pageSize=1000").get("models", [])
    endpoints = [
        endpoint
        for location in ("us-central1", "us")
        for endpoint in stage.ask("GET", f"/v1/projects/acme-ml/locations/{location}/endpoints?pageSize=1000").get(
            "endpoints", []
        )
    ]
    tuned = stage.ask("GET", "/v1beta/tunedModels?pageSize=1000").get("tunedModels", [])
    return jobs, models, endpoints, tuned


def shape(value: Any) -> Any:
    """A lock but for names, times, revisions and attempts."""
    if isinstance(value, dict):
        left_out = _VARYING | _OPTIONAL
        kept = {k: shape(sorted(v) if k == "disposed" else v) for k, v in value.items() if k not in left_out}
        if "sweep" in value.get("source", {}):
            kept["digest"] = "of the model that is the best"  # whose id tells which trial was made first
        if "trials" in kept:  # one that the service had refused by then was none of those it was compared with
            kept["trials"] = [trial for trial in kept["trials"] if "model" in trial]
        if "trainings" in kept:
            kept["trainings"] = sorted(map(json.dumps, kept["trainings"].values()))
        return kept
    if isinstance(value, list):
        return [shape(v) for v in value]
    return _NAMES.sub("#", value) if isinstance(value, str) else value


def _is_ours(resource: Json) -> bool:
    if _COPIED.search(resource["name"]):
        return True  # an id of ours, as a copy has that does not carry its labels yet
    return bool(resource.get("labels", {}).get(f"{OURS}workspace") == "acme")


def _is_named(resource: Json) -> bool:
    return BY_HAND in (resource.get("displayName"), resource.get("tunedModelDisplayName"))


def _identity(resource: Json) -> str:
    left_out = {f"{OURS}attempt", "google-vertex-llm-tuning-job-id"}
    if _COPIED.search(resource["name"]):
        left_out.add(f"{OURS}training")  # of what it copies, whose id tells which trial was made first
    labels = {k: v for k, v in resource.get("labels", {}).items() if k not in left_out}
    kept = {k: _NAMES.sub("#", v) if k.startswith("google-") else v for k, v in labels.items()}
    return (
        f"{resource.get('displayName', resource.get('tunedModelDisplayName', ''))} {json.dumps(kept, sort_keys=True)}"
    )


def _aliases(model: Json) -> str:
    return ",".join(sorted(a for a in model.get("versionAliases", ()) if a != "default"))


def _tuned_identity(model: Json) -> str:
    task = model.get("tuningTask", {}).get("hyperparameters", {})
    return f"{model.get('displayName')} {model['state']} {json.dumps(task, sort_keys=True)} {model.get('temperature')}"


def _counted(words: Iterator[str]) -> dict[str, int]:
    return dict(sorted(Counter(words).items()))
