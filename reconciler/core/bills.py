"""What trainings were billed: the tokens that the service counted, by epochs and price. Pure.

A service bills the tokens of its data once for every epoch (core/cost.py says where that is from). A bill is worked out
from what is known of a training and the present price; no service says amounts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from reconciler.core.catalog import Catalog
from reconciler.core.copying import is_copy
from reconciler.core.cost import epochs_of, price_of, unpublished
from reconciler.core.dialect import Dialect
from reconciler.core.dialects import DIALECTS, dialect_of
from reconciler.core.lock import Lock, Training
from reconciler.core.model import Address, Fields, LiveTraining, Status
from reconciler.core.settings import Price
from reconciler.core.tuned_from import tuned_from

_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Bill:
    """What one training was billed. `tokens` are those of one epoch; `why`: why nothing was, or why nobody knows."""

    tokens: int | None = None
    epochs: int | None = None
    amount: float | None = None
    currency: str = ""
    as_of: str = ""
    why: str = ""


def bill_of(
    address: Address,
    training: Training,
    live: LiveTraining | None,
    base: str,
    catalog: Catalog,
    prices: Mapping[str, Price],
) -> Bill:
    """Of one training that has ended; `base` is the base model's name, a parent's for what is tuned further."""
    recorded = training.billable_tokens
    tokens = recorded if recorded is not None or live is None else live.billable_tokens
    asked = epochs_of(training.submission.training)
    epochs = asked if asked is not None or live is None else epochs_of(live.training)
    dialect = dialect_of(address)
    if training.is_open and not dialect.is_free:
        return Bill(tokens, epochs, why="it has not ended")
    return _bill(dialect, training.submission.training, tokens, epochs, base, catalog, prices)


def bill_of_live(live: LiveTraining, base: str, catalog: Catalog, prices: Mapping[str, Price]) -> LiveBill:
    """What anybody's training was billed, by what the service says of it alone. Of one under way nothing is due yet."""
    dialect = DIALECTS[live.backend]
    is_over = live.status.is_terminal
    if not is_over or not (live.status is Status.READY or live.billable_tokens is not None):
        return LiveBill()
    bill = _bill(dialect, live.training, live.billable_tokens, epochs_of(live.training), base, catalog, prices)
    return LiveBill(True, live.billable_tokens, bill.amount, bill.currency)


def _bill(
    dialect: Dialect,
    trained: Fields,
    tokens: int | None,
    epochs: int | None,
    base: str,
    catalog: Catalog,
    prices: Mapping[str, Price],
) -> Bill:
    """Of what has ended."""
    if dialect.is_free:
        return Bill(tokens, epochs, 0.0, "USD", catalog.as_of, f"tuning through {dialect.title} was free of charge")
    method = dialect.method_of(trained)
    if not method.bills_tokens:
        return Bill(tokens, epochs, why=unpublished(method))
    price = price_of(base, catalog, prices) if base else None
    if tokens is None:
        return Bill(tokens, epochs, why="the service has not said how many tokens")
    if epochs is None:
        return Bill(tokens, epochs, why="the number of epochs is not known")
    if price is None:
        return Bill(tokens, epochs, why=f"no price is known for {base or 'its base model'}")
    return Bill(tokens, epochs, tokens * epochs * price.per_million / _MILLION, price.currency, price.as_of)


class LiveBill(NamedTuple):
    """What stands of a bill in a list: tokens of one epoch, and the amount, None where nobody knows."""

    was_billed: bool = False
    tokens: int | None = None
    amount: float | None = None
    currency: str = ""


class Billed(NamedTuple):
    """What stands of a training's bill beside it: whether there was one, and what it was, None where nobody knows."""

    was_billed: bool = False
    cost: float | None = None
    currency: str = ""


def billed(
    address: Address,
    training: Training,
    live: LiveTraining | None,
    base: str,
    catalog: Catalog,
    prices: Mapping[str, Price],
) -> Billed:
    """The same as `bill_of`, for a row about the training; nothing of what was for nothing."""
    if not is_due(training, live):
        return Billed()
    bill = bill_of(address, training, live, base, catalog, prices)
    return Billed(True, bill.amount, bill.currency)


def is_due(training: Training, live: LiveTraining | None) -> bool:
    """Whether it has ended, and not for nothing: what it was billed is an amount, or unknown."""
    if training.is_open or is_copy(training.submission):
        return False
    status = training.status or (live.status if live else None)
    return status is Status.READY or training.billable_tokens is not None


def base_in_lock(address: Address, lock: Lock) -> str:
    """The base model of what serves at an address, or of its newest training; "" for none."""
    entry = lock.entry(address)
    found = (entry.serving or entry.newest) if entry else None
    return tuned_from(lock, address, found[1]) if found else ""
