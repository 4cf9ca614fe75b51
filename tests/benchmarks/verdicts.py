"""What the check says of every file of a folder, and what becomes of each by conversion.

    python -m tests.benchmarks.verdicts FOLDER

Prints the table of docs/explanation/data.md in Markdown. The files are other people's, good and bad; a verdict is
the rules behind it. What can be converted is converted to Vertex AI's format, or to preference pairs where it has
two answers, and checked again.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from reconciler.core.diagnostics import Severity
from reconciler.datasets import Checked, Converted, Format, Source, check, convert


class Row(NamedTuple):
    """One file."""

    name: str
    kind: str
    verdict: str
    rules: str
    converted: str


def main() -> None:
    """Print the table."""
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    files = sorted(path for path in Path(sys.argv[1]).iterdir() if path.suffix in {".json", ".jsonl", ".csv"})
    sys.stdout.write("| File | Holds | Verdict | Rules | Converted |\n|---|---|---|---|---|\n")
    for path in files:
        sys.stdout.write("| {} | {} | {} | {} | {} |\n".format(*row_of(path)))


def row_of(path: Path) -> Row:
    """The verdict on one file, and on its conversion."""
    result = check(Source.file(path, path.name))
    shown = f"{result.format.title}, {result.examples:,}" if result.examples else result.format.title
    return Row(f"`{path.name}`", shown, _verdict(result), _rules(result), _conversion(path, result))


def _verdict(result: Checked) -> str:
    if not result.ok:
        return "refused"
    warned = any(finding.severity is Severity.WARNING for finding in result.findings)
    return "passes with warnings" if warned else "passes"


def _rules(result: Checked) -> str:
    severities = {finding.rule: finding.severity for finding in result.findings}
    ordered = sorted(severities, key=lambda rule: (severities[rule].rank, rule))
    told = (f"{rule} {severities[rule].value}" for rule in ordered if severities[rule] is not Severity.NOTE)
    return ", ".join(told) or "-"


def _conversion(path: Path, before: Checked) -> str:
    to = Format.PREFERENCE if before.format in {Format.PREFERENCE, Format.CHOSEN_REJECTED} else Format.VERTEX_SFT
    results = list(convert(Source.file(path, path.name), to))
    texts = [result.text for result in results if isinstance(result, Converted)]
    if not texts:
        reasons = Counter(result.reason for result in results if not isinstance(result, Converted))
        return f"no: {reasons.most_common(1)[0][0]}" if reasons else "no: it is empty"
    after = check(Source.stream(["".join(f"{text}\n" for text in texts).encode()], "train.jsonl"))
    rules = "" if _rules(after) == "-" else f", {_rules(after)}"
    return f"{len(texts):,} of {len(results):,}, {_verdict(after)}{rules}"


if __name__ == "__main__":
    main()
