"""The examples that a gate asks a model, out of any training format: what is asked, and the reference.

The last turn of the model is the reference; of a preference, the answer that was preferred. Everything that is wrong
with a set is found in one pass, before anybody is asked.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import google_crc32c

from reconciler.core.codes_gate import gate_diagnostic
from reconciler.core.diagnostics import Diagnostic, Location, Severity
from reconciler.core.evidence.metrics import normalised
from reconciler.core.findings import Findings
from reconciler.core.plurals import counted
from reconciler.core.questions import HeldoutItem
from reconciler.core.sizes import MIB
from reconciler.datasets.conversion import Converted, convert
from reconciler.datasets.formats import Format
from reconciler.datasets.identity import FileIdentity, encode_crc32c, new_sha256
from reconciler.datasets.source import Source, UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_BYTES: Final = 256 * MIB
"""Items are held in memory while a gate asks them. Asking a set of this size costs more than any training."""


@dataclass(frozen=True, slots=True)
class HeldoutSet:
    """Each question once, in the order of the file. With an error among the diagnostics it is not to be asked.

    `identity` is of the bytes; None where they could not be read to their end.
    """

    items: tuple[HeldoutItem, ...] = ()
    identity: FileIdentity | None = None
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def is_usable(self) -> bool:
        """Whether nothing forbids asking it."""
        return not any(diagnostic.is_error for diagnostic in self.diagnostics)


class _NoItemError(Exception):
    """An example that cannot be asked; `args[0]` says why, `args[1]` what mends it."""


def read_heldout(source: Source) -> HeldoutSet:
    """The whole set. Errors of whoever downloads its bytes pass."""
    reading = _Reading(source.name)
    identified = _Identified(source)
    try:
        for found in convert(Source.stream(identified.blocks(), source.name, source.format), Format.VERTEX_SFT):
            if isinstance(found, Converted):
                reading.take(found)
            elif found.line:  # what would be refused of a training as a whole does not matter to a gate
                reading.refuse(found.line, found.reason)
    except UnreadableError as exc:
        return HeldoutSet(diagnostics=(_about(source.name, "GATE010", str(exc.args[0])),))
    if not reading.items and not reading.findings.count:
        reading.findings.add(_about(source.name, "GATE014", "It holds no example."))
    return HeldoutSet(tuple(reading.items), identified.identity, tuple(reading.findings.all()))


class _Reading:
    """What was found so far."""

    def __init__(self, name: str) -> None:
        self.items: list[HeldoutItem] = []
        self.findings = Findings()
        self._name = name
        self._asked: dict[str, HeldoutItem] = {}

    def take(self, found: Converted) -> None:
        """One example in the API's own form."""
        try:
            item = _item_of(found.line, json.loads(found.text))
        except _NoItemError as exc:
            self.refuse(found.line, *exc.args)
            return
        before = self._asked.setdefault(item.key, item)
        if before is item:
            self.items.append(item)
        elif normalised(before.reference) == normalised(item.reference):
            self._say("GATE012", item.line, f"It asks the same as line {before.line}.", Severity.WARNING)
        else:
            detail = f"It asks the same as line {before.line}, which holds another answer to be right."
            self._say("GATE013", item.line, detail)

    def refuse(self, line: int, why: str, fix: str = "") -> None:
        """One that cannot be asked."""
        self._say("GATE011", line, why, fix=fix)

    def _say(self, code: str, line: int, detail: str, severity: Severity = Severity.ERROR, fix: str = "") -> None:
        if self.findings.has_room(code, self._name):
            where = Location(self._name, line)
            self.findings.keep(gate_diagnostic(code, detail, severity, where=where, fix=fix))


def _item_of(line: int, row: dict[str, Any]) -> HeldoutItem:
    *asked, last = row["contents"]
    if not asked or asked[-1]["role"] == "model":
        raise _NoItemError("Nothing is asked before the model's last turn.", "Put the question in front of its answer.")
    system = row.get("systemInstruction", {"parts": []})
    return HeldoutItem(
        line,
        tuple(asked),
        _reference(last["parts"]),
        "\n\n".join(part["text"] for part in system["parts"]),
        tuple(row.get("tools", ())),
    )


def _reference(parts: list[dict[str, Any]]) -> str:
    """The text of the last turn, without what the model only thought."""
    said = [part for part in parts if not part.get("thought")]
    if any("functionCall" in part for part in said):
        raise _NoItemError(
            "The model's last turn calls a function, and only texts are compared.",
            "Leave the example out, or end it with the text that follows the call.",
        )
    if not all("text" in part for part in said):
        raise _NoItemError("The model's last turn holds more than text.", "Leave the example out.")
    text = "".join(part["text"] for part in said)
    if not text.strip():
        raise _NoItemError("The model's last turn is empty.", "Write the answer that is right, or leave it out.")
    return text


class _Identified:
    """The bytes of a source as they go by, no more than MOST_BYTES of them."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.identity: FileIdentity | None = None

    def blocks(self) -> Iterator[bytes]:
        sha256, crc, size = new_sha256(), 0, 0
        for block in self._source.read():
            size += len(block)
            if size > MOST_BYTES:
                raise UnreadableError(f"It is larger than {counted(MOST_BYTES // MIB, 'MiB', 'MiB')}.")
            sha256.update(block)
            crc = google_crc32c.extend(crc, block)
            yield block
        self.identity = FileIdentity(sha256.hexdigest(), encode_crc32c(crc), size)


def _about(name: str, code: str, detail: str) -> Diagnostic:
    return gate_diagnostic(code, detail, where=Location(name))
