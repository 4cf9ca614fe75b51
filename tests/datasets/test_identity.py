from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

import google_crc32c
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.datasets import FileIdentity, Source, UnreadableError, check, identify
from reconciler.datasets.identity import combine_crc32c
from tests.datasets.rows import examples

if TYPE_CHECKING:
    from pathlib import Path


def test_the_identity_of_a_file_is_the_one_that_cloud_storage_would_say(tmp_path: Path) -> None:
    path = tmp_path / "check.txt"
    path.write_bytes(b"123456789")

    identity = identify(path)

    # The check value of CRC-32C, E3069283.
    assert identity.crc32c == base64.b64encode(bytes.fromhex("E3069283")).decode()
    assert identity == FileIdentity(hashlib.sha256(b"123456789").hexdigest(), "4waSgw==", 9)


@pytest.mark.parametrize("size", [0, 1, (1 << 18) - 1, 1 << 18, (1 << 19) + 7])
def test_the_check_and_the_digests_alone_agree(tmp_path: Path, size: int) -> None:
    path = tmp_path / "train.jsonl"
    path.write_bytes((examples(20_000) * 2)[:size])

    checked = check(Source.file(path))

    assert checked.identity == identify(path)
    assert checked.identity.size == size


def test_without_sha256_the_rest_is_the_same(tmp_path: Path) -> None:
    path = tmp_path / "train.jsonl"
    path.write_bytes(examples(10))

    identity = identify(path, sha256=False)

    assert (identity.sha256, identity.crc32c) == ("", identify(path).crc32c)


def test_a_directory_has_no_identity(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="directory"):
        identify(tmp_path)


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_checksums_of_two_pieces_combine_to_that_of_both(first: bytes, second: bytes) -> None:
    crc = google_crc32c.value

    assert combine_crc32c(crc(first), crc(second), len(second)) == crc(first + second)
