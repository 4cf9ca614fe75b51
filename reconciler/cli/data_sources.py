"""Where dataset commands read and write: local files, gs:// objects, stdout."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from reconciler.cli.destinations import Destination
from reconciler.datasets import Format, Source
from reconciler.workflow.data_sources import Reading, read_data


@contextmanager
def reading(names: Sequence[str], *, format_: Format | None = None, asks: bool = False) -> Iterator[Reading]:
    """Only a gs:// name needs a target, or who `asks` a service; and only then one is opened."""
    from reconciler.cli.sessions import lock_session

    with read_data(names, lambda: lock_session("dataset"), format_=format_, asks=asks) as opened:
        yield opened


@contextmanager
def sources(names: Sequence[str], *, format_: Format | None = None) -> Iterator[list[Source]]:
    """A source for each name."""
    with reading(names, format_=format_) as opened:
        yield opened.sources()


@contextmanager
def output_to(place: Destination | None) -> Iterator[Callable[[str], object]]:
    """Write to stdout, or to a file that appears whole or not at all."""
    if place is None:
        yield sys.stdout.write
        return
    with place.opened() as put:
        yield put
