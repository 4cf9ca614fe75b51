"""The rows of `tuneform status`: every training in the lock as the cloud shows it, and what is approved or declared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from reconciler.core.carry.reports import standing_note
from reconciler.core.catalog import Catalog
from reconciler.core.cost import epochs_of, price_of
from reconciler.core.lock import Entry, Milestone, Submission, Training
from reconciler.core.model import Address, LiveTraining, Progress
from reconciler.core.pins import explained, pins_of
from reconciler.core.settings import Price
from reconciler.core.times import seconds_of
from reconciler.render.values import StatusRow
from reconciler.workflow.planning import Planned
from reconciler.workflow.standings import Standing, standings

_MILLION = 1_000_000


def status_rows(seen: Planned, now_s: float, catalog: Catalog, prices: Mapping[str, Price]) -> list[StatusRow]:
    """By address and attempt. What is approved and not submitted, or declared and not applied, has a row of its own."""
    rows = [_trained(standing, now_s, catalog, prices) for standing in standings(seen)]
    for address, entry in seen.lock.by_address:
        rows += _queued(address, entry, now_s)
    pinned = {(address, pin.attempt): explained(pin) for address, pin in pins_of(seen.lock)}
    rows = [replace(row, note=pinned.get((row.address, row.attempt), row.note)) for row in rows]
    known = {row.address for row in rows}
    rows += [StatusRow(a, "", "not applied") for a in seen.desired.models if a not in known]
    return sorted(rows, key=lambda r: (r.address, int(r.attempt or 0)))


def _trained(s: Standing, now_s: float, catalog: Catalog, prices: Mapping[str, Price]) -> StatusRow:
    live, training = s.live, s.training
    began = training.at(Milestone.SUBMITTED, Milestone.ADOPTED, Milestone.INTENDED)
    return StatusRow(
        s.address,
        training.role.value,
        live.state if live else training.state or training.phase.value,
        attempt=s.attempt,
        base=_base(training.submission),
        progress=live.progress if live else Progress(),
        endpoint=training.endpoint or (live.endpoint if live else ""),
        job=training.job,
        model=training.model or (live.model if live else ""),
        age_s=now_s - seconds_of(began) if began else None,
        since_s=_since(training, live, now_s),
        cost=_cost(training, live, catalog, prices),
        currency=_currency(training, catalog, prices),
        note=training.gate_refused or training.error or (live.error if live else "") or standing_note(training),
    )


def _queued(address: Address, entry: Entry, now_s: float) -> Iterator[StatusRow]:
    """A training that is approved and waits for its turn: for a place in the quota, or for its parent."""
    for approved in entry.approved:
        if approved.submission is not None and approved.attempt and approved.attempt not in entry.trainings:
            parent = approved.submission.parent
            after = f" It is tuned from {parent}." if parent else ""
            note = f"approved ({approved.action}) and not submitted yet.{after}"
            yield StatusRow(
                address,
                "",
                "queued",
                attempt=approved.attempt,
                base=_base(approved.submission),
                age_s=now_s - seconds_of(approved.at) if approved.at else None,
                note=note,
            )


def _since(training: Training, live: LiveTraining | None, now_s: float) -> float | None:
    """Seconds in the present state of what is under way; None where the lock has not seen it begin."""
    if live is None or live.status.is_terminal or not training.is_open:
        return None
    if training.state and training.state != live.state:
        return None
    seen = [at for name, at in training.seen.items() if name != Milestone.DATA_SEEN]
    return now_s - max(map(seconds_of, seen)) if seen else None


def _cost(training: Training, live: LiveTraining | None, catalog: Catalog, prices: Mapping[str, Price]) -> float | None:
    """What an ended training was billed, where its tokens, epochs and price are known."""
    tokens = training.billable_tokens if training.billable_tokens is not None or live is None else live.billable_tokens
    asked = epochs_of(training.submission.training)
    epochs = asked if asked is not None or live is None else epochs_of(live.training)
    price = price_of(str(training.submission.training.get("baseModel", "")), catalog, prices)
    if tokens is None or epochs is None or price is None or training.is_open:
        return None
    return tokens * epochs * price.per_million / _MILLION


def _currency(training: Training, catalog: Catalog, prices: Mapping[str, Price]) -> str:
    price = price_of(str(training.submission.training.get("baseModel", "")), catalog, prices)
    return price.currency if price else ""


def _base(submission: Submission) -> str:
    base = submission.training.get("baseModel")
    return str(base) if base else submission.parent or "a tuned model"
