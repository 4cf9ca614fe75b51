"""The made parts of the docs say what the code says now. `pytest tests/docs --update-golden` rewrites them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.docs import (
    commands_page,
    errors_page,
    exit_codes_page,
    gates_page,
    json_pages,
    limits_page,
    lock_page,
    markers_page,
    methods_page,
    python_page,
)
from tests.docs.sections import names_in, part_of, with_part

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"

MADE: Mapping[tuple[str, str], Callable[[], str]] = {
    ("reference/commands.md", "commands"): commands_page.commands,
    ("reference/commands.md", "missing"): commands_page.missing,
    ("how-to/gates.md", "items-for-margin"): gates_page.items_for_margin,
    ("how-to/gates.md", "losses"): gates_page.losses,
    ("how-to/gates.md", "items-for-share"): gates_page.items_for_share,
    ("how-to/tuning-methods.md", "methods"): methods_page.methods,
    ("reference/commands.md", "common-options"): commands_page.common_options,
    ("reference/commands.md", "spec-options"): commands_page.spec_choice,
    ("reference/environment.md", "variables"): commands_page.variables,
    ("reference/errors.md", "errors"): errors_page.errors,
    ("reference/exit-codes.md", "exit-codes"): exit_codes_page.exit_codes,
    ("reference/limits.md", "limits"): limits_page.limits,
    ("reference/limits.md", "refusals"): limits_page.refusals,
    ("reference/limits.md", "allowances"): limits_page.allowances,
    ("reference/limits.md", "answers"): limits_page.answers,
    ("reference/limits.md", "sizes"): limits_page.sizes,
    ("reference/limits.md", "costs"): limits_page.costs,
    ("reference/limits.md", "findings"): limits_page.findings,
    ("reference/lock.md", "lock-fields"): lock_page.lock_fields,
    ("reference/markers.md", "labels"): markers_page.labels,
    ("reference/markers.md", "identifier"): markers_page.identifier,
    ("reference/python.md", "workspace"): python_page.workspace,
    ("reference/python.md", "values"): python_page.values,
    ("reference/python.md", "others"): python_page.others,
    ("reference/plan-json.md", "plan-fields"): json_pages.plan_fields,
    ("reference/plan-json.md", "reasons"): json_pages.reasons,
    ("reference/plan-json.md", "event-lines"): json_pages.event_lines,
    ("reference/plan-json.md", "gc-fields"): json_pages.gc_fields,
    ("reference/plan-json.md", "history-fields"): json_pages.history_fields,
    ("reference/plan-json.md", "state-fields"): json_pages.state_fields,
    ("reference/plan-json.md", "query-fields"): json_pages.query_fields,
    ("reference/plan-json.md", "stats-fields"): json_pages.stats_fields,
}


@pytest.mark.parametrize(("page", "part"), MADE, ids=lambda word: word)
def test_a_made_part_is_up_to_date(page: str, part: str, pytestconfig: pytest.Config) -> None:
    path = DOCS / page
    text = path.read_text(encoding="utf-8")
    made = "\n" + MADE[page, part]() + "\n"

    if pytestconfig.getoption("--update-golden") and part_of(text, part) != made:
        path.write_text(with_part(text, part, made), encoding="utf-8")
        return

    assert part_of(text, part) == made, "run: pytest tests/docs --update-golden"


def test_nothing_that_says_it_is_made_is_written_by_hand() -> None:
    found = {
        (path.relative_to(DOCS).as_posix(), name)
        for path in DOCS.rglob("*.md")
        for name in names_in(path.read_text(encoding="utf-8"))
    }

    assert found == set(MADE)


def test_every_code_that_the_package_names_has_a_paragraph() -> None:
    named = {
        code
        for path in (ROOT / "reconciler").rglob("*.py")
        for code in re.findall(rf'"({errors_page.CODE.pattern})"', path.read_text(encoding="utf-8"))
    }

    assert named - set(errors_page.explained()) == set()


def test_no_paragraph_is_empty_and_no_summary_ends_like_a_sentence() -> None:
    for code, (summary, paragraph) in errors_page.explained().items():
        assert paragraph.endswith("."), code
        assert summary, code
        assert not summary.endswith("."), code


UNRAISED = Path(__file__).parent / "unraised.txt"
"""Codes that no test raises yet, one a line. The list only ever gets shorter."""


def test_every_code_is_raised_by_some_test(pytestconfig: pytest.Config) -> None:
    # Renderers and docs show codes without anybody raising them.
    apart = ("render", "docs")
    files = [p for kind in ("*.py", "*.txt") for p in (ROOT / "tests").rglob(kind)]
    texts = [p.read_text(encoding="utf-8") for p in files if p.relative_to(ROOT / "tests").parts[0] not in apart]
    raised = {code for text in texts for code in errors_page.CODE.findall(text)}
    known = set(UNRAISED.read_text(encoding="utf-8").split())

    unraised = set(errors_page.explained()) - raised

    if pytestconfig.getoption("--update-golden"):
        UNRAISED.write_text("".join(f"{code}\n" for code in sorted(known & unraised)), encoding="utf-8")
    assert unraised - known == set()


def test_every_variable_of_ours_is_on_the_page_about_them() -> None:
    named = {
        name
        for path in (ROOT / "reconciler").rglob("*.py")
        for name in re.findall(r"\bTUNEFORM_[A-Z_]+\b", path.read_text(encoding="utf-8"))
    }

    page = (DOCS / "reference/environment.md").read_text(encoding="utf-8")

    assert [name for name in sorted(named) if f"`{name}`" not in page] == []
