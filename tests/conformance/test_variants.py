"""docs/reference/conformance.md: its numbers are those of this commit, and nothing that is answered is wrong."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from reconciler.emulator.definitions import load
from reconciler.emulator.errors import ApiError
from reconciler.emulator.registry import HANDLERS
from tests.conformance import variants
from tests.conformance.variants import COLUMNS, SERVICES, fields_of, generated, sent, values_of, with_value

PAGE = Path(__file__).parents[2] / "docs/reference/conformance.md"
AGAIN = "run python -m tests.conformance.variants > docs/reference/conformance.md"


def shown() -> dict[str, dict[str, int]]:
    """By `service method` what the page says."""
    found, service = dict[str, dict[str, int]](), ""
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            service = line.removeprefix("## ")
        elif service and (row := re.fullmatch(r"\| `([\w.]+)` \|((?: [\d,]+ \|)+)", line)):
            numbers = [int(cell.replace(",", "")) for cell in row[2].split("|")[:-1]]
            found[f"{service} {row[1]}"] = dict(zip(COLUMNS, numbers, strict=True))
    return found


def test_the_page_has_as_many_variants_of_each_method_as_are_generated() -> None:
    assert {name: counts["variants"] for name, counts in shown().items()} == generated(), AGAIN


def test_the_sums_of_the_page_are_those_of_its_rows() -> None:
    total = sum(map(Counter[str], shown().values()), Counter[str]())
    text = PAGE.read_text(encoding="utf-8")

    assert f"**{total['as published']:,} of {total['variants']:,} requests that are generated" in text
    assert f"| `all` | {' | '.join(f'{total[column]:,}' for column in COLUMNS)} |" in text


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("service", SERVICES)
def test_every_variant_is_answered_as_published_and_as_the_page_says(service: str) -> None:
    counts, wrong = sent(service)

    assert wrong == []
    told = {name: {column: found[column] for column in COLUMNS} for name, found in counts.items()}
    page = {name.partition(" ")[2]: row for name, row in shown().items() if name.startswith(f"{service} ")}
    assert told == page, AGAIN


def test_every_method_of_the_emulator_has_variants() -> None:
    known = {f"{service.partition('.')[0]}.{method}" for service, method in (n.split(" ") for n in generated())}

    assert known == HANDLERS.keys()


def test_every_field_is_given_with_its_type_and_with_another() -> None:
    definitions = load("gemini.v1beta")
    fields = {".".join(path): kind for path, kind in fields_of(definitions, "GenerateContentRequest")}

    assert {"contents.parts.text", "generationConfig.thinkingConfig.thinkingLevel", "tools"} <= fields.keys()
    assert dict(values_of(fields["generationConfig.topK"])) == {"a value": 1, "another type": {"a": [1]}}
    assert "HIGH" in dict(values_of(fields["generationConfig.thinkingConfig.thinkingLevel"]))


def test_a_value_is_put_beside_what_the_method_needs() -> None:
    base = {"contents": [{"parts": [{"text": "x"}]}]}

    assert with_value(base, ("contents", "role"), "user") == {"contents": [{"parts": [{"text": "x"}], "role": "user"}]}
    assert with_value(base, ("a", "b"), 1) == {**base, "a": {"b": 1}}
    assert base == {"contents": [{"parts": [{"text": "x"}]}]}


def _a_field_too_many(_: Any) -> Any:
    return {"name": "buckets/acme", "colour": "red"}


def _a_failure(_: Any) -> Any:
    raise ZeroDivisionError


def _an_unknown_status(_: Any) -> Any:
    raise ApiError(404, "No.", rpc="NO_SUCH_STATUS")


@pytest.mark.parametrize(
    ("handler", "said"),
    [(_a_field_too_many, "no such field"), (_a_failure, "is a failure"), (_an_unknown_status, "list of errors")],
)
def test_an_answer_that_is_wrong_is_counted_as_wrong(monkeypatch: pytest.MonkeyPatch, handler: Any, said: str) -> None:
    if handler is _an_unknown_status:
        monkeypatch.setattr("reconciler.emulator.responses.storage_error", lambda error: error.body())
    monkeypatch.setitem(HANDLERS, "storage.buckets.get", handler)
    monkeypatch.setattr(variants, "load", _only_buckets_get)

    counts, wrong = sent("storage.v1")

    assert counts["buckets.get"]["variants"] == len(wrong) > 5
    assert counts["buckets.get"]["as published"] == 0
    assert said in wrong[0]


class _OneMethod:
    """The definitions with nothing but one method."""

    def __init__(self) -> None:
        found = load("storage.v1")
        self.methods = {"buckets.get": found.methods["buckets.get"]}
        self.fields = found.fields


def _only_buckets_get(_: str) -> Any:
    return _OneMethod()
