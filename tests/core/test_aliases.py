"""The alias of a version that a spec asks for: what a plan makes of where it is, and what the lock remembers of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from msgspec.structs import replace as with_fields

from reconciler.core.advance import advance
from reconciler.core.change import Cause, Change, ReasonCode
from reconciler.core.checksum import checksum_of
from reconciler.core.events import AliasMoved
from reconciler.core.lock import Role
from reconciler.core.merge import merge_locks
from reconciler.core.model import Action, OnChange
from tests.fakes.planning import change_of
from tests.fakes.specs import a_live, a_live_training, a_lock, a_spec, a_training, an_entry

SPEC = a_spec()
BEFORE = a_spec(epochs=5)
FIRST, SECOND = a_training(BEFORE, "1", role=Role.DEPOSED), a_training(SPEC, "2")


def _change(wanted: str, given: str, *, first: tuple[str, ...] = (), second: tuple[str, ...] = ()) -> Change:
    """Of an address whose second training serves; `first` and `second` are what their versions are called."""
    entry = with_fields(an_entry(SPEC, FIRST, SECOND), alias=given)
    live = a_live(a_live_training(BEFORE, "1", aliases=first), a_live_training(SPEC, "2", aliases=second))
    return change_of(replace(SPEC, alias=wanted), a_lock([(SPEC, entry)]), live)


@pytest.mark.parametrize(
    ("wanted", "given", "first", "second"),
    [
        ("", "", (), ()),
        ("", "", ("production",), ("golden",)),
        ("production", "production", (), ("production",)),
        ("production", "production", ("golden",), ("golden", "production")),
    ],
)
def test_what_is_called_as_the_spec_says_is_left_alone(
    wanted: str, given: str, first: tuple[str, ...], second: tuple[str, ...]
) -> None:
    assert _change(wanted, given, first=first, second=second).action is Action.NOOP


@pytest.mark.parametrize(
    ("wanted", "given", "first", "second", "changes"),
    [
        ("production", "", (), (), [(None, "production", Cause.EDITED)]),
        ("production", "", (), ("production",), [(None, "production", Cause.EDITED)]),
        ("live", "production", (), ("production",), [("production", "live", Cause.EDITED)]),
        ("", "production", (), ("production",), [("production", None, Cause.EDITED)]),
        ("production", "production", (), (), [(None, "production", Cause.DRIFTED)]),
        ("production", "production", ("production",), ("production",), [("production", None, Cause.DRIFTED)]),
        (
            "production",
            "production",
            ("production",),
            (),
            [(None, "production", Cause.DRIFTED), ("production", None, Cause.DRIFTED)],
        ),
    ],
)
def test_what_differs_is_said_by_version_and_patched_in_place(
    wanted: str,
    given: str,
    first: tuple[str, ...],
    second: tuple[str, ...],
    changes: list[tuple[str | None, str | None, Cause]],
) -> None:
    change = _change(wanted, given, first=first, second=second)

    assert (change.action, change.alias, change.patch) == (Action.UPDATE, wanted, None)
    assert [(f.old, f.new, f.cause) for f in change.fields] == changes
    assert {(f.field, f.on_change) for f in change.fields} == {("serve.alias", OnChange.IN_PLACE)}


def test_only_what_was_moved_by_others_is_called_drift() -> None:
    edited, drifted = _change("production", ""), _change("production", "production")

    assert (edited.reason.code, drifted.reason.code) == (ReasonCode.EDITED, ReasonCode.DRIFTED)
    assert drifted.resources == (SECOND.model,)


def test_another_alias_is_another_plan() -> None:
    lock = a_lock([(SPEC, with_fields(an_entry(SPEC, FIRST, SECOND), alias="production"))])
    wanted = [_change(name, "production", second=("production",)) for name in ("live", "golden", "")]

    assert len({checksum_of([change], lock) for change in wanted}) == 3


def test_the_lock_remembers_what_was_given_for_as_long_as_it_is() -> None:
    lock = a_lock([(SPEC, an_entry(SPEC, FIRST, SECOND))])

    given = advance(lock, AliasMoved(SPEC.address, "2", "production", (SECOND.model,)))
    taken = advance(given, AliasMoved(SPEC.address, "2", ""))

    assert given.entries["vertex/router"].alias == "production"
    assert taken.entries["vertex/router"].alias == ""


def test_of_two_locks_the_one_that_lets_serve_what_does_knows_its_alias() -> None:
    older = a_lock([(SPEC, with_fields(an_entry(SPEC, FIRST), alias="production", revision=1))])
    newer = a_lock([(SPEC, with_fields(an_entry(SPEC, FIRST, SECOND), alias="live", revision=5))])

    merged = merge_locks(older, newer).lock.entries["vertex/router"]

    assert merged.serving is not None
    assert (merged.serving[0], merged.alias) == ("2", "live")
