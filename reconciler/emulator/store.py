"""The state: one SQLite database, resources as the JSON bytes that answers are made of.

Every request is one transaction. In WAL mode with synchronous=NORMAL a committed write is in the hands of the operating
system, so that it survives kill -9 of this process; lists are keyset pages over bytes that are joined, not parsed.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from reconciler.emulator.errors import StateError

if TYPE_CHECKING:
    import os

Json = dict[str, Any]

FORMAT = 1
_APPLICATION_ID = 0x74666D75  # marks our files among other SQLite files
_BUSY_MS = 30_000
_PAGE_BYTES = 8192  # most jobs fit into a page with a few others
CHUNK_BYTES = 1 << 20

_TABLES = """
CREATE TABLE meta(key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE resources(
  seq INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, parent TEXT NOT NULL,
  project TEXT NOT NULL, created REAL NOT NULL, due REAL, waiting INTEGER NOT NULL DEFAULT 0,
  body BLOB NOT NULL, beta BLOB, data BLOB NOT NULL);
CREATE INDEX by_parent ON resources(kind, parent, seq);
CREATE INDEX by_due ON resources(due, seq) WHERE due IS NOT NULL;
CREATE INDEX by_waiting ON resources(kind, project, seq) WHERE waiting = 1;
CREATE INDEX by_running ON resources(kind, project, due) WHERE due IS NOT NULL;
CREATE TABLE objects(
  bucket TEXT NOT NULL, name TEXT NOT NULL, generation INTEGER NOT NULL, size INTEGER NOT NULL, body BLOB NOT NULL,
  PRIMARY KEY(bucket, name)) WITHOUT ROWID;
CREATE TABLE chunks(
  bucket TEXT NOT NULL, name TEXT NOT NULL, generation INTEGER NOT NULL, n INTEGER NOT NULL, bytes BLOB NOT NULL,
  PRIMARY KEY(bucket, name, generation, n)) WITHOUT ROWID;
CREATE TABLE uploads(id TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE faults(
  id INTEGER PRIMARY KEY AUTOINCREMENT, method TEXT NOT NULL, fault TEXT NOT NULL, times INTEGER, met INTEGER NOT NULL);
CREATE TABLE lessons(model TEXT NOT NULL, n INTEGER NOT NULL, prompt TEXT NOT NULL, answer TEXT NOT NULL,
  PRIMARY KEY(model, n)) WITHOUT ROWID;
"""
# Since format 1: a file without them gets them, and an older version does not look at them.
_LATER_TABLES = """
CREATE TABLE IF NOT EXISTS items(key TEXT NOT NULL UNIQUE, reference TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS plantings(
  id INTEGER PRIMARY KEY AUTOINCREMENT, body BLOB NOT NULL, asked INTEGER NOT NULL, right INTEGER NOT NULL,
  failed INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS asked(who TEXT NOT NULL, item TEXT NOT NULL, times INTEGER NOT NULL,
  PRIMARY KEY(who, item)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS scripts(
  id INTEGER PRIMARY KEY AUTOINCREMENT, body BLOB NOT NULL, services TEXT NOT NULL, seen INTEGER NOT NULL,
  used INTEGER NOT NULL);
"""


@dataclass(slots=True)
class Resource:
    """One resource. `body` is its answer in v1; `beta` what v1beta1 adds (for jobs see vertex_job_view.py).

    `due` is the training time of its next event; `waiting` that it waits for a place. `data` is never
    answered; where it has a `doc`, that is the body, decoded.
    """

    name: str
    kind: str
    parent: str
    project: str = ""
    created: float = 0.0
    due: float | None = None
    waiting: bool = False
    body: bytes = b"{}"
    beta: bytes | None = None
    data: Json = field(default_factory=dict)
    seq: int = 0

    @property
    def doc(self) -> Json:
        """The body, decoded."""
        found: Json = msgspec.json.decode(self.body)
        return found


BodyRow = tuple[int, float | None, bytes, bytes | None]  # seq, due, body, beta

_SELECT = "SELECT seq, name, kind, parent, project, created, due, waiting, body, beta, data FROM resources"
_INSERT = (
    "INSERT INTO resources(name, kind, parent, project, created, due, waiting, body, beta, data) "
    "VALUES(?,?,?,?,?,?,?,?,?,?)"
)


def _row(raw: tuple[Any, ...]) -> Resource:
    seq, name, kind, parent, project, created, due, waiting, body, beta, data = raw
    decoded = msgspec.json.decode(data)
    if "doc" in decoded:
        decoded["doc"] = msgspec.json.decode(body)
    return Resource(name, kind, parent, project, created, due, bool(waiting), body, beta, decoded, seq)


class Store:
    """The database. One connection under one lock: SQLite has one writer anyway."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection
        self.lock = threading.RLock()

    @classmethod
    def open(cls, state: str | os.PathLike[str] | None) -> Store:
        """Open or make the database. Raises StateError."""
        try:
            with ExitStack() as undo:
                connection = _connect(state)
                undo.callback(connection.close)
                _prepare(connection, state)
                undo.pop_all()
        except (sqlite3.Error, OSError) as exc:
            raise StateError(f"{state}: cannot be used as an emulator's state: {exc}") from exc
        return cls(connection)

    def close(self) -> None:
        """Close the connection, folding the write-ahead log into the file."""
        with self.lock:
            self._db.close()

    @contextmanager
    def transaction(self, *, writes: bool) -> Iterator[None]:
        """One transaction under the lock; rolled back when the block raises."""
        with self.lock:
            self._db.execute("BEGIN IMMEDIATE" if writes else "BEGIN")
            try:
                yield
                self._db.execute("COMMIT")
            finally:
                # Still open after an error of the block, and after a commit that a full disk refused.
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")

    @contextmanager
    def undone(self) -> Iterator[None]:
        """What the block writes is seen by the block alone; within a transaction or outside of one."""
        with self.lock:
            outermost = not self._db.in_transaction
            self._db.execute("BEGIN IMMEDIATE" if outermost else "SAVEPOINT rehearsal")
            try:
                yield
            finally:
                self._db.execute("ROLLBACK" if outermost else "ROLLBACK TO rehearsal")
                if not outermost:
                    self._db.execute("RELEASE rehearsal")

    @property
    def version(self) -> int:
        """Changes when another process has written."""
        (version,) = self._db.execute("PRAGMA data_version").fetchone()
        return int(version)

    def meta(self, key: str) -> Any:
        """One value of the state, None when absent."""
        found = self._db.execute("SELECT value FROM meta WHERE key=?", (key,)).fetchone()
        return msgspec.json.decode(found[0]) if found else None

    def set_meta(self, key: str, value: Any) -> None:
        """Store one value of the state."""
        self._db.execute("REPLACE INTO meta VALUES(?, ?)", (key, msgspec.json.encode(value)))

    def next_seq(self) -> int:
        """The number the next new resource will get; ids are derived from it."""
        found = self._db.execute("SELECT seq FROM sqlite_sequence WHERE name='resources'").fetchone()
        return int(found[0]) + 1 if found else 1

    def insert(self, row: Resource) -> None:
        """Add a resource; its name must be new."""
        cursor = self._db.execute(_INSERT, _values(row))
        row.seq = int(cursor.lastrowid or 0)

    def update(self, row: Resource) -> None:
        """Write a resource back."""
        self._db.execute(
            "UPDATE resources SET name=?, kind=?, parent=?, project=?, created=?, due=?, waiting=?, body=?, beta=?, "
            "data=? WHERE seq=?",
            (*_values(row), row.seq),
        )

    def delete(self, name: str) -> None:
        """Remove a resource if it is there."""
        self._db.execute("DELETE FROM resources WHERE name=?", (name,))

    def get(self, name: str) -> Resource | None:
        """One resource by its full name."""
        found = self._db.execute(_SELECT + " WHERE name=?", (name,)).fetchone()
        return _row(found) if found else None

    def page(
        self, kind: str, parent: str, *, after: int | None, limit: int, oldest_first: bool = False, until: float
    ) -> list[Resource]:
        """Resources of a parent in the order of creation, those made after the time `until` left out."""
        order, beyond = ("ASC", ">") if oldest_first else ("DESC", "<")
        start = after if after is not None else (0 if oldest_first else 1 << 62)
        found = self._db.execute(
            _SELECT + f" WHERE kind=? AND parent=? AND seq {beyond} ? AND created <= ? ORDER BY seq {order} LIMIT ?",
            (kind, parent, start, until, limit),
        )
        return [_row(raw) for raw in found]

    def bodies(self, kind: str, parent: str, after: int | None, limit: int, until: float) -> list[BodyRow]:
        """(seq, due, body, beta) of a page, newest first: what a plain list needs, without decoding anything."""
        found = self._db.execute(
            "SELECT seq, due, body, beta FROM resources WHERE kind=? AND parent=? AND seq < ? AND created <= ? "
            "ORDER BY seq DESC LIMIT ?",
            (kind, parent, 1 << 62 if after is None else after, until, limit),
        )
        return found.fetchall()

    def by_seq(self, seq: int) -> Resource | None:
        """One resource by its number."""
        found = self._db.execute(_SELECT + " WHERE seq=?", (seq,)).fetchone()
        return _row(found) if found else None

    def next_due(self, horizon: float) -> Resource | None:
        """The earliest resource with an event up to that training time."""
        found = self._db.execute(
            _SELECT + " WHERE due IS NOT NULL AND due <= ? ORDER BY due, seq LIMIT 1", (horizon,)
        ).fetchone()
        return _row(found) if found else None

    def has_due(self, horizon: float) -> bool:
        """Whether anything is due: the question every read begins with."""
        found = self._db.execute("SELECT 1 FROM resources WHERE due IS NOT NULL AND due <= ? LIMIT 1", (horizon,))
        return found.fetchone() is not None

    def running(self, kind: str, project: str) -> int:
        """How many resources of a project have events to come."""
        found = self._db.execute(
            "SELECT count(*) FROM resources WHERE kind=? AND project=? AND due IS NOT NULL", (kind, project)
        )
        return int(found.fetchone()[0])

    def waiting(self, kind: str, project: str) -> Resource | None:
        """The oldest resource of a project that waits for a place."""
        found = self._db.execute(
            _SELECT + " WHERE kind=? AND project=? AND waiting=1 ORDER BY seq LIMIT 1",
            (kind, project),
        ).fetchone()
        return _row(found) if found else None

    def counts(self) -> dict[str, int]:
        """Resources by kind, and objects."""
        found = dict(self._db.execute("SELECT kind, count(*) FROM resources GROUP BY kind"))
        (objects,) = self._db.execute("SELECT count(*) FROM objects").fetchone()
        return {**found, "object": objects}

    def sql(self, statement: str, parameters: tuple[Any, ...] = ()) -> sqlite3.Cursor:
        """A statement on the tables of one module: objects, uploads, faults, lessons, items, plantings, scripts."""
        return self._db.execute(statement, parameters)


def _values(row: Resource) -> tuple[Any, ...]:
    # A working copy of the body is not stored twice: rows stay short, and lists of them fast.
    data = msgspec.json.encode({**row.data, "doc": None} if "doc" in row.data else row.data)
    return (
        row.name,
        row.kind,
        row.parent,
        row.project,
        row.created,
        row.due,
        int(row.waiting),
        row.body,
        row.beta,
        data,
    )


def _connect(state: str | os.PathLike[str] | None) -> sqlite3.Connection:
    if state is not None:
        Path(state).parent.mkdir(parents=True, exist_ok=True)
    target = ":memory:" if state is None else state
    return sqlite3.connect(target, isolation_level=None, check_same_thread=False, cached_statements=200)


def _prepare(connection: sqlite3.Connection, state: object) -> None:
    connection.execute(f"PRAGMA busy_timeout={_BUSY_MS}")
    connection.execute(f"PRAGMA page_size={_PAGE_BYTES}")
    # Looked at before anything is written: a file of somebody else's stays as it is.
    _refuse_foreign(connection, state)
    if state is not None:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("BEGIN IMMEDIATE")
    if _is_empty(connection):
        for statement in _TABLES.split(";"):
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id={_APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version={FORMAT}")
    for statement in _LATER_TABLES.split(";"):
        connection.execute(statement)
    connection.execute("COMMIT")


def _is_empty(connection: sqlite3.Connection) -> bool:
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    return int(tables) == 0


def _refuse_foreign(connection: sqlite3.Connection, state: object) -> None:
    if _is_empty(connection):
        return
    (marker,) = connection.execute("PRAGMA application_id").fetchone()
    (found,) = connection.execute("PRAGMA user_version").fetchone()
    if marker != _APPLICATION_ID:
        raise StateError(f"{state}: is a SQLite file, but not an emulator's state")
    if found > FORMAT:
        raise StateError(f"{state}: was written by a newer version (format {found}, this one reads up to {FORMAT})")
