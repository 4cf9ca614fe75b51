"""A pytest plugin: whatever the tests of a run ask of an emulator is held against the published definitions.

    python -m pytest -p tests.conformance.recording_plugin tests/backends

The run fails where an answer, or one of our adapters' requests, is not as published. Requests that a test makes by
itself are not held against anything: tests may well ask for what does not exist.
"""

from __future__ import annotations

import pytest

from reconciler.emulator import Emulator, Request, Response
from tests.conformance.exchanges import NO_JSON, Exchange, Recorder, answer_violations, request_violations

_EXCHANGES: list[Exchange] = []
# Sent by the adapters' client with every request, and by nothing else.
_OURS = "tuneform/"


def pytest_configure() -> None:
    """Stand in front of every emulator of this process."""
    answer = Emulator.handle

    def handle(self: Emulator, request: Request) -> Response:
        recorder = Recorder(lambda asked: answer(self, asked), _EXCHANGES)
        return recorder.handle(request)

    Emulator.handle = handle  # type: ignore[method-assign]


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail the run for what was found."""
    found = violations()
    ours = sum(is_ours(e) for e in _EXCHANGES)
    print(f"\nrecorded: {len(_EXCHANGES)} exchanges, {ours} by adapters, {len(found)} violations")  # noqa: T201
    print("\n".join(sorted(set(found))[:50]))  # noqa: T201
    if found:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def is_ours(exchange: Exchange) -> bool:
    """Whether an adapter asked."""
    return exchange.is_published and exchange.request.headers.get("user-agent", "").startswith(_OURS)


def violations() -> list[str]:
    """What is not as published. Answers that are no JSON are those that a test has asked for: cut off, or a page."""
    published = [e for e in _EXCHANGES if e.is_published and not _is_page(e)]
    answers = [f"answer to {e}: {v}" for e in published for v in answer_violations(e) if v != NO_JSON]
    return answers + [f"request {e}: {v}" for e in published if is_ours(e) for v in request_violations(e)]


def _is_page(exchange: Exchange) -> bool:
    return exchange.headers.get("content-type", "").startswith("text/html")
