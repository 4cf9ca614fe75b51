"""What the shipped catalogue says of settings, and what a workspace makes of it."""

from __future__ import annotations

import pytest

from reconciler.core.catalog import BaseModel
from reconciler.core.generation import LEVELS, SAMPLING, AnswerSettings, lowest_thinking, remarks_on
from reconciler.files.catalog import shipped_catalog

KNOWN = [m for m in shipped_catalog().models if m.generation.is_known]


@pytest.mark.parametrize("name", ["gemini-3.5-flash-lite", "gemini-3.6-flash", "gemini-3.7-flash", "gemini-3.8-flash"])
def test_newer_base_models_ignore_sampling_parameters(name: str) -> None:
    assert shipped_catalog().generation("vertex", name).ignores == SAMPLING


@pytest.mark.parametrize("name", ["gemini-3.5-flash", "gemini-3.1-flash-lite", "gemini-2.5-pro"])
def test_older_ones_heed_them(name: str) -> None:
    assert shipped_catalog().generation("vertex", name).ignores == ()


@pytest.mark.parametrize(
    ("name", "least"), [("gemini-3.7-flash", "low"), ("gemini-2.5-flash-lite", 0), ("gemini-1.5-pro-002", None)]
)
def test_the_least_thinking_is_known(name: str, least: str | int | None) -> None:
    assert lowest_thinking(shipped_catalog().generation("vertex", name)) == least


@pytest.mark.parametrize("model", KNOWN, ids=lambda m: f"{m.surface}/{m.name}")
def test_what_is_known_has_a_day_and_a_source_and_makes_sense(model: BaseModel) -> None:
    facts = model.generation

    assert facts.as_of
    assert facts.source
    assert set(facts.levels or ()) <= set(LEVELS)
    assert list(facts.levels or ()) == sorted(facts.levels or (), key=LEVELS.index)
    assert facts.default_level in ("", *(facts.levels or ()))
    assert remarks_on(AnswerSettings(thinking=lowest_thinking(facts)), facts) == ()


def test_nothing_is_said_of_models_that_nobody_published_anything_about() -> None:
    catalog = shipped_catalog()

    assert not catalog.generation("vertex", "translation-llm-002").is_known
    assert not catalog.generation("vertex", "gemini-99-flash").is_known


def test_a_workspace_corrects_one_fact_and_keeps_the_others() -> None:
    catalog = shipped_catalog().overridden({"gemini-3.7-flash": {"generation": {"levels": ["minimal", "high"]}}})

    facts = catalog.generation("vertex", "gemini-3.7-flash")

    assert (facts.levels, facts.ignores) == (("minimal", "high"), SAMPLING)
