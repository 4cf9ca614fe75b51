"""How fast the emulator is, and how much it holds.

    python -m tests.benchmarks.emulator [--jobs 10000] [--held 100000]

A server process on a state file, and clients in other processes, over loopback with kept-alive connections. A client
writes a request that was made beforehand and reads the answer by its length, so that little of what is measured is it.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import multiprocessing
import os
import platform
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).parents[2]

PARENT = "/v1/projects/acme/locations/us-central1"
SETTINGS = {"speed": "instant", "seed": 1}  # every job has ended, with its model and endpoints
SERVER = """
import sys
from reconciler.emulator import Emulator
from reconciler.emulator.server import serve
emulator = Emulator.open(sys.argv[1])
serve(emulator, host="127.0.0.1", port=0, ready=lambda url: print(url, flush=True))
emulator.close()
"""
ROW = json.dumps(
    {
        "contents": [
            {"role": "user", "parts": [{"text": "What is the capital of Kenya?"}]},
            {"role": "model", "parts": [{"text": "Nairobi"}]},
        ]
    }
)


@dataclass(frozen=True, slots=True)
class Measured:
    """What the clients of one run saw. Times are of one request, in milliseconds."""

    name: str
    clients: int
    rate: float
    p50_ms: float
    p99_ms: float

    def __str__(self) -> str:
        figures = f"{self.rate:>10,.0f}{self.p50_ms:>10.2f}{self.p99_ms:>10.2f}"
        return f"{self.name:<34}{self.clients:>8}{figures}"


def main() -> None:
    """Print the table."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    asked.add_argument("--jobs", type=int, default=10_000, help="jobs that get and list are measured with")
    asked.add_argument("--held", type=int, default=100_000, help="jobs that memory is measured with; 0 leaves it out")
    asked.add_argument("--seconds", type=float, default=5.0, help="how long each run takes")
    options = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        state = Path(folder) / "emulator.db"
        say(f"{platform.python_implementation()} {platform.python_version()}, {os.cpu_count()} CPUs")
        say(f"{'start-up, empty state':<34}{started(Path(folder) / 'empty.db'):>8.0f} ms (best of 5, process and all)")
        made = fill(state, options.jobs)
        figures = f"{made.rate:>8,.0f} a second, p50 {made.p50_ms:.2f} ms, p99 {made.p99_ms:.2f} ms"
        say(f"{'create and train, in process':<34}{figures}")
        say(f"{f'start-up, {options.jobs:,} jobs':<34}{started(state):>8.0f} ms")
        measure(state, options.seconds)
        if options.held:
            hold(state, options.jobs, options.held)


def say(line: str) -> None:
    """One line, at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def started(state: Path) -> float:
    """Milliseconds from starting the process to the line that says it is ready."""
    found = []
    for _ in range(5):
        begun = time.perf_counter()
        with serving(state):
            found.append(time.perf_counter() - begun)
    return min(found) * 1000


@contextlib.contextmanager
def serving(state: Path) -> Iterator[tuple[int, int]]:
    """A server process: its port and its id."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", SERVER, str(state)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        port = urlsplit(process.stdout.readline().strip()).port
        assert port is not None, "the server did not start"
        try:
            yield port, process.pid
        finally:
            process.terminate()


def fill(state: Path, jobs: int) -> Measured:
    """Create jobs in this process, every one a transaction on disk."""
    from reconciler.emulator import Emulator, Request

    emulator = Emulator.open(state, **SETTINGS)  # type: ignore[arg-type]
    rows = (ROW + "\n").encode() * 20
    emulator.handle(Request("POST", "/upload/storage/v1/b/acme/o", "uploadType=media&name=train.jsonl", {}, rows))
    times = []
    for n in range(jobs):
        spec = {"trainingDatasetUri": "gs://acme/train.jsonl", "hyperParameters": {"epochCount": "2"}}
        names = {"tunedModelDisplayName": f"Router {n}", "labels": {"team": f"team-{n % 20}"}}
        body = json.dumps({"baseModel": "gemini-3.5-flash", "supervisedTuningSpec": spec, **names}).encode()
        begun = time.perf_counter()
        response = emulator.handle(Request("POST", f"{PARENT}/tuningJobs", "", {}, body))
        times.append(time.perf_counter() - begun)
        assert response.status == 200, b"".join(response.chunks)
    emulator.close()
    return summed("create", 1, times, sum(times))


