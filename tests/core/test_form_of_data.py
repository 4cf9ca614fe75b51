"""The same data in another form is the same data; what nobody can tell trains nothing, and is said."""

from __future__ import annotations

from dataclasses import replace as with_fields
from typing import Any

import pytest
from msgspec.structs import replace

from reconciler.core.attempts import is_of, markers_for
from reconciler.core.change import Change, ReasonCode
from reconciler.core.gate_result import Verdict
from reconciler.core.lock import DataRecord, Lock, Phase, Role, Submission, Training
from reconciler.core.markers import data_id, data_ids, fingerprint, to_labels
from reconciler.core.model import (
    Action,
    Data,
    Declared,
    Identity,
    LiveData,
    LiveTraining,
    Markers,
    OnChange,
    Status,
)
from reconciler.core.submission import as_trained, pinned_as
from reconciler.gate import Bench, judge
from tests.fakes.clock import FakeClock
from tests.fakes.planning import change_of, codes_of, plan_of
from tests.fakes.specs import (
    STAGING,
    TRAIN,
    VALIDATE_FIELD,
    WORKSPACE,
    a_file,
    a_gemini_spec,
    a_live,
    a_live_training,
    a_lock,
    a_spec,
    a_training,
    an_entry,
    bytes_of,
    file_of,
    submitted,
)

_LEARNT, _OTHER = "rows1:" + "a" * 64, "rows1:" + "b" * 64


def _file(form: str, content: str = _LEARNT, path: str = "data/train.jsonl") -> Data:
    return with_fields(a_file(form, path), content=content)


def _spec(form: str, content: str = _LEARNT, **more: Any) -> Declared:
    return a_spec(data=_file(form, content), **more)


def _old(training: Training) -> Training:
    """As 0.1.0 wrote it: without the digest of the content, and marked by the bytes."""
    submission = training.submission
    data = tuple(replace(record, content="") for record in submission.data)
    return replace(training, submission=replace(submission, data=data, data_id=data_id(data[0])))


def _planned(before: Declared, after: Declared, *, old: bool = False) -> Change:
    training = a_training(before)
    lock = a_lock([(before, an_entry(before, _old(training) if old else training))])
    return change_of(after, lock, a_live(a_live_training(before)))


def test_another_form_is_a_noop_that_says_so() -> None:
    change = _planned(_spec("unix"), _spec("windows"))

    assert (change.action, change.reason.code) == (Action.NOOP, ReasonCode.FORM)
    assert "only the form" in change.reason.text
    assert [f.on_change for f in change.fields] == [OnChange.FORM]
    assert not change.notes


def test_other_rows_are_a_replace() -> None:
    change = _planned(_spec("unix"), _spec("windows", _OTHER))

    assert (change.action, change.reason.code) == (Action.REPLACE, ReasonCode.EDITED)


@pytest.mark.parametrize("old", [False, True])
def test_the_same_bytes_need_no_content(old: bool) -> None:
    change = _planned(_spec("unix"), _spec("unix", ""), old=old)

    assert (change.action, change.reason.code, change.fields) == (Action.NOOP, ReasonCode.UNCHANGED, ())


def test_a_record_of_0_1_0_whose_upload_is_gone_is_a_warning_and_never_a_replace() -> None:
    change = _planned(_spec("unix"), _spec("windows"), old=True)

    assert (change.action, change.reason.code, codes_of(change)) == (Action.NOOP, ReasonCode.DATA_UNKNOWN, ["PLAN023"])
    assert str(change.notes[0].command) == "tuneform apply --replace vertex/router"


def test_content_by_another_recipe_tells_nothing() -> None:
    change = _planned(_spec("unix", "rows0:" + "a" * 64), _spec("windows"))

    assert (change.action, codes_of(change)) == (Action.NOOP, ["PLAN023"])


