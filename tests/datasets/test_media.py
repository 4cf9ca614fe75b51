from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.datasets import RuleSet, Source, check, media_references
from reconciler.datasets.media import SeenMedia, check_media
from reconciler.datasets.rows.media import is_readable_uri
from tests.datasets.rows import checked, example, examples, lines, rules_broken, turn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.datasets import Checked


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

    assert [reference[:3] for reference in found] == [
        (2, "gs://acme/1.png", "image/png"),
        (2, "gs://acme/2.jpg", "image/jpeg"),
    ]
    assert [data.splitlines()[1][r.column - 1 :][:9] for r in found] == [b'"gs://acm'] * 2


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
        ("http://localhost/1.png", False),
        ("http://localhost:8000/1.png", False),
        ("https://me@LOCALHOST./1.png", False),
        ("http://127.0.0.1/1.png", False),
        ("http://192.168.1.9:80/1.png", False),
        ("http://10.0.0.1/1.png", False),
        ("http://[::1]:8000/1.png", False),
        ("http://printer/1.png", False),
        ("http://nas.local/1.png", False),
        ("http://metadata.google.internal/1.png", False),
        ("http://8.8.8.8/1.png", True),
        ("https://localhost.example.com/1.png", True),
        (None, False),
    ],
)
def test_only_what_the_service_could_read_is_readable(uri: str | None, is_readable: bool) -> None:
    assert is_readable_uri(uri) is is_readable


@pytest.mark.parametrize(
    ("parts", "rule"),
    [
        ([picture()] * 31, "DATA504"),
        ([picture("gs://acme/1.pdf", "application/pdf")] * 5, "DATA504"),
        ([picture("gs://acme/1.wav", "audio/wav")] * 2, "DATA504"),
        ([picture()] * 30, None),
    ],
)
def test_media_of_one_example_are_bounded_by_kind(parts: list[dict[str, Any]], rule: str | None) -> None:
    result = checked(lines({"contents": [turn("user", *parts, "what?"), turn("model", "cats")]}))

    assert rules_broken(result) - {"DATA905"} == ({rule} if rule else set())


@pytest.mark.parametrize(
    ("uri", "mime_type", "rules"),
    [
        ("gs://acme/1.mp4", "image/png", {"DATA514"}),
        ("gs://acme/1.PNG", "video/mp4", {"DATA514"}),
        ("https://example.com/1.jpg?w=2", "image/png", {"DATA514"}),
        ("gs://acme/1.pdf", "image/jpeg", {"DATA514"}),
        ("gs://acme/1.jpg", "image/jpeg", set()),
        ("gs://acme/1.jpeg", "IMAGE/JPEG", set()),
        ("gs://acme/1.mp4", "audio/mp4", set()),
        ("gs://acme/1.mp3", "audio/mp3", set()),
        ("gs://acme/1.dat", "image/png", set()),
        ("gs://acme/v1.5/picture", "image/png", set()),
        ("gs://acme/1", "image/png", set()),
        ("http://localhost:8000/1.png", "image/png", {"DATA501", "DATA905"}),
    ],
)
def test_the_type_fits_the_name(uri: str, mime_type: str, rules: set[str]) -> None:
    result = checked(lines({"contents": [turn("user", picture(uri, mime_type), "what?"), turn("model", "a cat")]}))

    assert rules_broken(result) == rules


def with_resolution(resolution: Any) -> bytes:
    part = {**picture(), "mediaResolution": resolution}
    return lines({"contents": [turn("user", part, "what?"), turn("model", "a cat")]})


@pytest.mark.parametrize(
    ("resolution", "rules"),
    [
        ({"level": "MEDIA_RESOLUTION_LOW"}, set()),
        ({"level": "LOW"}, {"DATA323"}),
        ({"level": ["MEDIA_RESOLUTION_LOW"]}, {"DATA323"}),
        ({"levels": "MEDIA_RESOLUTION_LOW"}, {"DATA306"}),
        ("MEDIA_RESOLUTION_LOW", {"DATA305"}),
        ({}, set()),
        (None, set()),
    ],
)
def test_a_part_may_have_a_resolution_of_its_own_from_gemini_3_on(resolution: Any, rules: set[str]) -> None:
    newer = checked(with_resolution(resolution), RuleSet.of("sft", "gemini-3.5-flash"))
    older = checked(with_resolution(resolution), RuleSet.of("sft", "gemini-2.5-flash"))
    has_level = isinstance(resolution, dict) and "level" in resolution

    assert rules_broken(newer) == rules
    assert rules_broken(older) == rules | ({"DATA513"} if has_level else set())


