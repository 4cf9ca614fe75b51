"""Google's own clients, unmodified, against the served emulator: one server a process, one empty emulator a test.

Nothing is imported here that is slow to import: every process of a parallel run collects every file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.conformance import summary
from tests.conformance.served import Served, generative_options, release_of

# What would make a client ask somebody else, or look for credentials.
_ENVIRONMENT = (
    "GOOGLE_APPLICATION_CREDENTIALS",
    "GOOGLE_API_KEY",
    "GEMINI_API_KEY",
    "GOOGLE_CLOUD_PROJECT",
    "GOOGLE_CLOUD_LOCATION",
    "GOOGLE_GENAI_USE_VERTEXAI",
    "GOOGLE_GEMINI_BASE_URL",
    "GOOGLE_VERTEX_BASE_URL",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
)


def pytest_configure(config: pytest.Config) -> None:
    if not config.pluginmanager.is_registered(summary):
        config.pluginmanager.register(summary, summary.__name__)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A file's tests stay together where the runner can do it: each process then imports fewer clients."""
    for item in items:
        if item.path.parent.name == "conformance":
            item.add_marker(pytest.mark.xdist_group(item.path.stem))
            # Other people's libraries, at versions that may be younger than these tests.
            item.add_marker(pytest.mark.filterwarnings("default::DeprecationWarning", "default::FutureWarning"))


@pytest.fixture(scope="session")
def server() -> Served:
    """The server of this process."""
    served = Served()
    served.start()
    return served


@pytest.fixture
def served(server: Served, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    """An empty emulator. `@pytest.mark.parametrize("settings", …)` is not needed: tests call `served.empty(…)`.

    At the end, every answer that was given is held against the published definitions.
    """
    for name in _ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    server.empty()
    yield server
    assert server.recorder.answer_violations() == []
    client = getattr(request.module, "CLIENT", "")
    if client:
        note = f"{release_of(client)}{getattr(request.module, 'MODE', '')}|{len(server.requests)}"
        request.node.user_properties.append((summary.PROPERTY, note))


@pytest.fixture
def figure(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Notes a line for the table at the end."""
    return lambda text: request.node.user_properties.append((f"{summary.PROPERTY} figure", text))


@pytest.fixture
def glm(served: Served) -> Any:
    from google.ai import generativelanguage_v1beta

    served.empty(catalog="historic")
    return generativelanguage_v1beta


@pytest.fixture
def models(glm: Any, served: Served) -> Any:
    return glm.ModelServiceClient(**generative_options(served))


@pytest.fixture
def permissions(glm: Any, served: Served) -> Any:
    return glm.PermissionServiceClient(**generative_options(served))


@pytest.fixture
def generator(glm: Any, served: Served) -> Any:
    return glm.GenerativeServiceClient(**generative_options(served))
