"""What a JSON parser trips over, in the words of whoever wrote the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.datasets.findings import Breach

if TYPE_CHECKING:
    import json


def syntax_problem(text: str, exc: json.JSONDecodeError) -> Breach:
    """Why a line is no JSON."""
    if exc.msg == "Extra data":
        return _extra(text, exc.pos)
    if exc.pos >= len(text.rstrip()):
        return Breach("DATA201", detail=f"The line ends too early: {exc.msg}.", at=exc.pos)
    return Breach("DATA201", detail=syntax_words(exc), at=exc.pos)


def syntax_words(exc: json.JSONDecodeError) -> str:
    """What a parser trips over, in the words of who wrote it."""
    found = exc.doc[exc.pos : exc.pos + 1]
    if exc.doc.startswith(("<<<<<<<", "=======", ">>>>>>>")):
        return "A mark of an unresolved merge."
    if found == "'":
        return "Texts and keys stand in double quotes."
    if found == "," or (found in ("}", "]") and exc.doc[max(0, exc.pos - 80) : exc.pos].rstrip().endswith(",")):
        return "A comma stands in front of } or ] or of another comma."
    if found and found in _CURLED:
        return "A curly quotation mark, as word processors write it."
    return f"{exc.msg}."


_CURLED = "\u201c\u201d\u201e\u2018\u2019\u00ab\u00bb"


def _extra(text: str, at: int) -> Breach:
    """What follows the first value of a line."""
    rest = text[at : at + 80].strip(" \t")
    if text[at:].strip() == ",":
        return Breach("DATA208", detail="A comma follows the object: lines have none between them.", at=at)
    if "\r" in text[:at] or rest.startswith("\r"):
        return Breach("DATA208", detail="The lines end with CR alone, as on old Macs.", at=at)
    if rest.startswith("\\n"):
        return Breach("DATA208", detail=r"The two characters \n stand where a line should end.", at=at)
    if rest.startswith(("{", ",")):
        return Breach("DATA208", detail="Another object follows.", at=at)
    return Breach("DATA208", at=at)
