"""docs/reference/plan-json.md: fields of the JSON that tuneform writes, from its schemas."""

from __future__ import annotations

from typing import Any

from reconciler.render.schemas import schema
from tests.docs.sections import table

_MEANINGS = {
    "attempt": "The training that is made, waited for or let serve, counted from `1`.",
    "submission": "What will be sent.",
    "in_place": "Display name, description and labels as declared.",
    "patch": "What of these is patched; null clears a field or removes a label.",
    "lifecycle": "`spec.tuneform.lifecycle` as declared, or as locked where the spec is gone.",
    "adopts": "Live trainings to take into the lock.",
    "rebase": "What the service trains again on another base model, where it is asked for that.",
    "job": "The tuning job of what serves.",
    "same_endpoint": "Whether the new model replaces that at its endpoint.",
    "removes_entry": "Whether the lock forgets the address when it is done.",
    "renamed_from": "The former address.",
    "state": "The service's own word.",
    "progress": "How far a running training is.",
    "spent_tokens": "Billable tokens of a training that would be lost, or was.",
    "cost": "Of the training, where it can be estimated.",
    "examples": "Examples of the dataset.",
    "rows": "Row by row.",
    "before": "As it was submitted; null is unknown.",
    "after": "As it is declared; null is unknown.",
    "added": "Rows that are new.",
    "removed": "Rows that are gone.",
    "unchanged": "Rows that both have.",
    "cost_before": "What the training before it was billed, at the present price.",
    "forecast": "What its gate will ask, with its cost, where it asks anything.",
    "notes": "What is said beside the change. Notes never change what is done.",
    "where": "The spec's file.",
    "reason": "For people: a program must not branch on it.",
    "fields": "What differs.",
    "format_version": "Major and minor. Minor versions add, major ones break.",
    "target": "Whose models these are.",
    "workspace": "The workspace.",
    "lineage": "That of the lock.",
    "costs": "Sums by currency.",
    "items": "In address order.",
    "uploads": "In the order of their names.",
    "uri": "`gs://bucket/name`.",
    "size_bytes": "Its size.",
    "changes": "In address order; a deposed model's own change follows its address's.",
    "diagnostics": "Refusals and warnings.",
    "role": "Role in the lock.",
    "resource_name": "The service's name of it.",
    "old": "Value before; null is absent.",
    "new": "Value after; null is absent.",
    "on_change": "What the difference means.",
    "low": "Lower end; null is unknown.",
    "high": "Upper end; null is unknown.",
    "currency": "Currency.",
    "method": "How it was found, or why it is unknown.",
    "trainings": "How many are estimated.",
    "unknown": "How many are not.",
    "code": "Stable.",
    "text": "A sentence.",
    "action": "The action.",
    "pin": "The rollback that holds it; null where there is none.",
    "made_with": "The options that `apply FILE` makes the plan again with.",
}
_FEW = 5
_GC_PARTS = ("ItemRecord", "UploadRecord")
_HISTORY_PARTS = (
    "AttemptRecord",
    "AuthorRecord",
    "HappeningRecord",
    "DecisionRecord",
    "DisposedJobRecord",
    "ForgottenNamesRecord",
)
_QUERY_PARTS = ("ResourceRecord",)
_STATS_PARTS = (
    "TokensRecord",
    "BucketRecord",
    "ClassRecord",
    "DoubtRecord",
    "SingleRecord",
    "LongestRecord",
    "TrainingRecord",
    "EpochsRecord",
    "DigestsRecord",
)
_PLAN_PARTS = (
    "ChangeRecord",
    "ReasonRecord",
    "FieldRecord",
    "AdoptionRecord",
    "CostRecord",
    "DataChangeRecord",
    "BeforeAfterRecord",
    "RowCountsRecord",
    "RebaseRecord",
    "CostTotalRecord",
    "MadeWithRecord",
)


def plan_fields() -> str:
    """The document, then its parts."""
    return _document("plan", "The document", _PLAN_PARTS)


def gc_fields() -> str:
    """The same for what gc proposes."""
    return _document("gc", "The proposal", _GC_PARTS)


def stats_fields() -> str:
    """The same for what dataset stats tells."""
    return _document("dataset-stats", "The figures", _STATS_PARTS)


def history_fields() -> str:
    """The same for what history tells."""
    return _document("history", "The history", _HISTORY_PARTS)


def state_fields() -> str:
    """The same for what the lock has."""
    return _document("state", "The state", ("StateEntryRecord", "MendingRecord"))


def query_fields() -> str:
    """The same for what query lists."""
    return _document("query", "The list", _QUERY_PARTS)


def _document(of: str, title: str, parts: tuple[str, ...]) -> str:
    made = schema(of)
    pieces = [f"### {title}\n\n{_table(made)}"]
    for name in parts:
        part = made["$defs"][name]
        pieces.append(f"### {_title(name)}\n\n{part['description']}\n\n{_table(part)}")
    return "\n".join(pieces)


def reasons() -> str:
    """Every reason code."""
    return ", ".join(f"`{code}`" for code in schema("plan")["$defs"]["ReasonCode"]["enum"]) + ".\n"


def event_lines() -> str:
    """Every type of line with its fields."""
    made = schema("events")
    rows = []
    for kind, reference in made["discriminator"]["mapping"].items():
        part = made["$defs"][reference.rpartition("/")[2]]
        named = [f"`{name}`" for name in part["properties"] if name not in ("type", "at")]
        rows.append((f"`{kind}`", part["description"], ", ".join(named)))
    return table(["Type", "What happened", "Fields beside `type` and `at`"], rows)


def _table(part: dict[str, Any]) -> str:
    rows = [(f"`{name}`", _takes(value), _meaning(name, value)) for name, value in part["properties"].items()]
    return table(["Field", "Takes", "What it is"], rows)


def _meaning(name: str, value: dict[str, Any]) -> str:
    told = [part["description"] for part in (value, *value.get("anyOf", ())) if "description" in part]
    return told[0] if told else _MEANINGS[name]


def _takes(value: dict[str, Any]) -> str:
    if "anyOf" in value:
        return " or ".join(_takes(part) for part in value["anyOf"])
    if "$ref" in value:
        return _of_part(value["$ref"].rpartition("/")[2])
    if "enum" in value:
        return " or ".join(f"`{word}`" for word in value["enum"] if word) + (" or empty" if "" in value["enum"] else "")
    if value.get("type") == "array":
        return f"list of {_takes(value.get('items', {}))}s"
    words = {
        "string": "text",
        "integer": "number",
        "number": "number",
        "boolean": "true or false",
        "object": "mapping",
        "null": "null",
    }
    return words[value["type"]] if "type" in value else "any value"


def _of_part(name: str) -> str:
    documents = ("query", "dataset-stats", "state", "history", "gc", "plan")
    parts = {part: made for of in documents for part, made in schema(of)["$defs"].items()}
    choices = parts[name].get("enum", ())
    return _takes({"enum": choices}) if 0 < len(choices) <= _FEW else _title(name).lower()


def _title(name: str) -> str:
    plain = name.removesuffix("Record")
    return "".join(f" {c.lower()}" if c.isupper() and n else c for n, c in enumerate(plain))
