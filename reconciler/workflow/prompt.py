"""prompt: ask a model of an address: what serves, another attempt, or a checkpoint of either."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from reconciler.backends.base import BackendError
from reconciler.core.codes_prompt import prompt_diagnostic
from reconciler.core.diagnostics import Diagnostic, ReconcilerError
from reconciler.core.generation import AnswerSettings, heard
from reconciler.core.heeded import heeded
from reconciler.core.lock import CheckpointRecord, Entry, Training
from reconciler.core.model import Address
from reconciler.core.suggest import suggest
from reconciler.core.taken_over import taken_over_by
from reconciler.core.tuned_from import tuned_from
from reconciler.workflow.no_model import endpoint_taken, no_model, no_model_of
from reconciler.workflow.world import World

LAST = "last"
"""The checkpoint of a job's end."""


@dataclass(frozen=True, slots=True)
class AskedModel:
    """Who is asked: "" for the attempt that serves, and for the endpoint that the service made the training's own."""

    address: Address
    attempt: str = ""
    checkpoint: str = ""


def asked_training(world: World, asked: AskedModel) -> Training:
    """The training with the endpoint that is asked. Raises ReconcilerError where there is none."""
    entry = world.trusted_lock().entry(asked.address)
    attempt, training = _attempt(asked, entry)
    if not (training.model or training.endpoint):
        raise no_model_of(asked.address, attempt, training)
    if not asked.checkpoint:
        if entry is not None and (holder := taken_over_by(entry, attempt)):
            raise endpoint_taken(asked.address, attempt, training, holder)
        return training
    return msgspec.structs.replace(training, endpoint=_checkpoint(asked, attempt, training).endpoint)


def remarks(world: World, asked: AskedModel, training: Training, settings: AnswerSettings) -> list[Diagnostic]:
    """What its base model makes of the settings: warnings. Raises ReconcilerError for what it refuses."""
    base = tuned_from(world.trusted_lock(), asked.address, training)
    said = heeded(settings, base, world.facts(asked.address, training), address=str(asked.address))
    if any(diagnostic.is_error for diagnostic in said):
        raise ReconcilerError(*said)
    return said


def answer(world: World, asked: AskedModel, training: Training, text: str, settings: AnswerSettings) -> Iterator[str]:
    """What it says, as it streams in, and as a Thought what it thinks. What it ignores of the settings is not sent."""
    said = heard(settings, world.facts(asked.address, training))
    try:
        yield from world.backends[asked.address.backend].generate(training, text, said)
    except BackendError as exc:
        raise ReconcilerError(exc.diagnostic) from exc


def _attempt(asked: AskedModel, entry: Entry | None) -> tuple[str, Training]:
    if entry is not None and asked.attempt in entry.trainings:
        return asked.attempt, entry.trainings[asked.attempt]
    if asked.attempt and entry is not None:
        held = ", ".join(f"{attempt} ({training.role.value})" for attempt, training in entry.in_order)
        raise _nothing(asked, f"{asked.address} has no attempt {asked.attempt}; it has {held or 'none'}.")
    serving = entry.serving if entry else None
    if serving is None:
        raise no_model(asked.address, entry)
    return serving


def _checkpoint(asked: AskedModel, attempt: str, training: Training) -> CheckpointRecord:
    known = {c.checkpoint_id: c for c in training.checkpoints if c.endpoint}
    wanted = next(reversed(known), "") if asked.checkpoint == LAST else asked.checkpoint
    if wanted in known:
        return known[wanted]
    has = ", ".join(f"{c.checkpoint_id} (epoch {c.epoch})" for c in known.values())
    which = "no checkpoints of its own" if not known else f"no checkpoint {asked.checkpoint}; it has {has}"
    raise _nothing(asked, f"Attempt {attempt} of {asked.address} has {which}.")


def _nothing(asked: AskedModel, detail: str) -> ReconcilerError:
    fix = f"See {suggest('show', asked.address).quoted}."
    return ReconcilerError(prompt_diagnostic("RUN073", detail, fix=fix, address=str(asked.address)))
