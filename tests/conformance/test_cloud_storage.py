"""google-cloud-storage, which finds the emulator by STORAGE_EMULATOR_HOST."""

from __future__ import annotations

import io
from typing import Any

import pytest

from tests.conformance.served import Served

CLIENT = "google-cloud-storage"

KIB_256 = 256 * 1024


@pytest.fixture
def storage(served: Served, monkeypatch: pytest.MonkeyPatch) -> Any:
    from google.auth.credentials import AnonymousCredentials
    from google.cloud import storage  # type: ignore[attr-defined]

    monkeypatch.setenv("STORAGE_EMULATOR_HOST", served.url)
    return storage.Client(project="acme", credentials=AnonymousCredentials())  # type: ignore[no-untyped-call]


@pytest.fixture
def bucket(storage: Any) -> Any:
    return storage.bucket("acme-data")


def put(bucket: Any, name: str, content: bytes = b"hello") -> Any:
    blob = bucket.blob(name)
    blob.upload_from_string(content, content_type="application/jsonl")
    return blob


def test_what_was_uploaded_is_downloaded_and_described(bucket: Any) -> None:
    put(bucket, "dir/train.jsonl", b"hello")

    found = bucket.get_blob("dir/train.jsonl")

    assert found.download_as_bytes() == b"hello"
    assert (found.size, found.content_type, found.metageneration) == (5, "application/jsonl", 1)
    assert found.crc32c == "mnG7TA=="
    assert found.md5_hash == "XUFAKrxLKna5cZ2REBfFkg=="
    assert found.time_created == found.updated
    assert found.id == f"acme-data/dir/train.jsonl/{found.generation}"


def test_a_name_that_needs_escaping_is_kept(bucket: Any) -> None:
    name = "a b/ü?#%2F+&=.jsonl"

    put(bucket, name)

    assert bucket.get_blob(name).name == name
    assert [b.name for b in bucket.list_blobs()] == [name]
    assert bucket.blob(name).download_as_bytes() == b"hello"


def test_an_object_that_is_not_there_is_none(bucket: Any) -> None:
    assert bucket.get_blob("nothing.jsonl") is None
    assert not bucket.blob("nothing.jsonl").exists()


def test_reading_what_is_not_there_raises(bucket: Any) -> None:
    from google.api_core import exceptions

    with pytest.raises(exceptions.NotFound):
        bucket.blob("nothing.jsonl").download_as_bytes()
    with pytest.raises(exceptions.NotFound, match=r"No such object: acme-data/nothing\.jsonl"):
        bucket.blob("nothing.jsonl").delete()
    with pytest.raises(exceptions.NotFound):
        bucket.blob("nothing.jsonl").reload()


def test_a_large_upload_goes_in_pieces(bucket: Any, served: Served) -> None:
    content = bytes(range(256)) * 3000

    # Of known size and below 8 MiB it would go in one, whatever the size of the pieces.
    bucket.blob("large.bin", chunk_size=KIB_256).upload_from_file(io.BytesIO(content))

    assert sum(r.startswith("PUT ") for r in served.requests) == 3
    assert bucket.blob("large.bin").download_as_bytes() == content
    assert bucket.get_blob("large.bin").size == len(content)


def test_an_upload_of_unknown_size_goes_in_pieces(bucket: Any) -> None:
    with bucket.blob("written.txt").open("wb", chunk_size=KIB_256) as file:
        for _ in range(3):
            file.write(b"x" * KIB_256)

    assert bucket.blob("written.txt").download_as_bytes() == b"x" * 3 * KIB_256


class Interrupted(io.BytesIO):
    """A file during whose second read the service goes away for one request."""

    def __init__(self, content: bytes, served: Served, fault: str) -> None:
        super().__init__(content)
        self._reads, self._served, self._fault = 0, served, fault

    def read(self, size: int | None = -1, /) -> bytes:
        self._reads += 1
        if self._reads == 2:
            self._served.fault("storage.objects.insert", self._fault)
        return super().read(size)


@pytest.mark.parametrize("fault", ["status:503", "reset-before", "reset-after"])
def test_an_upload_that_is_interrupted_goes_on_where_it_was(bucket: Any, served: Served, fault: str) -> None:
    content = bytes(range(256)) * 3000

    bucket.blob("large.bin", chunk_size=KIB_256).upload_from_file(Interrupted(content, served, fault))

    assert served.faults_left() == 0
    assert bucket.blob("large.bin").download_as_bytes() == content


