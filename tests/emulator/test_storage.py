from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import google_crc32c
import pytest

if TYPE_CHECKING:
    from tests.emulator.conftest import Client

OBJECTS = "/storage/v1/b/acme-data/o"
UPLOAD = "/upload/storage/v1/b/acme-data/o"


def multipart(client: Client, name: str, content: bytes, query: str = "", boundary: str = "==x==") -> int:
    body = (
        f'--{boundary}\r\ncontent-type: application/json\r\n\r\n{{"name": "{name}", "metadata": {{"a": "b"}}}}\r\n'
        f"--{boundary}\r\ncontent-type: text/plain\r\n\r\n"
    ).encode() + content
    kind = f'multipart/related; boundary="{boundary}"'
    return client.call(
        "POST", f"{UPLOAD}?uploadType=multipart{query}", body + f"\r\n--{boundary}--\r\n".encode(), content_type=kind
    ).status


def test_an_object_answers_its_checksums_and_text_numbers(client: Client) -> None:
    content = b"hello\r\n--not a boundary\n"
    multipart(client, "dir/a.txt", content)

    found = client.get(f"{OBJECTS}/dir%2Fa.txt")

    assert (found["size"], found["metageneration"], found["contentType"]) == (str(len(content)), "1", "text/plain")
    assert found["crc32c"] == base64.b64encode(google_crc32c.value(content).to_bytes(4, "big")).decode()
    assert found["generation"].isdigit()
    assert found["metadata"] == {"a": "b"}
    assert len(found["timeCreated"]) == len("2026-01-01T00:00:00.000Z")


def test_content_comes_back_whole_and_in_ranges(client: Client) -> None:
    content = bytes(range(256)) * 9_000
    multipart(client, "big", content)

    whole = client.call("GET", f"/download{OBJECTS}/big?alt=media")
    part = client.call("GET", f"{OBJECTS}/big?alt=media", range="bytes=1048570-1048580")
    tail = client.call("GET", f"{OBJECTS}/big?alt=media", range="bytes=-5")

    assert whole.body == content
    assert whole.headers["x-goog-hash"].startswith("crc32c=")
    assert (part.status, part.body) == (206, content[1048570:1048581])
    assert part.headers["content-range"] == f"bytes 1048570-1048580/{len(content)}"
    assert tail.body == content[-5:]
    assert client.call("GET", f"{OBJECTS}/big?alt=media", range=f"bytes={len(content)}-").status == 416


def test_links_lead_to_the_host_that_was_asked(client: Client) -> None:
    client.upload("a", b"1")

    served = client.get(f"{OBJECTS}/a", host="127.0.0.1:8787")

    assert served["mediaLink"].startswith("http://127.0.0.1:8787/download/storage/v1/b/acme-data/o/a?generation=")
    assert client.get(f"{OBJECTS}/a")["mediaLink"].startswith("https://storage.googleapis.com/download/")


def test_an_object_is_written_once_where_none_may_exist(client: Client) -> None:
    assert multipart(client, "a", b"1", "&ifGenerationMatch=0") == 200
    assert multipart(client, "a", b"2", "&ifGenerationMatch=0") == 412
    assert client.call("GET", f"{OBJECTS}/a?alt=media").body == b"1"


def test_a_failed_precondition_and_an_absent_object_have_the_older_error_form(client: Client) -> None:
    client.upload("a", b"1")

    failed = client.call("DELETE", f"{OBJECTS}/a?ifGenerationMatch=5")
    absent = client.call("GET", f"{OBJECTS}/none")

    assert failed.json["error"]["errors"][0]["reason"] == "conditionNotMet"
    assert absent.json == {
        "error": {
            "code": 404,
            "message": "No such object: acme-data/none",
            "errors": [{"message": "No such object: acme-data/none", "domain": "global", "reason": "notFound"}],
        }
    }


def test_an_overwritten_object_has_a_higher_generation(client: Client) -> None:
    client.upload("a", b"1")
    first = int(client.get(f"{OBJECTS}/a")["generation"])

    client.upload("a", b"22")

    second = client.get(f"{OBJECTS}/a")
    assert int(second["generation"]) > first
    assert client.call("GET", f"{OBJECTS}/a?generation={first}").status == 404


def test_a_wrong_checksum_is_refused(client: Client) -> None:
    answer = client.call("POST", f"{UPLOAD}?uploadType=media&name=a", b"1", x_goog_hash="crc32c=AAAAAA==")

    assert answer.status == 400
    assert "doesn't match calculated CRC32C" in answer.message


def test_lists_group_by_delimiter_and_go_on_by_token(client: Client) -> None:
    for name in ("a/1", "a/2", "b", "c/1", "d"):
        client.upload(name, b"x")

    first = client.get(f"{OBJECTS}?delimiter=/&maxResults=2&projection=noAcl&prettyPrint=false")
    second = client.get(f"{OBJECTS}?delimiter=/&maxResults=2&pageToken={first['nextPageToken']}")

    assert (first["prefixes"], [i["name"] for i in first["items"]]) == (["a/"], ["b"])
    assert (second["prefixes"], [i["name"] for i in second["items"]]) == (["c/"], ["d"])
    assert "nextPageToken" not in second
    assert [i["name"] for i in client.get(f"{OBJECTS}?prefix=a/")["items"]] == ["a/1", "a/2"]


