"""What a training will cost: tokens x epochs x price, as a range; "unknown" and why, never a guess.

Billable tokens are those of the training set, input and output, each once; the charge multiplies them
by the epochs. Source: three recorded jobs and the pricing page (docs/explanation/money.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import ceil
from typing import Annotated, TypeAlias

import msgspec

from reconciler.core import compare, diff
from reconciler.core.catalog import Catalog
from reconciler.core.change import Change, Cost, Plan
from reconciler.core.dialect import TuningMethod
from reconciler.core.dialects import DIALECTS, dialect_of, of_base_model
from reconciler.core.lock import Entry, Lock, Submission, Training
from reconciler.core.model import Address, Declared, Fields
from reconciler.core.plurals import counted
from reconciler.core.settings import Price
from reconciler.core.tuned_from import base_named

_MILLION = 1_000_000
_TEXT_SHARE_LOW = 0.25
"""Least share of a JSONL object's bytes that is text of examples: the rest is keys and braces."""
_BYTES_PER_TOKEN = (5.2, 2.8)
"""Most and least bytes of text to a token, as in reconciler.datasets.estimate."""
_EPOCH_COUNTS = tuple(method.epochs for dialect in DIALECTS.values() for method in dialect.methods)
_Epochs: TypeAlias = Annotated[int, msgspec.Meta(ge=0, lt=10**9)]
_SPREAD = 0.2
"""How far the tokens of a byte of other data may be from those of the data billed last (our choice)."""


def price_plan(plan: Plan, lock: Lock, catalog: Catalog, prices: Mapping[str, Price]) -> Plan:
    """The plan with a cost on every change that trains."""
    bases = bases_of(plan, lock)
    return replace(
        plan,
        changes=tuple(
            replace(c, cost=_cost(c, lock.entry(c.address), bases, catalog, prices)) if c.trains else c
            for c in plan.changes
        ),
    )


def epochs_of(training: Fields) -> int | None:
    """The epochs that the spec sets; None leaves them to the service."""
    found = next((value for path in _EPOCH_COUNTS if (value := diff.at(training, path)) is not None), None)
    # A lock can be written by hand: what is no count there, as the wire spells numbers, says nothing.
    try:
        return msgspec.convert(found, _Epochs, strict=False)
    except (msgspec.ValidationError, UnicodeEncodeError):
        return None


def _cost(
    change: Change,
    entry: Entry | None,
    bases: Mapping[Address, str],
    catalog: Catalog,
    prices: Mapping[str, Price],
) -> Cost:
    declared, submission = change.declared, change.submission
    if declared is None or submission is None:
        return Cost(method="the training data is not at hand", needs="the spec")
    base = bases.get(change.address, "")
    dialect = dialect_of(change.address)
    if dialect.is_free:
        known = catalog.find(dialect.name, base)
        as_of = known.price.as_of if known and known.price else catalog.as_of
        return Cost(0.0, 0.0, method=f"tuning through {dialect.title} was free of charge", as_of=as_of)
    how = dialect.method_of(submission.training)
    if not how.bills_tokens:
        return Cost(method=unpublished(how), as_of=catalog.as_of, needs="the pricing page")
    price = price_of(base, catalog, prices)
    epochs = epochs_of(submission.training)
    tokens, method = _tokens(declared, submission, entry)
    if price is None or epochs is None or tokens is None:
        unset = "" if epochs else how.epochs.rpartition(".")[2]
        return _unknown(base, price, unset, "" if tokens else method)
    factor = epochs * price.per_million / _MILLION
    words = f"{method} x {counted(epochs, 'epoch')} x {price.per_million:g} {price.currency}/1M"
    low, high = (round(count * factor, 6) for count in tokens)
    return Cost(low, high, price.currency, words, price.as_of)


def unpublished(method: TuningMethod) -> str:
    """Why a method has no cost: what it draws or a teacher answers is not known before."""
    return f"how {method.word} tuning is billed is not known here"


def _unknown(base: str, price: Price | None, unset: str, no_tokens: str) -> Cost:
    """Everything that is missing at once: whoever corrects one thing should not meet the next.

    `unset` is the field of the epochs where it is one of these.
    """
    base = base or "the base model"
    missing = (
        (price is None, f"no price is known for {base} (set one under prices)", f"a price of {base} under prices"),
        (bool(unset), f"{unset} is not set, and the service chooses the epochs", f"an explicit {unset}"),
        (bool(no_tokens), no_tokens, "training data that can be read"),
    )
    why = "; ".join(reason for is_missing, reason, _ in missing if is_missing)
    needs = " and ".join(need for is_missing, _, need in missing if is_missing)
    return Cost(method=why, as_of=price.as_of if price else "", needs=needs)


