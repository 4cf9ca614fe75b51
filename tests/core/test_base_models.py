"""What a plan says of base models by the dated catalogue, and what a workspace corrects in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace as replace_row

from reconciler.core.catalog import BaseModel, Catalog, ModelLimits
from reconciler.core.checks import Permissions, check_plan
from reconciler.core.diagnostics import Diagnostic, Severity
from reconciler.core.lock import Role
from reconciler.core.model import Action, Declared, Rebase, Status
from reconciler.core.settings import Workspace
from tests.fakes.planning import plan_of
from tests.fakes.specs import (
    a_file,
    a_gemini_spec,
    a_live,
    a_live_training,
    a_lock,
    a_spec,
    a_training,
    an_entry,
)

TODAY = date(2026, 11, 21)
CATALOG = Catalog(
    as_of="2026-11-01",
    models=(
        BaseModel(
            name="gemini-2.5-flash",
            surface="vertex",
            methods=("supervised",),
            not_offered=("preference",),
            regions=("us-central1", "europe-west4"),
            adapter_sizes=(1, 4),
            limits=ModelLimits(tokens_per_example=131_072, examples=10),
        ),
        BaseModel(name="served", surface="vertex"),
        BaseModel(name="ending", surface="vertex", methods=("supervised",), retires=date(2027, 2, 19)),
        BaseModel(
            name="past",
            surface="vertex",
            methods=("supervised",),
            cut_off=date(2026, 11, 20),
            replacement="gemini-2.5-flash",
        ),
    ),
)


def _found(
    spec: Declared, *, serves: bool = False, today: date = TODAY, catalog: Catalog = CATALOG
) -> list[Diagnostic]:
    lock = a_lock([(spec, an_entry(spec))] if serves else [])
    live = a_live(a_live_training(spec)) if serves else a_live()
    return check_plan(plan_of(spec, lock, live), lock, Workspace(), Permissions(), catalog, today)


def _codes(spec: Declared, **more: Any) -> list[tuple[str, str]]:
    return [(d.code, d.severity.value) for d in _found(spec, **more)]


def test_a_base_model_that_trains_here_says_nothing() -> None:
    assert _codes(a_spec()) == []


@pytest.mark.parametrize(("day", "codes"), [(date(2026, 11, 20), []), (TODAY, [("PLAN107", "error")])])
def test_the_last_day_of_training_counts(day: date, codes: list[tuple[str, str]]) -> None:
    assert _codes(a_spec(base="past"), today=day) == codes


def test_a_refusal_says_what_to_train_instead() -> None:
    (refusal,) = _found(a_spec(base="past"))

    assert refusal.detail == "past took new trainings until 2026-11-20 (catalogue of 2026-11-01)."
    assert refusal.fix.startswith("Train gemini-2.5-flash instead")


def test_a_model_that_is_only_served_cannot_be_tuned() -> None:
    assert _codes(a_spec(base="served")) == [("PLAN107", "error")]


def test_a_method_that_the_model_lacks_is_refused() -> None:
    spec = a_spec()
    preference = replace(spec, training={"baseModel": "gemini-2.5-flash", "preferenceOptimizationSpec": {}})

    (refusal,) = _found(preference)

    assert refusal.code == "PLAN107"
    assert "does not offer preference tuning" in refusal.detail


def test_a_method_that_no_page_speaks_of_is_only_warned_of() -> None:
    preference = {"baseModel": "ending", "preferenceOptimizationSpec": {}}

    (warning,) = _found(replace(a_spec(), training=preference), today=date(2026, 11, 1))

    assert (warning.code, warning.severity) == ("PLAN145", Severity.WARNING)
    assert warning.detail.startswith("No page says whether preference tuning is offered for ending")


def test_of_a_model_that_is_just_announced_nobody_knows_how_it_is_tuned() -> None:
    announced = BaseModel(name="gemini-4-neon", surface="vertex", status="announced")

    assert _codes(a_spec(base="gemini-4-neon"), catalog=Catalog(models=(announced,))) == [("PLAN145", "warning")]


def test_a_method_that_is_offered_elsewhere_than_the_others_has_regions_of_its_own() -> None:
    known = replace_row(CATALOG.models[0], method_regions={"supervised": ("europe-west4",)})

    (warning,) = _found(a_spec(), catalog=Catalog(models=(known,)))

    assert warning.detail == "gemini-2.5-flash is tuned by supervised tuning in europe-west4, not in us-central1."


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("gemini-2.5-flsh", "gemini-2.5-flash"),
        ("publishers/google/models/gemini-2.5-flahs", "gemini-2.5-flash"),
        ("gemini-flash-latst", "gemini-flash-latest"),
    ],
)
def test_who_misspells_a_model_hears_which_one_was_meant(name: str, near: str) -> None:
    aliased = BaseModel(name="other", surface="vertex", aliases=("gemini-flash-latest",))

    (warning,) = _found(a_spec(base=name), catalog=Catalog(models=(*CATALOG.models, aliased)))

    assert (warning.code, warning.fix) == ("PLAN114", f'Did you mean "{near}"?')


def test_an_unknown_model_is_only_warned_of() -> None:
    (warning,) = _found(a_spec(base="gemini-9"))

    assert (warning.code, warning.severity) == ("PLAN114", Severity.WARNING)
    assert warning.fix.startswith("Check the spelling")


def test_a_location_without_tuning_is_warned_of() -> None:
    assert _codes(a_spec(location="asia-east1")) == [("PLAN115", "warning")]


def test_an_adapter_size_that_is_not_offered_is_warned_of() -> None:
    sized = {"supervisedTuningSpec": {"hyperParameters": {"adapterSize": "ADAPTER_SIZE_EIGHT"}}}

    (warning,) = _found(a_spec(extra=sized))

    assert warning.code == "PLAN116"
    assert "1, 4; the spec says 8" in warning.detail


@pytest.mark.parametrize(
    ("modes", "mode", "codes"),
    [
        (("full",), "TUNING_MODE_PEFT_ADAPTER", ["PLAN144"]),
        (("full",), "TUNING_MODE_FULL", []),
        (("adapter", "full"), "TUNING_MODE_PEFT_ADAPTER", []),
        ((), "TUNING_MODE_FULL", []),
        (("full",), None, []),
    ],
)
def test_a_mode_that_is_not_offered_is_warned_of(modes: tuple[str, ...], mode: str | None, codes: list[str]) -> None:
    known = replace_row(CATALOG.models[0], tuning_modes=modes)
    spec = a_spec(extra={"supervisedTuningSpec": {"tuningMode": mode}} if mode else None)

    found = _found(spec, catalog=replace_row(CATALOG, models=(known, *CATALOG.models[1:])))

    assert [d.code for d in found if d.code == "PLAN144"] == codes


@pytest.mark.parametrize(
    ("day", "codes"),
    [
        (date(2026, 11, 20), []),
        (TODAY, [("PLAN117", "warning")]),
        (date(2027, 2, 18), [("PLAN117", "warning")]),
        (date(2027, 2, 19), [("PLAN117", "warning")]),
    ],
)
def test_models_whose_base_retires_are_warned_of_ninety_days_before(day: date, codes: list[tuple[str, str]]) -> None:
    assert _codes(a_spec(base="ending"), serves=True, today=day) == codes


@pytest.mark.parametrize(
    ("day", "words"), [(TODAY, "retires, at the earliest, on"), (date(2027, 3, 1), "retired on 2027-02-19")]
)
def test_the_warning_says_whether_it_is_over(day: date, words: str) -> None:
    (warning,) = _found(a_spec(base="ending"), serves=True, today=day)

    assert words in warning.detail


@pytest.mark.parametrize("how", [None, *Rebase])
def test_the_warning_speaks_of_rebasing_where_the_spec_does_not(how: Rebase | None) -> None:
    row = BaseModel(name="old", surface="vertex", retires=date(2027, 2, 19), replacement="new")

    (warning,) = _found(replace(a_spec(base="old"), rebase=how), serves=True, catalog=Catalog(models=(row,)))

    assert warning.fix.endswith("writes the spec. With tuneform.rebase the service trains it again on that.") is (
        how is None
    )


@pytest.mark.parametrize(
    ("spec", "base"),
    [(a_gemini_spec(base="models/old"), "models/old"), (replace(a_spec("child", parent="parent"), source=None), "old")],
    ids=["the Gemini API", "tuned further"],
)
def test_nothing_is_said_of_rebasing_what_cannot_be(spec: Declared, base: str) -> None:
    surface = spec.address.backend
    row = BaseModel(name=base, surface=surface, retires=date(2027, 2, 19), replacement="new")
    parent = a_spec("parent", base="old")
    lock = a_lock([(s, an_entry(s)) for s in (parent, spec)])
    plan = plan_of([parent, spec], lock, a_live(a_live_training(parent), a_live_training(spec)))

    found = check_plan(plan, lock, Workspace(), Permissions(), Catalog(models=(row,)), TODAY)

    (warning,) = (d for d in found if d.address == str(spec.address))
    assert (warning.code, "rebase" in warning.fix) == ("PLAN117", False)


def test_what_is_tuned_further_has_the_base_of_its_parent() -> None:
    parent, child = a_spec("parent", base="past"), a_spec("child", parent="parent")
    lock = a_lock([(parent, an_entry(parent))])
    plan = plan_of([parent, child], lock, a_live(a_live_training(parent)))

    found = check_plan(plan, lock, Workspace(), Permissions(), CATALOG, TODAY)

    assert [(d.code, d.address) for d in found] == [("PLAN107", "vertex/child")]


def test_of_an_unknown_model_that_serves_nothing_is_said() -> None:
    assert _codes(a_spec(base="gemini-9"), serves=True) == []


def test_a_blocked_change_is_not_warned_of_its_base_too() -> None:
    spec = a_spec(base="ending")
    lock = a_lock([(spec, an_entry(spec, a_training(spec, role=Role.FAILED)))])
    plan = plan_of(spec, lock, a_live(a_live_training(spec, status=Status.FAILED)))

    found = check_plan(plan, lock, Workspace(), Permissions(), CATALOG, TODAY)

    assert [c.action for c in plan.changes] == [Action.BLOCKED]
    assert found == []


def test_open_models_are_named_with_a_version() -> None:
    names = ("gemini-3.5-flash", "meta/llama3_1@llama-3.1-8b")

    assert [BaseModel(name=name, surface="vertex").is_open for name in names] == [False, True]


@pytest.mark.parametrize(
    ("warnings", "words"), [(0, []), (1, ["data/train.jsonl: 1 warning."]), (3, ["data/train.jsonl: 3 warnings."])]
)
def test_data_that_is_warned_of_has_one_line(warnings: int, words: list[str]) -> None:
    found = _found(a_spec(data=replace(a_file(), warnings=warnings)))

    assert [d.detail for d in found if d.code == "PLAN119"] == words


def test_the_gemini_api_has_rows_of_its_own() -> None:
    name = "models/gemini-1.5-flash-001-tuning"
    known = BaseModel(name=name, surface="gemini", methods=("supervised",), cut_off=date(2025, 5, 27))

    codes = _codes(a_gemini_spec(base=name), catalog=Catalog(models=(known,)))

    assert codes == [("PLAN107", "error")]


# A workspace's corrections


def test_a_correction_changes_only_what_it_names() -> None:
    catalog = CATALOG.overridden({"gemini-2.5-flash": {"cutOff": "2027-03-31", "limits": {"examples": 5}}})

    known = catalog.find("vertex", "gemini-2.5-flash")
    assert known is not None
    assert known.cut_off == date(2027, 3, 31)
    assert known.limits == ModelLimits(tokens_per_example=131_072, examples=5)
    assert known.adapter_sizes == (1, 4)


def test_a_correction_lifts_a_refusal() -> None:
    catalog = CATALOG.overridden({"past": {"cutOff": "2027-01-01"}})

    assert _codes(a_spec(base="past"), catalog=catalog) == []


@pytest.mark.parametrize(("name", "surface"), [("gemini-9", "vertex"), ("models/gemini-9-tuning", "gemini")])
def test_a_name_that_is_not_known_is_a_new_model(name: str, surface: str) -> None:
    known = CATALOG.overridden({name: {"methods": ["supervised"]}}).find(surface, name)

    assert known is not None
    assert known.trains_on(TODAY)


@pytest.mark.parametrize("name", ["publishers/google/models/gemini-2.5-flash", "google/gemini-2.5-flash"])
def test_a_correction_by_another_name_is_of_the_same_model(name: str) -> None:
    catalog = CATALOG.overridden({name: {"regions": ["us-east1"]}})

    known = catalog.find("vertex", "gemini-2.5-flash")
    assert known is not None
    assert (known.regions, len(catalog.models)) == (("us-east1",), len(CATALOG.models))


@pytest.mark.parametrize(
    ("as_of", "days"), [("2026-11-21", 0), ("2026-11-01", 20), ("2027-01-01", 0), ("last spring", None), ("", None)]
)
def test_a_catalogue_says_how_old_it_is(as_of: str, days: int | None) -> None:
    assert Catalog(as_of=as_of).age_days(TODAY) == days


def test_without_corrections_the_catalogue_is_itself() -> None:
    assert CATALOG.overridden({}) is CATALOG


def test_a_catalogue_survives_its_json() -> None:
    assert msgspec.json.decode(msgspec.json.encode(CATALOG), type=Catalog) == CATALOG
