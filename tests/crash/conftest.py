"""Matrices are printed with their sizes; nothing of them is left behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.crash import summary


def pytest_configure(config: pytest.Config) -> None:
    if not config.pluginmanager.is_registered(summary):
        config.pluginmanager.register(summary, summary.__name__)


@pytest.fixture(scope="session", autouse=True)
def _left_clean() -> Iterator[None]:
    yield
    from tests.crash import matrix

    matrix.leave()


@pytest.fixture
def counted(request: pytest.FixtureRequest) -> Callable[[str, int, int, int], None]:
    """Notes the size of a part of a matrix, how many of its cells were looked at, and how many hold."""

    def note(matrix: str, size: int, seen: int, held: int) -> None:
        request.node.user_properties.append((summary.PROPERTY, f"{matrix}|{size}|{seen}|{held}"))

    return note
