"""Both fast ways: the compiled one, and the one in Python for where nothing could be compiled."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.datasets import native
from reconciler.datasets.native.build import compiler


@pytest.fixture(scope="module", params=["compiled", "in Python"])
def fast_way(request: pytest.FixtureRequest) -> Iterator[str]:
    """A module that asks for it runs once with each."""
    if request.param == "compiled":
        if not compiler():
            pytest.skip("There is no C compiler here.")
        assert native.library() is not None
        yield request.param
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(native, "LIBRARY", Path("not-compiled.so"))
        native.library.cache_clear()
        yield request.param
    native.library.cache_clear()
