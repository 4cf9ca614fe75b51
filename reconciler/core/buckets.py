"""Names in Cloud Storage, of buckets and of objects: the one reading of them, for specs, rows of data and requests.

Source: docs.cloud.google.com/storage/docs/buckets#naming and objects#naming.
"""

from __future__ import annotations

import re
from typing import Final

BUCKET: Final = r"(?=[a-z0-9][a-z0-9._-]{1,220}[a-z0-9](?:/|$))[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*"
"""A regular expression of a whole name: 3 to 222 characters, up to 63 between dots, a letter or digit at each end."""
ADVICE: Final = "Write gs://BUCKET/NAME; a bucket has at least three letters."

SCHEME: Final = "gs://"
_LONGEST_NAME_BYTES: Final = 1024
_BUCKET: Final = re.compile(BUCKET, re.ASCII)


def object_in(uri: str) -> tuple[str, str] | None:
    """(bucket, name) of `gs://bucket/name`; None for what names none: a bucket, a folder, something else."""
    bucket, _, name = uri.removeprefix(SCHEME).partition("/")
    if not uri.startswith(SCHEME) or not _BUCKET.fullmatch(bucket) or name in ("", ".", "..") or name.endswith("/"):
        return None
    if "\n" in name or "\r" in name or len(name.encode(errors="surrogatepass")) > _LONGEST_NAME_BYTES:
        return None
    return bucket, name
