"""Markers fit what each service can carry, for every name; digests are those that live resources carry."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core import markers as marks
from reconciler.core.attempts import attempt_of, is_of, markers_for, next_attempt
from reconciler.core.digest import canonical, digest
from reconciler.core.lock import DataRecord
from reconciler.core.model import Address, LiveTraining, Markers, Status
from tests.fakes.specs import WORKSPACE, a_gemini_spec, a_live_training, a_spec, a_training, an_entry, submitted

_names = st.from_regex(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", fullmatch=True)
_anything = st.text(max_size=90)
_LABEL = re.compile(r"[a-z0-9_-]{0,63}")


@given(workspace=_anything, name=_names, attempt=st.integers(1, 10**6))
def test_labels_fit_for_every_name(workspace: str, name: str, attempt: int) -> None:
    labels = marks.to_labels(markers_for(submitted(a_spec()), workspace, name, str(attempt)))

    assert all(_LABEL.fullmatch(value) and value for value in labels.values())
    assert all(key.startswith("tuneform-") for key in labels)


@given(one=_anything, other=_anything)
def test_two_texts_have_two_label_values(one: str, other: str) -> None:
    assert (marks.label_value(one) == marks.label_value(other)) is (one == other)


@given(name=_names)
def test_a_dns_label_is_its_own_label_value(name: str) -> None:
    assert marks.label_value(name) == name


@given(workspace=_anything, name=_anything, attempt=st.integers(1, 10**6))
def test_tuned_model_ids_fit_for_every_name(workspace: str, name: str, attempt: int) -> None:
    told = markers_for(submitted(a_gemini_spec()), workspace, name, str(attempt))

    model_id = marks.tuned_model_id("acme-ml", told)

    assert re.fullmatch(r"[a-z]([a-z0-9-]{0,38}[a-z0-9])?", model_id)
    read = marks.from_tuned_model_id(model_id)
    assert (read.owner, read.fingerprint) == (
        marks.owner_digest("acme-ml", workspace, name),
        marks.fingerprint(told),
    )


@pytest.mark.parametrize(
    "model_id", ["", "my-model", "x-12345678-12345", "1-12345678-1234567890", "x-1234567g-1234567890"]
)
def test_an_id_of_another_form_is_nobodys(model_id: str) -> None:
    assert marks.from_tuned_model_id(model_id) == Markers()


@given(name=_names)
def test_labels_are_read_as_they_were_written(name: str) -> None:
    told = markers_for(submitted(a_spec()), WORKSPACE, name, "7")

    assert marks.from_labels({**marks.to_labels(told), "theirs": "1"}) == told


@given(name=_names, other=_names, workspace=_names)
def test_a_resource_belongs_to_one_name_in_one_workspace(name: str, other: str, workspace: str) -> None:
    told = marks.from_labels(marks.to_labels(Markers(workspace=WORKSPACE, name=name)))

    assert marks.belongs_to(told, Address("vertex", name), WORKSPACE, "")
    assert marks.belongs_to(told, Address("vertex", other), WORKSPACE, "") is (other == name)
    assert marks.belongs_to(told, Address("vertex", name), workspace, "") is (workspace == WORKSPACE)


def test_digests_are_pinned_since_live_resources_carry_them() -> None:
    assert digest({"b": [1, 2.5, None], "a": "ü"}) == "91ff63a7ddb19a1b9c7a2e722d40ba9baba03223f291c89743abfd71bb743cb5"
    assert marks.training_digest({"baseModel": "gemini-2.5-flash"}) == "v1-f30018700a7f83f7bab29e679814ef782abc1c0b"
    assert (
        marks.training_digest({"baseModel": "gemini-2.5-flash"}, "vertex/parent")
        == "v1-c847454d49e77db1a6de815f546e4b4258a054a6"
    )
    assert marks.data_id(DataRecord(field="f", crc32c="wRk7Hw==", size=152311)) == "crc-9062195252bc1c93-152311"
    assert marks.data_id(DataRecord(field="f", sha256="4f" * 32)) == "sha-" + "4f" * 20
    assert marks.data_id(DataRecord(field="f", uri="gs://b/o")) == "uri-c7e44f4308df2408ceb3287b4b1048f467f30d70"
    told = markers_for(submitted(a_gemini_spec()), WORKSPACE, "numbers", "1")
    assert marks.tuned_model_id("acme-ml", told) == "numbers-d5f33ee9-ae4c43edf8"


def test_canonical_json_has_one_spelling() -> None:
    assert canonical({"b": 1, "a": {"d": 2, "c": "é"}}) == '{"a":{"c":"é","d":2},"b":1}'.encode()


@given(st.dictionaries(st.text(max_size=4), st.integers() | st.text(max_size=4), max_size=5))
def test_the_order_of_keys_does_not_move_a_digest(tree: dict[str, object]) -> None:
    assert digest(tree) == digest(dict(reversed(list(tree.items()))))


def test_a_name_without_a_letter_still_makes_an_id() -> None:
    for name in ("007", "---", ""):
        model_id = marks.tuned_model_id("p", Markers(workspace="w", name=name))

        assert model_id.startswith("m")


# Attempts


@pytest.mark.parametrize("attempt", ["1", "2", "64"])
def test_the_attempt_of_a_gemini_model_is_found_again(attempt: str) -> None:
    spec = a_gemini_spec()

    assert attempt_of(a_live_training(spec, attempt), submitted(spec)) == attempt


def test_an_attempt_out_of_reach_is_not_found() -> None:
    spec = a_gemini_spec()

    assert not is_of(a_live_training(spec, "65"), submitted(spec))


def test_the_attempt_of_another_training_is_none() -> None:
    assert attempt_of(a_live_training(a_spec()), submitted(a_spec(epochs=9))) == ""


def test_the_first_attempt_is_one() -> None:
    assert next_attempt(None, [], submitted(a_spec())) == "1"


def test_the_next_attempt_is_past_all_that_lock_and_cloud_show() -> None:
    spec, other = a_spec(), a_spec(epochs=9)
    entry = an_entry(spec, a_training(spec), a_training(spec, "2"))

    assert next_attempt(entry, [], submitted(spec)) == "3"
    assert next_attempt(entry, [a_live_training(other, "7")], submitted(spec)) == "8"
    assert next_attempt(None, [a_live_training(a_gemini_spec(), "4")], submitted(a_gemini_spec())) == "5"


def test_a_marked_model_that_a_parent_made_is_matched_by_its_digest_alone() -> None:
    spec = a_spec(parent="parent")
    live = LiveTraining("vertex", "j", Status.READY, "", markers=Markers(training="v0-x", data=submitted(spec).data_id))

    assert not is_of(live, submitted(spec))
    assert not is_of(live, submitted(a_spec()))
