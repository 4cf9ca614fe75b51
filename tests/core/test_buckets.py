"""One reading of names in Cloud Storage: what a spec may say is what can be sent, and what a row may name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from reconciler.backends.base import BackendError
from reconciler.backends.storage_types import object_name
from reconciler.core.buckets import object_in
from reconciler.core.diagnostics import Location
from reconciler.datasets.rows.media import is_readable_uri
from reconciler.files.dataset_paths import DataFinder
from reconciler.files.schema.workspace import StagingUri


def _verdicts(uri: str) -> set[bool]:
    """What a spec, a row of data and a request make of it."""
    _, mistake = DataFinder.of(Path()).vertex(uri, Location("specs/a.yaml", 1, 1))
    try:
        object_name(uri)
    except BackendError:
        can_be_sent = False
    else:
        can_be_sent = True
    return {mistake is None, is_readable_uri(uri), can_be_sent, object_in(uri) is not None}


@pytest.mark.parametrize(
    "uri",
    [
        "gs://acme/train.jsonl",
        "gs://a-b_c.d0/x",
        "gs://acme.example.com/a b/50%/ü?#.jsonl",
        "gs://0ab/x",
        f"gs://{'a' * 63}/x",
        f"gs://{'.'.join(['a' * 63] * 3)}/x",
        "gs://acme//x",
        f"gs://acme/{'x' * 1024}",
    ],
)
def test_what_names_an_object_does_so_everywhere(uri: str) -> None:
    assert _verdicts(uri) == {True}


@pytest.mark.parametrize(
    "uri",
    [
        pytest.param("gs://ab/x", id="two letters, which only requests were made to"),
        pytest.param("gs://acme..b/x", id="two dots in a row, which only a request refused"),
        pytest.param("gs://acme-/x", id="a dash at the end, which only a spec refused"),
        pytest.param("gs://acme./x", id="a dot at the end"),
        pytest.param("gs://-acme/x", id="a dash at the beginning"),
        pytest.param(f"gs://{'a' * 64}/x", id="64 letters between dots, which nobody refused"),
        pytest.param(f"gs://{'.'.join(['a' * 63] * 4)}/x", id="255 letters, which only a spec refused"),
        pytest.param("gs://Acme/x", id="capital letters"),
        pytest.param("gs://acmé/x", id="no ASCII"),
        pytest.param("gs://acme", id="a bucket alone"),
        pytest.param("gs://acme/", id="a bucket alone, with a slash"),
        pytest.param("gs://acme/folder/", id="a folder, which a row of data might name"),
        pytest.param("gs://acme/.", id="a dot, which a spec might name"),
        pytest.param("gs://acme/..", id="two dots, which a spec might name"),
        pytest.param("gs://acme/a\nb", id="a line end, which a request might have had"),
        pytest.param(f"gs://acme/{'x' * 1025}", id="a longer name than any object has"),
        pytest.param("s3://acme/x", id="another service's"),
    ],
)
def test_what_names_no_object_does_so_nowhere(uri: str) -> None:
    assert _verdicts(uri) == {False}


@pytest.mark.parametrize("uri", ["gs://acme", "gs://acme/", "gs://acme/staging/x", "gs://a.b/x"])
def test_a_place_for_uploads_is_a_bucket_or_a_folder_in_one(uri: str) -> None:
    assert _is_staging(uri)


@pytest.mark.parametrize("uri", ["gs://ab/x", "gs://acme../x", "gs://acme-/x", f"gs://{'a' * 64}", "gs:///x", "acme"])
def test_a_place_for_uploads_has_a_bucket_that_requests_can_be_made_to(uri: str) -> None:
    assert not _is_staging(uri)


def _is_staging(uri: str) -> bool:
    (form,) = StagingUri.__metadata__  # type: ignore[attr-defined]
    return re.fullmatch(form.pattern, uri) is not None


def test_a_hostile_name_is_refused_at_once() -> None:
    assert object_in(f"gs://{'a_' * 50_000}..b/x") is None
    assert not _is_staging(f"gs://{'a_' * 50_000}..b/x")