def test_delete_answers_nothing(client: Client) -> None:
    client.upload("a", b"1")

    answer = client.call("DELETE", f"{OBJECTS}/a")

    assert (answer.status, answer.body) == (204, b"")
    assert client.call("DELETE", f"{OBJECTS}/a").status == 404


def test_a_resumable_upload_takes_chunks_and_says_how_far_it_is(client: Client) -> None:
    opened = client.call(
        "POST", f"{UPLOAD}?uploadType=resumable&name=big", {"contentType": "text/x"}, host="127.0.0.1:1"
    )
    address = opened.headers["location"].removeprefix("http://127.0.0.1:1")

    first = client.call("PUT", address, b"a" * 262_144, content_range="bytes 0-262143/*")
    asked = client.call("PUT", address, b"", content_range="bytes */*")
    last = client.call("PUT", address, b"b" * 10, content_range="bytes 262144-262153/262154")

    assert (first.status, first.headers["range"]) == (308, "bytes=0-262143")
    assert (asked.status, asked.headers["range"]) == (308, "bytes=0-262143")
    assert (last.status, last.json["size"], last.json["contentType"]) == (200, "262154", "text/x")
    assert client.call("GET", f"{OBJECTS}/big?alt=media").body == b"a" * 262_144 + b"b" * 10


def test_a_rewrite_copies(client: Client) -> None:
    client.upload("a", b"1")

    done = client.post("/storage/v1/b/acme-data/o/a/rewriteTo/b/other/o/dir%2Fb")

    assert (done["done"], done["resource"]["id"].rpartition("/")[0]) == (True, "other/dir/b")


def test_a_composed_object_has_no_md5(client: Client) -> None:
    for name in ("a", "b"):
        client.upload(name, name.encode() * 3)

    made = client.post(f"{OBJECTS}/ab/compose", {"sourceObjects": [{"name": "a"}, {"name": "b"}]})
    read = client.call("GET", f"{OBJECTS}/ab?alt=media")

    assert ("md5Hash" in made, made["componentCount"], read.body) == (False, 2, b"aaabbb")
    assert read.headers["x-goog-hash"] == f"crc32c={made['crc32c']}"


def test_partial_answers(client: Client) -> None:
    client.upload("a", b"1")

    assert client.get(f"{OBJECTS}?fields=items(name,size)") == {"items": [{"name": "a", "size": "1"}]}


def test_buckets_exist_by_being_named_unless_the_setting_says_otherwise(client: Client) -> None:
    named = client.get("/storage/v1/b/anything")
    client.settings(implicit_buckets=False)

    absent = client.call("GET", "/storage/v1/b/anything")
    client.post("/storage/v1/b?project=acme", {"name": "anything", "location": "europe-west4"})

    assert named["name"] == "anything"
    assert (absent.status, absent.message) == (404, "The specified bucket does not exist.")
    assert client.get("/storage/v1/b/anything")["location"] == "EUROPE-WEST4"
    assert client.call("POST", "/storage/v1/b?project=acme", {"name": "anything"}).status == 409


@pytest.mark.parametrize("name", ["gemini-2_0/text/sft_train_data.jsonl", "sft_validation_data.jsonl"])
def test_public_samples_have_stand_ins(client: Client, name: str) -> None:
    path = f"/storage/v1/b/cloud-samples-data/o/{('ai-platform/generative_ai/' + name).replace('/', '%2F')}"

    assert int(client.get(path)["size"]) == len(client.call("GET", f"{path}?alt=media").body) > 5_000


def test_metadata_is_changed_in_place(client: Client) -> None:
    client.upload("a", b"1")

    changed = client.call("PATCH", f"{OBJECTS}/a", {"contentType": "text/x", "metadata": {"a": "b"}}).json
    again = client.call("PATCH", f"{OBJECTS}/a", {"metadata": {"a": None, "c": "d"}}).json

    assert (changed["contentType"], changed["metageneration"], changed["metadata"]) == ("text/x", "2", {"a": "b"})
    assert (again["metageneration"], again["metadata"]) == ("3", {"c": "d"})
    assert again["generation"] == changed["generation"]
    assert client.call("PATCH", f"{OBJECTS}/a", {"customTime": "now"}).status == 400


@pytest.mark.parametrize(
    ("range_", "body", "status"),
    [("bytes 0-3/4", b"abc", 400), ("bytes 5-7/8", b"abc", 503), ("x", b"abc", 400), ("bytes 0-2/3", b"abc", 200)],
)
def test_a_chunk_must_be_the_next_one(client: Client, range_: str, body: bytes, status: int) -> None:
    opened = client.call("POST", f"{UPLOAD}?uploadType=resumable&name=big", {}, host="h")
    address = opened.headers["location"].removeprefix("http://h")

    answer = client.call("PUT", address, body, content_range=range_)

    assert answer.status == status


def test_an_upload_that_was_given_up_is_gone(client: Client) -> None:
    opened = client.call("POST", f"{UPLOAD}?uploadType=resumable&name=big", {}, host="h")
    address = opened.headers["location"].removeprefix("http://h")

    assert client.call("DELETE", address).status == 499
    assert client.call("PUT", address, b"abc").status == 404
