"""Aliases of a Model's version: only what differs is sent, and other people's stay."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.backends.base import BackendError, Scope
from reconciler.core.faults import Fault
from reconciler.core.lock import Training
from tests.backends.fakes import (
    LOCATION,
    PROJECT,
    Cloud,
    a_training,
    a_vertex_submission,
    as_locked,
    ended,
    some_markers,
)


@pytest.fixture
def cloud(tmp_path: Path) -> Cloud:
    cloud = Cloud.open(concurrent_jobs=9)
    cloud.has_training_data(tmp_path)
    return cloud


@pytest.fixture
def training(cloud: Cloud) -> Training:
    submission = a_vertex_submission()
    created = cloud.vertex.create(submission, some_markers(), ())
    return as_locked(submission, ended(cloud.vertex, a_training(submission, job=created.resource_name)))


def aliases(cloud: Cloud, training: Training) -> list[str]:
    found: list[str] = cloud.call("GET", f"/v1/{training.model}")["versionAliases"]
    return found


def test_one_is_given_and_seen(cloud: Cloud, training: Training) -> None:
    changed = cloud.vertex.alias(training, "production", ())

    seen = cloud.vertex.poll(training)
    listed = cloud.vertex.observe(Scope(frozenset({(PROJECT, LOCATION)}))).trainings[training.job]
    assert changed == [training.model]
    assert aliases(cloud, training) == ["default", "production"]
    assert seen.aliases == listed.aliases == ("production",)


def test_what_is_so_already_is_not_sent(cloud: Cloud, training: Training) -> None:
    cloud.vertex.alias(training, "production", ())

    assert cloud.vertex.alias(training, "production", ("live",)) == []


def test_what_is_taken_is_what_it_has_and_other_peoples_stay(cloud: Cloud, training: Training) -> None:
    cloud.call("POST", f"/v1/{training.model}:mergeVersionAliases", {"versionAliases": ["golden", "production"]})

    cloud.vertex.alias(training, "live", ("production", "elsewhere"))
    given = aliases(cloud, training)
    cloud.vertex.alias(training, "", ("live",))

    assert given == ["default", "golden", "live"]
    assert aliases(cloud, training) == ["default", "golden"]


def test_a_model_that_is_gone_has_none_to_be_taken_and_cannot_be_given_one(cloud: Cloud, training: Training) -> None:
    while not cloud.vertex.dispose(training).is_done:
        pass

    assert cloud.vertex.alias(training, "", ("production",)) == []
    with pytest.raises(BackendError) as caught:
        cloud.vertex.alias(training, "production", ())
    assert caught.value.fault is Fault.NOT_FOUND


def test_a_tuned_model_of_the_gemini_api_has_none(cloud: Cloud) -> None:
    assert cloud.gemini.alias(a_training(a_vertex_submission()), "production", ()) == []
