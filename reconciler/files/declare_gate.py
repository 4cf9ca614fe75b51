"""From a checked gate to core.gate_spec.GateSpec. Paths are relative to the spec, as those of data."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, TypeAlias

from reconciler.core.codes_spec import spec_error
from reconciler.core.diagnostics import Diagnostic, Location
from reconciler.core.durations import duration_s
from reconciler.core.gate_spec import Against, At, Bound, GateSpec, Heldout, MaxCost, Metric, Prompt, Scorer, Trial
from reconciler.core.json_schemas import schema_mistake
from reconciler.files.dataset_paths import DataFinder
from reconciler.files.schema.gate import BoundPart, GatePart, PromptPart, SettingsPart
from reconciler.files.yaml_tree import Document

_GATE: Final = ("spec", "tuneform", "gate")
_SCHEMA_BYTES_MAX: Final = 1_000_000
"""No JSON Schema of answers comes near."""

_Find: TypeAlias = Callable[[str, Location], tuple[str | None, Diagnostic | None]]


def gate_of(part: GatePart | None, document: Document, finder: DataFinder) -> tuple[GateSpec | None, list[Diagnostic]]:
    """The gate, and what is wrong with the files that it names."""
    if part is None:
        return None, []
    mistakes: list[Diagnostic] = []
    gate = GateSpec(
        metrics={name.removeprefix("/"): _bound(bound) for name, bound in part.metrics.items()},
        prompts=tuple(map(_prompt, part.prompts)),
        trial=_trial(part, document, finder, mistakes) if part.heldout is not None else None,
        settings=_settings(part.settings) if part.settings is not None else {},
        latency_p95_s=duration_s(part.latency.p95) if part.latency is not None else None,
        max_cost=_money(part.max_cost) if part.max_cost is not None else None,
    )
    return gate, mistakes


def _settings(part: SettingsPart) -> dict[str, Any]:
    """By our names: a thinkingConfig is a level or a budget, as `thinking` is, so that both are one gate."""
    given = {name: value for name, value in part.given().items() if name != "thinkingConfig"}
    config = part.thinking_config
    if config is None or (config.thinking_level is None and config.thinking_budget is None):
        return given
    thinking = config.thinking_level.lower() if config.thinking_level is not None else config.thinking_budget
    return {**given, "thinking": thinking}


def _bound(part: BoundPart) -> Bound:
    no_worse_by = part.no_worse_by if part.against is None else part.no_worse_by or 0.0
    return Bound(part.min, part.max, At(part.at), no_worse_by)


def _prompt(part: PromptPart) -> Prompt:
    return Prompt(part.text, part.contains, part.matches, part.samples, part.at_least)


def _trial(part: GatePart, document: Document, finder: DataFinder, mistakes: list[Diagnostic]) -> Trial:
    uri = part.heldout or ""
    path = _located(finder.heldout, uri, document, "heldout", mistakes)
    return Trial(
        Heldout(uri, path or ""),
        _scorer(part, document, finder, mistakes),
        Against(part.against) if part.against is not None else None,
        part.at_least,
        part.margin,
        part.confidence,
        part.samples,
        is_measured=document.is_trial,
    )


def _scorer(part: GatePart, document: Document, finder: DataFinder, mistakes: list[Diagnostic]) -> Scorer:
    timeout = duration_s(part.timeout) if part.timeout is not None else None
    return Scorer(
        Metric(part.metric),
        _schema(part.json_schema, document, finder, mistakes),
        tuple(part.command or ()),
        timeout or Scorer().timeout_s,
        part.judge or "",
        part.rubric or "",
    )


def _schema(
    given: Mapping[str, Any] | str | None, document: Document, finder: DataFinder, mistakes: list[Diagnostic]
) -> Mapping[str, Any] | None:
    """As it stands, or what the file holds: a moved file is the same gate, a changed one another."""
    found: Mapping[str, Any] | None
    if not isinstance(given, str):
        found, why = given, ""
    elif (path := _located(finder.local, given, document, "jsonSchema", mistakes)) is not None:
        found, why = _read(Path(path))
    else:
        return None
    why = why or (schema_mistake(found) if found is not None else "")
    if why:
        where = document.place((*_GATE, "jsonSchema"))
        what = given if isinstance(given, str) else "jsonSchema"
        mistakes.append(spec_error("SPEC075", where, f"{what}: {why}.", "Correct it, or leave out jsonSchema."))
    return found


def _read(path: Path) -> tuple[Mapping[str, Any] | None, str]:
    try:
        if path.stat().st_size > _SCHEMA_BYTES_MAX:
            return None, f"it has more than {_SCHEMA_BYTES_MAX:,} bytes"
        read = json.loads(path.read_text(encoding="utf-8"))
    except OSError as exc:
        return None, f"it cannot be read: {exc.strerror}"
    except (ValueError, RecursionError) as exc:
        return None, f"it is no JSON: {exc}"
    return (read, "") if isinstance(read, Mapping) else (None, "it is no object of JSON")


def _located(find: _Find, uri: str, document: Document, field: str, mistakes: list[Diagnostic]) -> str | None:
    """The path of a local file that is there. A place costs a second parse, and is looked up for mistakes alone."""
    path, mistake = find(uri, document.start)
    if mistake is None:
        return path
    mistakes += [again for _, again in [find(uri, document.place((*_GATE, field)))] if again is not None]
    return None


def _money(text: str) -> MaxCost:
    number, currency = text.split(" ")
    return MaxCost(float(number), currency)
