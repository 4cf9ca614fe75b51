"""Whom a count of tokens is asked of, and what a look at media makes of a refusal."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from reconciler import datasets
from reconciler.backends.base import ObjectMetadata
from reconciler.backends.failures import failure
from reconciler.core.catalog import BaseModel, Catalog
from reconciler.core.diagnostics import ReconcilerError
from reconciler.core.model import Fields
from reconciler.workflow.data_remote import Counter, media_look
from tests.fakes.backends import FakeStorage, FakeVertex
from tests.fakes.specs import PROJECT, a_spec
from tests.fakes.stage import Stage

LINE = b'{"contents": [{"role": "user", "parts": [{"text": "q"}]}, {"role": "model", "parts": [{"text": "a"}]}]}\n'


@dataclass(slots=True)
class CountingVertex(FakeVertex):
    """Counts two tokens whatever it is asked, and remembers where."""

    asked: list[tuple[str, str, str]] = field(default_factory=list)

    def count_tokens(self, base_model: str, project: str, location: str, request: Fields) -> int:
        self.asked.append((base_model, project, location))
        return 2 if request else 0


@pytest.mark.parametrize(("serving", "location"), [({"us-central1": "us"}, "us"), ({}, "us-central1")])
def test_a_model_is_asked_for_where_it_is_served(tmp_path: Path, serving: dict[str, str], location: str) -> None:
    stage = Stage(tmp_path, [a_spec()])
    vertex = CountingVertex(stage.cloud)
    catalog = Catalog("2026-11-21", (BaseModel(name="gemini-3.5-flash", surface="vertex", serving=serving),))
    world = replace(stage.world(), backends={"vertex": vertex}, catalog=catalog)

    found = Counter(world, "gemini-3.5-flash").count(
        datasets.Source.stream([LINE], "x.jsonl"), datasets.Format.VERTEX_SFT
    )

    assert (found.tokens, found.requests) == (2, 1)
    assert vertex.asked == [("gemini-3.5-flash", PROJECT, location)]


@dataclass(slots=True)
class ClosedStorage(FakeStorage):
    """Refuses one bucket, and fails for another."""

    def metadata(self, uri: str) -> ObjectMetadata | None:
        if uri.startswith("gs://theirs/"):
            raise failure("API122", detail="storage.objects.get denied")
        if uri.startswith("gs://down/"):
            raise failure("API309", detail="unavailable")
        return ObjectMetadata(5, "image/png")


@pytest.mark.parametrize("parallelism", [1, 4])
def test_an_object_that_may_not_be_read_is_one_that_was_not_seen(tmp_path: Path, parallelism: int) -> None:
    look = media_look(ClosedStorage(Stage(tmp_path, []).cloud), parallelism)

    seen = look(["gs://ours/1.png", "gs://theirs/1.png"])

    assert [(s.size, bool(s.why)) for s in seen] == [(5, False), (None, True)]


@pytest.mark.parametrize("parallelism", [1, 4])
def test_a_service_that_fails_is_no_missing_medium(tmp_path: Path, parallelism: int) -> None:
    look = media_look(ClosedStorage(Stage(tmp_path, []).cloud), parallelism)

    with pytest.raises(ReconcilerError) as failed:
        look(["gs://ours/1.png", "gs://down/1.png"])

    assert [d.code for d in failed.value.diagnostics] == ["API309"]
