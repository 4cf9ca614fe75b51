"""status, show, prompt, gate: looking without changing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from reconciler.backends.base import BackendError, MetricPoint, PromptOptions
from reconciler.core.attempts import markers_for
from reconciler.core.codes_run import run_diagnostic
from reconciler.core.diagnostics import ReconcilerError
from reconciler.core.faults import Fault
from reconciler.core.gate_result import GateResult
from reconciler.core.lock import Entry, Role, Training
from reconciler.core.model import Address, Json, LiveTraining
from reconciler.core.submission import submission_of
from reconciler.core.suggest import suggest
from reconciler.gate import judge
from reconciler.workflow.planning import Planned
from reconciler.workflow.world import World


@dataclass(frozen=True, slots=True)
class Standing:
    """One training of one address, as locked and as seen."""

    address: Address
    attempt: str
    training: Training
    live: LiveTraining | None


def standings(planned: Planned) -> list[Standing]:
    """Every locked training, in address and attempt order."""
    return [
        Standing(Address.parse(text), attempt, training, planned.live.trainings.get(training.job))
        for text, entry in sorted(planned.lock.entries.items())
        for attempt, training in entry.in_order
    ]


def request_body(world: World, planned: Planned, address: Address) -> dict[str, Json]:
    """The body that was sent, where there is a training; else the one that would be."""
    entry = planned.lock.entry(address)
    declared = planned.desired.models.get(address)
    newest = entry.newest if entry else None
    examples = declared.examples if declared else ()
    backend = world.backends[address.backend]
    if newest is not None:
        attempt, training = newest
        name = training.name or address.name
        markers = markers_for(training.submission, world.workspace.name, name, attempt)
        return backend.request_body(training.submission, markers, examples)
    if declared is None:
        raise _no_model(address, entry)
    submission = submission_of(declared, planned.live.identities, world.workspace.uploads_uri)
    return backend.request_body(submission, markers_for(submission, world.workspace.name, address.name, "1"), examples)


def prompt(world: World, address: Address, text: str, options: PromptOptions) -> Iterator[str]:
    """The answer of what serves at an address, as it streams in."""
    entry = world.trusted_lock().entry(address)
    serving = entry.serving if entry else None
    if serving is None:
        raise _no_model(address, entry)
    try:
        yield from world.backends[address.backend].generate(serving[1], text, options)
    except BackendError as exc:
        raise ReconcilerError(exc.diagnostic) from exc


def metrics(world: World, address: Address) -> Mapping[str, Sequence[MetricPoint]]:
    """The curves of the newest training at an address, by name."""
    entry = world.trusted_lock().entry(address)
    newest = entry.newest if entry else None
    if newest is None or not newest[1].job or _is_queued(entry, newest[0]):
        raise _no_model(address, entry)
    try:
        return world.backends[address.backend].metrics(newest[1])
    except BackendError as exc:
        known = newest[1].judged.metrics if newest[1].judged and exc.fault is Fault.NOT_FOUND else {}
        last = ", ".join(f"{name} {value:.4g}" for name, value in sorted(known.items()))
        fix = f"The lock has the last values, as its gate read them: {last}." if last else exc.diagnostic.fix
        raise ReconcilerError(replace(exc.diagnostic, fix=fix, address=str(address))) from exc


def gate(world: World, planned: Planned) -> GateResult:
    """Every declared model against the lock, the cloud and its own gate."""
    return judge(planned.plan, planned.lock, world.backends)


def _is_queued(entry: Entry | None, newest: str) -> bool:
    """Whether a later attempt than the newest training is approved and not submitted."""
    return any(int(a.attempt or 0) > int(newest) for a in entry.approved) if entry else False


def _no_model(address: Address, entry: Entry | None) -> ReconcilerError:
    """Why nothing answers here: not applied, still queued, still training, or ended badly."""
    code, detail = _why_nothing(address, entry)
    status, plan = suggest("status").quoted, suggest("plan").quoted
    fix = f"See {status}." if entry else f"See {plan}: what is declared and not applied stands there."
    return ReconcilerError(run_diagnostic(code, detail, fix=fix, address=str(address)))


def _why_nothing(address: Address, entry: Entry | None) -> tuple[str, str]:
    if entry is None:
        return "RUN013", f"{address} is not in the lock."
    attempt, training = entry.newest or ("", None)
    if training is None or _is_queued(entry, attempt) or not training.job:
        return "RUN030", f"{address} is approved and queued: no training has been submitted yet."
    if training.is_open:
        return "RUN030", f"{address} is training: attempt {attempt} is {_state_of(training)}."
    if training.role is Role.FAILED:
        ended = f"attempt {attempt} ended as {_state_of(training)}"
        why = f": {training.error}" if training.error else ""
        return "RUN013", f"{address} has no model that serves: {ended}{why}."
    return "RUN013", f"{address} has no model that serves."


def _state_of(training: Training) -> str:
    state = training.state or training.phase.value
    return state.removeprefix("JOB_STATE_").replace("_", " ").lower()
