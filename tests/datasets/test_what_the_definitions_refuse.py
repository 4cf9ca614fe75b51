"""Whatever protocol buffers cannot read as the published definitions have it, the check has something to say about.

The judge (published.py) is protobuf's own reader over messages that are built from the discovery document. One in
some rows is made in `make test`, with `TUNEFORM_FUZZ` all.
"""

from __future__ import annotations

import json
import random
from contextlib import suppress
from typing import Any

import pytest

from reconciler.datasets import Format, RuleSet, Source, check, convert, media_references
from reconciler.emulator.catalog import VERTEX_MODELS
from reconciler.emulator.dataset import DatasetError, read_dataset
from reconciler.emulator.dataset_types import first_problem
from tests.datasets.holdable import holdable_row
from tests.datasets.mutants import IS_NIGHT, OTHERS, PREFERENCE, SFT, mutants
from tests.datasets.published import preference_refusal, refusal

RULES = RuleSet.of("sft", "gemini-3.5-flash")
SHARE = 1 if IS_NIGHT else 6


def counts(row: Any, rules: RuleSet = RULES) -> dict[str, int]:
    return dict(check(Source.stream([json.dumps(row).encode()], "train.jsonl"), rules, sha256=False).counts)


EVERY_ROW = counts(SFT)


def says_something(row: Any) -> bool:
    return any(count > EVERY_ROW.get(rule, 0) for rule, count in counts(row).items())


def test_the_row_that_is_changed_is_good() -> None:
    assert refusal(SFT) == ""
    assert EVERY_ROW.keys() == {"DATA321", "DATA322", "DATA324", "DATA325", "DATA505", "DATA904"}


TAKEN = ("is 'true'", "is 'string'")
"""The service's reader takes true and false as texts, and a schema's type in lower case, which Python's does not."""


def test_no_row_that_the_definitions_refuse_passes_in_silence() -> None:
    made = [mutant for mutant in mutants(SFT, SHARE) if mutant.change not in TAKEN[:1]]
    refused = [mutant for mutant in made if refusal(mutant.row)]

    silent = [mutant[:2] for mutant in refused if not says_something(mutant.row)]

    assert silent == []
    assert len(refused) > 0.7 * len(made) > 500


def test_no_preference_that_the_definitions_refuse_passes_in_silence() -> None:
    rules = RuleSet.of("preference")
    every_row = counts(PREFERENCE, rules)
    refused = [m for m in mutants(PREFERENCE) if preference_refusal(m.row)]

    found = [(mutant, counts(mutant.row, rules)) for mutant in refused]

    assert [m[:2] for m, now in found if all(n <= every_row.get(rule, 0) for rule, n in now.items())] == []
    assert len(refused) > 200


def test_no_row_that_the_emulator_refuses_passes_in_silence() -> None:
    refused = [m for m in mutants(SFT, 2 * SHARE) if _is_refused_by_the_emulator(json.dumps(m.row).encode())]

    silent = [mutant[:2] for mutant in refused if not says_something(mutant.row)]

    assert silent == []
    assert len(refused) > 100


def test_the_emulator_trains_on_no_declaration_that_the_definitions_refuse() -> None:
    made = [m for m in mutants({"tools": SFT["tools"]}, SHARE) if m.change not in TAKEN]
    refused = [m for m in made if refusal(m.row) and isinstance(m.row["tools"], list)]

    rows = [(mutant, json.dumps({**SFT, **mutant.row}).encode()) for mutant in refused]

    assert [mutant[:2] for mutant, line in rows if not _is_refused_by_the_emulator(line)] == []
    assert len(refused) > 100


def _is_refused_by_the_emulator(line: bytes, method: str = "supervised") -> bool:
    try:
        read_dataset(line, VERTEX_MODELS["gemini-3.5-flash"], method)
    except DatasetError:
        return True
    return False


OF_TYPES = {"DATA305", "DATA306", "DATA323", "DATA405", "DATA406"}


def test_no_row_that_the_definitions_can_hold_has_a_finding_about_types() -> None:
    rows = [holdable_row(random.Random(seed)) for seed in range(20_000 if IS_NIGHT else 300)]

    found = [(row, found) for row in rows if (found := counts(row).keys() & OF_TYPES)]

    assert found == []
    assert sum(bool(refusal(row)) for row in rows) == 0


def test_the_emulator_refuses_no_type_that_the_definitions_can_hold() -> None:
    rows = [holdable_row(random.Random(seed)) for seed in range(300)]

    problems = {first_problem(row) for row in rows}

    assert [p for p in problems if p and "Invalid function name" not in p and "mutually exclusive" not in p] == []


FORMS = {"supervised": SFT, "preference": PREFERENCE, **OTHERS}


@pytest.mark.parametrize("form", FORMS)
def test_no_value_anywhere_ends_in_an_exception(form: str) -> None:
    share = max(1, SHARE * 4 // (1 if form == "supervised" else 4))
    for mutant in mutants(FORMS[form], share):
        line = json.dumps(mutant.row).encode()
        source = Source.stream([line], "train.jsonl")
        for method in (None, "open-model", "preference"):
            check(source, RuleSet.of(method), sha256=False)
        list(media_references(source))
        for to in (Format.VERTEX_SFT, Format.PREFERENCE, Format.PAIRS, Format.MESSAGES):
            list(convert(source, to))
        for method in ("supervised", "preference"):
            with suppress(DatasetError):
                read_dataset(line, VERTEX_MODELS["gemini-3.5-flash"], method)


@pytest.mark.parametrize("role", [["user"], {"user": 1}, [], {}, 5, True, None])
@pytest.mark.parametrize("method", ["sft", "preference", "open-model"])
def test_a_role_of_any_type_is_a_finding(role: Any, method: str) -> None:
    contents = [{"role": role, "parts": [{"text": "q"}]}, {"role": role, "parts": [{"text": "a"}]}]
    rows = {
        "sft": {"contents": contents},
        "preference": {**PREFERENCE, "contents": contents},
        "open-model": {"messages": [{"role": role, "content": "q"}, {"role": role, "content": "a"}]},
    }

    assert counts(rows[method], RuleSet.of(method)).keys() & {"DATA305", "DATA313", "DATA801"}
