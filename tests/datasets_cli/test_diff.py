"""`tuneform dataset diff`: what it says of two files, and what it never shows."""

from __future__ import annotations

import json

import pytest

from tests.conftest import Golden
from tests.datasets_cli.conftest import Project, row, rows


@pytest.fixture
def edited(project: Project) -> Project:
    """Two files: of 40 rows two are gone, three have another answer, and six are new."""
    labels = ("billing", "bug")
    kept = [row(f"question {n}", labels[n % 2]) for n in range(40)]
    project.write("old.jsonl", "".join(kept))
    moved = [row(f"question {n}", "feature") for n in range(3)]
    new = [row(f"further question {n}", "feature") for n in range(6)]
    project.write("new.jsonl", "".join([*moved, *kept[3:38], *new]))
    return project


@pytest.mark.parametrize("form", ["text", "json", "markdown"])
def test_a_difference_in_every_form(edited: Project, form: str, golden: Golden) -> None:
    shown = edited.run(f"dataset diff old.jsonl new.jsonl --format {form} --base-model gemini-2.5-flash --epochs 3")

    assert (shown.code, shown.err) == (0, "")
    golden(f"diff.{form}", shown.out)


@pytest.mark.parametrize("form", ["json", "markdown"])
def test_classes_are_named_to_programs_where_somebody_asks(edited: Project, form: str) -> None:
    unasked = edited.run(f"dataset diff old.jsonl new.jsonl --format {form}").out
    asked = edited.run(f"dataset diff old.jsonl new.jsonl --format {form} --show-classes").out

    assert "billing" not in unasked
    assert "billing" in asked


@pytest.mark.parametrize("form", ["text", "json", "markdown"])
def test_no_question_is_shown_unasked(edited: Project, form: str) -> None:
    assert "question" not in edited.run(f"dataset diff old.jsonl new.jsonl --format {form}").out.replace(
        "the same question", ""
    )


def test_examples_are_shown_where_somebody_asks(edited: Project, golden: Golden) -> None:
    golden("diff.examples", edited.run("dataset diff old.jsonl new.jsonl --show-examples 2").out)


def test_what_looks_like_a_secret_is_not_shown(project: Project) -> None:
    project.write("old.jsonl", rows(3))
    project.write("new.jsonl", rows(3) + row("my key is AKIAABCDEFGHIJKLMNOP", "write to ann@acme.com"))

    shown = project.run("dataset diff old.jsonl new.jsonl --show-examples 5")

    assert "added  new.jsonl:4" in shown.out
    assert "not shown" in shown.out
    assert "AKIA" not in shown.out
    assert "ann@" not in shown.out


def test_what_moves_the_cursor_is_spelt_out_and_long_texts_are_cut(project: Project) -> None:
    project.write("old.jsonl", rows(3))
    project.write("new.jsonl", rows(3) + row("\x1b[2J\u202e" + "x" * 500, "a\nb"))

    shown = project.run("dataset diff old.jsonl new.jsonl --show-examples 5")

    assert "\\u001b[2J\\u202exxx" in shown.out
    assert "\x1b" not in shown.out
    assert "a\\u000ab" in shown.out
    assert max(map(len, shown.out.splitlines())) <= 90


@pytest.mark.parametrize("form", ["json", "markdown"])
def test_forms_for_programs_take_no_examples(edited: Project, form: str) -> None:
    shown = edited.run(f"dataset diff old.jsonl new.jsonl --show-examples 2 --format {form}")

    assert shown.code == 64
    assert "question 1" not in shown.text


def test_the_same_rows_in_another_order_are_said_to_be_that(project: Project) -> None:
    text = rows(5).splitlines(keepends=True)
    project.write("old.jsonl", "".join(text))
    project.write("new.jsonl", "".join(reversed(text)))

    shown = project.run("dataset diff old.jsonl new.jsonl")

    assert "5 rows, all of them the same, in another order" in shown.out


def test_an_object_is_compared_with_a_file(edited: Project) -> None:
    uri = edited.upload("acme-tuning/old.jsonl", (edited.folder / "old.jsonl").read_text(encoding="utf-8"))

    shown = edited.run(f"dataset diff {uri} new.jsonl --format json")

    found = json.loads(shown.out)
    assert found["old"]["name"] == uri
    assert found["rows"] == {"added": 6, "removed": 2, "relabelled": 3, "unchanged": 35, "reordered": False}


@pytest.mark.parametrize(("old", "new"), [("none.jsonl", "new.jsonl"), ("old.jsonl", "."), ("old.jsonl", "a.png")])
def test_what_cannot_be_read_is_an_error_and_no_bug(edited: Project, old: str, new: str) -> None:
    (edited.folder / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(64))

    shown = edited.run(f"dataset diff {old} {new}")

    assert shown.code == 1
    assert "BUG" not in shown.text
