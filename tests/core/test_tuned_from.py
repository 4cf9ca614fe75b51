"""Which base model a training goes back to."""

from __future__ import annotations

from reconciler.core.lock import Entry, Lock, Phase, Role, SourceRecord, Submission, Training
from reconciler.core.model import Address
from reconciler.core.tuned_from import tuned_from

CHILD, PARENT = Address("vertex", "child"), Address("vertex", "parent")


def a_training(base: str = "", *, parent: str = "", parent_model: str = "", model: str = "") -> Training:
    training = {"baseModel": base} if base else {}
    submission = Submission(project="p", training=training, parent=parent, parent_model=parent_model)
    return Training(submission=submission, phase=Phase.APPLIED, role=Role.SERVING, model=model, job=f"job of {model}")


def a_lock(**trainings: dict[str, Training]) -> Lock:
    return Lock(entries={f"vertex/{name}": Entry(trainings=held) for name, held in trainings.items()})


def test_a_training_names_its_base_model_itself() -> None:
    assert tuned_from(a_lock(), CHILD, a_training("gemini-x")) == "gemini-x"


def test_or_its_parent_does_the_one_that_it_was_tuned_from() -> None:
    child = a_training(parent="vertex/parent", parent_model="models/7@1")
    older, newer = a_training("gemini-x", model="models/7@1"), a_training("gemini-y", model="models/8@1")

    assert tuned_from(a_lock(parent={"1": older, "2": newer}), CHILD, child) == "gemini-x"


def test_the_newest_of_the_parent_counts_where_the_one_is_gone() -> None:
    child = a_training(parent="vertex/parent", parent_model="models/6@1")

    assert tuned_from(a_lock(parent={"2": a_training("gemini-y", model="models/8@1")}), CHILD, child) == "gemini-y"


def test_a_copy_and_what_is_tuned_from_it_go_back_to_the_base_of_the_source() -> None:
    def a_copy(base: str) -> Training:
        copied = Submission(project="p", training={"from": {"model": "models/1@1"}}, source=SourceRecord(base=base))
        return Training(submission=copied, phase=Phase.APPLIED, role=Role.SERVING, model="models/7@1", job="models/7")

    child = a_training(parent="vertex/parent", parent_model="models/7@1")

    assert tuned_from(a_lock(), CHILD, a_copy("gemini-x")) == "gemini-x"
    assert tuned_from(a_lock(parent={"1": a_copy("gemini-x")}), CHILD, child) == "gemini-x"
    assert tuned_from(a_lock(), CHILD, a_copy("")) == ""


def test_nobody_knows_where_the_lock_does_not_or_goes_in_a_circle() -> None:
    child = a_training(parent="vertex/parent", parent_model="models/7@1")
    circle = a_training(parent="vertex/parent", parent_model="models/7@1", model="models/7@1")

    assert tuned_from(a_lock(), CHILD, child) == ""
    assert tuned_from(a_lock(parent={"1": circle}), CHILD, child) == ""
    assert tuned_from(a_lock(), CHILD, a_training()) == ""
