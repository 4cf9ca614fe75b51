"""After apply the plan is empty; and every edit of a managed field shows up, as itself and as nothing else."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.model import Action, Declared, Lifecycle, OnDrift, OnFailure, OnRemove
from tests.fakes.specs import TRAIN, VALIDATE, a_file, a_gemini_spec, a_spec
from tests.fakes.stage import Stage, pending

_MEMORY = Path("/dev/shm")

_labels = st.dictionaries(st.sampled_from(["team", "tier", "cost"]), st.sampled_from(["a", "b", ""]), max_size=3)

_vertex = st.builds(
    a_spec,
    st.sampled_from(["router", "tagger"]),
    epochs=st.none() | st.integers(1, 4),
    data=st.sampled_from([TRAIN, a_file("rows"), a_file("other")]),
    validation=st.none() | st.just(VALIDATE),
    labels=st.none() | _labels,
    description=st.none() | st.sampled_from(["", "one", "two"]),
    on_data_change=st.sampled_from(OnDrift),
    keep=st.integers(0, 2),
    protect=st.booleans(),
)
_gemini = st.builds(
    a_gemini_spec,
    st.sampled_from(["numbers", "letters"]),
    epochs=st.integers(1, 3),
    display=st.none() | st.sampled_from(["a", "b"]),
    temperature=st.none() | st.sampled_from([0.0, 0.5, 1.0]),
)
_specs = st.lists(_vertex | _gemini, max_size=3, unique_by=lambda s: s.address)


@given(st.lists(_specs, min_size=1, max_size=4))
def test_after_apply_the_plan_is_empty(histories: list[list[Declared]]) -> None:
    with tempfile.TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else None) as folder:
        stage = Stage(Path(folder))
        for specs in histories:
            stage.specs = specs

            stage.apply()

            left = [text for text in pending(stage.plan()) if not text.endswith("(deposed)")]
            assert left == []
        stage.apply()
        assert pending(stage.plan()) == []
        assert stage.cloud.twice == []


_BEFORE = a_spec(labels={"team": "a"}, description="one", validation=VALIDATE, reported={"evaluationConfig": {"x": 1}})
_EDITS: dict[str, tuple[Declared, str, Action]] = {
    "base model": (replace(_BEFORE, training={**_BEFORE.training, "baseModel": "other"}), "baseModel", Action.REPLACE),
    "epochs": (
        a_spec(labels={"team": "a"}, description="one", validation=VALIDATE, reported=_BEFORE.reported, epochs=4),
        "supervisedTuningSpec.hyperParameters.epochCount",
        Action.REPLACE,
    ),
    "a new training field": (
        replace(_BEFORE, training={**_BEFORE.training, "serviceAccount": "me"}),
        "serviceAccount",
        Action.REPLACE,
    ),
    "training data": (
        replace(_BEFORE, data=(replace(_BEFORE.data[0], uri=VALIDATE), _BEFORE.data[1])),
        "supervisedTuningSpec.trainingDatasetUri",
        Action.REPLACE,
    ),
    "project": (replace(_BEFORE, project="other"), "project", Action.REPLACE),
    "location": (replace(_BEFORE, location="europe-west4"), "location", Action.REPLACE),
    "display name": (
        replace(_BEFORE, in_place={**_BEFORE.in_place, "tunedModelDisplayName": "x"}),
        "tunedModelDisplayName",
        Action.UPDATE,
    ),
    "description": (replace(_BEFORE, in_place={**_BEFORE.in_place, "description": "x"}), "description", Action.UPDATE),
    "description gone": (
        replace(_BEFORE, in_place={k: v for k, v in _BEFORE.in_place.items() if k != "description"}),
        "description",
        Action.UPDATE,
    ),
    "a label": (replace(_BEFORE, in_place={**_BEFORE.in_place, "labels": {"team": "b"}}), "labels.team", Action.UPDATE),
    "a label gone": (replace(_BEFORE, in_place={**_BEFORE.in_place, "labels": {}}), "labels.team", Action.UPDATE),
    "a new label": (
        replace(_BEFORE, in_place={**_BEFORE.in_place, "labels": {"team": "a", "tier": "1"}}),
        "labels.tier",
        Action.UPDATE,
    ),
    "validation data": (
        replace(_BEFORE, data=(_BEFORE.data[0], replace(_BEFORE.data[1], uri=TRAIN))),
        "supervisedTuningSpec.validationDatasetUri",
        Action.NOOP,
    ),
    "evaluation": (replace(_BEFORE, reported={"evaluationConfig": {"x": 2}}), "evaluationConfig.x", Action.NOOP),
    "epochs unset": (
        replace(_BEFORE, training={**_BEFORE.training, "supervisedTuningSpec": {}}),
        "supervisedTuningSpec.hyperParameters.epochCount",
        Action.UPDATE,
    ),
}


@pytest.mark.parametrize("name", _EDITS)
def test_an_edit_of_a_managed_field_shows_up_as_exactly_that(name: str, tmp_path: Path) -> None:
    edited, field, action = _EDITS[name]
    stage = Stage(tmp_path, [_BEFORE])
    stage.apply()
    assert stage.plan().is_empty

    stage.specs = [edited]
    change = stage.change()

    assert (change.action, [f.field for f in change.fields]) == (action, [field])


@pytest.mark.parametrize("name", _EDITS)
def test_an_applied_edit_is_not_seen_again_unless_it_is_only_reported(name: str, tmp_path: Path) -> None:
    edited, field, action = _EDITS[name]
    stage = Stage(tmp_path, [_BEFORE])
    stage.apply()
    stage.specs = [edited]

    stage.apply()
    change = stage.change()

    assert change.action is Action.NOOP
    assert [f.field for f in change.fields] == ([field] if action is Action.NOOP else [])
    assert stage.cloud.jobs_made == (2 if action is Action.REPLACE else 1)


_SETTINGS: list[dict[str, Any]] = [
    {"protect": True},
    {"on_remove": OnRemove.RETAIN},
    {"keep": 3},
    {"on_data_change": OnDrift.RETUNE},
    {"on_parent_change": OnDrift.RETUNE},
    {"on_failure": OnFailure.RETRY},
    {"max_attempts": 5},
]


@pytest.mark.parametrize("settings", _SETTINGS, ids=lambda s: next(iter(s)))
def test_an_edit_of_a_setting_updates_the_lock(settings: dict[str, Any], tmp_path: Path) -> None:
    stage = Stage(tmp_path, [a_spec()])
    stage.apply()

    stage.specs = [a_spec(**settings)]
    change = stage.change()
    stage.apply()

    assert change.action is Action.UPDATE
    assert stage.entry().lifecycle == Lifecycle(**settings)
    assert stage.plan().is_empty
