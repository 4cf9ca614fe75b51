"""What is learnt of a local held-out set before a plan: how many items it has, and that none of them was trained on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from math import ceil
from typing import TYPE_CHECKING

import msgspec

from reconciler import datasets
from reconciler.core.codes_gate import gate_diagnostic
from reconciler.core.diagnostics import Diagnostic, Location
from reconciler.core.digest import digest
from reconciler.core.findings import Findings
from reconciler.core.gate_power import unreachable
from reconciler.core.gate_spec import GateSpec, HeldoutSize, Scorer, Trial
from reconciler.core.gating.marks import unusable_references
from reconciler.core.model import Declared
from reconciler.core.plurals import counted
from reconciler.datasets.formats import Format
from reconciler.datasets.heldout import read_heldout
from reconciler.datasets.tokens import BYTES_PER_TOKEN_HIGH, BYTES_PER_TOKEN_LOW
from reconciler.workflow.data_limits import limits_of
from reconciler.workflow.local_data import DataLook, LocalData, method_of

if TYPE_CHECKING:
    from reconciler.datasets import Checked, RuleSet
    from reconciler.datasets.heldout import HeldoutSet

_REVISION = 1
"""To be counted up where the same bytes and rules come to say something else, or _Facts change."""
_COMPARABLE = frozenset({Format.VERTEX_SFT, Format.PREFERENCE, Format.PAIRS, Format.MESSAGES, Format.PROMPT_COMPLETION})
"""Formats that a check reads the examples of; others are converted first."""


class _Facts(msgspec.Struct, frozen=True):
    """One pass over the file."""

    sha256: str
    items: int
    input_tokens: tuple[int, int]
    output_tokens: tuple[int, int]
    counted_by: str
    findings: tuple[Diagnostic, ...]


def heldout_known(declared: Declared, local: LocalData) -> tuple[Declared, list[Diagnostic]]:
    """The spec with what its local held-out items are, and what is wrong with them. Of objects nothing is said here."""
    gate = declared.gate
    if gate is None or gate.trial is None or not gate.trial.heldout.path:
        return declared, []
    scorer, look = gate.trial.scorer, _HeldoutLook(declared, gate.trial.heldout.path, local)
    purpose = digest([look.purpose, scorer.metric.value, scorer.schema])
    facts = local.through((look.path,), purpose, _Facts, lambda: look.facts(scorer))
    known = _with_facts(declared, gate, gate.trial, facts)
    findings = [*facts.findings]
    if not any(d.is_error for d in findings):
        findings += [*too_few_items(known), *look.leaks_of_local_data()]
    return known, findings


def heldout_counted(declared: Declared, data: bytes, local: LocalData) -> tuple[Declared, list[Diagnostic]]:
    """The spec with what its held-out object is, and what is wrong with its items. Its bytes are identified already."""
    gate = declared.gate
    assert gate is not None
    assert gate.trial is not None
    trial = gate.trial
    uri = trial.heldout.uri
    look = _HeldoutLook(declared, uri, local, lambda: datasets.Source.stream([data], uri))
    facts = look.facts(trial.scorer)
    known = _with_facts(declared, gate, trial, facts, content=trial.heldout.content)
    findings = [*facts.findings]
    return known, findings if any(d.is_error for d in findings) else [*findings, *too_few_items(known)]


def too_few_items(declared: Declared) -> list[Diagnostic]:
    """What so many items cannot prove, whatever is answered; nothing where their number is not known."""
    trial = declared.gate.trial if declared.gate else None
    items = trial.heldout.items if trial else None
    if trial is None or items is None:
        return []
    return [
        gate_diagnostic(
            "GATE020",
            f"{demand.wanted} at a confidence of {100 * trial.confidence:.4g}% needs {counted(demand.least, 'item')}, "
            f"and {trial.heldout.uri} has {items:,}.",
            fix=f"Add {counted(demand.least - items, 'item')}{demand.reachable and f', or use {demand.reachable}'}.",
            where=declared.at(f"tuneform.gate.{demand.field}"),
        )
        for demand in unreachable(trial, items)
    ]


def leaked(declared: Declared, train: datasets.Source, heldout: datasets.Source, local: LocalData) -> list[Diagnostic]:
    """Held-out items that stand in the training data, wherever the two lie: both are read once.

    For objects, before the first question. What cannot be read holds no example, and leaks none.
    """
    look = _HeldoutLook(declared, "", local)
    return look.compared(datasets.check(train, look.rules), datasets.check(heldout, look.rules))


class _HeldoutLook:
    """The rules for one spec's held-out items. Any format of training data is taken."""

    def __init__(
        self, declared: Declared, path: str, local: LocalData, source: Callable[[], datasets.Source] | None = None
    ) -> None:
        self.path = path
        self._source = source or partial(datasets.Source.file, path)
        self._declared = declared
        self._local = local
        self._look = DataLook(declared, local.severities, local.catalog)
        self._checked: Checked | None = None

    @property
    def purpose(self) -> str:
        """Everything but the bytes that findings depend on."""
        return digest(["heldout", _REVISION, self._look.purpose()])

    @property
    def rules(self) -> RuleSet:
        """Those of open models for an open model; for others those of the format that the file has."""
        method = method_of(self._declared)
        chosen = method if method is datasets.Method.OPEN_MODEL else None
        base = self._look.base
        limits = limits_of(self._local.catalog, base)
        return datasets.RuleSet.of(chosen, base, self._local.severities, limits)

    def facts(self, scorer: Scorer) -> _Facts:
        """What a gate would ask, and what is wrong with it, for whoever scores the answers."""
        read, found = read_heldout(self._source()), self._items()
        every, output = datasets.estimate(found), found.output_total
        low, high = ceil(output / BYTES_PER_TOKEN_LOW), ceil(output / BYTES_PER_TOKEN_HIGH)
        return _Facts(
            read.identity.sha256 if read.identity else "",
            len(read.items),
            (max(0, every.low - low), max(0, every.high - high)),
            (low, high),
            every.method,
            (*read.diagnostics, *_unusable(scorer, read, self.path)),
        )

    def leaks_of_local_data(self) -> list[Diagnostic]:
        """Looked for where one of the two files is new. What a copy's source was trained on is not here."""
        if not self._declared.data:
            return []
        data = self._declared.training_data
        if data.path is not None:
            files = (data.path, self.path)
            return list(self._local.through(files, self.purpose, tuple[Diagnostic, ...], self._leaks_of_files))
        if not self._declared.examples:
            return []
        source = datasets.Source.inline(self._declared.examples, str(self._declared.address))
        return self.compared(datasets.check(source, self.rules, sha256=False), self._items())

    def compared(self, train: Checked, heldout: Checked) -> list[Diagnostic]:
        """The leaks as messages; the last one says how many more there are."""
        findings, count = datasets.leaks(train, heldout, self.rules)
        found = [finding.diagnostic(heldout.name) for finding in findings]
        if count > len(found):
            found[-1] = replace(found[-1], more=count - len(found))
        return found

    def _leaks_of_files(self) -> tuple[Diagnostic, ...]:
        return tuple(self.compared(self._look.checked(self._declared.training_data), self._items()))

    def _items(self) -> Checked:
        if self._checked is None:
            self._checked = datasets.check(self._source(), self.rules, sha256=False)
            if self._checked.was_read and self._checked.format not in _COMPARABLE:
                converted = datasets.Source.stream(_line_by_line(self._source()), self.path)
                self._checked = datasets.check(converted, self.rules, sha256=False)
        return self._checked


def _unusable(scorer: Scorer, read: HeldoutSet, path: str) -> Iterator[Diagnostic]:
    """The references that no answer could be right by; nothing of them is repeated."""
    findings = Findings()
    for line, why in unusable_references(scorer, read.items):
        if findings.has_room("GATE021", path):
            detail = f"{why[0].upper()}{why[1:]}."
            findings.keep(gate_diagnostic("GATE021", detail, where=Location(path, line)))
    yield from findings.all()


def _line_by_line(source: datasets.Source) -> Iterator[bytes]:
    """The examples in the API's own form, each in the line that it stood in."""
    last = 0
    for found in datasets.convert(source, Format.VERTEX_SFT):
        if isinstance(found, datasets.Converted) and found.line > last:
            yield b"\n" * (found.line - last - 1) + found.text.encode() + b"\n"
            last = found.line


def _with_facts(declared: Declared, gate: GateSpec, trial: Trial, facts: _Facts, *, content: str = "") -> Declared:
    heldout = replace(trial.heldout, content=content or facts.sha256, items=facts.items)
    size = HeldoutSize(facts.input_tokens, facts.output_tokens, facts.counted_by)
    return replace(declared, gate=replace(gate, trial=replace(trial, heldout=heldout)), heldout=size)