def test_a_moved_file_of_another_form_is_recorded_with_the_bytes_that_were_sent() -> None:
    before = _spec("unix")
    after = a_spec(data=_file("windows", path="rows/new.jsonl"))

    change = _planned(before, after)

    assert (change.action, change.reason.code) == (Action.UPDATE, ReasonCode.RECORDED)
    assert change.submission is not None
    (record,) = change.submission.data
    sent = submitted(before).data[0]
    assert (record.uri, record.sent_uri, record.identity) == ("rows/new.jsonl", sent.sent_uri, sent.identity)
    assert change.submission.data_id == submitted(before).data_id


def test_a_moved_file_that_nobody_can_compare_trains_nothing() -> None:
    change = _planned(_spec("unix"), a_spec(data=_file("windows", path="rows/new.jsonl")), old=True)

    assert (change.action, codes_of(change)) == (Action.NOOP, ["PLAN023"])


def test_a_real_edit_trains_whatever_the_form_of_the_data_is() -> None:
    change = _planned(_spec("unix"), _spec("windows", epochs=9))

    assert change.action is Action.REPLACE
    assert {f.on_change for f in change.fields} == {OnChange.REPLACE, OnChange.FORM}


def test_two_clones_with_different_forms_neither_train_nor_restore() -> None:
    # What 0.1.0 left behind: either form was trained, in turns.
    unix, windows = _spec("unix"), _spec("windows")
    deposed, serving = a_training(unix, role=Role.DEPOSED), a_training(windows)
    entry = an_entry(windows, replace(deposed, job="job-1", model="model-1"), serving)
    live = [
        a_live_training(windows),
        with_fields(a_live_training(unix), resource_name="job-1", model="model-1"),
    ]
    lock = a_lock([(windows, entry)])

    by_unix = plan_of(unix, lock, a_live(*live)).changes[0]
    by_windows = plan_of(windows, lock, a_live(*live)).changes[0]

    assert (by_unix.action, by_windows.action) == (Action.NOOP, Action.NOOP)


def test_a_deposed_model_of_which_nobody_can_tell_is_not_restored() -> None:
    now, before = _spec("new", _OTHER), _spec("unix")
    failed = a_training(now, role=Role.FAILED, state="JOB_STATE_FAILED", job="job-2")
    entry = an_entry(now, _old(a_training(before, role=Role.DEPOSED)), failed)

    change = change_of(_spec("windows"), a_lock([(now, entry)]), a_live(a_live_training(before)))

    assert change.action is not Action.RESTORE


@pytest.mark.parametrize(("content", "codes"), [(_LEARNT, []), (_OTHER, [])])
def test_validation_data_of_another_form_is_form_as_well(content: str, codes: list[str]) -> None:
    def spec(form: str, learnt: str) -> Declared:
        known = _spec("unix")
        return with_fields(known, data=(*known.data, with_fields(_file(form, learnt, "v.jsonl"), field=VALIDATE_FIELD)))

    change = _planned(spec("unix", _LEARNT), spec("windows", content))

    assert (change.action, codes_of(change)) == (Action.NOOP, codes)
    assert [f.on_change for f in change.fields] == [OnChange.FORM if content == _LEARNT else OnChange.REPORT]


def test_an_interrupted_create_is_repeated_as_it_was_recorded() -> None:
    before = _spec("unix")
    training = _old(a_training(before, role=Role.CANDIDATE, phase=Phase.INTENDED, job=""))
    lock = a_lock([(before, an_entry(before, training))])

    change = change_of(_spec("windows"), _with_content(lock), a_live())

    assert (change.action, change.reason.code) == (Action.CREATE, ReasonCode.INTERRUPTED)
    assert change.submission is not None
    assert change.submission.data_id == training.submission.data_id
    assert change.submission.data[0].sent_uri == training.submission.data[0].sent_uri


def _with_content(lock: Lock) -> Lock:
    """What a look at the upload brings."""
    (entry,) = lock.entries.values()
    (training,) = entry.trainings.values()
    data = tuple(replace(r, content=_LEARNT) for r in training.submission.data)
    told = replace(training, submission=replace(training.submission, data=data))
    return replace(lock, entries={"vertex/router": replace(entry, trainings={"1": told})})


