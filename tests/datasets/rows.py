"""Builders of training data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from reconciler.datasets import Checked, RuleSet, Source, check

SHARED = Path(__file__).parents[3] / "shared" / "data" / "datasets"
WHY_SKIPPED = "The public data sets are not beside this repository."


def text(words: str) -> dict[str, Any]:
    return {"text": words}


def turn(role: str, *parts: dict[str, Any] | str) -> dict[str, Any]:
    return {"role": role, "parts": [text(part) if isinstance(part, str) else part for part in parts]}


def example(question: str = "2+2", answer: str = "4", **more: Any) -> dict[str, Any]:
    return {"contents": [turn("user", question), turn("model", answer)], **more}


def preference(question: str, better: str, worse: str) -> dict[str, Any]:
    completions = [
        {"score": 1.0, "completion": turn("model", better)},
        {"score": 0.0, "completion": turn("model", worse)},
    ]
    return {"contents": [turn("user", question)], "completions": completions}


def lines(*rows: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def examples(count: int, *, start: int = 0) -> bytes:
    return lines(*(example(f"{n}+{n}", str(2 * n)) for n in range(start, start + count)))


def checked(data: bytes, rules: RuleSet | None = None, name: str = "train.jsonl") -> Checked:
    return check(Source.stream([data], name), rules)


def rules_broken(result: Checked) -> set[str]:
    """Without the advice on sizes, which every short file of a test breaks."""
    return set(result.counts) - {"DATA904", "DATA704"}


def place(result: Checked, rule: str) -> tuple[int, int, str]:
    found = next(finding for finding in result.findings if finding.rule == rule)
    return found.line, found.column, found.json_path
