"""Where dataset commands read and write: local files, gs:// objects, stdout."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from reconciler.backends.base import BackendError, Fault
from reconciler.core.codes_run import run_diagnostic
from reconciler.core.diagnostics import Diagnostic, ReconcilerError
from reconciler.datasets import Format, Source, UnreadableError


@contextmanager
def sources(names: Sequence[str], *, format_: Format | None = None) -> Iterator[list[Source]]:
    """A source for each name. Only a gs:// one needs a target, and only then is one opened."""
    try:
        if any(name.startswith("gs://") for name in names):
            with _in_session(names, format_) as opened:
                yield opened
        else:
            yield [Source.file(name, name, format_) for name in names]
    except UnreadableError as exc:
        raise ReconcilerError(run_diagnostic("RUN016", f"{', '.join(names)}: {exc}")) from exc


@contextmanager
def _in_session(names: Sequence[str], format_: Format | None) -> Iterator[list[Source]]:
    """Objects are downloaded while they are read."""
    from reconciler.cli.wiring import session

    with session("dataset") as now:
        storage = now.world.storage
        try:
            yield [
                Source.stream(storage.chunks(name), name, format_)
                if name.startswith("gs://")
                else Source.file(name, name, format_)
                for name in names
            ]
        except BackendError as exc:
            raise ReconcilerError(_told(exc, names)) from exc


def _told(exc: BackendError, names: Sequence[str]) -> Diagnostic:
    """An object that is not there is told by its URI."""
    if exc.fault is not Fault.NOT_FOUND:
        return exc.diagnostic
    objects = ", ".join(name for name in names if name.startswith("gs://"))
    return run_diagnostic("RUN011", f"{objects}: {exc.diagnostic.detail}", fix="Upload it, or correct the URI.")


@contextmanager
def output_to(path: str | None) -> Iterator[Callable[[str], None]]:
    """Write to stdout, or to a file that appears whole or not at all."""
    if path is None:
        yield _print
        return
    place = Path(path)
    partial = place.with_name(place.name + ".partial")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("w", encoding="utf-8", errors="surrogateescape", newline="") as file:
            yield lambda text: _put(file.write(text))
        partial.replace(place)
    except OSError as exc:
        raise ReconcilerError(run_diagnostic("RUN016", f"{path}: {exc.strerror or exc}.")) from exc
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)


def _print(text: str) -> None:
    sys.stdout.write(text)


def _put(written: int) -> None:
    del written
