"""One base model goes by several names: none of them is another model than the others."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.core.change import ReasonCode
from reconciler.core.dialects import is_same_base_model, plain_base_model
from reconciler.core.markers import training_digest
from reconciler.core.model import Action, Declared
from tests.fakes.planning import change_of, fields_of
from tests.fakes.specs import a_live, a_live_training, a_lock, a_spec, an_entry

SHORT = "gemini-2.5-flash"
LONG = f"publishers/google/models/{SHORT}"
LONGEST = f"projects/acme/locations/us-central1/{LONG}"
SPELLINGS = [(SHORT, LONG), (LONG, SHORT), (SHORT, LONGEST), (LONGEST, LONG)]


@pytest.mark.parametrize("name", [SHORT, f"models/{SHORT}", f"google/{SHORT}", LONG, LONGEST])
def test_every_name_of_googles_own_models_says_the_same(name: str) -> None:
    assert plain_base_model(name) == SHORT


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("publishers/meta/models/llama3_1@llama-3.1-8b", "meta/llama3_1@llama-3.1-8b"),
        ("publishers/google/models/gemma3@gemma-3-4b-it", "google/gemma3@gemma-3-4b-it"),
    ],
)
def test_so_does_that_of_another_publisher(one: str, other: str) -> None:
    assert is_same_base_model("baseModel", one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("gemini-1.5-pro", "gemini-1.5-pro-002"),
        ("meta/llama3_1@llama-3.1-8b", "llama3_1@llama-3.1-8b"),
        (SHORT, "gemini-2.5-flash-lite"),
    ],
)
def test_a_version_and_a_publisher_are_part_of_what_it_is(one: str, other: str) -> None:
    assert not is_same_base_model("baseModel", one, other)


def test_no_other_field_is_read_as_the_name_of_a_model() -> None:
    assert not is_same_base_model("serviceAccount", "models/x", "x")


@pytest.mark.parametrize(("locked", "written"), SPELLINGS)
def test_another_name_of_the_base_model_trains_nothing(locked: str, written: str) -> None:
    before, spec = a_spec(base=locked), a_spec(base=written)

    change = change_of(spec, a_lock([(before, an_entry(before))]), a_live(a_live_training(before)))

    assert (change.action, change.reason.code) == (Action.UPDATE, ReasonCode.RECORDED)
    assert fields_of(change) == ["baseModel"]
    assert change.patch is None


def test_another_base_model_still_does() -> None:
    before, spec = a_spec(base=SHORT), a_spec(base=LONG.replace("2.5", "3.5"))

    assert change_of(spec, a_lock([(before, an_entry(before))])).action.trains


@pytest.mark.parametrize(("sent", "written"), SPELLINGS)
def test_what_was_sent_by_another_name_is_found_again_without_a_lock(sent: str, written: str) -> None:
    before = a_spec(base=sent)

    change = change_of(a_spec(base=written), live=a_live(a_live_training(before)))

    assert change.action is Action.ADOPT


@pytest.mark.parametrize(("shown", "written"), SPELLINGS)
def test_what_the_service_answers_by_another_name_is_no_news(shown: str, written: str) -> None:
    spec = a_spec(base=written)
    live = a_live_training(spec)
    answered = replace(live, training={**live.training, "baseModel": shown})

    assert change_of(spec, a_lock([(spec, an_entry(spec))]), a_live(answered)).action is Action.NOOP


@pytest.mark.parametrize(("shown", "written"), SPELLINGS)
def test_a_model_that_the_spec_names_is_taken_as_it_was_trained(shown: str, written: str) -> None:
    spec = a_spec(base=written)
    live = a_live_training(spec)
    answered = replace(live, training={**live.training, "baseModel": shown})

    change = change_of(_naming(spec, live.resource_name), live=a_live(answered))

    assert change.action is Action.ADOPT
    assert [note.code for note in change.notes] == []


def _naming(spec: Declared, name: str) -> Declared:
    return replace(spec, existing=name)


def test_digests_that_locks_and_markers_have_stay_as_they_are() -> None:
    assert training_digest({"baseModel": SHORT}) == "v1-f30018700a7f83f7bab29e679814ef782abc1c0b"
    assert training_digest({"baseModel": LONG}) != training_digest({"baseModel": SHORT})
