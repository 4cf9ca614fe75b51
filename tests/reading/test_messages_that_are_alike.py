"""Twelve equal warnings are one with twelve addresses for people, and twelve for machines."""

from __future__ import annotations

import json

from reconciler.core.alike import at_most, once, together
from reconciler.core.change import Plan
from reconciler.core.diagnostics import Diagnostic, Location, Severity
from reconciler.render.json_plan import plan_to_json
from reconciler.render.markdown.plan import render_plan as markdown_plan
from reconciler.render.style import Style
from reconciler.render.terminal.plan import render_plan
from tests.ownership.room import Room
from tests.render.builders import EMULATOR

PLAIN = Style()

_RETIRES = [
    Diagnostic(
        "PLAN117",
        Severity.WARNING,
        "The base model retires",
        "gemini-3.5-flash retires on 2027-05-19.",
        "Plan its successor.",
        Location("<stdin>", 25 * n, 1),
        f"vertex/m{n:02}",
        f"tuneform models migrate vertex/m{n:02}",
    )
    for n in range(1, 15)
]


def test_alike_warnings_are_one_that_names_its_addresses_and_places() -> None:
    (one,) = together(_RETIRES[:2])

    assert one.detail == (
        "gemini-3.5-flash retires on 2027-05-19.\nIt is about vertex/m01 (<stdin>:25:1), vertex/m02 (<stdin>:50:1)."
    )
    assert (one.where, one.command) == (None, "")


def test_a_warning_alone_names_its_address() -> None:
    (one,) = together(_RETIRES[:1])

    assert one.detail.endswith("\nIt is about vertex/m01.")
    assert (one.where, one.command) == (Location("<stdin>", 25, 1), "tuneform models migrate vertex/m01")


def test_more_than_a_dozen_are_counted() -> None:
    (one,) = together(_RETIRES)

    assert one.detail.endswith("vertex/m12 (<stdin>:300:1) and 2 more.")


def test_errors_and_different_words_stay_apart() -> None:
    other = Diagnostic("PLAN117", Severity.WARNING, "The base model retires", "another", address="vertex/x")
    errors = [Diagnostic("PLAN108", Severity.ERROR, "same", "same", address=f"vertex/{n}") for n in "ab"]

    assert len(together([*_RETIRES, other, *errors])) == 4


def test_text_and_markdown_say_it_once_and_json_of_each() -> None:
    plan = Plan(diagnostics=tuple(_RETIRES))

    text, page = render_plan(plan, EMULATOR, PLAIN), markdown_plan(plan, EMULATOR)
    saved = json.loads(plan_to_json(plan, EMULATOR))

    assert (text.count("PLAN117"), page.count("PLAN117")) == (1, 1)
    assert len(saved["diagnostics"]) == len(_RETIRES)


def test_what_several_specs_say_of_one_file_is_said_once() -> None:
    at = Location("data.jsonl", 3, 1)
    same = [Diagnostic("DATA106", Severity.WARNING, "Blank line", where=at, address=f"vertex/{n}") for n in "abc"]
    nowhere = [Diagnostic("RUN010", Severity.ERROR, "same", address=f"vertex/{n}") for n in "ab"]

    assert once([*same, *nowhere]) == [same[0], *nowhere]


def test_the_rest_is_counted_by_code() -> None:
    many = [Diagnostic(f"DATA{n % 2}", Severity.NOTE, "x", where=Location("f", n)) for n in range(51)]

    shown, rest = at_most(many, 20)

    assert (len(shown), rest) == (40, {"DATA0": 6, "DATA1": 5})


def test_validate_shows_findings_of_a_shared_file_once_and_counts_the_rest(room: Room) -> None:
    row = '{"contents": [{"role": "user", "parts": [{"text": "q"}]}, {"role": "model", "parts": [{"text": "a %s"}]}]}'
    room.write("specs/data.jsonl", "".join(f"{row % n}\n\n" for n in range(45)))
    for name in ("a", "b", "c"):
        room.spec(name, data="data.jsonl")

    shown = room.run("validate")

    assert shown.text.count("warning DATA106") == 20
    assert "24 more of DATA106." in shown.text or "25 more of DATA106." in shown.text
