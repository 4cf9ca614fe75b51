from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.emulator.documentation import render
from reconciler.emulator.provenance import BEHAVIOURS
from reconciler.emulator.registry import HANDLERS
from tests.emulator import cut_definitions

ROOT = Path(__file__).parents[2]


def test_the_page_is_the_one_that_the_code_writes() -> None:
    page = (ROOT / "docs" / "emulator.md").read_text(encoding="utf-8")

    assert page == render(), "run python -m reconciler.emulator.documentation > docs/emulator.md"


def test_every_behaviour_that_is_not_assumed_has_a_pointer() -> None:
    assert [b.text for b in BEHAVIOURS if b.source != "assumed" and not b.pointer] == []


def test_no_behaviour_is_listed_twice() -> None:
    texts = [b.text for b in BEHAVIOURS]

    assert len(texts) == len(set(texts))


@pytest.mark.parametrize("name", sorted(cut_definitions.EXCERPTS))
def test_the_excerpts_are_those_of_the_published_definitions(name: str) -> None:
    pytest.importorskip("googleapiclient")
    pytest.importorskip("google.ai.generativelanguage")

    cut = cut_definitions.render(cut_definitions.EXCERPTS[name]())

    assert (cut_definitions.FOLDER / name).read_text(encoding="utf-8") == cut


def test_every_handler_answers_a_published_method() -> None:
    found = {f"vertex.{m}" for v in ("v1", "v1beta1") for m in cut_definitions.cut_vertex(v)["methods"]}
    found |= {f"gemini.{m}" for m in cut_definitions.cut_gemini()["methods"]}
    found |= {f"storage.{m}" for m in cut_definitions.cut_storage()["methods"]}

    assert sorted(HANDLERS.keys() - found) == []
