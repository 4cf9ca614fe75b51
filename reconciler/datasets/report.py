"""A checked file as text, JSON, SARIF or GitHub annotations. Pure: results in, one text out."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from reconciler.core.diagnostics import Severity
from reconciler.core.plurals import counted
from reconciler.datasets.excerpt import excerpt, harmless
from reconciler.datasets.rules import all_rules
from reconciler.datasets.tokens import estimate, short

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from reconciler.datasets.checked import Checked, Distribution
    from reconciler.datasets.findings import Finding

FORMAT_VERSION = "1.0"

RESULTS_MAX = 5_000
"""GitHub shows no more results of one run."""

ANNOTATIONS_MAX = 10
"""GitHub shows this many of each kind per step and drops the rest without a word."""

SHOWN_PER_RULE = 5
"""Findings of one rule that the text shows in full."""


def text(checked: Checked, read: Callable[[int, int], bytes] | None = None) -> str:
    """For a terminal. With `read` (offset, size → bytes) each finding shows a piece of its line."""
    shown: Counter[str] = Counter()
    lines: list[str] = []
    for finding in checked.findings:
        shown[finding.rule] += 1
        if shown[finding.rule] <= SHOWN_PER_RULE:
            lines += _finding_lines(checked.name, finding, read)
    for rule, count in checked.counts.items():
        more = count - min(shown[rule], SHOWN_PER_RULE)
        if more > 0:
            lines.append(f"  … and {more:,} more of {rule}: {all_rules()[rule].title}")
    return "\n".join([*lines, summary(checked)]) + "\n"


def _finding_lines(name: str, finding: Finding, read: Callable[[int, int], bytes] | None) -> Iterator[str]:
    place = finding.diagnostic(_plain(name)).where
    yield f"{place}: {finding.severity.value} {finding.rule}: {finding.title}"
    detail = ": ".join(part for part in (finding.json_path, finding.detail) if part)
    if detail:
        yield f"  {_plain(detail)}"
    piece, caret = excerpt(finding, read) if read else ("", "")
    if piece:
        yield f"    {piece}"
        yield f"    {caret}"
    if finding.fix:
        yield f"  fix: {finding.fix}"


def _plain(words: str) -> str:
    return "".join(harmless(character) for character in words)


def summary(checked: Checked) -> str:
    """One line: what the file is and how much is wrong with it."""
    found = _counts_by_severity(checked)
    verdict = ", ".join(counted(count, kind.value) for kind, count in found.items()) or "nothing to say"
    size = f"{short(checked.identity.size)}B"
    likely = estimate(checked).likely
    tokens = f"about {short(likely)} {'token' if likely == 1 else 'tokens'}"
    examples = f"{counted(checked.examples, 'example')}, {size}, {tokens}"
    if not checked.examples:
        lines = f"{counted(checked.lines, 'line')}, none of them read as an example, " if checked.lines else ""
        examples = f"{lines}{size}"
    return f"{_plain(checked.name)}: {checked.format.title}, {examples}: {verdict}"


def _counts_by_severity(checked: Checked) -> dict[Severity, int]:
    by_rule = {finding.rule: finding.severity for finding in checked.findings}
    totals = dict.fromkeys(Severity, 0)
    for rule, count in checked.counts.items():
        if rule in by_rule:
            totals[by_rule[rule]] += count
    return {severity: count for severity, count in totals.items() if count}


def as_json(checked: Checked) -> dict[str, Any]:
    """The whole result, for machines. Minor versions add, major ones break."""
    likely = estimate(checked)
    return {
        "format_version": FORMAT_VERSION,
        "name": checked.name,
        "format": checked.format.value,
        "ok": checked.ok,
        "identity": {
            "sha256": checked.identity.sha256,
            "crc32c": checked.identity.crc32c,
            "size": checked.identity.size,
        },
        "examples": checked.examples,
        "lines": checked.lines,
        "duplicates": checked.duplicates,
        "turns": checked.turns,
        "multi_turn": checked.multi_turn,
        "with_system": checked.with_system,
        "with_tools": checked.with_tools,
        "with_settings": checked.with_settings,
        "with_media": checked.with_media,
        "media": dict(checked.media),
        "tokens": {
            "low": likely.low,
            "likely": likely.likely,
            "high": likely.high,
            "method": likely.method,
        },
        "input_bytes": _distribution(checked.input_bytes, checked.input_total, checked.examples),
        "output_bytes": _distribution(checked.output_bytes, checked.output_total, checked.examples),
        "longest": [{"line": line, "bytes": size} for line, size in checked.longest],
        "counts": dict(checked.counts),
        "left_out": checked.left_out,
        "findings": [_finding_json(finding) for finding in checked.findings],
    }


def _distribution(sizes: Distribution, total: int, examples: int) -> dict[str, float]:
    """Sum and mean are those of all examples, the rest those of a sample where the file is large."""
    return {
        "sum": total,
        "mean": round(total / examples, 1) if examples else 0.0,
        "min": sizes.percentile(0),
        "p5": sizes.percentile(0.05),
        "median": sizes.percentile(0.5),
        "p95": sizes.percentile(0.95),
        "max": sizes.percentile(1),
    }


def _finding_json(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "title": finding.title,
        "detail": finding.detail,
        "fix": finding.fix,
        "line": finding.line,
        "column": finding.column,
        "path": finding.json_path,
    }


def json_text(results: Sequence[Checked]) -> str:
    """One document over all files."""
    document = {"format_version": FORMAT_VERSION, "files": [as_json(checked) for checked in results]}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def sarif(results: Sequence[Checked], version: str) -> str:
    """SARIF 2.1.0, for code scanning; without any text of the examples."""
    found = [(checked.name, finding) for checked in results for finding in checked.findings]
    found.sort(key=lambda entry: entry[1].severity.rank)  # the worst first: what stands behind the bound is left out
    left_out = sum((Counter(checked.left_out) for checked in results), Counter(f.rule for _, f in found[RESULTS_MAX:]))
    found = found[:RESULTS_MAX]
    used = sorted({finding.rule for _, finding in found})
    driver = {
        "name": "tuneform",
        "version": version,
        "rules": [_sarif_rule(rule) for rule in used],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_sarif_result(name, finding, used.index(finding.rule)) for name, finding in found],
    }
    if left_out:
        run["properties"] = {"tuneform/leftOut": dict(sorted(left_out.items()))}
    document = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    }
    return json.dumps(document, indent=2) + "\n"


def _sarif_rule(id_: str) -> dict[str, Any]:
    rule = all_rules()[id_]
    return {
        "id": id_,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.explanation},
        "help": {"text": rule.fix or rule.explanation},
    }


def _sarif_result(name: str, finding: Finding, index: int) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": {"uri": _uri(name)}}
    if finding.line:
        place["region"] = {"startLine": finding.line, "startColumn": max(1, finding.column)}
    message = ": ".join(part for part in (finding.title, finding.json_path, finding.detail) if part)
    return {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": finding.severity.value,
        "message": {"text": message},
        "locations": [{"physicalLocation": place}],
    }


def _uri(name: str) -> str:
    return quote(name, safe="/:@", errors="surrogateescape")


_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def github(results: Iterable[Checked]) -> str:
    """Workflow commands that GitHub shows beside the lines of a pull request; of each kind it shows so many."""
    lines: dict[Severity, list[str]] = {severity: [] for severity in Severity}
    totals: Counter[Severity] = Counter()
    for checked in results:
        totals.update(_counts_by_severity(checked))
        for finding in checked.findings:
            if len(lines[finding.severity]) < ANNOTATIONS_MAX:
                lines[finding.severity].append(_annotation(checked.name, finding))
    return "".join("".join(_fitting(lines[severity], totals[severity], severity)) for severity in Severity)


def _fitting(lines: list[str], total: int, severity: Severity) -> list[str]:
    """The last one counts the others where there are more than fit."""
    if total <= ANNOTATIONS_MAX:
        return lines
    shown = lines[: ANNOTATIONS_MAX - 1]
    more = counted(total - len(shown), severity.value)
    return [*shown, f"::{_COMMANDS[severity]} title=More::+{more} more: see the log\n"]


def _annotation(name: str, finding: Finding) -> str:
    fields = {"file": name, "title": f"{finding.rule} {finding.title}"}
    if finding.line:
        fields |= {"line": str(finding.line), "col": str(max(1, finding.column))}
    given = ",".join(f"{key}={_property(value)}" for key, value in fields.items())
    detail = ": ".join(part for part in (finding.json_path, finding.detail) if part)
    message = " ".join(part for part in (detail, finding.fix) if part)
    return f"::{_COMMANDS[finding.severity]} {given}::{_message(message or finding.title)}\n"


def _message(words: str) -> str:
    return _plain(words).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(words: str) -> str:
    return _message(words).replace(":", "%3A").replace(",", "%2C")
