"""Why no model answers at an address."""

from __future__ import annotations

from reconciler.core.codes_run import run_diagnostic
from reconciler.core.diagnostics import ReconcilerError
from reconciler.core.lock import Entry, Role, Training
from reconciler.core.model import Address
from reconciler.core.suggest import suggest


def is_queued(entry: Entry | None, newest: str) -> bool:
    """Whether a later attempt than the newest training is approved and not submitted."""
    return any(int(a.attempt or 0) > int(newest) for a in entry.approved) if entry else False


def no_model(address: Address, entry: Entry | None) -> ReconcilerError:
    """Why nothing answers here: not applied, still queued, still training, or ended badly."""
    code, detail = _why_nothing(address, entry)
    status, plan = suggest("status").quoted, suggest("plan").quoted
    fix = f"See {status}." if entry else f"See {plan}: what is declared and not applied stands there."
    return ReconcilerError(run_diagnostic(code, detail, fix=fix, address=str(address)))


def no_model_of(address: Address, attempt: str, training: Training) -> ReconcilerError:
    """Why one attempt does not answer: it is still training, or ended without a model."""
    code, what = ("RUN030", "is") if training.is_open else ("RUN013", "has no model: it ended as")
    detail = f"Attempt {attempt} of {address} {what} {_state_of(training)}."
    return ReconcilerError(run_diagnostic(code, detail, fix=f"See {suggest('status').quoted}.", address=str(address)))


def endpoint_taken(address: Address, attempt: str, training: Training, holder: str) -> ReconcilerError:
    """Why a model that is there does not answer: another one was rebased in its endpoint."""
    detail = (
        f"Attempt {attempt} of {address} has no endpoint any more: {training.endpoint} serves attempt {holder}, "
        "which was rebased there."
    )
    return ReconcilerError(
        run_diagnostic("RUN013", detail, fix=f"See {suggest('status').quoted}.", address=str(address))
    )


def _why_nothing(address: Address, entry: Entry | None) -> tuple[str, str]:
    if entry is None:
        return "RUN013", f"{address} is not in the lock."
    attempt, training = entry.newest or ("", None)
    if training is None or is_queued(entry, attempt) or not training.job:
        return "RUN030", f"{address} is approved and queued: no training has been submitted yet."
    if training.is_open:
        return "RUN030", f"{address} is training: attempt {attempt} is {_state_of(training)}."
    if training.role is Role.PENDING:
        return "RUN013", f"{address} has no model that serves: attempt {attempt} is to be promoted."
    if training.role is Role.FAILED:
        ended = f"attempt {attempt} ended as {_state_of(training)}"
        why = f": {training.error}" if training.error else ""
        return "RUN013", f"{address} has no model that serves: {ended}{why}."
    return "RUN013", f"{address} has no model that serves."


def _state_of(training: Training) -> str:
    state = training.state or training.phase.value
    return state.removeprefix("JOB_STATE_").replace("_", " ").lower()
