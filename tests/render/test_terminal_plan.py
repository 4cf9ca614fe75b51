"""The plan as people see it: golden files for the whole, assertions for the rules."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.core.change import Plan
from reconciler.core.model import Action
from reconciler.render.markdown.plan import render_plan as render_markdown
from reconciler.render.style import Palette, Style
from reconciler.render.terminal.plan import render_plan
from tests.conftest import Golden
from tests.render.builders import (
    EMULATOR,
    GOOGLE,
    a_change,
    a_field,
    a_refusal,
    a_submission,
    every_action,
)

PLAIN = Style()


@pytest.mark.parametrize(
    ("name", "style"),
    [
        ("plan.80.txt", PLAIN),
        ("plan.80.ascii.txt", Style(unicode=False)),
        ("plan.80.colour.txt", Style(palette=Palette.ON)),
        ("plan.60.txt", Style(width=60)),
        ("plan.120.txt", Style(width=120)),
    ],
)
def test_every_kind_of_change_looks_as_agreed(golden: Golden, name: str, style: Style) -> None:
    golden(name, render_plan(every_action(), GOOGLE, style))


def test_a_refused_plan_says_so_last_and_names_the_override(golden: Golden) -> None:
    plan = Plan(every_action().by_action(Action.DELETE), "9f0c1e5d", diagnostics=(a_refusal(),))  # type: ignore[arg-type]

    text = render_plan(plan, EMULATOR, PLAIN)

    golden("plan.refused.txt", text)
    assert "\n    tuneform apply --allow-limits\n" in text
    assert text.splitlines()[-1].startswith("Refused for 1 reason")


def test_verbose_shows_what_is_unchanged(golden: Golden) -> None:
    plan = Plan((a_change("vertex/a", Action.NOOP, "unchanged"),))

    golden("plan.verbose.txt", render_plan(plan, EMULATOR, PLAIN, verbose=True))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ([], "Nothing to do: no model is declared."),
        ([Action.NOOP], "Nothing to do: 1 model is as declared."),
        ([Action.NOOP, Action.NOOP], "Nothing to do: 2 models are as declared."),
        ([Action.NOOP, Action.AWAIT], "Nothing to do: 1 model is as declared, 1 training is in progress."),
        ([Action.AWAIT, Action.AWAIT], "Nothing to do: 2 trainings are in progress."),
    ],
)
def test_an_empty_plan_says_that_nothing_is_to_do(changes: list[Action], words: str) -> None:
    plan = Plan(tuple(a_change(f"vertex/m{n}", action) for n, action in enumerate(changes)))

    text = render_plan(plan, EMULATOR, PLAIN)

    assert text.splitlines()[-1] == words


def test_the_first_line_names_the_emulator_and_never_an_account() -> None:
    text = render_plan(Plan(), replace(EMULATOR, project="acme-ml", identity="ci@acme-ml"), PLAIN)

    assert text.splitlines()[0] == "EMULATOR local-7f3a · workspace acme · lock .tuneform/emulator.lock"


def test_a_long_resource_name_is_never_cut() -> None:
    name = f"projects/{'p' * 30}/locations/us-central1/models/{'7' * 19}@12"
    plan = Plan((a_change("vertex/a", Action.DELETE, resources=(name,)),))

    lines = render_plan(plan, EMULATOR, Style(width=60)).splitlines()

    assert f"    {name}" in lines


def test_a_long_value_keeps_its_beginning_and_its_end() -> None:
    old, new = "begins old " + "x" * 200 + " ends old", "begins new " + "x" * 200 + " ends new"
    plan = Plan((a_change("vertex/a", Action.UPDATE, fields=(a_field("description", old, new),)),))

    shown = [line for line in render_plan(plan, EMULATOR, PLAIN).splitlines() if "x…x" in line]

    assert [(line.split()[:3][-2:], line.split()[-2:]) for line in shown] == [
        (["old", shown[0].split()[2]], ["ends", "old"]),
        (["begins", "new"], ["ends", "new"]),
    ]


def test_what_reads_like_something_else_is_quoted() -> None:
    fields = (a_field("labels.a", 3, "3"), a_field("labels.b", None, "(unset)"), a_field("labels.c", "", True))
    plan = Plan((a_change("vertex/a", Action.UPDATE, fields=fields),))

    text = render_plan(plan, EMULATOR, PLAIN)

    assert 'labels.a: 3 → "3"' in text
    assert 'labels.b: (unset) → "(unset)"' in text
    assert 'labels.c: "" → true' in text


def test_names_cannot_move_the_cursor_or_turn_text_around() -> None:
    field = a_field("labels.a", "\x1b[2K\rfaked", "safe\u202edeifilac\u2066\x07")
    plan = Plan((a_change("vertex/a", Action.UPDATE, "why\x1b[31m\nnot", fields=(field,)),))

    text = render_plan(plan, EMULATOR, PLAIN)

    assert r"\x1b[2K\rfaked → safe\u202edeifilac\u2066\x07" in text
    assert r"update: why\x1b[31m\nnot" in text


def test_a_first_training_shows_the_project_and_the_data_it_is_made_from() -> None:
    plan = Plan((a_change("vertex/a", Action.CREATE, "not found", submission=a_submission()),))

    text = render_plan(plan, EMULATOR, PLAIN)

    assert "trainingDatasetUri:  data/train.jsonl (240 examples, sha256 4f2a9c0d4f2a)" in text
    assert "in        project acme-ml, us-central1" in text


@pytest.mark.parametrize(("backend", "field"), [("vertex", "preTunedModel"), ("gemini", "tunedModelSource")])
def test_a_parent_is_named_by_the_field_that_its_service_has(backend: str, field: str) -> None:
    submission = a_submission(parent=f"{backend}/b")
    plan = Plan((a_change(f"{backend}/a", Action.CREATE, "not found", submission=submission),))

    assert f"{field}:" in render_plan(plan, EMULATOR, PLAIN)
    assert f"+ {field}: {backend}/b" in render_markdown(plan, EMULATOR)


def test_the_total_is_a_sum_in_decimals() -> None:
    plan = every_action()

    text = render_plan(plan, EMULATOR, PLAIN)

    assert "Cost: 4.20 to 6.10 USD for 2 trainings, and unknown for 1 more." in text


def test_undeclared_addresses_are_counted_and_left_alone() -> None:
    text = render_plan(Plan(undeclared=2), EMULATOR, PLAIN)

    assert text.endswith("2 addresses undeclared, left alone.\n")
