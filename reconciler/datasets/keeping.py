"""An object that has to be read more than once, in a temporary file for as long as that takes."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.datasets.source import Source


@contextmanager
def at_hand(source: Source) -> Iterator[Source]:
    """The same source, to be read as often as anybody likes. Errors of its chunks pass."""
    if source.chunks is None:
        yield source
        return
    with tempfile.NamedTemporaryFile(prefix="tuneform-") as file:
        for chunk in source.chunks:
            file.write(chunk)
        file.flush()
        yield replace(source, path=Path(file.name), chunks=None)