def summed(name: str, clients: int, times: list[float], elapsed_s: float) -> Measured:
    """The figures of many single times."""
    cuts = statistics.quantiles(times, n=100)
    return Measured(name, clients, len(times) / elapsed_s, cuts[49] * 1000, cuts[98] * 1000)


def measure(state: Path, seconds: float) -> None:
    """Requests a second, for one client and for eight at a time."""
    say(f"\n{'served':<34}{'clients':>8}{'a second':>10}{'p50 ms':>10}{'p99 ms':>10}")
    with serving(state) as (port, _):
        names = names_of(port)
        runs = {
            "get one job": [f"/v1beta1/{name}" for name in names],
            "list, pages of 100": [f"{PARENT}/tuningJobs?pageSize=100"],
            "list, pages of 1,000": [f"{PARENT}/tuningJobs?pageSize=1000"],
            "list, pages of 100 by label": [f'{PARENT}/tuningJobs?pageSize=100&filter=labels.team%3D"team-7"'],
            "health": ["/_emulator/health"],
        }
        for name, targets in runs.items():
            for clients in (1, 8):
                say(str(driven(name, port, targets, clients, seconds)))


def names_of(port: int) -> list[str]:
    """The names of a page of jobs."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        jobs = json.loads(ask(connection, request(f"{PARENT}/tuningJobs?pageSize=1000")))["tuningJobs"]
    return [job["name"] for job in jobs]


def driven(name: str, port: int, targets: list[str], clients: int, seconds: float) -> Measured:
    """Several processes asking, each as fast as it is answered."""
    with multiprocessing.get_context("fork").Pool(clients) as pool:
        begun = time.perf_counter()
        found = pool.starmap(client, [(port, targets, seconds, n) for n in range(clients)])
        elapsed_s = time.perf_counter() - begun
    return summed(name, clients, [one for times in found for one in times], elapsed_s)


def client(port: int, targets: list[str], seconds: float, seed: int) -> list[float]:
    """One client's times, in seconds."""
    chance = random.Random(seed)
    requests = [request(target) for target in targets]
    times = []
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        end = time.perf_counter() + seconds
        while (begun := time.perf_counter()) < end:
            ask(connection, chance.choice(requests))
            times.append(time.perf_counter() - begun)
    return times


def request(target: str) -> bytes:
    """A whole request."""
    return f"GET {target} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n".encode()


def ask(connection: socket.socket, wanted: bytes) -> bytes:
    """Send one request and read its whole answer."""
    connection.sendall(wanted)
    received = connection.recv(1 << 16)
    while (end := received.find(b"\r\n\r\n")) < 0:
        received += connection.recv(1 << 16)
    head, content = received[:end].lower(), received[end + 4 :]
    assert head.startswith(b"http/1.1 200"), received[:200]
    length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
    parts, missing = [content], length - len(content)
    while missing > 0:
        parts.append(connection.recv(min(missing, 1 << 20)))
        missing -= len(parts[-1])
    return b"".join(parts)


def hold(state: Path, present: int, wanted: int) -> None:
    """What a server with many jobs weighs: before it is asked, and after all of them have been listed."""
    fill(state, wanted - present)
    with serving(state) as (port, process):
        empty = resident_mb(process)
        begun = time.perf_counter()
        count, token = 0, ""
        with socket.create_connection(("127.0.0.1", port)) as connection:
            while count == 0 or token:
                page = json.loads(ask(connection, request(f"{PARENT}/tuningJobs?pageSize=1000&pageToken={token}")))
                count, token = count + len(page["tuningJobs"]), page.get("nextPageToken", "")
        listed_s = time.perf_counter() - begun
        full = resident_mb(process)
    say(f"\n{f'memory, {count:,} jobs':<34}{empty:>8.0f} MB when started, {full:.0f} MB when all are listed")
    say(f"{'list of all, pages of 1,000':<34}{listed_s:>8.1f} s")
    say(f"{f'state file, {count:,} jobs':<34}{state.stat().st_size / 1e6:>8.0f} MB")


def resident_mb(process: int) -> float:
    """Memory of a process, as Linux tells it."""
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


if __name__ == "__main__":
    main()
