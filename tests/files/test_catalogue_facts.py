"""What the shipped catalogue says of settings, and what a workspace makes of it."""

from __future__ import annotations

from datetime import date

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


@pytest.mark.parametrize("model", shipped_catalog().models, ids=lambda m: f"{m.surface}/{m.name}")
def test_a_row_has_its_source_and_the_day_on_which_it_was_read(model: BaseModel) -> None:
    assert model.source.startswith("https://")
    assert "2026-11-21" <= model.as_of <= shipped_catalog().as_of
    assert not set(model.methods) & set(model.not_offered)
    assert set(model.method_regions) <= set(model.methods)


@pytest.mark.parametrize("model", [m for m in shipped_catalog().models if m.regions and m.surface == "vertex"])
def test_tuned_models_of_gemini_3_answer_in_multi_regions_and_all_others_where_they_were_tuned(
    model: BaseModel,
) -> None:
    is_gemini_3 = model.name.startswith("gemini-3")

    assert model.serving == ({"us-central1": "us", "europe-west4": "eu"} if is_gemini_3 else {})
    assert set(model.serving) == (set(model.regions) if is_gemini_3 else set())


@pytest.mark.parametrize(
    ("surface", "name", "known"),
    [
        ("vertex", "publishers/google/models/gemini-2.5-flash", "gemini-2.5-flash"),
        ("vertex", "projects/p/locations/l/publishers/google/models/gemini-2.5-flash", "gemini-2.5-flash"),
        ("vertex", "models/gemini-2.5-flash", "gemini-2.5-flash"),
        ("vertex", "publishers/meta/models/llama3_1@llama-3.1-8b", "meta/llama3_1@llama-3.1-8b"),
        ("vertex", "publishers/google/models/gemma3@gemma-3-4b-it", "google/gemma3@gemma-3-4b-it"),
        ("vertex", "gemini-1.5-pro-002", "gemini-1.5-pro-002"),
        ("vertex", "gemini-1.5-pro", "gemini-1.5-pro-002"),
        ("vertex", "gemini-pro", "gemini-1.0-pro-002"),
        ("vertex", "text-bison@001", "text-bison@002"),
        ("gemini", "gemini-pro", "models/gemini-1.0-pro-001"),
        ("gemini", "models/gemini-3.5-flash", "models/gemini-3.5-flash"),
    ],
)
def test_old_names_and_long_ones_are_found(surface: str, name: str, known: str) -> None:
    found = shipped_catalog().find(surface, name)

    assert found is not None
    assert found.name == known


def test_what_a_text_model_of_before_is_called_makes_it_no_open_model() -> None:
    found = shipped_catalog().find("vertex", "text-bison")

    assert found is not None
    assert not found.is_open


@pytest.mark.parametrize("name", ["gemini-4-neon", "gemini-4-hydrogen", "gemini-4-carbon"])
def test_nobody_knows_whether_gemini_4_can_be_tuned(name: str) -> None:
    known = shipped_catalog().find("vertex", name)

    assert known is not None
    assert known.offers("supervised") is None
    assert not known.trains_on(date(2026, 12, 1))


@pytest.mark.parametrize(("name", "answers"), [("gemini-3.5-flash", "3.6"), ("gemini-3.7-flash", "3.8")])
def test_who_is_routed_elsewhere_is_so_on_the_gemini_api_alone(name: str, answers: str) -> None:
    there, here = shipped_catalog().find("gemini", name), shipped_catalog().find("vertex", name)

    assert there is not None
    assert here is not None
    assert (there.routed_to, str(there.deprecated)) == (f"models/gemini-{answers}-flash", "2026-10-08")
    assert (here.routed_to, here.deprecated) == ("", None)
    assert there.generation.ignores == SAMPLING


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
