"""Objects of the emulated Cloud Storage: their metadata and bytes, for the storage routes and for trainings alike."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import google_crc32c
import msgspec

from reconciler.emulator import samples
from reconciler.emulator.clock import timestamp
from reconciler.emulator.store import CHUNK_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.emulator.call import Simulation
    from reconciler.emulator.store import Store

Json = dict[str, Any]


def crc32c(content: bytes) -> str:
    """Base64 of the big-endian CRC-32C."""
    return base64.b64encode(int(google_crc32c.value(content)).to_bytes(4, "big")).decode()


def find_object(sim: Simulation, bucket: str, name: str) -> Json | None:
    """An object's metadata; public samples come into being when they are first asked for."""
    found = sim.store.sql("SELECT body FROM objects WHERE bucket=? AND name=?", (bucket, name)).fetchone()
    if found:
        doc: Json = msgspec.json.decode(found[0])
        return doc
    if bucket == samples.BUCKET and sim.settings.generated_datasets:
        content = samples.sample_file(name)
        if content is not None:
            return _describe(sim, bucket, name, content, {"contentType": "application/octet-stream"}, generation=1)
    return None


def names_below(sim: Simulation, bucket: str, folder: str) -> list[str]:
    """Names of the objects in a folder and its folders; of the whole bucket for an empty one."""
    prefix = f"{folder}/" if folder else ""
    found = sim.store.sql(
        "SELECT name FROM objects WHERE bucket=? AND substr(name, 1, ?)=?", (bucket, len(prefix), prefix)
    )
    return [name for (name,) in found]


def put_object(sim: Simulation, bucket: str, name: str, content: bytes, given: Json) -> Json:
    """Store an object over whatever was there; answers its metadata."""
    doc = _describe(sim, bucket, name, content, given, generation=_next_generation(sim, bucket, name))
    remove_object(sim.store, bucket, name)
    generation = int(doc["generation"])
    sim.store.sql(
        "INSERT INTO objects VALUES(?,?,?,?,?)", (bucket, name, generation, len(content), msgspec.json.encode(doc))
    )
    for number, start in enumerate(range(0, len(content), CHUNK_BYTES)):
        part = content[start : start + CHUNK_BYTES]
        sim.store.sql("INSERT INTO chunks VALUES(?,?,?,?,?)", (bucket, name, generation, number, part))
    return doc


def answered(headers: Mapping[str, str], doc: Json) -> Json:
    """The metadata with its links at the host that was asked, as the service has them: clients follow `mediaLink`."""
    host = headers.get("host", "")
    if not host or host.endswith("googleapis.com"):
        return doc
    links = {name: doc[name].partition("googleapis.com")[2] for name in ("selfLink", "mediaLink")}
    return {**doc, **{name: f"http://{host}{path}" for name, path in links.items()}}


def save_metadata(store: Store, doc: Json) -> None:
    """Write changed metadata of an object back."""
    body = msgspec.json.encode(doc)
    store.sql("UPDATE objects SET body=? WHERE bucket=? AND name=?", (body, doc["bucket"], doc["name"]))


def remove_object(store: Store, bucket: str, name: str) -> None:
    """Remove an object and its bytes."""
    store.sql("DELETE FROM objects WHERE bucket=? AND name=?", (bucket, name))
    store.sql("DELETE FROM chunks WHERE bucket=? AND name=?", (bucket, name))


def read_object(sim: Simulation, doc: Json) -> bytes:
    """All bytes of an object."""
    return b"".join(read_range(sim, doc, 0, int(doc["size"])))


def read_range(sim: Simulation, doc: Json, start: int, end: int) -> Iterator[bytes]:
    """Bytes `start` to `end` (exclusive) of an object."""
    bucket, name = doc["bucket"], doc["name"]
    generation = int(doc["generation"])
    if bucket == samples.BUCKET and generation == 1:
        yield (samples.sample_file(name) or b"")[start:end]
        return
    for number in range(start // CHUNK_BYTES, -(-end // CHUNK_BYTES)):
        found = sim.store.sql(
            "SELECT bytes FROM chunks WHERE bucket=? AND name=? AND generation=? AND n=?",
            (bucket, name, generation, number),
        ).fetchone()
        offset = number * CHUNK_BYTES
        yield found[0][max(0, start - offset) : end - offset]


def _next_generation(sim: Simulation, bucket: str, name: str) -> int:
    """Microseconds of the time of day, as the service does it, and above the generation before."""
    found = sim.store.sql("SELECT generation FROM objects WHERE bucket=? AND name=?", (bucket, name)).fetchone()
    last = sim.store.meta("generation") or 0
    generation = max(int(sim.moment.shown * 1e6), int(last) + 1, int(found[0]) + 1 if found else 0)
    sim.store.set_meta("generation", generation)
    return generation


def _describe(sim: Simulation, bucket: str, name: str, content: bytes, given: Json, *, generation: int) -> Json:
    now = timestamp(sim.moment.shown, digits=3)
    link = f"b/{quote(bucket, safe='')}/o/{quote(name, safe='')}"
    return {
        "kind": "storage#object",
        "id": f"{bucket}/{name}/{generation}",
        "selfLink": f"https://www.googleapis.com/storage/v1/{link}",
        "mediaLink": f"https://storage.googleapis.com/download/storage/v1/{link}?generation={generation}&alt=media",
        "name": name,
        "bucket": bucket,
        "generation": str(generation),
        "metageneration": "1",
        "contentType": given.get("contentType") or "application/octet-stream",
        "storageClass": given.get("storageClass") or "STANDARD",
        "size": str(len(content)),
        "md5Hash": base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode(),
        "crc32c": crc32c(content),
        "etag": _etag(generation, 1),
        "timeCreated": now,
        "updated": now,
        "timeStorageClassUpdated": now,
        "timeFinalized": now,
        **{
            k: given[k]
            for k in ("contentEncoding", "contentLanguage", "cacheControl", "contentDisposition", "metadata")
            if k in given
        },
    }


def _etag(generation: int, metageneration: int) -> str:
    return base64.b64encode(generation.to_bytes(9, "big") + metageneration.to_bytes(3, "big")).decode()


def touched(sim: Simulation, doc: Json) -> Json:
    """The metadata after a change to it: next metageneration, etag and time."""
    metageneration = int(doc["metageneration"]) + 1
    etag = _etag(int(doc["generation"]), metageneration)
    now = timestamp(sim.moment.shown, digits=3)
    return {**doc, "metageneration": str(metageneration), "etag": etag, "updated": now}
