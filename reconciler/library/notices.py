"""What receivers of the workspace were told, or would be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import overload

from reconciler.core import exits
from reconciler.core.notices import Delivery
from reconciler.core.plurals import counted
from reconciler.library.results import PLAIN, Result
from reconciler.render.values import Banner


@dataclass(frozen=True, slots=True, repr=False)
class Deliveries(Result, Sequence[Delivery]):
    """Notices, each to one receiver: `notice`, `sink`, and `why` it was not taken."""

    _found: tuple[Delivery, ...]
    _banner: Banner
    is_dry: bool

    @property
    def ok(self) -> bool:
        """Whether everybody could be told."""
        return self.exit_code == exits.OK

    @property
    def exit_code(self) -> int:
        """How the command would end."""
        return exits.FAILED if any(delivery.why for delivery in self._found) else exits.OK

    def to_json(self) -> str:
        """The document of `tuneform notify --format json`."""
        from reconciler.render.json_notices import deliveries_to_json

        return deliveries_to_json(self._found, self._banner, is_dry=self.is_dry)

    @overload
    def __getitem__(self, index: int) -> Delivery: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Delivery, ...]: ...
    def __getitem__(self, index: int | slice) -> Delivery | tuple[Delivery, ...]:
        return self._found[index]

    def __len__(self) -> int:
        return len(self._found)

    def __str__(self) -> str:
        from reconciler.render.terminal.notices import render_deliveries

        return render_deliveries(self._found, PLAIN, is_dry=self.is_dry)

    def _in_short(self) -> str:
        return counted(len(self), "notice")

    def _repr_html_(self) -> str:
        from reconciler.render.html.notebook import text_piece

        return text_piece(f"{self}")
