"""Numbers that the wire cannot carry are mistakes with a place, however they are written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.core import exits
from reconciler.files.specs import load
from tests.bounds.yaml_shapes import HEAD, WORKSPACE
from tests.files.cases import DEFAULTS
from tests.security.repository import planted, typed

SPEC = (
    HEAD + "  supervisedTuningSpec:\n    trainingDatasetUri: gs://bucket/a.jsonl\n    hyperParameters:\n      FIELD\n"
)
FREE = (
    HEAD + "  supervisedTuningSpec: {trainingDatasetUri: gs://bucket/a.jsonl}\n  tuneform:\n    extra:\n      FIELD\n"
)

NUMBERS = {
    "a quoted exponent": (SPEC, 'learningRateMultiplier: "1e400"'),
    "an exponent": (SPEC, "learningRateMultiplier: 1e400"),
    "a long quoted exponent": (SPEC, 'learningRateMultiplier: "1e4000000000"'),
    "hexadecimal digits": (SPEC, "epochCount: 0x" + "F" * 290),
    "octal digits": (SPEC, "epochCount: 0o" + "7" * 290),
    "digits": (SPEC, "epochCount: " + "9" * 299),
    "very many digits": (SPEC, "epochCount: " + "9" * 9_000),
    "infinity": (SPEC, "learningRateMultiplier: .inf"),
    "no number": (SPEC, "learningRateMultiplier: .nan"),
    "one bit too many": (FREE, f"newField: {2**64}"),
    "one bit too many below zero": (FREE, f"newField: {-(2**63) - 1}"),
    "a hexadecimal number in a list": (FREE, "newField: [0x" + "F" * 17 + "]"),
}


@pytest.mark.parametrize(("text", "field"), NUMBERS.values(), ids=list(NUMBERS))
def test_a_number_that_no_wire_carries_is_a_mistake_with_a_place(text: str, field: str) -> None:
    loaded = load(files=["-"], stdin=text.replace("FIELD", field), defaults=DEFAULTS)

    found = [d for d in loaded.diagnostics if d.code in ("SPEC010", "SPEC027", "SPEC028")]
    assert loaded.desired is None
    assert found
    line = next(n for n, line in enumerate(text.splitlines(), start=1) if "FIELD" in line)
    assert {d.where.line for d in found if d.where} == {line}
    assert all(len(d.detail) < 200 for d in found)


@pytest.mark.parametrize("number", [2**64 - 1, -(2**63), 0, 1e308, -5e-324])
def test_the_largest_and_smallest_that_fit_are_taken(number: float) -> None:
    loaded = load(files=["-"], stdin=FREE.replace("FIELD", f"newField: {number!r}"), defaults=DEFAULTS)

    assert [d for d in loaded.diagnostics if d.code == "SPEC010"] == []


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[None]:
    with planted(tmp_path):
        yield


SETTINGS = {
    "a budget": "budget: {perJob: DIGITS USD}",
    "a price": "prices: {m: {train: DIGITS USD/1M, asOf: 2026-11-01}}",
    "a duration": "limits: {listLag: DIGITSs}",
    "a duration of days": "limits: {listLag: DIGITSd}",
    "a share": "limits: {maxDisposePercent: DIGITS}",
    "a count": "limits: {maxDeletes: DIGITS}",
    "a version": "requiredVersion: '>=DIGITS'",
    "a part of a version": "requiredVersion: '<0.DIGITS'",
}


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize("digits", ["9" * 20, "9" * 400, "9" * 1_900, "9" * 5_000], ids=len)
@pytest.mark.parametrize("setting", SETTINGS.values(), ids=list(SETTINGS))
def test_no_number_in_the_settings_is_a_bug(setting: str, digits: str) -> None:
    vertex = "  vertex: {project: acme-ml, location: us-central1, stagingUri: gs://acme-tuning}\n"
    places = f"{vertex}  gemini: {{project: acme-ml}}\n"
    text = f"{WORKSPACE}{places}  {setting.replace('DIGITS', digits)}\n"
    Path("tuneform.yaml").write_text(text, encoding="utf-8")

    codes = {typed("plan", "--emulator").code, typed("validate").code}

    assert exits.BUG not in codes
