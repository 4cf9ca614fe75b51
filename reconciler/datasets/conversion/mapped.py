"""Examples whose parts stand under names of the user's own: which column is the question, which the answer."""

from __future__ import annotations

import difflib
import json
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from reconciler.core.codes_run import run_diagnostic
from reconciler.core.diagnostics import ReconcilerError
from reconciler.datasets.conversion.example import Conversation, NotConvertibleError, text_of, turn
from reconciler.datasets.lexical import shorten

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

PARTS: Final = ("question", "answer", "system", "chosen", "rejected")
"""What an example may have."""
LOOKED_AT: Final = 50
"""Examples whose columns are looked at before the first is converted (the bound is ours)."""
_NAMED = 12
_COMPARED = 100
MISSING: Final = object()


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """The column of each part: `question`, and `answer` or both of `chosen` and `rejected`; perhaps `system`."""

    columns: Mapping[str, str]

    @classmethod
    def of(cls, written: Sequence[str]) -> ColumnMap:
        """From PART=COLUMN, as it is written on a command line. Raises ReconcilerError (RUN090)."""
        columns: dict[str, str] = {}
        for one in written:
            part, _, column = one.partition("=")
            _check_written(one, part, column, columns)
            columns[part] = column
        answers = {"answer", "chosen", "rejected"} & columns.keys()
        if "question" not in columns or answers not in ({"answer"}, {"chosen", "rejected"}):
            raise _refused(
                f"Mapped are {', '.join(columns)}.",
                "Map question, and answer or both chosen and rejected; system where there is one.",
            )
        return cls(columns)

    def check(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """That each column is in one of the rows. Raises ReconcilerError (RUN090) with those that there are."""
        looked_at = list(rows)
        there = dict.fromkeys(key for row in looked_at for key in row)
        wrong = [
            column
            for column in self.columns.values()
            if looked_at and all(value_at(row, column) is MISSING for row in looked_at)
        ]
        if wrong:
            raise _refused(
                f"No column {', '.join(map(_shown, wrong))}; there are: {some_of(there)}.", _meant(wrong, there)
            )

    def read(self, row: dict[str, Any]) -> Conversation:
        """One example."""
        example = Conversation()
        if "system" in self.columns and (system := self._text(row, "system", example, may_lack=True)):
            example.system.append(system)
        example.say("user", self._text(row, "question", example))
        if "answer" in self.columns:
            example.say("model", self._text(row, "answer", example))
        else:
            for score, part in ((1.0, "chosen"), (0.0, "rejected")):
                answer = turn("model", [{"text": self._text(row, part, example)}])
                example.completions.append((score, answer))
        example.leave(row, [column if column in row else column.partition(".")[0] for column in self.columns.values()])
        return example

    def _text(self, row: dict[str, Any], part: str, example: Conversation, *, may_lack: bool = False) -> str:
        column = self.columns[part]
        value = value_at(row, column)
        if may_lack and (value is MISSING or value is None or value == ""):
            return ""
        if value is MISSING:
            raise NotConvertibleError(f"It has no column {_shown(column)}.")
        if isinstance(value, str) or value is None:
            return text_of(value, shorten(column))
        example.note(f"{shorten(column)} is no text, and was written as JSON")
        try:
            return json.dumps(value, ensure_ascii=False, allow_nan=False)
        except (ValueError, RecursionError) as exc:
            raise NotConvertibleError(f"{_shown(column)} cannot be written as JSON.") from exc


def _check_written(one: str, part: str, column: str, before: Collection[str]) -> None:
    if part in PARTS and column and part not in before:
        return
    known = f"An example has {', '.join(PARTS)}."
    if part in before:
        raise _refused(f"{_shown(part)} is mapped twice.", "Map each part once.")
    if not column:
        raise _refused(f"{_shown(one)} is not of the form PART=COLUMN.", f"{known} Like --map question=prompt.")
    if column in PARTS:
        raise _refused(f"{_shown(one)}: {part} is no part of an example. {known}", f"Did you mean {column}={part}?")
    near = difflib.get_close_matches(part, PARTS, n=1)
    fix = f"Did you mean {near[0]}={column}?" if near else "Name the part first, then the column: question=prompt."
    raise _refused(f"{_shown(one)}: {shorten(part)} is no part of an example. {known}", fix)


def value_at(row: Mapping[str, Any], column: str) -> Any:
    """What stands under that name, or below it where the name is a path of several: `input.text`."""
    if column in row:
        return row[column]
    value: Any = row
    for step in column.split("."):
        if not isinstance(value, dict) or step not in value:
            return MISSING
        value = value[step]
    return value


def _meant(wrong: Sequence[str], there: Collection[str]) -> str:
    near = next((name for column in wrong if (name := nearest(column, there))), "")
    return f"Did you mean {_shown(near)}?" if near else "Name a column of the file."


def nearest(column: str, there: Iterable[str]) -> str:
    """The name that may have been meant, in whatever case; "" for none."""
    # difflib's time grows with the square of what is compared.
    folded = {name.strip().lower()[:_COMPARED]: name for name in islice(there, _COMPARED)}
    near = difflib.get_close_matches(column.strip().lower()[:_COMPARED], list(folded), n=1)
    return folded[near[0]] if near else ""


def some_of(names: Collection[str]) -> str:
    """The first of them, and how many more there are."""
    shown = ", ".join(_shown(name) for name in list(names)[:_NAMED])
    return f"{shown} and {len(names) - _NAMED} more" if len(names) > _NAMED else shown or "none"


def _shown(name: str) -> str:
    return f'"{shorten(name)}"'


def _refused(detail: str, fix: str) -> ReconcilerError:
    return ReconcilerError(run_diagnostic("RUN090", detail, fix=fix))
