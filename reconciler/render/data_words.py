"""An edit of training data in words: in one line for whoever reviews a plan, and in columns of two files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reconciler.core.change import Change, Cost
from reconciler.core.data_changes import BeforeAfter, DataChange, RowCounts
from reconciler.core.dataset_difference import ClassCount, DatasetDifference
from reconciler.core.dialects import names_training_data
from reconciler.core.model import Address
from reconciler.core.plurals import counted
from reconciler.render.words import escape, money_range, shorten

CLASSES_SHOWN = 12
_LABEL_MAX = 24
_UNITS = ((1_000_000_000, "G"), (1_000_000, "M"), (1_000, "k"))


def data_words(found: DataChange, change: Change, arrow: str = "→") -> str:
    """`data/train.jsonl: 1,200 → 1,260 examples: 84 added, 24 removed; tokens 410k → 430k; cost …`, escaped."""
    named = f"{escape(found.was)} {arrow} {escape(found.uri)}" if found.was else escape(found.uri)
    cost = _cost(change, arrow) if names_training_data(found.field) else ""
    parts = (_examples(found, arrow), _tokens(found.tokens, arrow), cost)
    said = "; ".join(part for part in parts if part)
    return f"{named or 'inline examples'}: {said}" if said else named


def data_changes(changes: Iterable[Change]) -> Iterator[tuple[list[Address], DataChange, Change]]:
    """Each edit of data once, with the addresses that it is about: several may name one file."""
    found: dict[object, tuple[list[Address], DataChange, Change]] = {}
    for change in changes:
        for data in change.data:
            key = (data, change.cost, change.cost_before)
            found.setdefault(key, ([], data, change))[0].append(change.address)
    yield from found.values()


def _examples(found: DataChange, arrow: str) -> str:
    before, after = found.examples
    if after is None:
        counts = ""
    elif before is None:
        counts = f"now {counted(after, 'example')}"
    else:
        counts = counted(after, "example") if before == after else f"{before:,} {arrow} {counted(after, 'example')}"
    rows = _rows(found.rows) if found.rows else f"rows not compared ({escape(found.why)})" if found.why else ""
    return ": ".join(part for part in (counts, rows) if part)


def _rows(rows: RowCounts) -> str:
    if not rows.differs:
        return "the same rows, in another order"
    numbers = ((rows.added, "added"), (rows.removed, "removed"), (rows.relabelled, "relabelled"))
    return ", ".join(f"{number:,} {word}" for number, word in numbers if number)


def _tokens(tokens: BeforeAfter, arrow: str) -> str:
    if tokens.before is None or tokens.after is None:
        return ""
    return f"tokens {_short(tokens.before)} {arrow} about {_short(tokens.after)}"


def measures(found: DatasetDifference) -> list[tuple[str, str, str, str]]:
    """(what, before, after, difference) of all that two files are measured by."""
    old, new = found.old, found.new
    counts = [("examples", old.examples, new.examples), ("bytes", old.size, new.size)]
    rows = [(name, f"{a:,}", f"{b:,}", signed(b - a)) for name, a, b in counts]
    sizes = [("tokens", old.tokens[1], new.tokens[1])]
    for side, before, after in (("input", old.inputs, new.inputs), ("output", old.outputs, new.outputs)):
        sizes += [
            (f"{side}, {name}", a, b) for name, a, b in zip(("median", "95 %", "most"), before, after, strict=True)
        ]
    rows += [(name, _short(a), _short(b), signed(b - a)) for name, a, b in sizes]
    if any(found.class_numbers):
        a, b = found.class_numbers
        rows.append(("classes", f"{a:,}", f"{b:,}", signed(b - a)))
    if found.price is not None and found.costs is not None:
        before_words, after_words = (money_range(*cost, found.price.currency) for cost in found.costs)
        rows.append(("cost", before_words, after_words, ""))
    return rows


def class_row(found: ClassCount) -> tuple[str, str, str, str]:
    """(name, before, after, difference)."""
    name = shorten(escape(found.name), _LABEL_MAX)
    return name, f"{found.before:,}", f"{found.after:,}", signed(found.after - found.before)


def signed(difference: int) -> str:
    """`+60`; nothing for no difference."""
    return f"{difference:+,}" if difference else ""


def _short(number: int) -> str:
    """`1.2M`, `96.9k`, `512`: three digits that matter."""
    unit = next(((size, name) for size, name in _UNITS if number >= size * 0.9995), None)
    return f"{number / unit[0]:.3g}{unit[1]}" if unit else f"{number:,}"


def _cost(change: Change, arrow: str) -> str:
    before, after = _amount(change.cost_before), _amount(change.cost)
    return f"cost {before} {arrow} {after}" if before and after and before != after else ""


def _amount(cost: Cost | None) -> str:
    if cost is None or cost.low is None or cost.high is None:
        return ""
    return money_range(cost.low, cost.high, cost.currency)
