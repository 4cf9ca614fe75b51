"""Parts that several JSON documents share. The types are the format: their schemas are made from them.

Keys are snake_case words, values that people see elsewhere as glyphs are words here, money is a
decimal string. Where a part stands in the lock or in a spec too, it is spelt as it is there.
"""

from __future__ import annotations

import json
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from reconciler.core.diagnostics import Diagnostic, Location, Severity
from reconciler.core.lock import Author
from reconciler.core.model import Action, Progress
from reconciler.render.commands import sentence, shell_line
from reconciler.render.values import Banner

FORMAT_VERSION = "1.0"
"""Minor versions add keys, major ones break. Readers ignore keys that they do not know."""

FormatVersion = Annotated[str, Meta(description="Minor versions add keys, major ones break.", pattern=r"^1\.\d+$")]
AddressText = Annotated[str, Meta(description="Our name of a tuned model: backend/name.", pattern=r"^[^/]+/[^/]+$")]
Amount = Annotated[str, Meta(description="An exact decimal number, never with an exponent.", pattern=r"^\d+\.\d{2,}$")]
Rfc3339 = Annotated[str, Meta(description="A time in RFC 3339, UTC.")]
ActionWord = Literal[
    "noop",
    "create",
    "update",
    "replace",
    "restore",
    "delete",
    "cancel",
    "await",
    "adopt",
    "forget",
    "blocked",
]


class Record(Struct, frozen=True, kw_only=True):
    """Base of everything in a document."""


class TargetRecord(Record, frozen=True, kw_only=True):
    """Whose models these are. With an emulator the first three are empty."""

    id: Annotated[str, Meta(description="`google`, or `emulator:ID`.")]
    project: str = ""
    location: str = ""
    identity: Annotated[str, Meta(description="The account that acts.")] = ""
    workspace: str = ""
    lock: str = ""

    @classmethod
    def of(cls, banner: Banner) -> TargetRecord:
        """As the first line of text output says it."""
        b = banner
        place = {} if b.emulator else {"project": b.project, "location": b.location, "identity": b.identity}
        return cls(id=b.target, workspace=b.workspace, lock=b.lock, **place)


class AuthorRecord(Record, frozen=True, kw_only=True):
    """Who had it approved; what nobody knows is empty."""

    actor: Annotated[str, Meta(description="Whose account, or who started the pipeline.")]
    commit: Annotated[str, Meta(description="The commit of the specs.")]
    run_url: Annotated[str, Meta(description="The run of the pipeline.")]

    @classmethod
    def of(cls, by: Author) -> AuthorRecord:
        """As the lock has it."""
        return cls(actor=by.actor, commit=by.commit, run_url=by.run_url)


class PlaceRecord(Record, frozen=True, kw_only=True):
    """A place in a file; line and column count from 1, 0 means unknown."""

    path: str
    line: int = 0
    column: int = 0


class DiagnosticRecord(Record, frozen=True, kw_only=True, omit_defaults=True):
    """One message: what is wrong, where, and how to mend it."""

    code: str
    severity: Literal["error", "warning", "note"]
    summary: str
    detail: str = ""
    fix: str = ""
    command: Annotated[str, Meta(description="A command line that fixes it.")] = ""
    where: PlaceRecord | None = None
    address: str | None = None
    more: Annotated[int, Meta(description="Of this code and file, how many more were counted and are not shown.")] = 0

    @classmethod
    def of(cls, diagnostic: Diagnostic) -> DiagnosticRecord:
        """As raised."""
        d = diagnostic
        where = PlaceRecord(path=d.where.path, line=d.where.line, column=d.where.column) if d.where else None
        return cls(
            code=d.code,
            severity=d.severity.value,
            summary=d.summary,
            detail=d.detail,
            fix=sentence(d.fix),
            command=shell_line(d.command),
            where=where,
            address=d.address,
            more=d.more,
        )

    def value(self) -> Diagnostic:
        """The diagnostic again."""
        where = Location(self.where.path, self.where.line, self.where.column) if self.where else None
        return Diagnostic(
            self.code,
            Severity(self.severity),
            self.summary,
            self.detail,
            self.fix,
            where,
            self.address,
            self.command,
            self.more,
        )


class ProgressRecord(Record, frozen=True, kw_only=True, omit_defaults=True):
    """How far a training is; what is unknown is absent."""

    percent: Annotated[float, Meta(ge=0, le=100)] | None = None
    steps_done: int | None = None
    steps_total: int | None = None
    detail: str = ""

    @classmethod
    def of(cls, progress: Progress) -> ProgressRecord:
        """As observed; a percentage outside of 0 to 100 is cut."""
        share = None if progress.percent is None else min(max(progress.percent, 0.0), 100.0)
        return cls(
            percent=share,
            steps_done=progress.steps_done,
            steps_total=progress.steps_total,
            detail=progress.detail,
        )

    def value(self) -> Progress:
        """The progress again."""
        return Progress(self.percent, self.steps_done, self.steps_total, self.detail)


def action_of(word: str) -> Action:
    """The action that a word names."""
    return Action[word.upper()]


def document(record: Struct) -> str:
    """One document: indented, keys in the order of the format, a line feed at the end."""
    try:
        text = msgspec.json.format(_encoded(record), indent=2).decode()
    except UnicodeEncodeError:
        text = json.dumps(_builtins(record), indent=2)
    return "\n".join(map(_printable, text.split("\n"))) + "\n"


def line(record: Struct) -> str:
    """One line without its line feed."""
    try:
        text = _encoded(record).decode()
    except UnicodeEncodeError:
        text = json.dumps(_builtins(record), separators=(",", ":"))
    return _printable(text)


def _encoded(record: Struct) -> bytes:
    """User-made mappings are sorted: equal values are equal text.

    Raise UnicodeEncodeError for half a surrogate pair, which UTF-8 cannot hold and a JSON escape can.
    """
    return msgspec.json.encode(record, order="deterministic")


def _builtins(record: Struct) -> object:
    return msgspec.to_builtins(record, order="deterministic")


def _printable(text: str) -> str:
    """JSON may hold bidi and other invisible characters as they are; what shows it should not meet them."""
    return text if text.isprintable() else "".join(c if c.isprintable() else _escape(c) for c in text)


def _escape(char: str) -> str:
    return "\\u007f" if char == "\x7f" else json.dumps(char)[1:-1]
