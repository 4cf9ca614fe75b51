"""The pytest plugin: fixtures that start an emulator and point Google's clients at it.

pytest imports this file in every run of an environment that has tuneform, so it imports nothing that costs anything
and changes nothing by itself. See docs/how-to/testing-with-the-emulator.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.emulator.in_thread import EmulatorServer
    from reconciler.emulator.running import RunningEmulator

_MARKER = "vertex_emulator"


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    text = "settings of the emulator that the fixture of this name starts, such as speed='manual', project='acme'"
    config.addinivalue_line("markers", f"{_MARKER}(**settings): {text}")


@pytest.fixture(scope="session")
def _vertex_emulator_server() -> Iterator[EmulatorServer]:
    from reconciler.emulator.in_thread import EmulatorServer

    server = EmulatorServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def _vertex_emulator_credentials(tmp_path_factory: pytest.TempPathFactory) -> str:
    from reconciler.emulator.running import write_credentials

    file = tmp_path_factory.mktemp("vertex-emulator") / "credentials.json"
    write_credentials(file)
    return str(file)


@pytest.fixture
def vertex_emulator(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    _vertex_emulator_server: EmulatorServer,
    _vertex_emulator_credentials: str,
) -> RunningEmulator:
    """An empty emulator of Vertex AI, the Gemini API and Cloud Storage, which Google's clients of this test talk to.

    Its address is the same for all tests of a process; what is in it is not. `@pytest.mark.vertex_emulator(…)` has
    its settings.
    """
    from reconciler.emulator.running import RunningEmulator

    emulator = RunningEmulator(_vertex_emulator_server, **_settings(request))
    _set_environment(monkeypatch, emulator, _vertex_emulator_credentials)
    return emulator


@pytest.fixture(scope="session")
def vertex_emulator_session(_vertex_emulator_credentials: str) -> Iterator[RunningEmulator]:
    """One emulator for the whole run, at an address of its own: for what is expensive to make, such as a tuned model.

    A test that asks for `vertex_emulator` as well talks to that one.
    """
    from reconciler.emulator.running import running_emulator

    with running_emulator() as emulator, pytest.MonkeyPatch.context() as patch:
        _set_environment(patch, emulator, _vertex_emulator_credentials)
        yield emulator


def _settings(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Those of all markers, the nearest last."""
    found: dict[str, Any] = {}
    for marker in reversed([*request.node.iter_markers(_MARKER)]):
        if marker.args:
            raise pytest.UsageError(f"@pytest.mark.{_MARKER} takes settings by name, not {marker.args[0]!r}")
        found |= marker.kwargs
    return found


def _set_environment(patch: pytest.MonkeyPatch, emulator: RunningEmulator, credentials: str) -> None:
    for name, value in emulator.environment(credentials).items():
        patch.setenv(name, value)
