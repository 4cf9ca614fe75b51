"""Cloud Storage on our emulator beside another one: the same requests to both, in turn, in one run.

    python -m tests.benchmarks.storage http://127.0.0.1:9010        # for instance googleapis/storage-testbench

It uploads 1,000 small objects to each, then asks for one object's metadata and for a page of 100, with
one client and with eight. Machines differ and are shared: read the ratios.
"""

from __future__ import annotations

import sys
import tempfile
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

from tests.benchmarks.emulator import Measured, driven, say, serving

OBJECTS = 1000
BUCKET = "benchmark"
SECONDS = 3.0


def main() -> None:
    """Measure both and print a table."""
    (other,) = sys.argv[1:] or sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder) / "state.db") as (port, _):
        ports = {"ours": port, "the other": urlsplit(other).port or 80}
        for at in ports.values():
            fill(f"http://127.0.0.1:{at}")
        say(f"{'served':<34}{'clients':>8}{'a second':>10}{'p50 ms':>10}{'p99 ms':>10}")
        for what, target in TARGETS.items():
            for clients in (1, 8):
                for who, at in ports.items():
                    say(str(measured(f"{what}, {who}", at, target, clients)))


TARGETS = {
    "metadata of an object": f"/storage/v1/b/{BUCKET}/o/object-500.jsonl",
    "list of 100": f"/storage/v1/b/{BUCKET}/o?maxResults=100",
}


def measured(name: str, port: int, target: str, clients: int) -> Measured:
    """One row."""
    return driven(name, port, [target], clients, SECONDS)


def fill(base: str) -> None:
    """A bucket of small objects."""
    send(f"{base}/storage/v1/b?project=p", b'{"name": "%s"}' % BUCKET.encode())
    for number in range(OBJECTS):
        send(f"{base}/upload/storage/v1/b/{BUCKET}/o?uploadType=media&name=object-{number}.jsonl", b"{}\n" * 20)


def send(url: str, body: bytes) -> None:
    """POST it."""
    request = urllib.request.Request(url, data=body, headers={"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        answer.read()


if __name__ == "__main__":
    main()
