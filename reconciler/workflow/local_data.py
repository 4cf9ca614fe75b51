"""What is learnt of local training data before a plan: read once, and not again while it is unchanged."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, TypeVar

import msgspec

from reconciler import datasets
from reconciler.core.catalog import Catalog
from reconciler.core.cost import epochs_of
from reconciler.core.diagnostics import Diagnostic, Severity
from reconciler.core.dialects import dialect_of, is_open_model
from reconciler.core.digest import digest
from reconciler.core.model import Data, Declared, Identity, Warned
from reconciler.files.data_cache import DataCache
from reconciler.version import __version__
from reconciler.workflow.data_limits import limits_for

if TYPE_CHECKING:
    from reconciler.datasets import Checked, Method, RuleSet

T = TypeVar("T")

_REVISION = 4
"""To be counted up where the same bytes and rules come to say something else, or Facts change."""

_NOT_FOR_VALIDATION = {"DATA904": "off"}
"""How many examples are advised speaks of training data."""


class Facts(msgspec.Struct, frozen=True):
    """What a plan learns from one pass over a local file."""

    identity: Identity
    examples: int
    tokens: tuple[int, int, int]
    counted_by: str
    findings: tuple[Diagnostic, ...]
    counts: dict[str, int] = {}
    """How often each rule was broken in all: of one rule only so many findings are kept."""


@dataclass(slots=True)
class LocalData:
    """The local training data of one look at the specs. `severities` are the workspace's, by rule.

    A file that several specs name is read once; `cache` None reads every file.
    """

    severities: Mapping[str, str] = field(default_factory=dict)
    catalog: Catalog = field(default_factory=Catalog)
    cache: DataCache | None = None
    _seen: dict[tuple[str, ...], object] = field(default_factory=dict)

    def known(self, declared: Declared) -> tuple[Declared, list[Diagnostic]]:
        """The spec with what its local files hold, and what the rules say of them, one by one and together."""
        look = DataLook(declared, self.severities, self.catalog)
        findings: list[Diagnostic] = []
        known: list[Data] = []
        for data in declared.data:
            if data.path is None:
                known.append(data)
                continue
            facts = self.through((data.path,), look.purpose(data), Facts, lambda d=data: look.facts(d))  # type: ignore[misc]
            known.append(_with_facts(data, facts))
            findings += facts.findings
        if len(known) > 1 and all(d.path for d in known):
            return self._together(declared, known, findings, look)
        return replace(declared, data=tuple(known)), findings

    def said_of_pairs(self, declared: Declared) -> list[Diagnostic]:
        """What the rules say of pairs that stand in the spec itself: their place is the spec."""
        if not declared.examples:
            return []
        found = DataLook(declared, self.severities, self.catalog).inline()
        return [replace(d, where=declared.where) for d in found]

    def _together(
        self, declared: Declared, known: list[Data], findings: list[Diagnostic], look: DataLook
    ) -> tuple[Declared, list[Diagnostic]]:
        """What training and validation data say of each other is said of the latter."""
        train, validation, *_ = known
        files = (train.path or "", validation.path or "")
        purpose = look.purpose(train, validation)
        found = self.through(files, purpose, tuple[Diagnostic, ...], lambda: look.comparison(train, validation))
        known[1] = _with_warnings(validation, found, {})
        return replace(declared, data=tuple(known)), [*findings, *found]

    def through(self, files: tuple[str, ...], purpose: str, kind: type[T], learn: Callable[[], T]) -> T:
        """What was learnt of these files, or else is learnt now: once a look, and once while they are unchanged."""
        key = (*files, purpose)
        if key not in self._seen:
            self._seen[key] = self.cache.through(files, purpose, kind, learn, _lasts) if self.cache else learn()
        return self._seen[key]  # type: ignore[return-value]  # a purpose has one kind of value


class DataLook:
    """The rules for one spec's data, and its files as far as they had to be read."""

    def __init__(self, declared: Declared, severities: Mapping[str, str], catalog: Catalog) -> None:
        self._declared = declared
        self._severities = dict(severities)
        self._read: dict[str, Checked] = {}
        self.base = dialect_of(declared.address).base_of(declared.training)
        self._limits = limits_for(catalog, declared)

    def purpose(self, *of: Data) -> str:
        """Everything but the bytes that findings depend on."""
        d = self._declared
        rules = [_rule_table(), __version__, _REVISION, method_of(d).value, self.base, self._severities]
        return digest([*rules, asdict(self._limits), [x.field for x in of], d.task, epochs_of(d.training)])

    def facts(self, data: Data) -> Facts:
        """One pass over the file."""
        found = self.checked(data)
        tokens = datasets.estimate(found)
        findings = found.diagnostics()
        if self._is_training(data):
            d = self._declared
            rules = self._rules(data)
            beside = (*datasets.too_few(found, rules), *datasets.advise(found, d.task, epochs_of(d.training), rules))
            findings += [finding.diagnostic(found.name) for finding in beside]
        return Facts(
            Identity(crc32c=found.identity.crc32c, size=found.identity.size, sha256=found.identity.sha256),
            found.examples,
            (tokens.low, tokens.likely, tokens.high),
            tokens.method,
            tuple(findings),
            dict(found.counts),
        )

    def inline(self) -> list[Diagnostic]:
        """Findings over inline pairs."""
        d = self._declared
        source = datasets.Source.inline(d.examples, str(d.address))
        return datasets.check(source, self._rules(d.training_data), sha256=False).diagnostics()

    def comparison(self, train: Data, validation: Data) -> tuple[Diagnostic, ...]:
        """What the two files say together."""
        one, other = self.checked(train), self.checked(validation)
        found = datasets.compare(one, other, self._rules(validation))
        return tuple(finding.diagnostic(other.name) for finding in found)

    def checked(self, data: Data) -> Checked:
        """One pass over the file of a dataset, once."""
        assert data.path is not None
        if data.field not in self._read:
            self._read[data.field] = datasets.check(datasets.Source.file(data.path), self._rules(data))
        return self._read[data.field]

    def _rules(self, data: Data) -> RuleSet:
        severities = self._severities if self._is_training(data) else {**_NOT_FOR_VALIDATION, **self._severities}
        return datasets.RuleSet.of(method_of(self._declared), self.base, severities, self._limits)

    def _is_training(self, data: Data) -> bool:
        return data.field == self._declared.training_data.field


