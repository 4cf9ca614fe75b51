"""What an open model's training leaves is files: what a plan and the lock make of that."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.core.advance import advance
from reconciler.core.artifacts import own_folder
from reconciler.core.change import ReasonCode
from reconciler.core.dialects import is_open_model
from reconciler.core.events import Disposed
from reconciler.core.graves import Graves
from reconciler.core.lock import Role, Training
from reconciler.core.model import Action, LiveTraining, Markers
from tests.fakes.planning import change_of
from tests.fakes.specs import a_live, a_live_training, a_lock, a_spec, a_training, an_entry, job_name

BASE = "meta/llama3_1@llama-3.1-8b-instruct"
SPEC = a_spec(base=BASE, reported={"outputUri": "gs://acme/out"})
FILES = "gs://acme/out/acme/router/1/postprocess/node-0/checkpoints/final"
AS_FILES: dict[str, Any] = {"model": FILES, "artifacts": FILES, "endpoint": ""}


def _live(**more: Any) -> LiveTraining:
    return a_live_training(SPEC, **{**AS_FILES, "endpoint_exists": False, "carriers": (), **more})


def _training(**more: Any) -> Training:
    return a_training(SPEC, **{**AS_FILES, **more})


@pytest.mark.parametrize(
    ("name", "is_open"),
    [
        (BASE, True),
        ("publishers/google/models/gemma3@gemma-3-4b-it", True),
        ("gemini-3.5-flash", False),
        ("text-bison@002", False),
        ("", False),
    ],
)
def test_an_open_model_is_named_with_its_family_and_version(name: str, is_open: bool) -> None:
    assert is_open_model(name) is is_open


def test_every_attempt_has_a_folder_of_its_own() -> None:
    folders = {
        own_folder(uri, Markers(workspace="acme", name="router", attempt=attempt))
        for uri in ("gs://acme/out", "gs://acme/out/")
        for attempt in ("1", "2")
    }

    assert folders == {"gs://acme/out/acme/router/1", "gs://acme/out/acme/router/2"}


def test_files_serve_without_an_endpoint() -> None:
    change = change_of(SPEC, a_lock([(SPEC, an_entry(SPEC, _training()))]), a_live(_live()))

    assert change.action is Action.NOOP


def test_files_that_are_gone_are_not_trained_again() -> None:
    lock = a_lock([(SPEC, an_entry(SPEC, _training()))])

    change = change_of(SPEC, lock, a_live(_live(model_exists=False)))

    assert (change.action, change.reason.code) == (Action.BLOCKED, ReasonCode.MODEL_GONE)


def test_a_model_that_should_answer_is_not_excused_by_files() -> None:
    """Where the service says of an endpoint, that endpoint has to be there."""
    answering = {**AS_FILES, "endpoint": "e1"}
    lock = a_lock([(SPEC, an_entry(SPEC, _training(**answering)))])

    change = change_of(SPEC, lock, a_live(_live(**answering)))

    assert (change.action, change.reason.code) == (Action.BLOCKED, ReasonCode.ENDPOINT_GONE)


def test_files_of_ours_that_no_lock_knows_are_adopted() -> None:
    change = change_of(SPEC, a_lock(), a_live(_live()))

    assert change.action is Action.ADOPT
    assert [a.resource_name for a in change.adopts] == [job_name(SPEC)]


def test_what_is_deleted_is_forgotten_since_its_files_stay() -> None:
    before = a_lock([(SPEC, an_entry(SPEC, _training(role=Role.DEPOSED)))])
    disposed = Disposed(SPEC.address, "1", job_name(SPEC), FILES, "2026-12-01T00:00:00Z")

    after = advance(before, disposed)

    assert Graves.of(after).has(_live())
    assert change_of(SPEC, after, a_live(_live())).action is Action.CREATE


def test_a_model_that_is_really_deleted_leaves_no_grave() -> None:
    before = a_lock([(SPEC, an_entry(SPEC, a_training(SPEC, role=Role.DEPOSED)))])

    after = advance(before, Disposed(SPEC.address, "1", job_name(SPEC), "", "2026-12-01T00:00:00Z"))

    assert after.buried == frozenset()