def test_a_part_is_downloaded_by_its_range(bucket: Any) -> None:
    blob = put(bucket, "letters.txt", b"abcdefghij")

    assert blob.download_as_bytes(start=2, end=4) == b"cde"
    assert blob.download_as_bytes(start=7) == b"hij"
    assert blob.download_as_bytes(start=0, end=0) == b"a"


def test_a_range_past_the_end_is_refused(bucket: Any) -> None:
    from google.api_core import exceptions

    blob = put(bucket, "letters.txt", b"abcdefghij")

    with pytest.raises(exceptions.RequestRangeNotSatisfiable):
        blob.download_as_bytes(start=10)


def test_a_large_download_goes_in_pieces(bucket: Any, served: Served) -> None:
    content = bytes(range(256)) * 3000
    put(bucket, "large.bin", content)

    found = bucket.blob("large.bin", chunk_size=KIB_256).download_as_bytes()

    assert found == content
    assert sum(r.startswith("GET /download/") for r in served.requests) == 3


def test_an_upload_only_if_nothing_is_there(bucket: Any) -> None:
    from google.api_core import exceptions

    bucket.blob("train.jsonl").upload_from_string(b"first", if_generation_match=0)

    with pytest.raises(exceptions.PreconditionFailed):
        bucket.blob("train.jsonl").upload_from_string(b"second", if_generation_match=0)
    assert bucket.blob("train.jsonl").download_as_bytes() == b"first"


def test_a_generation_that_is_no_longer_there_is_a_failed_precondition(bucket: Any) -> None:
    from google.api_core import exceptions

    old = put(bucket, "train.jsonl", b"first").generation
    new = put(bucket, "train.jsonl", b"second").generation

    assert new > old
    with pytest.raises(exceptions.PreconditionFailed):
        bucket.blob("train.jsonl").download_as_bytes(if_generation_match=old)
    with pytest.raises(exceptions.PreconditionFailed):
        bucket.blob("train.jsonl").delete(if_generation_match=old)
    with pytest.raises(exceptions.NotFound):
        bucket.blob("train.jsonl", generation=old).download_as_bytes()
    bucket.blob("train.jsonl").delete(if_generation_match=new)
    assert bucket.get_blob("train.jsonl") is None


def test_what_has_not_changed_is_not_answered_again(bucket: Any) -> None:
    from google.api_core import exceptions

    blob = put(bucket, "train.jsonl")

    with pytest.raises(exceptions.NotModified):
        blob.reload(if_generation_not_match=blob.generation)


def test_metadata_is_changed_without_a_new_generation(bucket: Any) -> None:
    blob = put(bucket, "train.jsonl")
    before = blob.generation

    blob.metadata = {"purpose": "tuning"}
    blob.content_type = "text/plain"
    blob.patch(if_metageneration_match=1)

    found = bucket.get_blob("train.jsonl")
    assert (found.metadata, found.content_type) == ({"purpose": "tuning"}, "text/plain")
    assert (found.generation, found.metageneration) == (before, 2)


def test_metadata_of_another_version_is_a_failed_precondition(bucket: Any) -> None:
    from google.api_core import exceptions

    blob = put(bucket, "train.jsonl")
    blob.metadata = {"purpose": "tuning"}

    with pytest.raises(exceptions.PreconditionFailed):
        blob.patch(if_metageneration_match=7)


def test_objects_are_listed_over_several_pages(bucket: Any, served: Served) -> None:
    names = [f"train/{n}.jsonl" for n in range(5)]
    for name in [*names, "other.jsonl"]:
        put(bucket, name)

    found = [b.name for b in bucket.list_blobs(prefix="train/", page_size=2)]

    assert found == names
    assert sum(r == "GET /storage/v1/b/acme-data/o" for r in served.requests) == 3
    assert [b.name for b in bucket.list_blobs(max_results=1)] == ["other.jsonl"]


def test_folders_are_listed_as_prefixes(bucket: Any) -> None:
    for name in ("a/1.jsonl", "a/2.jsonl", "b/1.jsonl", "top.jsonl"):
        put(bucket, name)

    listing = bucket.list_blobs(delimiter="/")

    assert [b.name for b in listing] == ["top.jsonl"]
    assert listing.prefixes == {"a/", "b/"}