def _lasts(learnt: object) -> bool:
    """Not what was unreadable just now, or moved while it was read."""
    findings: Iterable[object] = getattr(learnt, "findings", learnt)  # type: ignore[arg-type]
    return not any(isinstance(d, Diagnostic) and _may_pass(d) for d in findings)


def _may_pass(finding: Diagnostic) -> bool:
    rule = datasets.rule_of(finding)
    return rule is not None and rule.may_pass


def _with_warnings(data: Data, findings: Sequence[Diagnostic], counts: Mapping[str, int]) -> Data:
    """With what these findings warn of, added to what is known."""
    by_code: dict[str, list[Diagnostic]] = {}
    for finding in findings:
        if finding.severity is Severity.WARNING:
            by_code.setdefault(finding.code, []).append(finding)
    warned = tuple(
        Warned(code, found[0].summary, max(len(found), counts.get(code, 0)), found[0].where)
        for code, found in by_code.items()
    )
    return replace(
        data, warned=(*data.warned, *warned), warnings=data.warnings + sum(warning.times for warning in warned)
    )


def _with_facts(data: Data, facts: Facts) -> Data:
    return replace(
        _with_warnings(data, facts.findings, facts.counts),
        identity=facts.identity,
        examples=facts.examples,
        tokens=facts.tokens,
        counted_by=facts.counted_by,
        form=tuple(d for d in facts.findings if is_of_form(d)),
    )


def is_of_form(finding: Diagnostic) -> bool:
    """An error that no reader of the examples would notice: who was trained from them before is not concerned."""
    rule = datasets.rule_of(finding)
    return finding.is_error and rule is not None and rule.of_form


def method_of(declared: Declared) -> Method:
    """What the data of a spec is for."""
    dialect = dialect_of(declared.address)
    if dialect.has_inline_data:
        return datasets.Method.PAIRS
    wanted = datasets.Method(dialect.method_of(declared.training).data)
    if wanted is not datasets.Method.SFT:
        return wanted
    # Open models are named publisher/family@version, and take messages as well.
    is_open = is_open_model(dialect.base_of(declared.training))
    return datasets.Method.OPEN_MODEL if is_open else datasets.Method.SFT


@cache
def _rule_table() -> str:
    """Other rules are other findings."""
    return hashlib.sha256(resources.files("reconciler").joinpath("datasets/rules.toml").read_bytes()).hexdigest()
