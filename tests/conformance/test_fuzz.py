"""Requests made of the published definitions and of nonsense: an answer every time, never a 500, never an exception.

TUNEFORM_FUZZ=20000 for a long run. Hypothesis chooses seeds; what fails is printed as the request that did.
"""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Callable
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.emulator import Emulator, Request
from tests.conformance.served import DAY_S, training_data
from tests.conformance.strange_requests import TRAINING_DATA, TUNED_MODEL, Maker

REQUESTS = int(os.environ.get("TUNEFORM_FUZZ", "2000"))
AT_ONCE = 25
"""Requests to one emulator, so that there is something to meet."""
LONGEST_S = 5.0
STATUSES: Counter[int] = Counter()


def furnished(emulator: Emulator) -> list[str]:
    """Names of what there is to meet: a job with all that came of it. A tuned model and an object are there, too."""
    path, query = "/upload/storage/v1/b/acme/o", "uploadType=media&name=train.jsonl"
    emulator.handle(Request("POST", path, query, {}, training_data()))
    emulator.handle(
        Request("POST", "/v1beta/tunedModels", "tunedModelId=tune-me", {}, json.dumps(TUNED_MODEL).encode())
    )
    spec = {"trainingDatasetUri": TRAINING_DATA, "hyperParameters": {"epochCount": 1}}
    body = json.dumps({"baseModel": "gemini-2.5-flash", "supervisedTuningSpec": spec}).encode()
    parent = "/v1/projects/acme/locations/us-central1"
    name = json.loads(_answer(emulator, Request("POST", f"{parent}/tuningJobs", "", {}, body)))["name"]
    job = json.loads(_answer(emulator, Request("GET", f"/v1/{name}")))
    made = job["tunedModel"]
    return [name, made["model"], made["model"].partition("@")[0], made["endpoint"], job["experiment"]]


def _answer(emulator: Emulator, request: Request) -> bytes:
    return b"".join(emulator.handle(request).chunks)


def fuzzed(seed: int) -> None:
    """Some requests to one emulator."""
    emulator = Emulator.open(None, speed="instant", catalog="historic", seed=1, now=lambda: DAY_S)
    maker = Maker(Random(seed), furnished(emulator))
    for _ in range(AT_ONCE):
        request = maker.request()
        begun = time.perf_counter()
        response = emulator.handle(request)
        body = b"".join(response.chunks)
        STATUSES[response.status] += 1
        assert response.status < 500 or response.status == 501, (request, body[:500])
        assert time.perf_counter() - begun < LONGEST_S, request
        if response.status == 200 and body.startswith(b'{"name":"projects/'):
            maker.names.append(json.loads(body)["name"])
    emulator.close()


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_whatever_is_asked_is_answered(figure: Callable[[str], None]) -> None:
    STATUSES.clear()

    @settings(
        max_examples=-(-REQUESTS // AT_ONCE), deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(st.integers(0, 2**63 - 1))
    def run(seed: int) -> None:
        fuzzed(seed)

    run()

    assert sum(STATUSES.values()) >= REQUESTS
    assert STATUSES[200] > REQUESTS // 50, "it must also get somewhere"
    told = ", ".join(f"{n} x {status}" for status, n in sorted(STATUSES.items()))
    figure(f"{'requests of the fuzz run':<42}{sum(STATUSES.values()):>6}: {told}")
