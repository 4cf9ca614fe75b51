"""One example of the Gemini API: a text input and the output to learn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.core.plurals import counted
from reconciler.datasets.findings import Breach
from reconciler.datasets.refusals import refusal_problems
from reconciler.datasets.rows.fields import is_blank, unknown_fields, wrong_type
from reconciler.datasets.rows.measure import Measure, hashes, label_of, text_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.datasets.limits import DataLimits

FIELDS = frozenset({"textInput", "text_input", "output"})


def pair_of(row: dict[str, Any]) -> tuple[object, object]:
    """(input, output) in either spelling, as they are."""
    return row.get("textInput", row.get("text_input")), row.get("output")


def problems(row: dict[str, Any], limits: DataLimits) -> Iterator[Breach]:
    """Every rule over one pair."""
    yield from unknown_fields(row, FIELDS, ())
    given, output = pair_of(row)
    input_key = "textInput" if "textInput" in row else "text_input"
    yield from _side_problems(given, input_key, "DATA702", limits.pair_input_characters)
    yield from _side_problems(output, "output", "DATA703", limits.pair_output_characters)
    yield from refusal_problems(output, ("output",))


def _side_problems(text: object, key: str, too_long: str, most: int) -> Iterator[Breach]:
    if text is None:
        yield Breach("DATA701", (), f'"{key}" is missing.')
    elif not isinstance(text, str):
        yield wrong_type((key,), "a text", text)
    elif is_blank(text):
        yield Breach("DATA319" if key == "output" else "DATA318", (key,))
    elif len(text) > most:
        yield Breach(too_long, (key,), f"It has {counted(len(text), 'character')}; at most {most:,} are allowed.")


def measure(row: dict[str, Any]) -> Measure:
    """Its measures; what is no text counts as nothing."""
    given, output = (text if isinstance(text, str) else "" for text in pair_of(row))
    return Measure(
        text_bytes(given),
        text_bytes(output),
        *hashes([given], [output]),
        label=label_of([output]),
        turns=2,
    )