def _marked(spec: Declared, submission: Submission, **more: Any) -> LiveTraining:
    markers = markers_for(submission, WORKSPACE, spec.address.name, "1")
    return with_fields(a_live_training(spec), markers=markers, **more)


def _of_0_1_0(spec: Declared) -> Submission:
    return _old(a_training(spec)).submission


def _uploaded(form: str) -> str:
    return f"{STAGING}/{file_of(form).sha256}.jsonl"


@pytest.mark.parametrize("recipe", ["0.1.0", "now"])
@pytest.mark.parametrize("form", ["unix", "windows"])
def test_a_lost_lock_is_rebuilt_by_either_recipe_and_from_either_form(recipe: str, form: str) -> None:
    unix = _spec("unix")
    sent = _of_0_1_0(unix) if recipe == "0.1.0" else submitted(unix)
    found = LiveData(file_of("unix"), _LEARNT) if (recipe, form) == ("0.1.0", "windows") else None
    live = _marked(unix, sent, data_uri=_uploaded("unix"), data=found)

    change = change_of(_spec(form), a_lock(), a_live(live))

    assert change.action is Action.ADOPT
    (adoption,) = change.adopts
    assert adoption.submission is not None
    record = adoption.submission.data[0]
    assert (record.sha256, record.sent_uri, record.content) == (file_of("unix").sha256, _uploaded("unix"), _LEARNT)
    assert adoption.submission.data_id == live.markers.data


def test_a_model_whose_upload_is_gone_is_adopted_with_a_warning_and_without_a_claim() -> None:
    unix = _spec("unix")
    live = _marked(unix, _of_0_1_0(unix), data_uri=_uploaded("unix"), data=LiveData())

    change = change_of(_spec("windows"), a_lock(), a_live(live))

    assert (change.action, codes_of(change)) == (Action.ADOPT, ["PLAN024"])
    assert change.adopts[0].submission is not None
    assert change.adopts[0].submission.data[0].content == ""


def test_a_model_of_other_rows_is_not_adopted() -> None:
    unix = _spec("unix")
    live = _marked(unix, _of_0_1_0(unix), data_uri=_uploaded("unix"), data=LiveData(file_of("unix"), _OTHER))

    change = change_of(_spec("windows"), a_lock(), a_live(live))

    assert (change.action, codes_of(change)) == (Action.CREATE, ["PLAN005"])


def test_what_is_certain_comes_before_what_nobody_can_tell() -> None:
    unix, other = _spec("unix"), _spec("other", _OTHER)
    certain = _marked(unix, submitted(unix), created="2026-01-01T00:00:00Z")
    unknown = _marked(
        other, _of_0_1_0(other), data_uri=_uploaded("other"), data=LiveData(), created="2026-02-01T00:00:00Z"
    )
    unknown = with_fields(unknown, resource_name="projects/1/locations/us-central1/tuningJobs/9", model="m9")

    change = change_of(unix, a_lock(), a_live(certain, unknown))

    serving = [a for a in change.adopts if a.role is Role.SERVING]
    assert [a.resource_name for a in serving] == [certain.resource_name]


def test_of_running_jobs_that_nobody_can_tell_none_is_cancelled() -> None:
    unix = _spec("unix")
    jobs = [
        with_fields(
            _marked(unix, _of_0_1_0(unix), data_uri=_uploaded("unix"), data=LiveData(), status=Status.IN_PROGRESS),
            resource_name=f"projects/1/locations/us-central1/tuningJobs/{n}",
            created=f"2026-01-0{n}T00:00:00Z",
        )
        for n in (1, 2)
    ]

    change = change_of(_spec("windows"), a_lock(), a_live(*jobs))

    assert (change.action, change.cancels) == (Action.ADOPT, ())