def test_lists_are_cut_out_and_matched(bucket: Any) -> None:
    for name in ("a.jsonl", "b.csv", "c.jsonl", "d.jsonl"):
        put(bucket, name)

    assert [b.name for b in bucket.list_blobs(start_offset="b", end_offset="d")] == ["b.csv", "c.jsonl"]
    assert [b.name for b in bucket.list_blobs(match_glob="*.jsonl")] == ["a.jsonl", "c.jsonl", "d.jsonl"]


def test_an_object_is_copied_and_renamed(storage: Any, bucket: Any) -> None:
    blob = put(bucket, "train.jsonl", b"rows")
    other = storage.bucket("acme-archive")

    copied = bucket.copy_blob(blob, other, "kept.jsonl")
    renamed = bucket.rename_blob(blob, "renamed.jsonl")

    assert copied.download_as_bytes() == renamed.download_as_bytes() == b"rows"
    assert bucket.get_blob("train.jsonl") is None


def test_an_object_is_rewritten(storage: Any, bucket: Any) -> None:
    source = put(bucket, "train.jsonl", b"rows")
    target = storage.bucket("acme-archive").blob("kept.jsonl")

    token, rewritten, total = target.rewrite(source)

    assert (token, rewritten, total) == (None, 4, 4)
    assert target.download_as_bytes() == b"rows"


def test_objects_are_composed(bucket: Any) -> None:
    parts = [put(bucket, f"{n}.txt", bytes([n])) for n in b"abc"]
    whole = bucket.blob("whole.txt")

    whole.compose(parts)

    found = bucket.get_blob("whole.txt")
    assert found.download_as_bytes() == b"abc"
    assert (found.component_count, found.md5_hash) == (3, None)


def test_objects_are_deleted(bucket: Any) -> None:
    blobs = [put(bucket, f"{n}.txt") for n in range(3)]

    bucket.delete_blobs(blobs[:2])

    assert [b.name for b in bucket.list_blobs()] == ["2.txt"]


def test_buckets_are_made_read_listed_and_deleted(storage: Any) -> None:
    from google.api_core import exceptions

    made = storage.create_bucket("acme-made", location="EU")
    found = storage.get_bucket("acme-made")
    listed = [b.name for b in storage.list_buckets()]
    with pytest.raises(exceptions.Conflict):
        storage.create_bucket("acme-made")
    made.delete()

    assert (found.name, found.location) == ("acme-made", "EU")
    assert "acme-made" in listed
    assert "acme-made" not in [b.name for b in storage.list_buckets()]


def test_a_bucket_with_something_in_it_is_not_deleted(storage: Any) -> None:
    from google.api_core import exceptions

    made = storage.create_bucket("acme-made")
    put(made, "train.jsonl")

    with pytest.raises(exceptions.Conflict):
        made.delete()


def test_a_bucket_that_is_not_there_is_missed_where_buckets_are_not_implicit(storage: Any, served: Served) -> None:
    from google.api_core import exceptions

    served.call("POST", "/_emulator/settings", {"implicit_buckets": False})

    with pytest.raises(exceptions.NotFound, match=r"(?i)the specified bucket does not exist"):
        storage.get_bucket("acme-nowhere")
    with pytest.raises(exceptions.NotFound):
        put(storage.bucket("acme-nowhere"), "train.jsonl")


def test_a_damaged_upload_is_noticed_by_the_service(bucket: Any) -> None:
    from google.api_core import exceptions

    blob = bucket.blob("train.jsonl")
    blob.crc32c = "AAAAAA=="

    with pytest.raises(exceptions.BadRequest):
        blob.upload_from_string(b"hello", checksum=None)


@pytest.mark.parametrize(("status", "wanted"), [(403, "Forbidden"), (400, "BadRequest"), (409, "Conflict")])
def test_faults_are_the_exceptions_of_this_client(bucket: Any, served: Served, status: int, wanted: str) -> None:
    from google.api_core import exceptions

    served.fault("storage.objects.delete", f"status:{status}")

    with pytest.raises(getattr(exceptions, wanted)):
        bucket.blob("train.jsonl").delete()
    assert served.faults_left() == 0


@pytest.mark.parametrize("fault", ["status:503", "status:429", "reset-before"])
def test_what_passes_is_tried_again(bucket: Any, served: Served, fault: str) -> None:
    put(bucket, "train.jsonl")
    served.fault("storage.objects.list", fault)

    assert [b.name for b in bucket.list_blobs()] == ["train.jsonl"]
    assert served.faults_left() == 0