@pytest.mark.parametrize(
    ("data", "rules"),
    [
        ({"mimeType": "image/png", "fileUri": "gs://acme/1.png", "uri": "x"}, {"DATA306"}),
        ({"mimeType": "image/png", "fileUri": "gs://acme/1.png", "displayName": 5}, {"DATA305"}),
        ({"mime_type": "image/png", "file_uri": "gs://acme/1.png", "display_name": "one"}, set()),
    ],
)
def test_fields_of_file_data_are_those_of_the_definition(data: dict[str, Any], rules: set[str]) -> None:
    row = {"contents": [turn("user", {"fileData": data}), turn("model", "a cat")]}

    assert rules_broken(checked(lines(row))) == rules


SEEN = {
    "gs://acme/1.png": SeenMedia(1_000, "image/png"),
    "gs://acme/large.png": SeenMedia(30 << 20, "image/png"),
    "gs://acme/long.mp4": SeenMedia(30 << 20, "video/mp4"),
    "gs://acme/photo.png": SeenMedia(1_000, "image/jpeg"),
    "gs://acme/plain.png": SeenMedia(1_000, "application/octet-stream"),
    "gs://acme/empty.png": SeenMedia(0, "image/png"),
    "gs://theirs/1.png": SeenMedia(None, why="You may not read it."),
}


def looked_up(data: bytes, asked: list[str] | None = None, rules: RuleSet | None = None) -> Checked:
    """The check of a file and of its media, in a storage that has SEEN and nothing else."""

    def look(uris: Sequence[str]) -> list[SeenMedia]:
        (asked if asked is not None else []).extend(uris)
        return [SEEN.get(uri, SeenMedia(None)) for uri in uris]

    rules = rules or RuleSet()
    return check_media(Source.stream([data], "x.jsonl"), check(Source.stream([data], "x.jsonl"), rules), look, rules)


def asking(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"contents": [turn("user", *parts, "what?"), turn("model", "a cat")]}


@pytest.mark.parametrize(
    ("uri", "mime_type", "rules"),
    [
        ("gs://acme/1.png", "image/png", set()),
        ("gs://acme/missing.png", "image/png", {"DATA509"}),
        ("gs://acme/empty.png", "image/png", {"DATA509"}),
        ("gs://acme/large.png", "image/png", {"DATA510"}),
        ("gs://acme/long.mp4", "video/mp4", set()),
        ("gs://acme/photo.png", "image/png", {"DATA511"}),
        ("gs://acme/photo.png", "image/jpg", {"DATA503"}),
        ("gs://acme/plain.png", "image/png", set()),
        ("gs://theirs/1.png", "image/png", {"DATA512"}),
        ("https://example.com/1.png", "image/png", {"DATA512"}),
        ("images/1.png", "image/png", {"DATA501"}),
    ],
)
def test_what_the_metadata_of_a_medium_says_is_held_against_the_example(
    uri: str, mime_type: str, rules: set[str]
) -> None:
    result = looked_up(examples(20) + lines(asking(picture(uri, mime_type))))

    assert rules_broken(result) == rules


def test_a_missing_medium_is_told_where_its_address_stands() -> None:
    data = lines(example(), asking(picture(), picture("gs://acme/missing.png")))

    finding = next(f for f in looked_up(data).findings if f.rule == "DATA509")

    assert (finding.line, finding.json_path) == (2, "contents[0].parts[1].fileData.fileUri")
    assert data.splitlines()[1][finding.column - 1 :].startswith(b'"gs://acme/missing.png"')


def test_each_object_is_asked_for_once_and_nothing_but_objects_is() -> None:
    asked: list[str] = []
    once = lines(asking(picture(), picture(), picture("https://example.com/1.png"), picture("gs://acme")))

    looked_up(once * 700, asked)

    assert asked == ["gs://acme/1.png"]


def test_media_that_are_missing_from_a_tenth_of_the_examples_fail_the_file() -> None:
    bad = lines(asking(picture("gs://acme/missing.png"), picture("gs://acme/large.png")))

    assert "DATA905" not in looked_up(examples(15) + bad).counts
    assert "DATA905" in looked_up(examples(8) + bad).counts


def test_findings_over_media_are_counted_in_full_kept_up_to_a_bound_and_can_be_off() -> None:
    bad = lines(asking(picture("gs://acme/missing.png"))) * 150

    result = looked_up(bad)
    silent = looked_up(bad, rules=RuleSet.of(severities={"DATA509": "off", "DATA905": "off"}))

    assert result.counts["DATA509"] == 150
    assert sum(f.rule == "DATA509" for f in result.findings) == 100
    assert "DATA509" not in silent.counts


def test_media_of_a_document_over_several_lines_are_looked_up_too() -> None:
    text = json.dumps(asking(picture("gs://acme/missing.png")), indent=1).encode()

    finding = next(f for f in looked_up(text).findings if f.rule == "DATA509")

    assert b"gs://acme/missing.png" in text.splitlines()[finding.line - 1]