@pytest.mark.parametrize("folder", ["", "acme/", "2026/acme/prod/"])
def test_an_upload_is_known_by_its_name_in_whichever_folder(folder: str) -> None:
    spec = _spec("unix", existing="projects/1/locations/us-central1/tuningJobs/1")
    uri = f"gs://acme-tuning/{folder}{file_of('unix').sha256}.jsonl"

    trained = as_trained(submitted(spec), a_live_training(spec, data_uri=uri))

    assert trained.data[0].local
    assert (trained.data[0].sent_uri, trained.data[0].sha256) == (uri, file_of("unix").sha256)


def test_an_adopted_job_keeps_the_name_of_the_object_that_it_was_given() -> None:
    spec = _spec("unix")
    uri = f"gs://acme-tuning/old-layout/{file_of('unix').sha256}.jsonl"

    assert pinned_as(submitted(spec), _marked(spec, submitted(spec), data_uri=uri)).data[0].sent_uri == uri


def test_an_id_of_the_gemini_api_is_the_same_as_that_of_0_1_0() -> None:
    spec = a_gemini_spec()
    sha256 = spec.data[0].identity.sha256
    record = DataRecord(field=spec.data[0].field, local=True, sha256=sha256, content=f"pairs1:{sha256}")

    assert data_id(record) == data_id(replace(record, content="")) == f"sha-{sha256[:40]}"


def test_an_id_made_of_the_line_ends_in_a_cell_is_found_as_well() -> None:
    spec = a_gemini_spec()
    windows, unix = "c" * 64, "d" * 64
    record = DataRecord(field=spec.data[0].field, local=True, uri="n.csv", sha256=windows, content=f"pairs1:{unix}")
    wanted = replace(submitted(spec), data=(record,), data_id=data_id(record))

    def live(told: str) -> LiveTraining:
        markers = Markers(training=wanted.digest, data=told, attempt="1")
        return with_fields(a_live_training(spec), markers=Markers(owner="o", fingerprint=fingerprint(markers)))

    assert all(is_of(live(told), wanted) for told in (f"sha-{unix[:40]}", f"sha-{windows[:40]}"))
    assert not is_of(live(f"sha-{'e' * 40}"), wanted)


def test_pairs_of_0_1_0_are_compared_by_their_sha256() -> None:
    spec = a_gemini_spec()
    same = with_fields(spec.data[0], content=f"pairs1:{spec.data[0].identity.sha256}")
    edited = with_fields(same, identity=Identity(size=9, sha256="e" * 64), content="pairs1:" + "e" * 64)
    lock, live = a_lock([(spec, an_entry(spec))]), a_live(a_live_training(spec))

    assert change_of(with_fields(spec, data=(same,)), lock, live).action is Action.NOOP
    assert change_of(with_fields(spec, data=(edited,)), lock, live).action is Action.REPLACE


def test_the_marker_of_content_fits_into_a_label() -> None:
    submission = submitted(_spec("unix"))

    assert to_labels(markers_for(submission, WORKSPACE, "router", "1"))["tuneform-data"] == "rows1-" + "a" * 40
    assert data_ids(submission.data[0])[1].startswith("crc-")


def test_a_gate_passes_changed_data_with_a_warning_and_another_form_without() -> None:
    spec = a_spec()
    changed = a_live(a_live_training(spec), objects={TRAIN: bytes_of("other")})
    lock = a_lock([(spec, an_entry(spec))])
    plan = plan_of(spec, lock, changed)
    unix = _spec("unix")
    form = a_lock([(unix, an_entry(unix))])

    (told,) = judge(Bench(FakeClock()), plan, lock, {}).addresses
    (quiet,) = judge(
        Bench(FakeClock()), plan_of(_spec("windows"), form, a_live(a_live_training(unix))), form, {}
    ).addresses

    assert "does not decide the weights" not in plan.changes[0].reason.text
    assert (told.verdict, [w.code for w in told.warnings]) == (Verdict.PASSED, ["PLAN002"])
    assert (quiet.verdict, quiet.warnings) == (Verdict.PASSED, ())
