"""What happens in a run, and what came of it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import Any, Final

from reconciler.core import exits
from reconciler.core.events import Event
from reconciler.library.errors import CallError
from reconciler.library.results import PLAIN, Result
from reconciler.render.values import FailedChange, Outcome

_ENDINGS: Final = ("change_done", "change_failed", "change_left")


@dataclass(frozen=True, slots=True)
class DeletedUpload:
    """An upload that gc deleted: it belongs to no address, and the lock never knew of it."""

    uri: str


@dataclass(frozen=True, slots=True, repr=False)
class RunEvent:
    """Something that has happened, and is in the lock.

    `kind`, `address` ("" where it belongs to none), `at` (RFC 3339) and all of `data` are the line that
    `--format json` writes; `str()` is the line for people, "" for what only the lock cares about.
    """

    kind: str
    address: str
    at: str
    data: dict[str, Any]
    _text: str = field(repr=False, default="")

    @classmethod
    def of(cls, event: Event | DeletedUpload, at: str) -> RunEvent:
        """Said at this time, where it does not know its own."""
        from reconciler.render import json_events
        from reconciler.render.terminal.events import render_event

        if isinstance(event, DeletedUpload):
            data = json.loads(json_events.upload_deleted_line(event.uri, at=at))
            text = f"- {event.uri}"
        else:
            data = json.loads(json_events.event_line(event, at=at))
            text = render_event(event, PLAIN)
        return cls(data["type"], data.get("address", ""), data["at"], data, text.strip())

    @property
    def is_end(self) -> bool:
        """Whether a change is over with it: done, failed, or left for the next run."""
        return self.kind in _ENDINGS

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return f"<{self.kind} {self._text or self.address}>"


@dataclass(frozen=True, slots=True, repr=False)
class RunResult(Result):
    """What came of a run. Addresses are texts; `events` are all of it, in their order."""

    _outcome: Outcome
    _at: str
    events: tuple[RunEvent, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether all of it is done: nothing failed, is left, or is blocked."""
        return self._outcome.exit_code == exits.OK

    @property
    def done(self) -> tuple[str, ...]:
        """Whose changes are finished."""
        return tuple(str(address) for address, _ in self._outcome.done)

    @property
    def failed(self) -> tuple[FailedChange, ...]:
        """What ended badly, each with its `address`, `action` and `diagnostic`."""
        return self._outcome.failed

    @property
    def left(self) -> tuple[str, ...]:
        """What is still under way or queued: `Workspace.wait()` goes on with it."""
        return tuple(map(str, self._outcome.left))

    @property
    def blocked(self) -> tuple[str, ...]:
        """What the plan could not touch, and needs a person."""
        return tuple(map(str, self._outcome.blocked))

    @property
    def exit_code(self) -> int:
        """How the command would end."""
        return self._outcome.exit_code

    @property
    def elapsed_s(self) -> float:
        """How long it took."""
        return self._outcome.elapsed_s

    def raise_if_failed(self) -> RunResult:
        """The same result, or ReconcilerError with why changes failed."""
        if self._outcome.failed:
            raise CallError(*(f.diagnostic for f in self._outcome.failed), exit_code=self.exit_code)
        return self

    def to_json(self) -> str:
        """The last line that `tuneform apply --format json` writes."""
        from reconciler.render.json_events import outcome_line

        return outcome_line(self._outcome, at=self._at, exit_code=self.exit_code)

    def __str__(self) -> str:
        return _words(self._outcome)

    def _in_short(self) -> str:
        return _words(replace(self._outcome, resume=None)).strip().splitlines()[-1].rstrip(".")

    def _repr_html_(self) -> str:
        from reconciler.render.html.notebook import outcome_piece

        return outcome_piece(self._outcome, lambda known: _words(replace(known, failed=(), resume=None)))


def _words(outcome: Outcome) -> str:
    from reconciler.render.terminal.events import render_outcome

    return render_outcome(outcome, PLAIN)
