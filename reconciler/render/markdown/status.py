"""The status table in markdown."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.render.markdown.text import code, marker, prose, table, target_line
from reconciler.render.values import Banner, StatusRow
from reconciler.render.words import duration, progress_words, state_words

_HEADS = ("Address", "Attempt", "Role", "State", "Base", "Progress", "Age", "Endpoint or model", "Note")


def render_status(rows: Iterable[StatusRow], banner: Banner) -> str:
    """The table, in the order of the rows."""
    found = list(rows)
    body = table(_HEADS, map(_cells, found)) or ["No model is declared or locked."]
    return "\n".join([target_line(banner), "", marker("status", banner.workspace), "", *body]) + "\n"


def _cells(row: StatusRow) -> tuple[str, ...]:
    name = row.endpoint or row.model or row.job
    return (
        code(str(row.address)),
        prose(row.attempt),
        prose(row.role),
        prose(state_words(row.state) + ("" if row.since_s is None else f", for {duration(row.since_s)}")),
        code(row.base) if row.base else "",
        prose(progress_words(row.progress)),
        "" if row.age_s is None else duration(row.age_s),
        code(name) if name else "",
        prose(
            "; ".join([*(f"{t.kind.value}: {t.text}" for t in row.concerns if t.text != row.note), row.note]).strip(
                "; "
            )
        ),
    )
