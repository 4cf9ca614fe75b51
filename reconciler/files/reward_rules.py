"""Rules over the rewards of reinforcement tuning that no field can check alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.core.codes_spec import spec_error
from reconciler.core.diagnostics import Diagnostic
from reconciler.files.raw import raw_at, raw_text
from reconciler.files.yaml_tree import Document

_SPEC = ("spec", "reinforcementTuningSpec")
_WEIGHTED = (*_SPEC, "compositeRewardConfig", "weightedRewardConfigs")
_PARSERS = (("parseResponseConfig",), ("autoraterScorer", "autoraterResponseParseConfig"))
_SNIPPET = ("codeExecutionRewardScorer", "pythonCodeSnippet")
_FUNCTION = "evaluate"
"""Of the snippet. Source: the description of ReinforcementTuningCodeExecutionRewardScorer."""

Path = tuple[str | int, ...]


def reward_mistakes(document: Document) -> Iterator[Diagnostic]:
    """Names given twice, expressions that are missing, code that is none, samples of nothing."""
    samples = ("spec", "tuneform", "rewardSamples")
    if raw_at(document.value, *samples) and raw_at(document.value, *_SPEC) is None:
        detail = "The spec has rewardSamples and no reinforcementTuningSpec."
        yield spec_error("SPEC095", document.place(samples, of_key=True), detail, "Remove rewardSamples.")
    names: dict[str, Path] = {}
    for path in _rewards(document):
        reward = _value(document, path)
        name = raw_text(reward, "rewardName")
        if name and names.setdefault(name, path) != path:
            where = document.place((*path, "rewardName"))
            yield spec_error("SPEC095", where, f"Two rewards are called {name}.", "Give each a name of its own.")
        yield from _parsing(document, path, reward)
        yield from _code(document, path, reward)


def _rewards(document: Document) -> Iterator[Path]:
    single = (*_SPEC, "singleRewardConfig")
    if isinstance(_value(document, single), Mapping):
        yield single
    weighted = _value(document, _WEIGHTED)
    for index, item in enumerate(weighted if isinstance(weighted, list) else []):
        if isinstance(raw_at(item, "rewardConfig"), Mapping):
            yield (*_WEIGHTED, index, "rewardConfig")


def _value(document: Document, path: Path) -> Any:
    value: Any = document.value
    for step in path:
        value = raw_at(value, step) if isinstance(step, str) else value[step]
    return value


def _parsing(document: Document, path: Path, reward: Any) -> Iterator[Diagnostic]:
    for steps in _PARSERS:
        parser = raw_at(reward, *steps)
        kind, expression = raw_text(parser, "parseType"), raw_at(parser, "regexExtractExpression")
        where = (*path, *steps)
        if kind == "REGEX_EXTRACT" and not expression:
            fix = "Add regexExtractExpression, with a group around what is to be judged."
            yield spec_error("SPEC095", document.place(where), "REGEX_EXTRACT has no expression.", fix)
        elif expression and kind != "REGEX_EXTRACT":
            detail = "regexExtractExpression is read for REGEX_EXTRACT alone."
            yield spec_error("SPEC095", document.place(where), detail, "Add parseType: REGEX_EXTRACT.")


def _code(document: Document, path: Path, reward: Any) -> Iterator[Diagnostic]:
    """It is read, and never run."""
    source = raw_text(reward, *_SNIPPET)
    if source is None:
        return
    where = document.place((*path, *_SNIPPET))
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as exc:
        line = f" in its line {exc.lineno}" if isinstance(exc, SyntaxError) and exc.lineno else ""
        reason = exc.msg if isinstance(exc, SyntaxError) else "it cannot be read"
        yield spec_error("SPEC095", where, f"The snippet is not Python{line}: {reason}.", "Correct the code.")
        return
    if not any(isinstance(node, ast.FunctionDef) and node.name == _FUNCTION for node in tree.body):
        fix = "Define evaluate(example, response), which answers the reward as a number."
        yield spec_error("SPEC095", where, f"The snippet defines no function {_FUNCTION}.", fix)
