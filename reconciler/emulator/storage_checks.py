"""What Cloud Storage checks before it does anything: preconditions, bucket names, given metadata."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from reconciler.emulator.errors import ApiError, invalid, not_found

if TYPE_CHECKING:
    from reconciler.emulator.call import MethodCall

Json = dict[str, Any]

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)")
PATCHABLE = (
    "contentType",
    "contentEncoding",
    "contentLanguage",
    "contentDisposition",
    "cacheControl",
    "metadata",
    "customTime",
)


def check_preconditions(call: MethodCall, doc: Json | None) -> None:
    """Raises ApiError 412, or 304 for a NotMatch on a read. A generation of 0 means that there is no object."""
    generation = int(doc["generation"]) if doc else 0
    metageneration = int(doc["metageneration"]) if doc else 0
    for name, actual in (("ifGeneration", generation), ("ifMetageneration", metageneration)):
        wanted, unwanted = whole_number(call, f"{name}Match"), whole_number(call, f"{name}NotMatch")
        if wanted is not None and wanted != actual:
            raise ApiError(412, "At least one of the pre-conditions you specified did not hold.")
        if unwanted is not None and unwanted == actual:
            is_read = call.method.verb == "GET"
            raise ApiError(304 if is_read else 412, "At least one of the pre-conditions you specified did not hold.")


def whole_number(call: MethodCall, name: str) -> int | None:
    """A query parameter that is an int64, None when it is not given. Raises ApiError 400."""
    text = call.argument(name)
    if not text:
        return None
    if not re.fullmatch(r"-?\d{1,19}", text):
        raise invalid(f"Invalid value for {name}: {text[:80]}")
    return int(text)


def check_bucket(call: MethodCall, bucket: str) -> None:
    """Buckets exist by being named, unless the settings say that they must be made first."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]", bucket):
        raise invalid(f"Invalid bucket name: '{bucket[:80]}'")
    if not call.sim.settings.implicit_buckets and call.store.get(f"buckets/{bucket}") is None:
        raise not_found("The specified bucket does not exist.")


def checked_metadata(given: Json) -> Json:
    """Metadata of an upload or a patch. Raises ApiError 400 for what is no text where a text belongs."""
    for name, value in given.items():
        wanted = dict if name == "metadata" else str
        if name in (*PATCHABLE, "name", "storageClass", "crc32c", "md5Hash") and not isinstance(
            value, (wanted, type(None))
        ):
            raise invalid(f"Invalid value for {name}.")
    if not _TIME.fullmatch(given.get("customTime") or "2000-01-01T00:00:00Z"):
        raise invalid("Invalid value for customTime.")
    if any(not isinstance(v, (str, type(None))) for v in (given.get("metadata") or {}).values()):
        raise invalid("Invalid value for metadata.")
    return given
