"""How datasets are told apart, and told to people."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from reconciler.core import compare
from reconciler.core.lock import DataRecord
from reconciler.core.model import Identity
from tests.fakes.specs import TRAIN_FIELD, a_spec, submitted


@pytest.mark.parametrize(
    ("record", "words"),
    [
        (None, None),
        (DataRecord(field="f", uri="gs://b/o"), "gs://b/o"),
        (DataRecord(field="f", uri="gs://b/o", crc32c="AA==", size=3), "gs://b/o (crc32c AA==, 3 bytes)"),
        (
            DataRecord(field="f", uri="data.jsonl", sha256="ab" * 32, examples=7),
            "data.jsonl (7 examples, sha256 abababababab)",
        ),
        (DataRecord(field="f", examples=2), "inline examples (2 examples)"),
    ],
)
def test_a_dataset_is_told_by_place_count_and_digest(record: DataRecord | None, words: str | None) -> None:
    assert compare.describe(record) == words


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (Identity(sha256="a"), Identity(sha256="a", crc32c="x", size=1), True),
        (Identity(sha256="a", crc32c="x", size=1), Identity(sha256="b", crc32c="x", size=1), False),
        (Identity(crc32c="x", size=1, generation="1"), Identity(crc32c="x", size=1, generation="2"), True),
        (Identity(crc32c="x", size=1), Identity(crc32c="x", size=2), False),
        (Identity(crc32c="x", size=0), Identity(crc32c="x", size=0), True),
        (Identity(crc32c="x"), Identity(crc32c="x"), None),
        (Identity(sha256="a"), Identity(crc32c="x", size=1), None),
        (Identity(generation="1"), Identity(generation="1"), None),
    ],
)
def test_bytes_are_the_same_by_what_both_know_of_them(one: Identity, other: Identity, same: bool | None) -> None:
    assert one.same_bytes(other) is same
    assert other.same_bytes(one) is same


def test_bytes_are_unchanged_as_far_as_anybody_can_tell() -> None:
    spec = submitted(a_spec())
    nameless = replace(spec, data=(DataRecord(field=TRAIN_FIELD, uri="gs://b/other"),))
    bare = replace(spec, data=())

    assert compare.unchanged_data(spec, spec)
    assert not compare.unchanged_data(spec, nameless)
    assert compare.unchanged_data(nameless, nameless)
    assert compare.unchanged_data(bare, bare)
    assert not compare.unchanged_data(bare, spec)
