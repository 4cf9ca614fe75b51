"""`status --watch`: the table drawn again in place on a terminal, a line for each change elsewhere."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from reconciler.cli.console import is_drawn_on, style_for, write
from reconciler.cli.progress import at
from reconciler.core import exits
from reconciler.render.json_status import status_line
from reconciler.render.style import Size
from reconciler.render.terminal.block import LiveBlock
from reconciler.render.terminal.status import change_line, render_status
from reconciler.render.values import Banner, StatusRow
from reconciler.render.words import shorten, width_of
from reconciler.session.sessions import LockSession
from reconciler.workflow.status_rows import important_first

_PAINT = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(slots=True)
class Watch:
    """Looks until somebody ends it, or --timeout does."""

    now: LockSession
    look: Callable[[], Sequence[StatusRow]]
    verbose: bool = False

    def run(self, form: str) -> int:
        """Ends with 4 after --timeout. A signal ends it from outside."""
        if form == "json":
            return self._as_lines(lambda rows, new: status_line(rows, self.now.banner, at(self.now)) if new else "")
        if not is_drawn_on(sys.stdout):
            return self._as_lines(self._changed)
        return self._drawn()

    def _as_lines(self, said: Callable[[Sequence[StatusRow], Sequence[StatusRow]], str]) -> int:
        before: dict[tuple[str, str], object] = {}
        while True:
            rows = self.look()
            new = [row for row in rows if before.get(_key(row)) != _news(row)]
            before = {_key(row): _news(row) for row in rows}
            write(said(rows, new))
            if not self._pause():
                return exits.STILL_RUNNING

    def _changed(self, rows: Sequence[StatusRow], new: Sequence[StatusRow]) -> str:
        del rows
        return "".join(change_line(row, at(self.now)) for row in new)

    def _drawn(self) -> int:
        block, seen, seen_s = LiveBlock(sys.stdout), [*self.look()], self.now.clock.now()

        def lines() -> list[str]:
            passed = self.now.clock.now() - seen_s
            return page([_older(row, passed) for row in seen], self.now.banner, _size(), verbose=self.verbose)

        try:
            self.now.clock.on_tick = lambda: block.draw(lines())
            while True:
                block.draw(lines())
                if not self._pause():
                    return exits.STILL_RUNNING
                seen, seen_s = [*self.look()], self.now.clock.now()
        finally:
            self.now.clock.on_tick = None
            block.leave(lines())

    def _pause(self) -> bool:
        """False where the time is up."""
        left_s = self.now.deadline.left_s
        if left_s <= 0:
            return False
        self.now.clock.sleep(min(self.now.world.poll_s, left_s))
        return True


def page(rows: Sequence[StatusRow], banner: Banner, size: Size, *, verbose: bool) -> list[str]:
    """The table on one screen, less a column and a line: what wraps or scrolls cannot be drawn again in place."""
    style = replace(style_for(sys.stdout), width=max(size.columns - 1, 20))
    text = render_status(
        rows, banner, style, verbose=verbose, height=max(size.lines - 1, 1), first=important_first(rows)
    )
    return [_fitted(line, size.columns - 1) for line in text.splitlines()][: max(size.lines - 1, 1)]


def _fitted(line: str, columns: int) -> str:
    """Names that are longer than a line are cut here alone: what is drawn again in place must not wrap."""
    plain = _PAINT.sub("", line)
    return line if width_of(plain) <= columns else shorten(plain, columns)


def _size() -> Size:
    try:
        columns, lines = os.get_terminal_size(sys.stdout.fileno())
    except OSError:
        columns, lines = 0, 0
    return Size(columns or 80, lines or 24)


def _older(row: StatusRow, seconds: float) -> StatusRow:
    age_s, since_s = row.age_s, row.since_s
    return replace(
        row,
        age_s=None if age_s is None else age_s + seconds,
        since_s=None if since_s is None else since_s + seconds,
    )


def _key(row: StatusRow) -> tuple[str, str]:
    return str(row.address), row.attempt


def _news(row: StatusRow) -> object:
    """What makes a line: neither a second that passes nor every step."""
    share = row.progress.percent
    kinds = tuple(t.kind for t in row.concerns)
    return row.role, row.state, row.gate, row.note, kinds, row.endpoint, None if share is None else int(share // 10)
