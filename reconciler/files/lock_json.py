"""The lock as JSON: sorted, one key a line, made to be merged. Keys of later versions survive."""

from __future__ import annotations

import json
import re
from codecs import BOM_UTF8
from collections.abc import Mapping
from functools import cache
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec

from reconciler.core.codes_lock import lock_error
from reconciler.core.lock import LOCK_VERSION, Entry, Lock, Milestone, Submission
from reconciler.core.model import Address
from reconciler.core.plurals import counted
from reconciler.core.suggest import suggest
from reconciler.files.bounds import LOCK

COMMENT_KEY = "$comment"
COMMENT = "Written by tuneform. Commit it; to change what it says, change the specs and apply."
_SURROGATE = b"\\ud"
_CONFLICT = re.compile(rb"^(<{7}|={7}|>{7})( |$)", re.MULTILINE)


def decode_lock(content: bytes, path: str) -> tuple[Lock, dict[str, Any]]:
    """The lock, and what of it this version does not know (to be written back unchanged)."""
    if not content.removeprefix(BOM_UTF8).strip():
        fix = f"{_restore(path)} If nothing was ever applied here, delete it."
        raise lock_error("LOCK020", "There is nothing in it.", path=path, fix=fix)
    if len(content) > LOCK.most:
        raise lock_error("LOCK001", f"{LOCK.detail}.", path=path, fix=LOCK.fix)
    conflict = _CONFLICT.search(content)
    if conflict:
        line = content.count(b"\n", 0, conflict.start()) + 1
        raise lock_error(
            "LOCK002",
            "An unresolved merge stands in the file.",
            path=path,
            line=line,
            fix=f"Take one side of the whole file (`git checkout --ours {path}`), write the other one beside it "
            f"(`git show MERGE_HEAD:{path} > theirs.lock`), and merge it: "
            f"{suggest('lock', 'merge', 'theirs.lock').quoted}.",
        )
    raw = _parse(content, path)
    refuse_newer(raw.get("version"), path)
    try:
        for entry in _mappings(raw.get("entries")):
            _part_states(entry)
        lock = msgspec.convert(raw, Lock)
        for address in lock.entries:
            check_entry(address, lock.entries[address])
    except (msgspec.ValidationError, ValueError) as exc:
        raise lock_error("LOCK001", f"{exc}.", path=path, fix=_restore(path)) from exc
    return lock, unknown_of(raw, Lock)


def refuse_newer(version: object, path: str, line: int = 0) -> None:
    """Raise ReconcilerError (LOCK003) for a version that this program would lose something of."""
    if isinstance(version, int) and version > LOCK_VERSION:
        detail = f"It is version {version}; this tuneform writes version {LOCK_VERSION}."
        fix = "Update tuneform, or use the one that wrote it."
        raise lock_error("LOCK003", detail, path=path, line=line, fix=fix)


def encode_lock(lock: Lock, unknown: Mapping[str, Any]) -> bytes:
    """Sorted keys, two spaces, a newline at the end; the first key says who writes it."""
    tree = _laid_over(unknown, msgspec.to_builtins(lock))
    tree[COMMENT_KEY] = COMMENT
    tree.setdefault("version", LOCK_VERSION)
    return msgspec.json.format(msgspec.json.encode(tree, order="sorted"), indent=2) + b"\n"


def entry_to_json(entry: Entry | None) -> Any:
    """An entry as JSON values, for the journal."""
    return None if entry is None else msgspec.to_builtins(entry)


def entry_document(address: Address, entry: Entry) -> str:
    """The same for programs, with whose it is."""
    document = {**entry_to_json(entry), "format_version": "1.0", "address": str(address)}
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def entry_from_json(value: Any) -> Entry | None:
    """Raises msgspec.ValidationError."""
    _part_states(value)
    return None if value is None else msgspec.convert(value, Entry)


def _part_states(entry: Any) -> None:
    """0.1.0 kept the service's states among our moments: in a parsed entry, they go where they stand now."""
    for training in _mappings(entry.get("trainings") if isinstance(entry, dict) else None):
        given = training.get("times")
        times = given if isinstance(given, dict) else {}
        states = {k: v for k, v in times.items() if k not in _MILESTONES}
        if states and isinstance(training.get("states", {}), dict):
            training["times"] = {k: v for k, v in times.items() if k in _MILESTONES}
            training["states"] = {**states, **training.get("states", {})}


def _mappings(value: object) -> list[dict[str, Any]]:
    """The mappings in one; whatever else is there, the types refuse."""
    return [v for v in value.values() if isinstance(v, dict)] if isinstance(value, dict) else []


