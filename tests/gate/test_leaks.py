"""Held-out items that stand in training data in Cloud Storage are found before anybody is asked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import cast

import pytest
from msgspec.structs import replace

from reconciler.backends.base import Storage
from reconciler.backends.failures import failure
from reconciler.core.diagnostics import ReconcilerError
from reconciler.core.gate_spec import Heldout
from reconciler.core.lock import Training
from reconciler.core.questions import HeldoutItem
from reconciler.session.judging import refuse_leaks
from tests.fakes.specs import a_spec, a_training

HELDOUT = Heldout("gs://acme/eval.jsonl")


class Bucket:
    """Objects by their address; how often they were read."""

    def __init__(self, **objects: list[str]) -> None:
        self.objects = objects
        self.reads = 0

    def chunks(self, uri: str) -> Iterator[bytes]:
        self.reads += 1
        if "train" not in self.objects:
            raise failure("API218", detail=f"{uri} is gone.")
        yield "".join(row(question) + "\n" for question in self.objects["train"]).encode()


def row(question: str) -> str:
    turns = [{"role": "user", "parts": [{"text": question}]}, {"role": "model", "parts": [{"text": "yes"}]}]
    return json.dumps({"contents": turns})


def item(line: int, question: str) -> HeldoutItem:
    return HeldoutItem(line, ({"role": "user", "parts": [{"text": question}]},), "yes")


def refused(bucket: Bucket, *items: HeldoutItem, training: Training | None = None, heldout: Heldout = HELDOUT) -> str:
    try:
        refuse_leaks(cast("Storage", bucket), set(), training or a_training(a_spec()), heldout, items)
    except ReconcilerError as exc:
        return f"{exc.diagnostics[0].code} {exc.diagnostics[0].where}: {exc.diagnostics[0].detail}"
    return ""


def test_an_item_that_was_trained_on_is_told_by_both_lines() -> None:
    bucket = Bucket(train=["one", "two", "three"])

    words = refused(bucket, item(1, "four"), item(2, "three"), item(3, "one"))

    assert words.startswith("RUN062 gs://acme/eval.jsonl:2: Line 2 is line 3 of gs://")
    assert "2 items of 3 in all" in words


def test_a_set_of_its_own_is_let_through_and_compared_once() -> None:
    bucket, compared = Bucket(train=["one"]), set[tuple[str, Heldout]]()
    training = a_training(a_spec())

    for _ in range(3):
        refuse_leaks(cast("Storage", bucket), compared, training, HELDOUT, [item(1, "four")])

    assert bucket.reads == 1


def test_two_local_sets_were_compared_when_the_specs_were_loaded() -> None:
    spec_data = a_training(a_spec())
    local = replace(
        spec_data,
        submission=replace(spec_data.submission, data=tuple(replace(d, local=True) for d in spec_data.submission.data)),
    )
    bucket = Bucket(train=["one"])

    words = refused(bucket, item(1, "one"), training=local, heldout=Heldout("eval.jsonl", "eval.jsonl"))

    assert (words, bucket.reads) == ("", 0)


@pytest.mark.parametrize("question", ["one", "four"])
def test_training_data_that_is_gone_shows_no_leak(question: str) -> None:
    assert refused(Bucket(), item(1, question)) == ""
