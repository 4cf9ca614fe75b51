"""docs/reference/lock.md: every field of the lock, from the types that write it."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec

from reconciler.core import lock
from reconciler.core.model import Lifecycle
from tests.docs.sections import table

_KINDS: dict[str, type[msgspec.Struct]] = {
    "The file": lock.Lock,
    "An entry": lock.Entry,
    "A training": lock.Training,
    "A submission": lock.Submission,
    "A source": lock.SourceRecord,
    "A sweep": lock.SweepRecord,
    "A trial": lock.TrialRecord,
    "Training data": lock.DataRecord,
    "A checkpoint": lock.CheckpointRecord,
    "The checkpoint that serves": lock.ServedCheckpoint,
    "Dropped examples": lock.DroppedRecord,
    "A judgement": lock.Judgement,
    "What was spent": lock.JudgingCost,
    "Evidence": lock.Evidence,
    "Measurements": lock.Measured,
    "A point of a curve": lock.PointRecord,
    "An evaluation": lock.EvaluationRecord,
    "An approved change": lock.Approved,
    "An author": lock.Author,
    "A pin": lock.Pin,
    "A promotion": lock.Promotion,
    "A tombstone": lock.Tombstone,
    "A mending": lock.Mending,
    "Lifecycle": Lifecycle,
}

_MEANINGS: dict[str, dict[str, str]] = {
    "The file": {
        "version": "Version of this format. A newer one than tuneform knows is refused (`LOCK003`).",
        "lineage": "An id made with the lock, so that two histories are never confused.",
        "workspace": "The workspace whose lock this is. Another one is refused (`LOCK005`).",
        "target": "`google`, or `emulator:ID`. Another target is refused (`LOCK004`).",
        "projects": "Project ids and their numbers, learnt from answers: services answer with numbers.",
        "entries": "What is known of each address.",
        "tombstones": "What was forgotten or disposed of, by address.",
        "mended": "The last sixteen changes that a person made by hand.",
    },
    "An entry": {
        "revision": "Counts the writes of this entry. There is no counter of the whole file, so that branches merge.",
        "lifecycle": "As last applied: it survives the removal of the spec.",
        "inPlace": "Display name, description and labels as last applied. Its label keys are ours to remove.",
        "trainings": "By attempt, counted from `1`.",
        "approved": "Approved changes that are not done. `wait` finishes exactly these.",
        "former": "Names that it had before, oldest first. Of two locks, they tell which one has renamed it.",
        "declared": "Whether specs that were applied have spoken of it. What was only imported is not deleted for want "
        "of a spec (`PLAN017`). In a lock of 0.1.0, what was submitted counts as declared.",
        "origin": "Which source declared it last: `specs/`, what `specs` of the workspace says, or `-f` for what is "
        "named or piped in. A whole run of another one does not remove it (`PLAN123`). Absent in a lock of 0.1.0.",
        "commit": "At which commit of the specs it last changed, where that is known.",
        "pin": "What `rollback` let serve again, as long as that serves.",
        "alias": "The alias that the version which serves was last given: it is ours to move.",
    },
    "A training": {
        "role": "`candidate`, `pending` (trained, and waits to be promoted), `serving`, `deposed` or `failed`.",
        "phase": "`INTENDED`: the create may have been sent. `SUBMITTED`: the service has it. `APPLIED`: it has ended.",
        "submission": "What was asked for.",
        "name": "The name in its markers. A rename leaves the old one behind.",
        "job": "Resource name of the tuning job, or of the tuned model (Gemini API).",
        "operation": "Operation to poll (Gemini API).",
        "state": "The service's own word for its state.",
        "status": "What that means, once it has ended: `ready`, `failed` or `cancelled`. The Gemini API has one "
        "word for the last two. Absent in a lock of 0.1.0.",
        "model": "The model with its version, `…/models/ID@VERSION`. Of an open model the folder with its files.",
        "artifacts": "The folder with what was tuned, of an open model. Nothing there is ever deleted.",
        "endpoint": "The endpoint that serves it.",
        "checkpoints": "Intermediate checkpoints, each with an endpoint of its own.",
        "checkpoint": "Which one of them answers, where the spec says another than `last`: `endpoint` is that one's.",
        "error": "The service's words, where it failed.",
        "errorCode": "The service's code (`google.rpc.Code`).",
        "gateRefused": "Why its gate did not let it serve.",
        "judged": "What judged it last, and what it read.",
        "promoted": "Who let it serve that waited, where somebody did.",
        "notified": "Who was told of what: by event and receiver (`served/on-call`), when what was told happened.",
        "measured": "What its curves came to, read once when it ended. Absent where the service did not answer then, "
        "and in a lock of 0.1.0.",
        "evaluations": "What the service's own evaluation found, where the spec asked for one (`evaluationConfig`).",
        "billableTokens": "Tokens that the service counted.",
        "dropped": "Examples that the service left out.",
        "dataUnproven": "How the object differed after the job had read it, where it did (`RUN020`).",
        "cancelRequested": "When a cancel was asked for.",
        "inPlace": "Display name, description and labels that were last applied to what it left, once it is deposed, "
        "where that is not what it was sent with.",
        "by": "Who had it approved, or taken into the lock, where that is known.",
        "reason": "Why it was trained or taken in, for people.",
        "times": "When it was intended, submitted, adopted, created, ended, pending, served, deposed, refused; when "
        "its data was looked up again (`DATA_SEEN`).",
        "states": "When it was first seen in each state of the service.",
    },
    "A submission": {
        "project": "Project.",
        "location": "Location. The Gemini API has none.",
        "training": "The training fields as written in the spec.",
        "inPlace": "Display name, description and labels as they were sent with the job.",
        "reported": "Fields that do not decide the weights, as written.",
        "data": "The datasets.",
        "parent": "Address of the spec whose model it starts from.",
        "parentModel": "That model with its version, pinned when the create was sent.",
        "digest": "Value of the marker `tuneform-training`.",
        "dataId": "Value of the marker `tuneform-data`.",
        "source": "Whose model it is a copy of. Then `training` has that model with its version, under `from`.",
        "trigger": "The text of `tuneform.trigger` that had it trained, where the spec had one that is known.",
        "rebases": "The job of what served, which the service was asked to train again on this base model.",
        "sameEndpoint": "Whether the model replaced that one at its endpoint.",
    },
    "A source": {
        "workspace": "The other workspace.",
        "address": "Its address there.",
        "attempt": "Which attempt it was there, where its lock said so.",
        "servesIn": "Location of the copy's endpoint.",
        "base": "The base model that it goes back to, where its lock or its job said so; absent in older records.",
        "sweep": "The sweep of which it is the best trial. `workspace` is empty then: it is this one.",
    },
    "A sweep": {
        "metric": "What the best trial was selected by: a training metric, or how answers were judged.",
        "byAnswers": "Whether it was by answers to a held-out set.",
        "trials": "All of them, those that were deleted since included.",
    },
    "A trial": {
        "address": "Where it was trained, or would be.",
        "attempt": "The attempt there.",
        "model": "Its model with the version; absent where it failed.",
        "digest": "Digest of its training fields, as on its resources.",
        "dataId": "Identity of its data, as on its resources.",
        "score": "What it was selected by: the metric's last value, or the share (mean score) of its answers.",
    },
    "Training data": {
        "field": "The API's field.",
        "uri": "What the spec says.",
        "sentUri": "What was sent to the service: the uploaded object of a local file.",
        "local": "Whether it is a local file or stands in the spec.",
        "crc32c": "Checksum, base64 as Cloud Storage writes it.",
        "size": "Bytes.",
        "sha256": "Digest of a local file or of inline examples.",
        "content": "Digest of what is learnt of local data, whatever its form. Absent in records of 0.1.0 (version 1).",
        "generation": "Generation of the object. It never decides anything.",
        "examples": "How many, where they were counted. Examples themselves never enter the lock.",
    },
    "A checkpoint": {
        "checkpointId": "The service's id.",
        "epoch": "After which epoch.",
        "step": "After which step.",
        "endpoint": "The endpoint that serves it.",
    },
    "The checkpoint that serves": {
        "wanted": "What the spec asked for: an id, or `best METRIC`.",
        "checkpointId": "Which one that is. It is chosen once: a plan does not read the curve again.",
        "value": "The value of the metric there, where one decided.",
    },
    "Dropped examples": {
        "count": "How many.",
        "total": "Of how many, where that is known.",
        "examples": "A sample of their numbers, from 1, as the service names them.",
        "reasons": "The service's reasons, in the same order. No text of an example is kept.",
    },
    "A judgement": {
        "by": "Digest of the gate, its metrics and prompts. A refusal belongs to it: another gate judges again. "
        "`none` is no gate, `dropped` is `limits.maxDroppedPercent`; absent where the gate was inconclusive.",
        "metrics": "The last values that were read, for when somebody deletes the experiment.",
        "conclusion": "`passed`, `failed` or `inconclusive`; records of 0.1.0 have none.",
        "evidence": "What held-out items proved, one for each demand.",
        "looks": "How often this training was judged, by whichever gate.",
        "answers": "How many answers were asked of models for it; those that were known cost nothing.",
        "spent": "What they came to, a judge's scores included.",
    },
    "What was spent": {
        "amount": "By the `prices` of the workspace, else of the catalogue; absent where not all answers have one, or "
        "not in one currency.",
        "currency": "Of the amount.",
        "tookS": "Seconds of asking, of all runs that it took.",
    },
    "Evidence": {
        "metric": "How answers were judged.",
        "conclusion": "`passed`, `failed` or `inconclusive`.",
        "against": "The model that it was compared with.",
        "atLeast": "Or the number.",
        "margin": "By how much it may be worse; absent where it had to be better.",
        "confidence": "Of each bound, one-sided.",
        "items": "How many the held-out set has.",
        "judged": "How many of them were asked: it stops where no other answer could change the conclusion.",
        "both": "Items that both models have right.",
        "better": "Items that only the new model has right.",
        "worse": "Items that only the old one has right.",
        "neither": "Items that neither has right.",
        "new": "Share of the new model that is right, or its mean score.",
        "old": "The same of the old one.",
        "lower": "Lower bound of the difference, or of the share where there is a number.",
        "upper": "Upper bound.",
        "seed": "Of the order in which the items were asked.",
        "sameForAll": "The judge gives every answer the same score, also a right and a wrong one: it decides nothing.",
    },
    "Measurements": {
        "last": "The last value of each metric. What is no number is left out.",
        "best": "The lowest loss, the highest fraction of right predictions; none of what only counts.",
        "checkpoints": "What each metric was at a checkpoint, by the checkpoint's id.",
    },
    "A point of a curve": {
        "step": "After which step.",
        "value": "The value.",
        "epoch": "How many epochs were done then, where that is known: 1.5 is in the middle of the second.",
    },
    "An evaluation": {
        "checkpointId": "Of which checkpoint; absent for the model itself.",
        "scores": "Scores by metric.",
        "error": "The service's words, where it failed.",
    },
    "An approved change": {
        "action": "The action of the plan.",
        "deposed": "Whether it is about the model that was replaced.",
        "attempt": "The training to make, to wait for or to let serve.",
        "submission": "What to send.",
        "cancels": "Attempts to cancel.",
        "disposes": "Attempts to delete what is left of; beside a model that serves, as the last step.",
        "removesEntry": "Whether the entry goes when it is done.",
        "beside": "Jobs of exactly this training that were known when it was approved: it was asked for beside them.",
        "foreign": "Somebody allowed to undeploy what is removed from endpoints of others.",
        "inPlace": "Mutable fields as approved.",
        "gate": "The gate as approved.",
        "begun": "When a deletion began whose end is not known: only in a lock in Cloud Storage.",
        "pin": "What a rollback leaves in the entry once its attempt serves.",
        "checkpoint": "Which checkpoint is to serve: an id, `best METRIC` or `last`; absent where that stays as it is.",
        "alias": "The alias that its version is to have; absent where the spec asks for none.",
        "promotion": "Who lets it serve although models of this address wait, and why.",
        "checksum": "Of the plan that was approved.",
        "at": "When it was approved first; 0.1.0 did not record it.",
        "by": "Who had it approved first, where that is known.",
        "reason": "Why the plan has it, for people.",
    },
    "An author": {
        "actor": "Who: `--actor`, `TUNEFORM_ACTOR`, `GITHUB_ACTOR` or `GITLAB_USER_LOGIN`.",
        "commit": "The commit of the specs.",
        "runUrl": "Where the run can be looked at: `--run-url`, `TUNEFORM_RUN_URL`, or what GitHub and GitLab say.",
    },
    "A pin": {
        "attempt": "The attempt that serves, whatever the spec says.",
        "over": "Attempts that it was rolled back from, the first one first. They are not disposed of while it stands.",
        "digest": "Marker value of the training that the spec asked for then: it is over when that is another one.",
        "dataId": "Marker value of its data.",
        "by": "Who did it, where that is known.",
        "reason": "What the person said.",
        "at": "Since when.",
    },
    "A promotion": {
        "by": "Who did it, where that is known.",
        "reason": "What the person said, or what allowed it.",
        "at": "When.",
    },
    "A tombstone": {
        "resourceNames": "Resources that are not adopted again.",
        "at": "When they were forgotten.",
        "intents": "Creates that had no answer when they were forgotten: attempt, training and data of their markers.",
        "disposed": "Trainings of which nothing is left, each with its last time: a lock that has them is behind.",
        "by": "Who had it forgotten, where that is known.",
        "reason": "Why, for people.",
    },
    "A mending": {
        "what": "`mv` or `push`.",
        "addresses": "Of `mv` the old and the new one, of `push` those that it wrote.",
        "by": "Who did it, where that is known.",
        "reason": "What the person said.",
        "at": "When.",
    },
    "Lifecycle": {
        "protect": "No delete, cancel or disposal without an override.",
        "onRemove": "What the removal of the spec means: `delete` or `retain`.",
        "keep": "How many deposed models are kept.",
        "onDataChange": "Changed bytes behind a `gs://` URI: `report` or `retune`.",
        "onParentChange": "A newer parent: `report` or `retune`.",
        "onFailure": "`manual`, or `retry` for failures that may pass.",
        "maxAttempts": "How many trainings in all, with `retry`.",
        "maxDuration": "How long a training may take before it is stuck; empty: as the workspace says.",
        "promote": "When what is trained serves: `automatic`, or `manual` when somebody promotes it.",
    },
}


def lock_fields() -> str:
    """A table for each kind of record."""
    return "\n".join(f"### {title}\n\n{_table(title, kind)}" for title, kind in _KINDS.items())


def _table(title: str, kind: type[msgspec.Struct]) -> str:
    hints = get_type_hints(kind)
    meanings = _MEANINGS[title]
    known = [(f.encode_name, hints[f.name]) for f in msgspec.structs.fields(kind)]
    assert sorted(meanings) == sorted(name for name, _ in known), f"{title}: a field is not explained, or gone"
    return table(["Field", "Takes", "What it is"], [(f"`{n}`", _words(hint), meanings[n]) for n, hint in known])


def _words(hint: Any) -> str:
    if isinstance(hint, type) and issubclass(hint, Enum):
        return "one of " + ", ".join(f"`{member.value}`" for member in hint)
    if get_origin(hint) in (UnionType, Union):
        return _words(next(a for a in get_args(hint) if a is not type(None)))
    if get_origin(hint) is tuple:
        return f"list of {_plural(_words(get_args(hint)[0]))}"
    if get_origin(hint) is dict:
        return _mapping(get_args(hint))
    for title, kind in _KINDS.items():
        if kind is hint:
            return title.lower().removeprefix("an ").removeprefix("a ")
    return {str: "text", int: "number", float: "number", bool: "true or false"}[hint]


def _plural(words: str) -> str:
    return words if words in ("training data", "evidence") or words.endswith("data") else f"{words}s"


def _mapping(arguments: Iterable[Any]) -> str:
    _, values = arguments
    return "API fields" if values is Any else f"mapping to {_words(values)}"
