"""The lock as JSON: what is written is read again, what is not understood survives, and what is broken is told."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from reconciler.core.diagnostics import ReconcilerError
from reconciler.core.lock import (
    Approved,
    CheckpointRecord,
    DataRecord,
    Entry,
    Lock,
    Milestone,
    Phase,
    Role,
    Submission,
    Tombstone,
    Training,
)
from reconciler.core.model import Action, Lifecycle, OnDrift, OnFailure, OnRemove
from reconciler.files.lock_json import decode_lock, encode_lock, entry_from_json, entry_to_json
from tests.fakes.specs import a_lock, a_spec, an_entry

_text = st.text(max_size=6)
_json = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | _text,
    lambda b: st.dictionaries(_text, b, max_size=2),
    max_leaves=3,
)
_fields = st.dictionaries(_text, _json, max_size=2)
_count = st.none() | st.integers(0, 9)
_addresses = st.sampled_from(["vertex/a", "vertex/b", "gemini/c"])
_data = st.builds(
    DataRecord, field=_text, uri=_text, local=st.booleans(), crc32c=_text, size=_count, sha256=_text, examples=_count
)
_submissions = st.builds(
    Submission, project=_text, location=_text, training=_fields, in_place=_fields, reported=_fields,
    data=st.lists(_data, max_size=2).map(tuple), parent=st.just("") | _addresses, digest=_text,
)  # fmt: skip
_checkpoints = st.builds(CheckpointRecord, checkpoint_id=_text, epoch=st.integers(0, 9), endpoint=_text)
_trainings = st.builds(
    Training, role=st.sampled_from(Role), phase=st.sampled_from(Phase), submission=_submissions, job=_text, model=_text,
    checkpoints=st.lists(_checkpoints, max_size=2).map(tuple), error=_text, error_code=st.integers(0, 16),
    billable_tokens=_count, times=st.dictionaries(st.sampled_from(Milestone), _text, max_size=2),
    states=st.dictionaries(_text.filter(lambda t: t not in set(Milestone)), _text, max_size=2),
)  # fmt: skip
_lifecycles = st.builds(
    Lifecycle, protect=st.booleans(), on_remove=st.sampled_from(OnRemove), keep=st.integers(0, 3),
    on_data_change=st.sampled_from(OnDrift), on_failure=st.sampled_from(OnFailure),
)  # fmt: skip
_actions = st.sampled_from(Action)
_approvals = st.builds(
    Approved, action=_actions, deposed=st.booleans(), attempt=_text, submission=st.none() | _submissions
)
_entries = st.builds(
    Entry, revision=st.integers(0, 99), lifecycle=_lifecycles, in_place=_fields,
    trainings=st.dictionaries(st.integers(1, 20).map(str), _trainings, max_size=2),
    approved=st.lists(_approvals, max_size=2).map(tuple),
)  # fmt: skip
_locks = st.builds(
    Lock, lineage=_text, workspace=_text, target=_text, projects=st.dictionaries(_text, _text, max_size=2),
    entries=st.dictionaries(_addresses, _entries, max_size=2),
    tombstones=st.dictionaries(_addresses, st.builds(Tombstone, resource_names=st.lists(_text).map(tuple)), max_size=2),
)  # fmt: skip


@given(_locks)
def test_what_is_written_is_read_again(lock: Lock) -> None:
    content = encode_lock(lock, {})

    assert decode_lock(content, "x") == (lock, {})
    assert encode_lock(lock, {}) == content


@given(_entries | st.none())
def test_an_entry_of_the_journal_is_read_again(entry: Entry | None) -> None:
    assert entry_from_json(json.loads(json.dumps(entry_to_json(entry)))) == entry


@given(_locks)
def test_keys_are_sorted_one_a_line_and_the_first_says_who_writes_it(lock: Lock) -> None:
    text = encode_lock(lock, {}).decode()

    assert json.dumps(json.loads(text), sort_keys=True, indent=2, ensure_ascii=False) + "\n" == text or "[]" in text
    assert text.splitlines()[1].startswith('  "$comment": "Written by tuneform.')


_UNKNOWN = {
    "version": 1,
    "future": {"a": [1, {"b": 2}]},
    "entries": {
        "vertex/router": {
            "note": "kept",
            "lifecycle": {"paused": True},
            "trainings": {
                "1": {"role": "serving", "phase": "APPLIED", "cost": 3, "submission": {"project": "p", "seed": 7}}
            },
        }
    },
}


def test_keys_of_a_later_version_survive() -> None:
    lock, unknown = decode_lock(json.dumps(_UNKNOWN).encode(), "x")
    changed = replace(lock, entries={a: replace(e, revision=9) for a, e in lock.entries.items()})

    again = json.loads(encode_lock(changed, unknown))

    entry = again["entries"]["vertex/router"]
    assert again["future"] == {"a": [1, {"b": 2}]}
    assert (entry["note"], entry["revision"], entry["lifecycle"]["paused"]) == ("kept", 9, True)
    assert (entry["trainings"]["1"]["cost"], entry["trainings"]["1"]["submission"]["seed"]) == (3, 7)


@pytest.mark.parametrize("left", [{}, {"vertex/other": Entry()}])
def test_what_was_unknown_of_an_entry_goes_with_the_entry(left: dict[str, Entry]) -> None:
    lock, unknown = decode_lock(json.dumps(_UNKNOWN).encode(), "x")

    again = json.loads(encode_lock(replace(lock, entries=left), unknown))

    assert "vertex/router" not in again.get("entries", {})
    assert again["future"] == _UNKNOWN["future"]


def test_what_was_unknown_of_a_training_goes_with_the_training() -> None:
    lock, unknown = decode_lock(json.dumps(_UNKNOWN).encode(), "x")
    bare = {a: replace(e, trainings={}) for a, e in lock.entries.items()}

    again = json.loads(encode_lock(replace(lock, entries=bare), unknown))

    assert again["entries"]["vertex/router"].get("trainings", {}) == {}


def _refused(content: bytes) -> tuple[str, int, int]:
    with pytest.raises(ReconcilerError) as caught:
        decode_lock(content, "tuneform.lock")
    (told,) = caught.value.diagnostics
    assert told.where is not None
    assert told.fix
    return (told.code, told.where.line, told.where.column)


def test_a_newer_version_is_refused() -> None:
    assert _refused(b'{"version": 3, "entries": 7}') == ("LOCK003", 0, 0)


@pytest.mark.parametrize(
    ("conflict", "line"),
    [
        (b"{\n<<<<<<< HEAD\n  1\n=======\n  2\n>>>>>>> x\n}", 2),
        (b"=======\n", 1),
        (b"{}\n\n>>>>>>> theirs\n", 3),
    ],
)
def test_conflict_markers_are_told_with_their_line(conflict: bytes, line: int) -> None:
    assert _refused(conflict) == ("LOCK002", line, 0)


def test_something_like_a_conflict_inside_a_value_is_none() -> None:
    lock = replace(a_lock(), workspace="<<<<<<< HEAD")

    assert decode_lock(encode_lock(lock, {}), "x")[0].workspace == "<<<<<<< HEAD"


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (b"{", (1, 2)),
        (b'{\n  "version": 1,\n}', (3, 1)),
        (b"[]", (0, 0)),
        (b"{}", (0, 0)),
        (b"7", (0, 0)),
        (b"\xff\xfe", (1, 1)),
        (b"\x80", (0, 0)),
        (b"[" * 100_000, (0, 0)),
        (b'{"version": "1"}', (0, 0)),
        (b'{"version": 1, "entries": []}', (0, 0)),
        (b'{"version": 1, "entries": {"router": {}}}', (0, 0)),
        (b'{"version": 1, "entries": {"a/b/c": {}}}', (0, 0)),
        (b'{"version": 1, "entries": {"/": {}}}', (0, 0)),
        (b'{"version": 1, "entries": {"vertex/": {}}}', (0, 0)),
        (b'{"version": 1, "entries": {"vertex/a": {"revision": "x"}}}', (0, 0)),
        (b'{"version": 1, "entries": {"vertex/a": {"trainings": {"1": {}}}}}', (0, 0)),
        (
            b'{"version": 1, "entries": {"vertex/a": {"trainings": {"x": {"role": "serving", "phase": "APPLIED", '
            b'"submission": {"project": "p"}}}}}}',
            (0, 0),
        ),
        (b'{"version": 1, "workspace": "\\ud800"}', (0, 0)),
        (b'{"version": 1, "entries": {"vertex/a": {"approved": [{"action": "fly"}]}}}', (0, 0)),
    ],
)
def test_what_is_no_lock_is_told_with_its_place(content: bytes, place: tuple[int, int]) -> None:
    assert _refused(content) == ("LOCK001", *place)


def test_an_example_reads_well() -> None:
    text = encode_lock(a_lock([(a_spec(), an_entry(a_spec()))]), {}).decode()

    assert '      "inPlace": {\n        "labels": {\n          "tuneform-name": "router",\n' in text
    assert '"protect": false' in text
    assert text.endswith('  "version": 2,\n  "workspace": "acme"\n}\n')


def test_two_branches_that_changed_two_entries_merge_by_lines() -> None:
    one, other = a_spec("one"), a_spec("other")
    base = a_lock([(one, an_entry(one)), (other, an_entry(other))])

    def changed(address: str) -> list[str]:
        entries = {**base.entries, address: replace(base.entries[address], revision=2)}
        before, after = (encode_lock(lock, {}).decode().splitlines() for lock in (base, replace(base, entries=entries)))
        return [f"{n}: {new}" for n, (old, new) in enumerate(zip(before, after, strict=True)) if old != new]

    assert [len(changed(a)) for a in base.entries] == [1, 1]
    assert changed("vertex/one") != changed("vertex/other")


def _nested(depth: int) -> Any:
    tree: Any = 1
    for _ in range(depth):
        tree = {"a": tree}
    return tree


def _deep(depth: int) -> bytes:
    return ('{"version": 1, "x": ' + '{"a":' * depth + "1" + "}" * depth + "}").encode()


@pytest.mark.parametrize("depth", [10, 300])
def test_a_deep_unknown_value_is_kept(depth: int) -> None:
    lock, unknown = decode_lock(_deep(depth), "x")

    assert json.loads(encode_lock(lock, unknown))["x"] == _nested(depth)


def test_a_value_that_is_too_deep_to_be_written_again_is_refused() -> None:
    assert _refused(_deep(50_000)) == ("LOCK001", 0, 0)


@pytest.mark.parametrize("number", ["1" + "0" * 19, "-" + "9" * 300, "9" * 5_000])
def test_a_number_beyond_every_count_is_a_damaged_lock(number: str) -> None:
    content = b'{"version": 1, "entries": {"vertex/a": {"revision": %s}}}' % number.encode()

    with pytest.raises(ReconcilerError) as caught:
        decode_lock(content, "x.lock")

    (told,) = caught.value.diagnostics
    assert told.code == "LOCK001"
    assert f"a number of {len(number):,} digits" in told.detail


def test_the_services_states_among_the_moments_of_0_1_0_go_where_they_stand_now() -> None:
    times = {"intended": "1", "JOB_STATE_PENDING": "2", "JOB_STATE_RUNNING": "3", "ended": "4"}
    training = {"role": "serving", "phase": "APPLIED", "submission": {"project": "p"}, "times": times}

    entry = entry_from_json({"trainings": {"1": training}})

    assert entry is not None
    assert entry.trainings["1"].times == {Milestone.INTENDED: "1", Milestone.ENDED: "4"}
    assert entry.trainings["1"].states == {"JOB_STATE_PENDING": "2", "JOB_STATE_RUNNING": "3"}
    assert entry.trainings["1"].seen == times


@pytest.mark.parametrize(
    "wrong", [{"trainings": 1}, {"trainings": {"1": 1}}, {"trainings": {"1": {"times": 1}}}, [], 1]
)
def test_what_is_no_entry_is_refused_by_its_types(wrong: object) -> None:
    with pytest.raises(msgspec.ValidationError):
        entry_from_json(wrong)
