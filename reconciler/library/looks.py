"""What calls find that change nothing: status, one entry, a history, verdicts, what serves."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, overload

from reconciler.core.diagnostics import Diagnostic
from reconciler.core.gate_result import AddressGate, GateResult, Verdict
from reconciler.core.job_details import AttemptDetails
from reconciler.core.model import Address
from reconciler.core.plurals import counted
from reconciler.library.errors import unknown_name
from reconciler.library.results import PLAIN, Result
from reconciler.render.values import AttemptHistory, Banner, History, Output, StatusRow

if TYPE_CHECKING:
    from reconciler.core.lock import Entry

_COLUMNS = (
    "address",
    "attempt",
    "role",
    "state",
    "base",
    "endpoint",
    "job",
    "model",
    "age_s",
    "since_s",
    "cost",
    "currency",
    "gate",
    "retires",
    "note",
)


@dataclass(frozen=True, slots=True, repr=False)
class StatusTable(Result, Sequence[StatusRow]):
    """A row for each training, by address and attempt. `diagnostics` are mistakes in specs that hide nothing here."""

    rows: tuple[StatusRow, ...]
    _banner: Banner
    diagnostics: tuple[Diagnostic, ...] = ()

    def of(self, address: Address | str) -> tuple[StatusRow, ...]:
        """The trainings of one address."""
        found = tuple(row for row in self.rows if str(row.address) == str(address))
        if not found:
            raise unknown_name(address, dict.fromkeys(str(row.address) for row in self.rows), what="address")
        return found

    def to_json(self) -> str:
        """The document of `tuneform status --format json`."""
        from reconciler.render.json_status import status_to_json

        return status_to_json(self.rows, self._banner)

    def to_dict(self) -> dict[str, list[Any]]:
        """A list for each column, as `pandas.DataFrame` takes it."""
        columns: dict[str, list[Any]] = {name: [getattr(row, name) for row in self.rows] for name in _COLUMNS}
        return {**columns, "address": [str(row.address) for row in self.rows]}

    @overload
    def __getitem__(self, index: int) -> StatusRow: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[StatusRow, ...]: ...
    def __getitem__(self, index: int | slice) -> StatusRow | tuple[StatusRow, ...]:
        return self.rows[index]

    def __len__(self) -> int:
        return len(self.rows)

    def __str__(self) -> str:
        from reconciler.render.terminal.status import render_status

        return render_status(self.rows, self._banner, PLAIN)

    def _in_short(self) -> str:
        return counted(len(self.rows), "training")

    def _repr_html_(self) -> str:
        from reconciler.render.html.notebook import status_piece

        return status_piece(self.rows, self._banner, self.diagnostics)


@dataclass(frozen=True, slots=True, repr=False)
class LockedEntry(Result):
    """All that the lock knows of one address."""

    address: Address
    _entry: Entry
    _banner: Banner

    def to_json(self) -> str:
        """The document of `tuneform show ADDRESS --format json`."""
        from reconciler.files.lock_json import entry_document

        return entry_document(self.address, self._entry)

    @property
    def data(self) -> dict[str, Any]:
        """The same as values."""
        found: dict[str, Any] = json.loads(self.to_json())
        return found

    def __str__(self) -> str:
        from reconciler.render.terminal.show import render_entry

        return render_entry(self.address, self._entry, self._banner, PLAIN)

    def _in_short(self) -> str:
        return f"{self.address}, {counted(len(self._entry.trainings), 'attempt')}"

    def _repr_html_(self) -> str:
        from reconciler.render.html.notebook import text_piece

        return text_piece(f"{self}")


@dataclass(frozen=True, slots=True, repr=False)
class ServiceDetails(Result):
    """What the service tells of every attempt at an address, the oldest first."""

    address: Address
    attempts: tuple[AttemptDetails, ...]
    _banner: Banner

    def to_json(self) -> str:
        """The document of `tuneform show ADDRESS --live --format json`."""
        from reconciler.render.json_details import details_to_json

        return details_to_json(self.address, self.attempts)

    def __str__(self) -> str:
        from reconciler.render.terminal.job_details import render_details

        return render_details(self.address, self.attempts, self._banner, PLAIN)

    def _in_short(self) -> str:
        return f"{self.address}, {counted(len(self.attempts), 'attempt')}"

    def _repr_html_(self) -> str:
        from reconciler.render.html.notebook import text_piece

        return text_piece(f"{self}")


@dataclass(frozen=True, slots=True, repr=False)
class AddressHistory(Result):
    """What happened at an address, from the lock alone."""

    _known: History
    _banner: Banner

    @property
    def address(self) -> Address:
        """Whose it is."""
        return self._known.address

    @property
    def attempts(self) -> tuple[AttemptHistory, ...]:
        """Every training, the oldest first."""
        return self._known.attempts

    def to_json(self) -> str:
        """The document of `tuneform history ADDRESS --format json`."""
        from reconciler.render.json_history import history_to_json

        return history_to_json(self._known)

    def __str__(self) -> str:
        from reconciler.render.terminal.history import render_history

        return render_history(self._known, self._banner, PLAIN)

    def _in_short(self) -> str:
        return f"{self.address}, {counted(len(self.attempts), 'attempt')}"

    def _repr_html_(self) -> str:
        from reconciler.render.html.notebook import history_piece

        return history_piece(self._known, self._banner)


@dataclass(frozen=True, slots=True, repr=False)
class GateReport(Result):
    """The verdicts of a gate. `warnings` say what the lock could not be told of them."""

    result: GateResult
    _banner: Banner
    warnings: tuple[Diagnostic, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """The worst there is; a gate over nothing does not pass."""
        return self.result.verdict

    @property
    def passed(self) -> bool:
        """Whether a deployment may go on."""
        return self.verdict is Verdict.PASSED

    @property
    def addresses(self) -> tuple[AddressGate, ...]:
        """The verdict on each address, with its checks."""
        return self.result.addresses

    @property
    def exit_code(self) -> int:
        """How the command would end."""
        return self.result.exit_code

    def to_json(self) -> str:
        """The document of `tuneform gate --format json`."""
        from reconciler.render.json_gate import gate_to_json

        return gate_to_json(self.result, self._banner)

    def __str__(self) -> str:
        from reconciler.render.terminal.gate import render_gate

        return render_gate(self.result, self._banner, PLAIN)

    def _in_short(self) -> str:
        return f"{self.verdict.value}, {counted(len(self.addresses), 'address', 'addresses')}"

    def _repr_html_(self) -> str:
        from reconciler.render.html.notebook import gate_piece

        return gate_piece(self.result, self._banner)


@dataclass(frozen=True, slots=True, repr=False)
class Outputs(Result, Mapping[str, Output]):
    """What serves, by address: `outputs["vertex/support-router"].endpoint`."""

    _found: tuple[Output, ...]

    def to_json(self) -> str:
        """The document of `tuneform output --format json`."""
        from reconciler.render.outputs import as_json

        return as_json(self._found)

    def to_env(self) -> str:
        """Lines of NAME=VALUE, as `tuneform output --format env` writes them."""
        from reconciler.render.outputs import as_env

        return as_env(self._found)

    def __getitem__(self, address: Address | str) -> Output:
        found = next((output for output in self._found if str(output.address) == str(address)), None)
        if found is None:
            raise unknown_name(address, self, what="address that serves")
        return found

    def __iter__(self) -> Iterator[str]:
        return (str(output.address) for output in self._found)

    def __len__(self) -> int:
        return len(self._found)

    def __contains__(self, address: object) -> bool:
        return str(address) in set(self)

    def __str__(self) -> str:
        from reconciler.render.outputs import as_text

        return as_text(self._found)

    def _in_short(self) -> str:
        return ", ".join(self) or "nothing serves"

    def _repr_html_(self) -> str:
        from reconciler.render.html.notebook import outputs_piece

        return outputs_piece(self._found)
