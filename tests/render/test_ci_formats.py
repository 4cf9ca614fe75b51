"""Annotations, JUnit and SARIF: what CI systems read."""

from __future__ import annotations

import json
from dataclasses import replace
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.change import Plan
from reconciler.core.diagnostics import Diagnostic, Location, Severity
from reconciler.core.gate_result import GateResult
from reconciler.render import github
from reconciler.render.junit import gate_report, plan_report
from reconciler.render.sarif import RESULTS_MAX, sarif_report
from tests.conftest import Golden
from tests.render import strategies as some
from tests.render.builders import EMULATOR, a_diagnostic, a_gate, a_refusal, every_action


def test_an_annotation_names_file_line_and_column() -> None:
    text = github.annotations([a_diagnostic(fix="")])

    assert text == (
        "::error file=specs/triage.yaml,line=7,col=3,title=SPEC012%3A Epochs out of range"
        "::epochs is 0; a training makes at least 1 pass over the data.\n"
    )


def test_an_annotation_escapes_what_would_end_it() -> None:
    where = Location("specs/a,b:c%.yaml", 1)

    text = github.annotations([a_diagnostic(where=where, detail="100 %\nsecond: a, b\x1b", fix="", address="vertex/a")])

    assert text == (
        "::error file=specs/a%2Cb%3Ac%25.yaml,line=1,title=SPEC012%3A Epochs out of range"
        r"::vertex/a: 100 %25%0Asecond: a, b\x1b"
        "\n"
    )


def test_the_worst_come_first_and_the_eleventh_is_counted() -> None:
    many = [a_diagnostic(severity=Severity.WARNING, where=Location("a.yaml", n)) for n in range(1, 13)]
    note = a_diagnostic(severity=Severity.NOTE, where=None)
    error = a_diagnostic(where=Location("z.yaml", 1))

    lines = github.annotations([note, *many, error]).splitlines()

    assert [line.split(" ")[0] for line in lines] == ["::error", *["::warning"] * 10, "::notice"]
    assert lines[10] == "::warning title=More::+3 warnings more: see the log"


def test_ten_annotations_of_a_kind_need_no_count() -> None:
    text = github.annotations([a_diagnostic(where=Location("a.yaml", n)) for n in range(1, 11)])

    assert text.count("::error ") == 10
    assert "title=More" not in text


def test_the_gate_is_a_test_suite(golden: Golden) -> None:
    document = gate_report(a_gate(), banner=EMULATOR)

    golden("gate.junit.xml", document)
    suite = ET.fromstring(document)[0]
    assert {key: suite.get(key) for key in ("tests", "failures", "skipped")} == {
        "tests": "6",
        "failures": "2",
        "skipped": "1",
    }


def test_a_gate_over_nothing_fails_as_a_test_suite_too() -> None:
    suite = ET.fromstring(gate_report(GateResult()))[0]

    assert suite.get("failures") == "1"


def test_a_plan_is_a_test_suite(golden: Golden) -> None:
    document = plan_report(replace(every_action(), diagnostics=(a_refusal(),)))

    golden("plan.junit.xml", document)
    assert ET.fromstring(document)[0].get("failures") == "2"


def test_diagnostics_are_a_sarif_run(golden: Golden) -> None:
    found = [
        a_diagnostic(),
        a_diagnostic(severity=Severity.WARNING, code="PLAN002", where=None, address="vertex/a"),
        a_diagnostic(severity=Severity.NOTE, code="BUG001", where=Location("specs/ü x.yaml"), detail="\x00"),
    ]

    golden("diagnostics.sarif", sarif_report(found, version="0.1.0"))


def test_a_finding_that_moved_keeps_its_fingerprint() -> None:
    here, there = a_diagnostic(), a_diagnostic(where=Location("specs/triage.yaml", 99, 1))

    results = json.loads(sarif_report([here, there], version="0.1.0"))["runs"][0]["results"]

    assert results[0]["partialFingerprints"] == results[1]["partialFingerprints"]


def test_sarif_says_how_many_results_it_left_out() -> None:
    many = [a_diagnostic(where=Location("a.yaml", n)) for n in range(1, RESULTS_MAX + 3)]

    run = json.loads(sarif_report(many, version="0.1.0"))["runs"][0]

    assert len(run["results"]) == RESULTS_MAX
    assert run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"] == "2 results left out."


@given(st.lists(some.diagnostics, max_size=12), some.plans, some.gates)
def test_any_report_is_printable_and_parses(diagnostics: list[Diagnostic], plan: Plan, gate: GateResult) -> None:
    texts = [
        github.annotations(diagnostics),
        sarif_report(diagnostics, version="1"),
        plan_report(plan),
        gate_report(gate),
    ]

    json.loads(texts[1])
    ET.fromstring(texts[2])
    ET.fromstring(texts[3])
    assert all(line.isprintable() for text in texts for line in text.split("\n"))
    assert all(line.startswith("::") for line in texts[0].splitlines())
