from __future__ import annotations

from typing import Any

import pytest

from reconciler.datasets import MediaReference, Source, media_references
from reconciler.datasets.rows.media import is_readable_uri
from tests.datasets.rows import checked, example, lines, rules_broken, turn


def picture(uri: str = "gs://acme/1.png", mime_type: str = "image/png") -> dict[str, Any]:
    return {"fileData": {"mimeType": mime_type, "fileUri": uri}}


def test_media_are_listed_with_their_lines_in_either_spelling() -> None:
    snake = {"file_data": {"mime_type": "image/jpeg", "file_uri": "gs://acme/2.jpg"}}
    data = lines(
        example(),
        {"contents": [turn("user", picture(), snake), turn("model", "two")]},
        example("what is a fileUri?"),
    )

    found = list(media_references(Source.stream([data + b'{"fileUri": '], "train.jsonl")))

    assert found == [
        MediaReference(2, "gs://acme/1.png", "image/png"),
        MediaReference(2, "gs://acme/2.jpg", "image/jpeg"),
    ]


@pytest.mark.parametrize(
    ("uri", "is_readable"),
    [
        ("gs://acme-data/a b/1.png", True),
        ("https://example.com/1.png?x=1", True),
        ("gs://bucket", False),
        ("gs://bucket/", False),
        ("gs://<path to your image>", False),
        ("/home/me/1.png", False),
        ("https://example.com", False),
        ("file:///1.png", False),
        (None, False),
    ],
)
def test_only_what_the_service_could_read_is_readable(uri: str | None, is_readable: bool) -> None:
    assert is_readable_uri(uri) is is_readable


@pytest.mark.parametrize(
    ("parts", "rule"),
    [
        ([picture()] * 31, "DATA504"),
        ([picture(mime_type="application/pdf")] * 5, "DATA504"),
        ([picture(mime_type="audio/wav")] * 2, "DATA504"),
        ([picture()] * 30, None),
    ],
)
def test_media_of_one_example_are_bounded_by_kind(parts: list[dict[str, Any]], rule: str | None) -> None:
    result = checked(lines({"contents": [turn("user", *parts, "what?"), turn("model", "cats")]}))

    assert rules_broken(result) - {"DATA905"} == ({rule} if rule else set())