def unknown_of(raw: Any, kind: Any) -> Any:
    """The part of `raw` that `kind` has no field for, nested alike; {} where there is none."""
    inner = _struct_in(kind)
    if not isinstance(raw, dict):
        return {}
    if inner is None:
        values = get_args(kind)
        value_kind = values[1] if len(values) > 1 else Any
        found = {k: unknown_of(v, value_kind) for k, v in raw.items()} if _struct_in(value_kind) else {}
        return {k: v for k, v in found.items() if v}
    known = _fields_of(inner)
    kept = {k: v for k, v in raw.items() if k not in known and k != COMMENT_KEY}
    for key, field_kind in known.items():
        below = unknown_of(raw.get(key), field_kind)
        if below:
            kept[key] = below
    return kept


@cache
def _fields_of(struct: type[msgspec.Struct]) -> dict[str, Any]:
    """The types of a struct's fields, by their names in JSON."""
    hints = get_type_hints(struct)
    return {f.encode_name: hints[f.name] for f in msgspec.structs.fields(struct)}


def _restore(path: str) -> str:
    """How to have a lock again; an answer of Cloud Storage may have been cut off."""
    if path.startswith("gs://"):
        again = "Run the command again. If that changes nothing,"
        return f"{again} copy {path}.backup over it, or move it away to rebuild it from the markers."
    return "Restore it from version control, or move it away to rebuild it from the markers."


def _parse(content: bytes, path: str) -> dict[str, Any]:
    try:
        raw = json.loads(content, parse_int=_int64)
        if _SURROGATE in content.lower():
            msgspec.json.encode(raw)  # half a character could be read, and never be written again
    except json.JSONDecodeError as exc:
        raise lock_error(
            "LOCK001", f"{exc.msg}.", path=path, line=exc.lineno, column=exc.colno, fix=_restore(path)
        ) from exc
    except (UnicodeDecodeError, RecursionError, ValueError) as exc:
        raise lock_error("LOCK001", f"{type(exc).__name__}: {exc}.", path=path, fix=_restore(path)) from exc
    if not isinstance(raw, dict) or "version" not in raw:
        raise lock_error("LOCK001", "It is JSON, but not a lock.", path=path, fix=_restore(path))
    return raw


def _int64(digits: str) -> int:
    """No revision, count or step needs more, and what reckons with one more is undone by a longer one."""
    if len(digits) > _MOST_DIGITS:
        raise ValueError(f"a number of {counted(len(digits), 'digit')}")
    return int(digits)


_MOST_DIGITS = 19
_MILESTONES = frozenset(map(str, Milestone))
_ADDRESS = re.compile(r"(?:vertex|gemini)/[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
"""What specs can be named. Nothing else was ever written into a lock by this program."""


def check_entry(address: str, entry: Entry | None) -> None:
    """Raise ValueError where the address or an attempt is not one: later code counts on both."""
    _check_address(address)
    for attempt, training in entry.trainings.items() if entry else ():
        if not attempt.isdecimal():
            raise ValueError(f"{address}: attempt {attempt!r} is not a number")
        _check_parent(training.submission)
    for approved in entry.approved if entry else ():
        _check_parent(approved.submission)


def _check_address(text: str) -> None:
    if _ADDRESS.fullmatch(text) is None:
        raise ValueError(f"{text!r} is not of the form vertex/name or gemini/name")


def _check_parent(submission: Submission | None) -> None:
    if submission is not None and submission.parent:
        _check_address(submission.parent)


def _struct_in(kind: Any) -> Any:
    """The Struct that a field holds, if that is what it holds."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return kind
    if get_origin(kind) in (Union, UnionType):
        return next((s for s in map(_struct_in, get_args(kind)) if s is not None), None)
    return None


_KEYED_BY_NAME = frozenset({"entries", "trainings", "tombstones"})
"""Mappings from names to records: what was unknown below a name goes when the name goes."""


def _laid_over(below: Mapping[str, Any], above: Mapping[str, Any], parent: str = "") -> dict[str, Any]:
    merged = dict(above)
    for key, value in below.items():
        if key not in merged:
            # A mapping of records that is empty now is left out of `above`: nothing in it comes back.
            if parent not in _KEYED_BY_NAME and key not in _KEYED_BY_NAME:
                merged[key] = value
        elif isinstance(value, Mapping) and isinstance(merged[key], Mapping):
            merged[key] = _laid_over(value, merged[key], key)
    return merged
