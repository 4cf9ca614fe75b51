"""Codes of a gate's held-out set: what is wrong with it is told at once, before anybody is asked."""

from __future__ import annotations

from typing import Final

from reconciler.core.diagnostics import Diagnostic, Explained, Location, Severity

CODES_GATE: Final[dict[str, Explained]] = {
    "GATE010": Explained(
        "The held-out set is no file that can be read",
        "It is missing, no regular file, or larger than 256 MiB: its examples are held in memory while a gate "
        "asks them.",
    ),
    "GATE011": Explained(
        "An example of the held-out set cannot be asked",
        "A held-out set is training data in any format that `dataset convert` reads: all but the last turn is "
        "asked, and the last turn of the model is the reference. This line is broken, ends with somebody else's "
        "turn, with an empty one, or with a call of a function or media, which no metric compares. Nobody is asked "
        "anything until all lines are mended.",
    ),
    "GATE012": Explained(
        "The held-out set asks the same twice",
        "Two examples have the same turns, system instruction and functions. The model is asked once, and the "
        "second one counts for nothing: one question is one piece of evidence, however often it is written down.",
    ),
    "GATE013": Explained(
        "The held-out set holds two answers to one question to be right",
        "Two examples ask the same and have different references, so that no model can have both right. "
        "Decide for one of them.",
    ),
    "GATE014": Explained(
        "The held-out set is empty",
        "There is nothing to ask, so that nothing could be proved.",
    ),
    "GATE020": Explained(
        "So few held-out items cannot prove it",
        "Even where every answer is right, or no answer differs, the bound that the gate looks at is not reached: it "
        "would never pass. docs/how-to/gates.md has a table of how many items a margin needs. More items, a wider "
        "margin, a lower threshold or a lower confidence mend it.",
    ),
    "GATE021": Explained(
        "A reference of the held-out set is not what the metric compares",
        "With `metric: json` the answers that are right must be JSON themselves, and follow `jsonSchema` where there "
        "is a schema: else no answer could be right. An object in Cloud Storage is read when the training has ended, "
        "and gets `RUN060` for the same. Correct the line, or the schema.",
    ),
}


def gate_diagnostic(
    code: str, detail: str, severity: Severity = Severity.ERROR, *, where: Location | None = None, fix: str = ""
) -> Diagnostic:
    """A message about a gate's data; its summary comes from the table."""
    return Diagnostic(code, severity, CODES_GATE[code].summary, detail, fix, where)
