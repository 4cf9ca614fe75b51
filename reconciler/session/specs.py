"""The specs of a session, as written and with what their data holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from reconciler.core import exits
from reconciler.core.codes_spec import is_wrong_usage
from reconciler.core.diagnostics import Diagnostic, ReconcilerError, in_order
from reconciler.core.model import Desired
from reconciler.files.specs import Loaded


def declared(loaded: Loaded, *, complete: bool) -> Desired:
    """The specs as written. One mistake anywhere ends the run before anything is observed."""
    errors = [d for d in loaded.diagnostics if d.is_error]
    if loaded.desired is None or errors:
        raise broken(loaded)
    return replace(loaded.desired, is_complete=complete)


def broken(loaded: Loaded) -> ReconcilerError:
    """With every mistake."""
    return ReconcilerError(*in_order(loaded.diagnostics), exit_code=exit_code_of(loaded.diagnostics))


def exit_code_of(found: Sequence[Diagnostic]) -> int:
    """How loading ends: nothing to read at all is wrong usage, a mistake in what was read is not."""
    errors = [d for d in found if d.is_error]
    if not errors:
        return exits.OK
    return exits.USAGE if all(map(is_wrong_usage, errors)) else exits.FAILED


def warnings_of(loaded: Loaded) -> list[Diagnostic]:
    """What loading says without being an error."""
    return [d for d in in_order(loaded.diagnostics) if not d.is_error]
