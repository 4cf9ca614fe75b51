"""Machine-readable output: golden documents, their schemas, and the way back."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from reconciler.backends.base import StoredObject
from reconciler.core.change import Plan
from reconciler.core.diagnostics import Location, ReconcilerError, Severity
from reconciler.core.events import Event
from reconciler.core.garbage import GarbageKind
from reconciler.core.gate_result import GateResult
from reconciler.core.lock import Approved, Lock
from reconciler.core.model import Action, Address, Data, Declared, RewardSample
from reconciler.core.rewards import RewardedAnswer, TriedReward
from reconciler.core.suggest import suggest
from reconciler.render import schemas
from reconciler.render.json_diagnostics import diagnostics_to_json
from reconciler.render.json_events import event_line, outcome_line, upload_deleted_line, version_line
from reconciler.render.json_garbage import KindWord, garbage_to_json
from reconciler.render.json_gate import gate_to_json
from reconciler.render.json_history import history_to_json
from reconciler.render.json_plan import plan_from_json, plan_to_json
from reconciler.render.json_rewards import rewards_to_json
from reconciler.render.json_status import status_to_json
from reconciler.render.records import ActionWord
from reconciler.render.values import Banner, History, OpenChange, Outcome, StatusRow
from reconciler.workflow.history import _open
from tests.conftest import Golden
from tests.render import strategies as some
from tests.render.builders import (
    ADA,
    AT,
    EMULATOR,
    GOOGLE,
    ROUTER,
    a_change,
    a_diagnostic,
    a_gate,
    a_history,
    a_refusal,
    all_events,
    an_entry,
    every_action,
    garbage_items,
    status_rows,
)


def assert_valid(name: str, document: str) -> Any:
    value = json.loads(document)
    errors = [f"{error.json_path}: {error.message}" for error in _validator(name).iter_errors(value)]
    assert errors == []
    return value


@cache
def _validator(name: str) -> Draft202012Validator:
    schema = schemas.schema(name)
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def test_a_plan_is_one_document_that_its_schema_describes(golden: Golden) -> None:
    plan = replace(every_action(), diagnostics=(a_refusal(),))

    document = plan_to_json(plan, GOOGLE)

    golden("plan.json", document)
    value = assert_valid("plan", document)
    assert (value["format_version"], value["refused"], value["pending"]) == ("1.0", True, True)


def test_a_saved_plan_is_the_same_plan_when_it_is_read() -> None:
    plan = replace(every_action(), diagnostics=(a_refusal(),))

    assert plan_from_json(plan_to_json(plan, GOOGLE)) == plan


def test_training_examples_never_reach_a_plan() -> None:
    declared = Declared(
        Address("gemini", "numbers"),
        Location("specs/numbers.yaml", 3, 1),
        "acme-ml",
        "",
        {},
        {},
        {},
        (Data("tuningTask.trainingData", ""),),
        examples=(("a secret question", "a secret answer"),),
    )
    plan = Plan((a_change("gemini/numbers", Action.CREATE, declared=declared),))

    document = plan_to_json(plan, EMULATOR)

    assert "secret" not in document
    assert '"path": "specs/numbers.yaml"' in document


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '"1.0"',
        "{}",
        '{"format_version": 1}',
        '{"format_version": "2.0"}',
        '{"format_version": "1.0", "changes": 3}',
        plan_to_json(every_action(), GOOGLE).replace('"create"', '"explode"'),
        plan_to_json(every_action(), GOOGLE).replace('"vertex/retired"', '"retired"'),
        "\ud800",
    ],
)
def test_what_is_no_plan_is_refused_with_a_code(text: str) -> None:
    with pytest.raises(ReconcilerError) as caught:
        plan_from_json(text)

    assert [d.code for d in caught.value.diagnostics] == ["PLAN112"]


def test_a_plan_of_a_later_minor_version_is_read_and_what_is_new_is_ignored() -> None:
    value = json.loads(plan_to_json(every_action(), GOOGLE))
    value |= {"format_version": "1.7", "colour": "blue"}
    value["changes"][0]["mood"] = ["new"]

    assert plan_from_json(json.dumps(value)) == every_action()


def test_events_are_lines_that_their_schema_describes(golden: Golden) -> None:
    outcome = replace(Outcome.of(all_events()), resume=suggest("wait"), elapsed_s=300.0)
    lines = [
        version_line(EMULATOR, version="0.1.0", at=AT),
        *(event_line(event, at=AT) for event in all_events()),
        outcome_line(outcome, at=AT, exit_code=1),
    ]

    golden("events.ndjson", "\n".join(lines) + "\n")
    values = [assert_valid("events", line) for line in lines]
    assert values[0]["type"] == "version"
    assert values[-1]["type"] == "summary"


def test_every_event_has_a_line() -> None:
    built = {type(event) for event in all_events()}

    assert built == set(get_args(Event))


def test_an_event_that_knows_its_time_keeps_it() -> None:
    submitted = next(event for event in all_events() if type(event).__name__ == "Submitted")
    started = next(event for event in all_events() if type(event).__name__ == "ChangeStarted")

    lines = [json.loads(event_line(event, at="2030-01-01T00:00:00Z")) for event in (submitted, started)]

    assert [line["at"] for line in lines] == [AT, "2030-01-01T00:00:00Z"]


def test_the_status_is_a_document_that_its_schema_describes(golden: Golden) -> None:
    document = status_to_json(status_rows(), GOOGLE)

    golden("status.json", document)
    assert_valid("status", document)


def test_the_gate_report_is_a_document_that_its_schema_describes(golden: Golden) -> None:
    document = gate_to_json(a_gate(), EMULATOR)

    golden("gate.json", document)
    assert assert_valid("gate", document)["exit_code"] == 3


def test_diagnostics_are_a_document_that_their_schema_describes(golden: Golden) -> None:
    found = [a_diagnostic(), a_diagnostic(severity=Severity.WARNING, where=None, address=str(ROUTER), fix="")]

    document = diagnostics_to_json(found)

    golden("diagnostics.json", document)
    value = assert_valid("diagnostics", document)
    assert value["counts"] == {"error": 1, "warning": 1, "note": 0}
    assert value["target"] is None


def test_a_lock_is_described_by_its_schema() -> None:
    lock = Lock(lineage="0b9d", workspace="acme", target="google", entries={str(ROUTER): an_entry()})

    value = assert_valid("lock", msgspec.json.encode(lock).decode())

    assert list(value["entries"]) == [str(ROUTER)]


def test_what_gc_proposes_is_a_document_that_its_schema_describes(golden: Golden) -> None:
    uploads = [StoredObject("gs://acme-tuning/staging/" + "a" * 64 + ".jsonl", 4_096, AT, "7")]

    document = garbage_to_json(garbage_items(), uploads, EMULATOR, [a_refusal()])

    golden("gc.json", document)
    value = assert_valid("gc", document)
    assert (value["format_version"], value["refused"]) == ("1.0", True)
    assert len(value["items"]) == len(GarbageKind) - 1


def test_a_history_is_one_document_that_its_schema_describes(golden: Golden) -> None:
    document = history_to_json(a_history())

    golden("history.json", document)
    value = assert_valid("history", document)
    assert [a["cost"] for a in value["attempts"]] == ["4.50", None]
    assert (value["pin"]["action"], value["open"][0]["action"]) == ("rollback", "delete")


def test_a_history_of_nothing_is_one_too() -> None:
    value = assert_valid("history", history_to_json(History(ROUTER)))

    assert (value["attempts"], value["pin"], value["forgotten"]) == ([], None, {"resource_names": [], "at": ""})


@pytest.mark.parametrize("action", Action)
def test_every_action_that_stands_open_has_a_word_in_a_history(action: Action) -> None:
    word = _open(Approved(action=action, attempt="1")).action

    value = assert_valid("history", history_to_json(History(ROUTER, open=(OpenChange(word, "1", AT, "", ADA, False),))))

    assert value["open"][0]["action"] == action.word


def test_every_kind_of_garbage_has_a_word() -> None:
    assert set(get_args(KindWord)) == {kind.value for kind in GarbageKind}


def test_an_upload_that_gc_deleted_is_a_line_that_the_schema_of_events_describes() -> None:
    value = assert_valid("events", upload_deleted_line("gs://acme-tuning/staging/\u202ea", at=AT))

    assert value == {"type": "upload_deleted", "at": AT, "uri": "gs://acme-tuning/staging/\u202ea"}


def test_a_document_that_breaks_the_format_does_not_pass_the_schema() -> None:
    value = json.loads(plan_to_json(every_action(), GOOGLE))
    value["changes"][0]["action"] = "+"

    assert not _validator("plan").is_valid(value)


@pytest.mark.parametrize("name", ["diagnostics", "events", "gate", "gc", "lock", "plan", "status"])
def test_the_shipped_schema_is_the_one_that_the_types_make(name: str) -> None:
    made = json.loads(schemas.spelt(name))

    assert schemas.schema(name) == made, "run: python -m reconciler.render.schemas"


def test_an_unknown_schema_is_a_key_error() -> None:
    with pytest.raises(KeyError, match="nonsense"):
        schemas.schema("nonsense")


def test_actions_are_words_of_the_format() -> None:
    assert set(get_args(ActionWord)) == {action.word for action in Action}


def test_half_a_surrogate_pair_is_escaped_rather_than_fatal() -> None:
    document = diagnostics_to_json([a_diagnostic(detail="\ud800 é")])

    assert '"detail": "\\ud800 \\u00e9"' in document


@given(some.plans, some.banners)
def test_any_plan_comes_back_from_its_document(plan: Plan, banner: Banner) -> None:
    document = plan_to_json(plan, banner)

    assert plan_from_json(document) == plan
    assert_printable(document)


@given(some.plans)
def test_any_plan_is_described_by_the_schema(plan: Plan) -> None:
    assert_valid("plan", plan_to_json(plan, EMULATOR))


@given(some.events)
def test_any_event_is_one_printable_line_that_the_schema_describes(event: Event) -> None:
    line = event_line(event, at=AT)

    assert line.isprintable()
    assert_valid("events", line)


@given(st.lists(some.rows, max_size=3), some.gates, st.lists(some.diagnostics, max_size=3))
def test_any_other_document_is_printable_and_described(
    rows: list[StatusRow], gate: GateResult, diagnostics: list[Any]
) -> None:
    documents = {
        "status": status_to_json(rows, EMULATOR),
        "gate": gate_to_json(gate, EMULATOR),
        "diagnostics": diagnostics_to_json(diagnostics),
    }

    for name, document in documents.items():
        assert_valid(name, document)
        assert_printable(document)


def assert_printable(text: str) -> None:
    assert all(line.isprintable() for line in text.split("\n"))


def test_tried_rewards_are_a_document_that_its_schema_describes() -> None:
    samples = [
        RewardedAnswer(RewardSample("4", 2, least=1), TriedReward(0.5, {"right": 1.0, "form": 0.0}), Location("a", 3)),
        RewardedAnswer(RewardSample("5"), TriedReward(error="evaluate raised KeyError")),
    ]

    value = assert_valid("reward", rewards_to_json(ROUTER, samples, GOOGLE))

    assert not value["as_expected"]
    assert [answer["reward"] for answer in value["answers"]] == [0.5, None]
    assert [answer["as_expected"] for answer in value["answers"]] == [False, False]
    assert value["answers"][0]["where"] == {"path": "a", "line": 3, "column": 0}
    assert value["answers"][0]["parts"] == {"right": 1.0, "form": 0.0}