def price_of(base: str, catalog: Catalog, prices: Mapping[str, Price]) -> Price | None:
    """A base model's price of training: the workspace's, else the catalogue's, else None."""
    dialect = of_base_model(base)
    known = None if dialect.is_free else catalog.find(dialect.name, base)
    for name in (base, known.name if known else base):
        if name in prices:
            return prices[name]
    if known is None or known.price is None:
        return None
    return Price(known.price.train, "USD", known.price.as_of)


_Range: TypeAlias = tuple[int, int]


def _tokens(declared: Declared, submission: Submission, entry: Entry | None) -> tuple[_Range | None, str]:
    """Billable tokens of one epoch: exact where these very bytes were trained on before, else estimated."""
    billed = [t for _, t in reversed(entry.in_order if entry else []) if t.billable_tokens is not None]
    for training in billed:
        if training.billable_tokens is not None and compare.unchanged_data(submission, training.submission):
            exact = training.billable_tokens
            return (exact, exact), f"{counted(exact, 'token')} billed last time"
    found, method = _estimated(declared, submission)
    narrower = _calibrated(found, submission, billed) if found else None
    if narrower is not None:
        return narrower, f"{narrower[0]:,} to {counted(narrower[1], 'token')} (by what was billed for a byte last time)"
    return found, method


def _estimated(declared: Declared, submission: Submission) -> tuple[_Range | None, str]:
    data = declared.training_data
    if data.tokens is not None:
        low, _, high = data.tokens
        lowest = "" if low == high else f"{low:,} to "
        return (low, high), f"{lowest}{counted(high, 'token')} ({data.counted_by})"
    size = _size(submission)
    if size is None:
        return None, "the size of the training data is not known"
    low, high = int(size * _TEXT_SHARE_LOW / _BYTES_PER_TOKEN[0]), int(size / _BYTES_PER_TOKEN[1])
    return (low, high), f"{low:,} to {counted(high, 'token')} (from the object's size alone)"


def _calibrated(found: _Range, submission: Submission, billed: Sequence[Training]) -> _Range | None:
    """The part of the estimate that the last training's tokens a byte make likely; None where it helps nothing.

    Never wider than the estimate: other data of the same model is much like it, and need not be.
    """
    size = _size(submission)
    for training in billed:
        before = _size(training.submission)
        if size and before and training.billable_tokens:
            likely = training.billable_tokens * size / before
            low, high = max(found[0], int(likely * (1 - _SPREAD))), min(found[1], ceil(likely * (1 + _SPREAD)))
            return (low, high) if low <= high and (low, high) != found else None
    return None


def _size(submission: Submission) -> int | None:
    """Bytes of the training data."""
    return submission.data[0].size if submission.data else None


def bases_of(plan: Plan, lock: Lock) -> dict[Address, str]:
    """The base model of every address, through its parents."""
    return bases_declared({c.address: c.declared for c in plan.changes if c.declared is not None}, lock)


def bases_declared(declared: Mapping[Address, Declared], lock: Lock) -> dict[Address, str]:
    """The same of specs that no plan was made of."""
    found: dict[Address, str] = {}
    for address in declared:
        _find_base(address, declared, lock, found)
    return {address: found[address] for address in declared}


def _find_base(address: Address, declared: Mapping[Address, Declared], lock: Lock, found: dict[Address, str]) -> None:
    """Up to a model that has one, or that is known already; all below it are tuned from the same."""
    chain: dict[Address, None] = {}
    at: Address | None = address
    base = ""
    while at is not None and at not in chain and not base:
        if at in found:
            base = found[at]
            break
        chain[at] = None
        base, at = _own_base(at, declared.get(at), lock)
    found.update(dict.fromkeys(chain, base))


def _own_base(address: Address, spec: Declared | None, lock: Lock) -> tuple[str, Address | None]:
    """The base model that it names itself, and its parent."""
    entry = lock.entry(address)
    newest = entry.newest[1].submission if entry and entry.newest else None
    locked = Address.parse(newest.parent) if newest and newest.parent else None
    if spec is not None and (spec.source is None or spec.source.model):
        named = dialect_of(address).base_of(spec.training)
        return named or (spec.source.base if spec.source else ""), spec.parent
    # Undeclared; or a copy whose source is not to be had: as it was when it was copied last.
    return base_named(address, newest) if newest else "", locked
