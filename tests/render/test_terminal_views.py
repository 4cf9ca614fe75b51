"""Status, show, gate, diagnostics and events, as people and logs see them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.core import events as e
from reconciler.core.diagnostics import Location, Severity
from reconciler.core.gate_result import GateResult, Verdict
from reconciler.core.lock import Entry
from reconciler.core.model import Action, Address
from reconciler.core.suggest import suggest
from reconciler.render.style import Palette, Style
from reconciler.render.terminal.banner import render_banner
from reconciler.render.terminal.diagnostics import render_diagnostics
from reconciler.render.terminal.events import render_event, render_outcome
from reconciler.render.terminal.gate import render_gate
from reconciler.render.terminal.job_details import render_details
from reconciler.render.terminal.show import render_entry
from reconciler.render.terminal.status import render_status
from reconciler.render.values import Outcome, StatusRow
from reconciler.render.words import billed_words
from tests.conftest import Golden
from tests.render.builders import (
    EMULATOR,
    GOOGLE,
    ROUTER,
    TAGGER,
    a_diagnostic,
    a_gate,
    all_events,
    an_entry,
    some_details,
    status_rows,
)

PLAIN = Style()


def test_a_diagnostic_has_the_form_that_editors_read() -> None:
    text = render_diagnostics([a_diagnostic()], PLAIN)

    assert text == (
        "specs/triage.yaml:7:3: error SPEC012: Epochs out of range\n"
        "  epochs is 0; a training makes at least 1 pass over the data.\n"
        "  fix: Set it to 1 or more, or leave it out and let the service choose.\n"
    )


def test_diagnostics_wrap_below_their_first_line_and_keep_commands_whole(golden: Golden) -> None:
    path = "environments/production/europe/specs/support-router-with-a-long-name.yaml"
    command = f"tuneform apply --replace vertex/{'x' * 63} --allow-cancel"
    diagnostics = [
        a_diagnostic(where=Location(path, 117, 9), detail="first line " * 12 + "\nsecond", command=command),
        a_diagnostic(code="API320", where=None, address="vertex/support-triage", fix=""),
        a_diagnostic(code="LOCK006", severity=Severity.WARNING, where=Location("tuneform.lock"), detail=""),
        a_diagnostic(code="PLAN111", severity=Severity.NOTE, where=None),
    ]

    text = render_diagnostics(diagnostics, PLAIN)

    golden("diagnostics.txt", text)
    assert f"    {command}\n" in text


def test_no_diagnostics_are_no_text() -> None:
    assert render_diagnostics([], PLAIN) == ""


@pytest.mark.parametrize(("name", "width"), [("status.80.txt", 80), ("status.120.txt", 120), ("status.50.txt", 50)])
def test_the_status_table_looks_as_agreed(golden: Golden, name: str, width: int) -> None:
    golden(name, render_status(status_rows(), GOOGLE, Style(width=width)))


def test_verbose_status_has_every_resource_name(golden: Golden) -> None:
    golden("status.verbose.txt", render_status(status_rows(), EMULATOR, PLAIN, verbose=True))


def test_an_empty_status_says_so() -> None:
    assert render_status([], EMULATOR, PLAIN).endswith("\n\nNo model is declared or locked.\n")


def test_an_address_as_long_as_addresses_get_does_not_break_the_table() -> None:
    row = StatusRow(Address("vertex", "n" * 63), "serving", "JOB_STATE_SUCCEEDED", "gemini-2.5-flash", age_s=60)

    lines = render_status([row], EMULATOR, PLAIN).splitlines()

    assert f"vertex/{'n' * 63}" in lines
    assert "  serving · succeeded · 1 min" in lines


def test_one_address_is_shown_in_full(golden: Golden) -> None:
    golden("show.txt", render_entry(ROUTER, an_entry(), EMULATOR, PLAIN))


@pytest.mark.parametrize(("name", "width"), [("show.live.txt", 80), ("show.live.60.txt", 60)])
def test_what_the_service_tells_of_an_address_stands_beside_our_count(golden: Golden, name: str, width: int) -> None:
    golden(name, render_details(ROUTER, some_details(), EMULATOR, Style(width)))


def test_an_entry_without_trainings_is_shown() -> None:
    text = render_entry(ROUTER, Entry(revision=1), EMULATOR, PLAIN)

    assert "vertex/support-router · revision 1\n" in text


@pytest.mark.parametrize(
    ("name", "style", "verbose"),
    [("gate.txt", PLAIN, False), ("gate.verbose.colour.txt", Style(palette=Palette.ON), True)],
)
def test_the_gate_report_looks_as_agreed(golden: Golden, name: str, style: Style, *, verbose: bool) -> None:
    golden(name, render_gate(a_gate(), GOOGLE, style, verbose=verbose))


def test_a_gate_over_nothing_does_not_pass() -> None:
    result = GateResult()

    text = render_gate(result, EMULATOR, PLAIN)

    assert (result.verdict, result.exit_code) == (Verdict.FAILED, 3)
    assert "nothing was checked" in text


@pytest.mark.parametrize(
    ("verdicts", "exit_code"),
    [("p", 0), ("pi", 4), ("pf", 3), ("fi", 3), ("i", 4)],
)
def test_the_worst_verdict_decides_how_the_gate_ends(verdicts: str, exit_code: int) -> None:
    one = {"p": Verdict.PASSED, "f": Verdict.FAILED, "i": Verdict.IN_PROGRESS}
    gates = tuple(replace(a_gate().addresses[0], verdict=one[v]) for v in verdicts)

    assert GateResult(gates).exit_code == exit_code


def test_every_event_is_one_line_or_none(golden: Golden) -> None:
    lines = [render_event(event, PLAIN) for event in all_events()]

    golden("events.txt", "\n".join(lines) + "\n")
    assert all("\n" not in line for line in lines)
    assert [event for event, line in zip(all_events(), lines, strict=True) if not line] == [
        event for event in all_events() if isinstance(event, e.ChangeApproved | e.SpecApplied | e.Intended | e.DataSeen)
    ]


def test_the_outcome_tells_why_changes_failed_and_how_to_go_on(golden: Golden) -> None:
    outcome = Outcome.of(all_events())
    outcome = replace(outcome, blocked=(Address("vertex", "tone"),), elapsed_s=300.0, resume=suggest("wait"))

    golden("outcome.txt", render_outcome(outcome, PLAIN))
    assert [f.address for f in outcome.failed] == [TAGGER]


def test_an_apply_that_did_nothing_says_so() -> None:
    assert render_outcome(Outcome(), PLAIN) == "Nothing was changed.\n"


def test_the_outcome_counts_in_the_order_of_actions() -> None:
    done = [e.ChangeDone(ROUTER, action, 0.0) for action in (Action.UPDATE, Action.CREATE, Action.CREATE)]

    assert render_outcome(Outcome.of(done), PLAIN) == "Done: 2 created, 1 updated.\n"


def test_the_banner_wraps_between_facts() -> None:
    text = render_banner(GOOGLE, Style(width=50))

    assert text == (
        "Google · project acme-ml · us-central1\n"
        "  ci-tuner@acme-ml.iam.gserviceaccount.com\n"
        "  workspace acme · lock tuneform.lock\n\n"
    )


def test_billed_tokens_count_the_epochs() -> None:
    assert billed_words(408, 3) == "1,224 tokens (408 tokens in the data, 3 epochs)"
    assert billed_words(408, 1) == "408 tokens"
    assert billed_words(408, None) == "408 tokens an epoch"
