"""JSON Schemas of everything that tuneform writes for machines: shipped as files, made from the types.

`python -m reconciler.render.schemas` writes the files again; a test fails while they lag behind.
"""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import Any

_FOLDER = "data/schemas"
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def names() -> list[str]:
    """The names that `schema` knows, in alphabetical order."""
    files = resources.files("reconciler").joinpath(_FOLDER).iterdir()
    return sorted(file.name.removesuffix(".json") for file in files if file.name.endswith(".json"))


def schema(name: str) -> dict[str, Any]:
    """The shipped schema. Raise KeyError for a name that is not among `names`."""
    if name not in names():
        raise KeyError(name)
    text = resources.files("reconciler").joinpath(_FOLDER, f"{name}.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def _built(name: str) -> dict[str, Any]:
    """The schema as the types have it now: what the shipped file must be."""
    import msgspec

    kind, title = _documents()[name]
    (made,), parts = msgspec.json.schema_components([kind], ref_template="#/$defs/{name}")
    head = {"$schema": _DIALECT, "$id": f"https://tuneform.dev/schemas/{name}-1.json", "title": title}
    body = {key: value for key, value in _inlined(made, parts).items() if key != "title"}
    return {**head, **body, "$defs": {part: parts[part] for part in sorted(parts)}}


def _documents() -> dict[str, tuple[Any, str]]:
    """Imported here: printing a schema needs none of this."""
    from reconciler.core.lock import Lock
    from reconciler.render.event_records import EventLine
    from reconciler.render.json_details import DetailsDocument
    from reconciler.render.json_diagnostics import DiagnosticsDocument
    from reconciler.render.json_garbage import GarbageDocument
    from reconciler.render.json_gate import GateDocument
    from reconciler.render.json_history import HistoryDocument
    from reconciler.render.json_notices import NoticeDocument
    from reconciler.render.json_policies import PoliciesDocument
    from reconciler.render.json_query import QueryDocument
    from reconciler.render.json_rewards import RewardsDocument
    from reconciler.render.json_state import StateDocument
    from reconciler.render.json_stats import StatsDocument
    from reconciler.render.json_status import StatusDocument
    from reconciler.render.plan_records import PlanDocument

    return {
        "dataset-stats": (StatsDocument, "What tuneform dataset stats tells of training data"),
        "details": (DetailsDocument, "What tuneform show --live tells of the trainings of an address"),
        "diagnostics": (DiagnosticsDocument, "Diagnostics of tuneform validate and doctor"),
        "events": (EventLine, "One line of tuneform apply, wait and gc --yes with --format json"),
        "gate": (GateDocument, "Report of tuneform gate"),
        "gc": (GarbageDocument, "Proposal of tuneform gc"),
        "history": (HistoryDocument, "What tuneform history tells of an address"),
        "lock": (Lock, "The lock of tuneform"),
        "notice": (NoticeDocument, "What a receiver of tuneform is told: a CloudEvent"),
        "plan": (PlanDocument, "Plan of tuneform"),
        "policies": (PoliciesDocument, "Rules of tuneform policy list, with the cases of tuneform policy test"),
        "state": (StateDocument, "What tuneform state list has of a lock"),
        "query": (QueryDocument, "What tuneform query lists"),
        "reward": (RewardsDocument, "What tuneform reward tells of answers"),
        "status": (StatusDocument, "Status of tuneform"),
    }


def _inlined(made: dict[str, Any], parts: dict[str, Any]) -> dict[str, Any]:
    """The document's own type at the top instead of a reference to it."""
    reference = made.get("$ref", "").removeprefix("#/$defs/")
    return parts.pop(reference) if reference in parts else made


def spelt(name: str) -> str:
    """The text of the shipped file."""
    return json.dumps(_built(name), indent=2, ensure_ascii=False) + "\n"


def write(folder: Path) -> None:
    """All files."""
    for name in _documents():
        (folder / f"{name}.json").write_text(spelt(name), encoding="utf-8")


if __name__ == "__main__":
    write(Path(__file__).parents[1] / _FOLDER)
