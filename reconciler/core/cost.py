"""What a training will cost: tokens x epochs x price, as a range; "unknown" and why, never a guess.

Billable tokens are those of the training set, input and output, each once; the charge multiplies them
by the epochs. Source: three recorded jobs and the pricing page (docs/explanation/money.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from reconciler.core.catalog import Catalog
from reconciler.core.change import Change, Cost, Plan
from reconciler.core.lock import Entry, Lock, Submission
from reconciler.core.model import Address, Declared, Fields
from reconciler.core.settings import Price

_MILLION = 1_000_000
_TEXT_SHARE_LOW = 0.25
"""Least share of a JSONL object's bytes that is text of examples: the rest is keys and braces."""
_BYTES_PER_TOKEN = (5.2, 2.8)
"""Most and least bytes of text to a token (datasets/estimate.py)."""


def price_plan(plan: Plan, lock: Lock, catalog: Catalog, prices: Mapping[str, Price]) -> Plan:
    """The plan with a cost on every change that trains."""
    bases = _bases(plan, lock)
    return replace(
        plan,
        changes=tuple(
            replace(c, cost=_cost(c, lock.entry(c.address), bases, catalog, prices)) if c.action.trains else c
            for c in plan.changes
        ),
    )


def epochs_of(training: Fields) -> int | None:
    """The epochs that the spec sets; None leaves them to the service."""
    for method in ("supervisedTuningSpec", "preferenceOptimizationSpec"):
        found = training.get(method, {}).get("hyperParameters", {}).get("epochCount")
        if found is not None:
            return int(found)
    found = training.get("tuningTask", {}).get("hyperparameters", {}).get("epochCount")
    return None if found is None else int(found)


def _cost(
    change: Change,
    entry: Entry | None,
    bases: Mapping[Address, str],
    catalog: Catalog,
    prices: Mapping[str, Price],
) -> Cost:
    declared, submission = change.declared, change.submission
    if declared is None or submission is None:
        return Cost(method="the training data is not at hand")
    if change.address.backend == "gemini":
        return Cost(0.0, 0.0, method="tuning through the Gemini API was free of charge", as_of=catalog.as_of)
    base = bases.get(change.address, "")
    price = _price(base, catalog, prices)
    if price is None:
        return Cost(method=f"no price is known for {base or 'the base model'}; set one under prices:")
    epochs = epochs_of(submission.training)
    if epochs is None:
        return Cost(method="epochCount is not set, and the service chooses the epochs", as_of=price.as_of)
    tokens, method = _tokens(declared, submission, entry)
    if tokens is None:
        return Cost(method=method, as_of=price.as_of)
    factor = epochs * price.per_million / _MILLION
    low, high = tokens[0] * factor, tokens[-1] * factor
    words = f"{method} x {epochs} epochs x {price.per_million:g} {price.currency}/1M"
    return Cost(low, high, price.currency, words, price.as_of)


def _price(base: str, catalog: Catalog, prices: Mapping[str, Price]) -> Price | None:
    if base in prices:
        return prices[base]
    known = catalog.find("vertex", base)
    if known is None or known.price is None:
        return None
    return Price(known.price.train, "USD", known.price.as_of)


def _tokens(declared: Declared, submission: Submission, entry: Entry | None) -> tuple[tuple[int, ...] | None, str]:
    """Billable tokens of one epoch, exact where these very bytes were trained on before."""
    for _, training in reversed(entry.in_order if entry else []):
        if training.billable_tokens is not None and training.submission.data_id == submission.data_id:
            return (training.billable_tokens,), f"{training.billable_tokens:,} tokens billed last time"
    data = declared.training_data
    if data.tokens is not None:
        low, _, high = data.tokens
        return (low, high), f"{low:,} to {high:,} tokens ({data.counted_by})"
    record = next(iter(submission.data), None)
    if record is None or record.size is None:
        return None, "the size of the training data is not known"
    low = int(record.size * _TEXT_SHARE_LOW / _BYTES_PER_TOKEN[0])
    high = int(record.size / _BYTES_PER_TOKEN[1])
    return (low, high), f"{low:,} to {high:,} tokens (from the object's size alone)"


def _bases(plan: Plan, lock: Lock) -> dict[Address, str]:
    """The base model of every address, through its parents."""
    declared = {c.address: c.declared for c in plan.changes if c.declared is not None}
    return {address: _base(address, declared, lock, depth=0) for address in declared}


def _base(address: Address, declared: Mapping[Address, Declared], lock: Lock, depth: int) -> str:
    spec = declared.get(address)
    entry = lock.entry(address)
    newest = entry.newest[1].submission if entry and entry.newest else None
    training = spec.training if spec else newest.training if newest else {}
    base = training.get("baseModel")
    if isinstance(base, str):
        return base
    parent = spec.parent if spec else Address.parse(newest.parent) if newest and newest.parent else None
    return _base(parent, declared, lock, depth + 1) if parent and depth < len(declared) + len(lock.entries) else ""
