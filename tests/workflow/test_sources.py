"""Which model another workspace offers: what serves there by its lock, what is named, and why there is none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from msgspec import structs

from reconciler.backends.base import BackendError, Observed, Scope
from reconciler.core.codes_api import API_CODES
from reconciler.core.codes_lock import lock_error
from reconciler.core.diagnostics import Diagnostic, Severity
from reconciler.core.faults import Fault
from reconciler.core.lock import Lock, Role, SourceRecord, Submission
from reconciler.core.model import Address, CopySource, Declared, Desired, LiveTraining, Status
from reconciler.workflow.sources import with_sources
from reconciler.workflow.world import World
from tests.fakes.backends import FakeVertex
from tests.fakes.specs import a_lock, a_spec, a_training, an_entry, endpoint_name, model_name
from tests.fakes.stage import Stage

ROUTER = a_spec()
NAMED = "projects/acme-ml/locations/us-central1/models/77@2"


def a_copy(version: str = "served", **more: str) -> Declared:
    source = CopySource("staging", Address("vertex", "router"), version, **more)
    return replace(ROUTER, training={}, data=(), source=source)


def staging(*trainings: object, **more: object) -> Lock:
    """The lock of the other workspace."""
    entry = an_entry(ROUTER, *trainings)  # type: ignore[arg-type]
    return a_lock([(ROUTER, entry)], **{"workspace": "staging", **more})


@dataclass
class ACloud(FakeVertex):
    """With these Models, or that answers nobody."""

    there: tuple[str, ...] = ()
    is_denied: bool = False

    def observe(self, scope: Scope) -> Observed:
        if self.is_denied:
            words = Diagnostic("API122", Severity.ERROR, API_CODES["API122"].summary)
            raise BackendError(Fault.AUTH, words)
        found = {name: _live(name) for name in scope.named & set(self.there)}
        return Observed(found)


def _live(model: str) -> LiveTraining:
    numbered = model.replace("projects/acme-ml/", "projects/12345/")
    endpoint = "projects/12345/locations/us/endpoints/5"
    trained = {"baseModel": "gemini-3.5-flash"}
    return LiveTraining(
        "vertex", "job", Status.READY, "", training=trained, model=numbered, model_exists=True, endpoint=endpoint
    )


@pytest.fixture
def found(tmp_path: Path) -> Callable[..., CopySource]:
    """The source as a plan has it, with this lock beside and these Models in the cloud."""

    def find(spec: Declared, lock: Lock | None, *there: str, is_denied: bool = False) -> CopySource:
        def neighbour(source: CopySource) -> Lock:
            if lock is None:
                raise lock_error("LOCK024", "There is nothing at staging.lock.", path="staging.lock")
            return lock

        stage = Stage(tmp_path, [spec])
        world: World = stage.world()
        cloud = ACloud(stage.cloud, "here", there=there, is_denied=is_denied)
        world = replace(world, backends={**world.backends, "vertex": cloud}, neighbour=neighbour)
        source = with_sources(world, Desired.of([spec])).models[spec.address].source
        assert source is not None
        return source

    return find


def test_what_serves_there_is_offered_with_its_attempt(found: Callable[..., CopySource]) -> None:
    lock = staging(a_training(ROUTER, "1", role=Role.DEPOSED), a_training(ROUTER, "2"))

    source = found(a_copy(), lock, model_name(ROUTER, "2"))

    numbered = model_name(ROUTER, "2").replace("acme-ml", "12345")
    assert (source.model, source.attempt, source.missing) == (numbered, "2", "")
    assert source.endpoint == endpoint_name(ROUTER, "2")


def test_it_says_which_base_model_it_goes_back_to(found: Callable[..., CopySource]) -> None:
    there = model_name(ROUTER)
    itself_a_copy = structs.replace(
        a_training(ROUTER),
        submission=Submission(
            project="acme-ml", training={"from": {"model": NAMED}}, source=SourceRecord(base="gemini-2.0-flash-001")
        ),
    )

    assert found(a_copy(), staging(), there).base == ROUTER.training["baseModel"]
    assert found(a_copy(), staging(), is_denied=True).base == ROUTER.training["baseModel"]
    assert found(a_copy(), staging(itself_a_copy), there).base == "gemini-2.0-flash-001"


def test_of_a_model_that_is_named_its_job_says_it(found: Callable[..., CopySource]) -> None:
    assert found(a_copy(NAMED), None, NAMED).base == "gemini-3.5-flash"
    assert found(a_copy(NAMED), None, is_denied=True).base == ""


def test_an_attempt_that_served_can_be_asked_for(found: Callable[..., CopySource]) -> None:
    lock = staging(a_training(ROUTER, "1", role=Role.DEPOSED), a_training(ROUTER, "2"))

    source = found(a_copy("1"), lock, model_name(ROUTER, "1"))

    assert (source.attempt, source.missing) == ("1", "")


def test_a_model_that_is_named_needs_no_lock(found: Callable[..., CopySource]) -> None:
    source = found(a_copy(NAMED), None, NAMED)

    assert source.model == NAMED.replace("acme-ml", "12345")
    assert source.endpoint == "projects/12345/locations/us/endpoints/5"


def test_where_nobody_may_look_the_service_decides(found: Callable[..., CopySource]) -> None:
    source = found(a_copy(NAMED), None, is_denied=True)

    assert (source.model, source.missing) == (NAMED, "")


_REFUSED = a_training(ROUTER, "1", role=Role.FAILED, gate_refused="eval_total_loss is 2")


@pytest.mark.parametrize(
    ("version", "lock", "why"),
    [
        ("served", None, "the lock of workspace staging is not to be had: There is nothing at staging.lock"),
        ("served", staging(workspace="production"), "the lock is of workspace production, not of staging"),
        ("served", staging(target="google"), "the lock was written against google; this run talks to emulator:test"),
        ("served", structs.replace(staging(), entries={}), "workspace staging has no vertex/router"),
        ("served", staging(_REFUSED), "workspace staging serves no vertex/router yet"),
        ("7", staging(), "workspace staging has no attempt 7 of vertex/router"),
        (
            "1",
            staging(_REFUSED),
            "attempt 1 of vertex/router of workspace staging did not pass its gate: eval_total_loss is 2",
        ),
        (
            "1",
            staging(a_training(ROUTER, role=Role.CANDIDATE)),
            "attempt 1 of vertex/router of workspace staging has no model that served",
        ),
        ("served", staging(), f"the model {model_name(ROUTER)} is not in the cloud"),
        (NAMED, None, f"the model {NAMED} is not in the cloud"),
    ],
)
def test_what_cannot_be_had_is_said_and_refuses_nothing(
    found: Callable[..., CopySource], version: str, lock: Lock | None, why: str
) -> None:
    source = found(a_copy(version), lock)

    assert (source.model, source.missing) == ("", why)


def test_specs_without_a_source_are_left_as_they_are(tmp_path: Path) -> None:
    desired = Desired.of([ROUTER])

    assert with_sources(Stage(tmp_path, [ROUTER]).world(), desired) is desired
