"""Where training data is read from by its name: local files, and objects of a target that is opened for them alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

from reconciler.backends.base import BackendError
from reconciler.core.codes_run import run_diagnostic
from reconciler.core.diagnostics import Diagnostic, ReconcilerError
from reconciler.core.faults import Fault
from reconciler.datasets import Format, Source, UnreadableError

if TYPE_CHECKING:
    from reconciler.workflow.world import World


class _HasWorld(Protocol):
    """A session of any kind."""

    @property
    def world(self) -> World:
        """What is asked."""


Opens: TypeAlias = Callable[[], AbstractContextManager[_HasWorld]]
"""Opens a session, for as long as something is read."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Data by its names, and the world that knows of it; without one where nothing is asked of any service."""

    names: Sequence[str]
    format: Format | None = None
    world: World | None = None

    def sources(self) -> list[Source]:
        """A source for each name, to be read once; an object is downloaded while it is read."""
        return [self._source(name) for name in self.names]

    def _source(self, name: str) -> Source:
        if self.world is not None and name.startswith("gs://"):
            return Source.stream(self.world.storage.chunks(name), name, self.format)
        return Source.file(name, name, self.format)


@contextmanager
def read_data(
    names: Sequence[str], opens: Opens, *, format_: Format | None = None, asks: bool = False
) -> Iterator[Reading]:
    """Only a gs:// name needs a target, or who `asks` a service; and only then one is opened, by `opens`."""
    try:
        if asks or any(name.startswith("gs://") for name in names):
            with _in_session(names, opens, format_) as opened:
                yield opened
        else:
            yield Reading(names, format_)
    except UnreadableError as exc:
        raise ReconcilerError(run_diagnostic("RUN016", f"{', '.join(names)}: {exc}")) from exc


@contextmanager
def _in_session(names: Sequence[str], opens: Opens, format_: Format | None) -> Iterator[Reading]:
    with opens() as now:
        try:
            yield Reading(names, format_, now.world)
        except BackendError as exc:
            raise ReconcilerError(_diagnostic_of(exc, names)) from exc


def _diagnostic_of(exc: BackendError, names: Sequence[str]) -> Diagnostic:
    """An object that is not there is named by its URI."""
    if exc.fault is not Fault.NOT_FOUND:
        return exc.diagnostic
    objects = ", ".join(name for name in names if name.startswith("gs://"))
    return run_diagnostic("RUN011", f"{objects}: {exc.diagnostic.detail}", fix="Upload it, or correct the URI.")
