"""One thing that the emulator does, and where it comes from; and the names of the sources that rows point to.

`schema`: a published definition. `documented`: a page or a comment of the service's. `recorded`: a real answer or a
real client's traffic. `assumed`: nothing documents it; it seemed likely, and is where to look when the service differs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Provenance = Literal["schema", "documented", "recorded", "assumed"]
SOURCES: tuple[Provenance, ...] = get_args(Provenance)

DISCOVERY = "aiplatform discovery documents"
PROTOS = "google-ai-generativelanguage protos"
TUNING_DOCS = "Vertex AI tuning documentation"
TUNING_GUIDE = "Gemini API tuning guide"
NOTEBOOKS = "Google's tuning notebooks (outputs)"
CLIENTS = "traffic of Google's clients on loopback"
FRONT_END = "common to Google's APIs, wording unconfirmed"


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One thing that the emulator does."""

    area: str
    text: str
    source: Provenance
    pointer: str = ""


def rows_of(area: str, *rows: tuple[str, Provenance, str]) -> tuple[Behaviour, ...]:
    """Rows of (text, source, pointer) of one area."""
    return tuple(Behaviour(area, text, source, pointer) for text, source, pointer in rows)
