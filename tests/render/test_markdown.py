"""Markdown for pull requests: golden files, and what hostile text and large plans cannot do to it."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.change import Plan
from reconciler.core.data_changes import BeforeAfter, DataChange, RowCounts
from reconciler.core.diagnostics import Severity
from reconciler.core.gate_result import GateResult
from reconciler.core.model import Action
from reconciler.render.markdown.gate import render_gate
from reconciler.render.markdown.plan import render_plan
from reconciler.render.markdown.sheet import ROOMS, Room
from reconciler.render.markdown.status import render_status
from reconciler.render.markdown.text import code, fenced, marker, prose
from reconciler.render.values import Banner, StatusRow
from tests.conftest import Golden
from tests.render import strategies as some
from tests.render.builders import (
    EMULATOR,
    GOOGLE,
    a_change,
    a_diagnostic,
    a_field,
    a_gate,
    a_refusal,
    a_submission,
    every_action,
    status_rows,
)

LIMIT = 65_536
"""Characters that GitHub takes of a comment."""


def outside_fences(text: str) -> str:
    """The lines that are markup; raises where a fence is left open."""
    lines: list[str] = []
    fence = ""
    for line in text.split("\n"):
        opened = re.fullmatch(r"(`{3,})\w*", line)
        if fence:
            fence = "" if line == fence else fence
        elif opened:
            fence = opened[1]
        else:
            lines.append(line)
    assert not fence, "a fence is left open"
    return "\n".join(lines)


def without_code(text: str) -> str:
    return re.sub(r"`[^`\n]*`", "", re.sub(r"\\[^\n]", " ", text))


def test_every_kind_of_change_looks_as_agreed(golden: Golden) -> None:
    plan = replace(every_action(), diagnostics=(a_refusal(),))

    golden("plan.md", render_plan(plan, GOOGLE))


def test_an_empty_plan_says_that_nothing_is_to_do(golden: Golden) -> None:
    golden("plan.empty.md", render_plan(Plan((a_change("vertex/a", Action.NOOP),), "abc"), EMULATOR))


def test_the_target_comes_first_and_the_marker_is_hidden() -> None:
    lines = render_plan(Plan(workspace="acme"), EMULATOR).splitlines()

    assert lines[0].startswith("**EMULATOR local-7f3a**")
    assert lines[2] == "<!-- tuneform:plan:acme -->"


def test_the_status_looks_as_agreed(golden: Golden) -> None:
    golden("status.md", render_status(status_rows(), GOOGLE))


def test_the_gate_looks_as_agreed(golden: Golden) -> None:
    golden("gate.md", render_gate(a_gate(), EMULATOR))


def test_a_gate_over_nothing_does_not_pass() -> None:
    text = render_gate(GateResult(), EMULATOR)

    assert "Gate failed" in text
    assert "Nothing was checked" in text


def test_a_comment_stays_below_the_limit_and_says_how_much_is_left_out() -> None:
    fields = tuple(a_field(f"labels.key-{n}", "old " * 30, "new " * 30) for n in range(20))
    plan = Plan(tuple(a_change(f"vertex/model-{n:04}", Action.UPDATE, "drifted", fields=fields) for n in range(900)))

    text = render_plan(replace(plan, checksum="abc"), EMULATOR)

    rows, sections = text.count("\n| `~` |"), text.count("<details>")
    assert LIMIT * 0.9 < len(text) < LIMIT
    assert f"{900 - rows} changes, the details of {rows - sections} more changes" in text
    assert text.endswith("tuneform apply --checksum abc\n```\n")
    assert text.count("</details>") == sections > 0
    outside_fences(text)


def test_all_of_a_plan_that_fits_is_there() -> None:
    text = render_plan(every_action(), EMULATOR)

    assert "Left out" not in text
    assert text.count("<details>") == len([c for c in every_action().changes if c.action is not Action.NOOP or c.notes])


def test_what_stops_something_stands_first_and_is_not_green() -> None:
    submission = a_submission()
    plan = Plan(
        (
            a_change("vertex/a", Action.CREATE, submission=submission),
            a_change("vertex/b", Action.BLOCKED, "failed", fields=(a_field("x", 1, 2),)),
            a_change("vertex/c", Action.CREATE, submission=submission),
        ),
        diagnostics=(a_diagnostic(address="vertex/c"),),
    )

    text = render_plan(plan, EMULATOR)

    rows = [line.split(" | ")[:2] for line in text.split("\n") if line.startswith("| ") and "vertex/" in line]
    assert rows == [["| ❌", "`vertex/b`"], ["| ❌", "`vertex/c`"], ["| `+`", "`vertex/a`"]]
    assert "### ❌ Refused: 2 to create, 1 blocked" in text
    assert [part.count("```diff") for part in text.split("<details>")[1:]] == [0, 0, 1]


def test_a_warning_stands_once_below_the_changes_with_the_addresses_that_it_is_about() -> None:
    notes = [a_diagnostic(severity=Severity.WARNING, where=None, address=f"vertex/{name}") for name in "abc"]
    changes = [a_change(str(note.address), Action.UPDATE, "drifted", notes=(note,)) for note in notes]

    text = render_plan(Plan(tuple(changes)), EMULATOR)

    assert text.count("SPEC012") == 1
    assert "It is about vertex/a, vertex/b, vertex/c." in text
    assert text.index("SPEC012") > text.rindex("</details>")


def test_an_edit_of_data_stands_once_and_names_who_is_trained_on_it() -> None:
    edit = DataChange(
        "supervisedTuningSpec.trainingDatasetUri", "data/a.jsonl", "", BeforeAfter(9, 10), rows=RowCounts(1, 0, 2, 7)
    )
    changes = [a_change(f"vertex/{name}", Action.REPLACE, "edited", data=(edit,)) for name in "ab"]

    text = render_plan(Plan(tuple(changes)), EMULATOR)

    assert "- `vertex/a`, `vertex/b`: data/a.jsonl: 9 → 10 examples: 1 added, 2 relabelled\n" in text


def test_a_larger_room_holds_more_and_is_named_where_it_does_not_suffice() -> None:
    fields = tuple(a_field(f"labels.key-{n}", "old " * 30, "new " * 30) for n in range(20))
    plan = Plan(tuple(a_change(f"vertex/model-{n:04}", Action.UPDATE, "drifted", fields=fields) for n in range(900)))

    texts = {name: render_plan(plan, EMULATOR, room=room) for name, room in ROOMS.items()}

    assert len(texts["comment"]) < LIMIT < len(texts["note"]) < 1_000_000
    assert LIMIT < len(texts["summary"].encode()) < 1_048_576
    assert "because a note has a limit: the details of" in texts["note"]
    assert "because a job summary has a limit: the details of" in texts["summary"]


def test_a_refused_plan_does_not_invite_to_apply_it() -> None:
    text = render_plan(replace(every_action(), diagnostics=(a_refusal(),)), EMULATOR)

    assert "Once nothing refuses it, apply exactly this:" in text


def test_hundreds_of_refusals_stay_below_the_limit() -> None:
    plan = replace(every_action(), diagnostics=tuple(a_diagnostic(detail=f"{n} " * 300) for n in range(300)))

    text = render_plan(plan, EMULATOR)

    assert len(text) < LIMIT
    assert re.search(r"Left out, because a comment has a limit: \d+ messages", text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("@octocat", "@<!-- -->octocat"),
        ("see #12", "see #<!-- -->12"),
        ("a|b", r"a\|b"),
        ("<img src=x>", r"\<img src=x\>"),
        ("[x](http://y)", r"\[x\](http://y)"),
        ("`code`", r"\`code\`"),
        ("line\nbreak", r"line\\nbreak"),
    ],
)
def test_text_is_no_markup(text: str, shown: str) -> None:
    assert prose(text) == shown


def test_code_holds_any_text_inside_a_table() -> None:
    assert code("vertex/a") == "`vertex/a`"
    assert code("a`b") == r"<code>a\`b</code>"
    assert code(r"a\|b") == r"<code>a\\\|b</code>"
    assert code(" ") == ""


def test_a_fence_is_longer_than_what_it_holds() -> None:
    assert fenced(["````", "x"]) == ["`````", "````", "x", "`````"]


def test_a_marker_cannot_be_closed_by_a_name() -> None:
    assert marker("plan", "a-->b--c") == "<!-- tuneform:plan:a-b-c -->"


@given(some.plans, some.banners, st.integers(4_000, LIMIT), st.sampled_from(sorted(ROOMS)))
def test_any_plan_is_well_formed_and_below_its_limit(plan: Plan, banner: Banner, limit: int, room: str) -> None:
    text = render_plan(plan, banner, room=replace(ROOMS[room], limit=limit))

    assert ROOMS[room].measure(text) < limit
    assert_well_formed(text)


@given(some.gates, some.banners, st.integers(1_500, 20_000))
def test_any_gate_is_well_formed_and_below_its_limit(gate: GateResult, banner: Banner, limit: int) -> None:
    text = render_gate(gate, banner, room=Room("a comment", limit))

    assert len(text.encode("utf-16-le")) // 2 < limit
    assert_well_formed(text)


@given(st.lists(some.rows, max_size=3), some.gates, some.banners)
def test_any_status_and_gate_are_well_formed(rows: list[StatusRow], gate: GateResult, banner: Banner) -> None:
    assert_well_formed(render_status(rows, banner))
    assert_well_formed(render_gate(gate, banner))


def assert_well_formed(text: str) -> None:
    assert all(line.isprintable() for line in text.split("\n"))
    markup = without_code(outside_fences(text))
    assert markup.count("<details") == markup.count("</details>")
    assert not re.search(r"@\w", markup)
    assert {line.count("|") for line in markup.split("\n") if line.startswith("|")} <= {5, 7, 10}
