"""A saved plan is compared, never trusted: tampered with, it is refused or does what a fresh plan would do."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.security.hostile import paths_in, with_value
from tests.security.repository import planted, typed

_STATE = Path(".tuneform")


_WRONG: tuple[Any, ...] = ("tampered", 7, None, [])


@pytest.fixture
def saved(tmp_path: Path) -> Iterator[Any]:
    """A plan that creates and updates, as it was reviewed; the state to apply it to is kept aside."""
    with planted(tmp_path):
        typed("apply", "--yes", "--emulator", "--target", "gemini/letters")
        spec = Path("specs/letters.yaml")
        spec.write_text(spec.read_text(encoding="utf-8").replace("displayName: letters", "displayName: other"))
        assert typed("plan", "--emulator", "--out", "plan.json").code == 0
        shutil.copytree(_STATE, "before")
        yield json.loads(Path("plan.json").read_text(encoding="utf-8"))


def test_a_plan_with_any_one_field_changed_does_nothing_else_than_a_fresh_one(saved: Any) -> None:
    untouched = _done()
    Path("plan.json").write_text(json.dumps(saved), encoding="utf-8")
    as_planned, code = _applied()
    assert code == 0
    different, refused, tried = [], 0, 0

    for path in sorted(set(paths_in(saved)), key=str):
        for wrong in _WRONG:
            tampered = with_value(saved, path, wrong)
            Path("plan.json").write_text(json.dumps(tampered), encoding="utf-8")
            done, code = _applied()
            tried += 1
            refused += code == 1
            if not ((code == 1 and done == untouched) or (code == 0 and done == as_planned)):
                different.append((path, wrong, code))

    assert different == []
    assert tried > 200
    assert refused > 0


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"null",
        b"[]",
        b"{",
        b"\xff\xfe",
        b'{"checksum": NaN}',
        b'{"format_version": "99.0"}',
        b'{"format_version": "1.0", "checksum": ""}',
        b'{"format_version": "1.0", "checksum": "", "changes": []}',
        b"[" * 200_000,
        b'{"a":' * 100_000,
        b'{"checksum": ' + b"9" * 10_000 + b"}",
    ],
)
def test_what_is_no_plan_is_refused_and_never_read_as_an_approval_of_everything(saved: Any, content: bytes) -> None:
    before = _done()
    Path("plan.json").write_bytes(content)

    seen = typed("apply", "plan.json", "--emulator")

    assert seen.code == 1
    assert "Traceback" not in seen.err
    assert _done() == before


def _applied() -> tuple[Any, int]:
    """From the kept state, what was done and how it ended."""
    shutil.rmtree(_STATE)
    shutil.copytree("before", _STATE)
    code = typed("apply", "plan.json", "--emulator").code
    return _done(), code


def _done() -> Any:
    """What was submitted and what is carried, by address."""
    lock = json.loads((_STATE / "emulator.lock").read_text(encoding="utf-8"))
    return {
        address: ([t["submission"] for t in entry["trainings"].values()], entry.get("inPlace"))
        for address, entry in lock["entries"].items()
    }
